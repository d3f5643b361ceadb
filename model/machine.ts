/**
 * The life of consents, grants, codes, refresh tokens and sessions as a machine small enough to be looked at in every
 * state that it can get into: two clients, two nodes, three refresh tokens, three moments, and nodes that die.
 *
 * A request is three steps, between which everything else may happen: a node reads and makes its plan, one conditional
 * statement commits it or finds that another was quicker, and the answer leaves. Each statement here is one of
 * src/storage, in the same words: change both together. Nothing is secret for long: what was once told
 * to a client is presented by both.
 */

/** A client, its grant, its authorization and its consent form: one of each. The second client's tokens end at sign-out. */
export type Family = 0 | 1
/** A refresh token; 0 = none, and as what was presented: the code. */
export type Token = 0 | 1 | 2 | 3
/** 0: now. 1: codes and replay windows of before are over. 2: the time that the person gave is over. */
export type Moment = 0 | 1 | 2

/** What the database holds of one client. */
export interface Rows {
  /** How many decisions the one consent form made: each makes a grant and an authorization with a code. */
  readonly decisions: number
  readonly grant_ended: boolean
  readonly redeemed: boolean
  readonly refresh: Token
  readonly replaced: Token
  readonly replaced_at: Moment
  readonly ended: boolean
  /** Audit events of what was ended. */
  readonly events: number
}

/** What a node is about to do, or has done and not answered yet. */
export interface Plan {
  readonly kind: keyof Statements | 'repeat'
  readonly client: Family
  readonly family: Family
  readonly presented: Token
  /** What will be given for it. */
  readonly successor: Token
  /** When the request was judged. */
  readonly at: Moment
  readonly committed: boolean
}

/** A refresh token as the world outside knows it. */
export interface Issued {
  readonly family: Family
  readonly presented: Token
  readonly to: Family
}

/** All there is. */
export interface State {
  readonly at: Moment
  readonly signed_out: boolean
  readonly rows: readonly [Rows, Rows]
  readonly nodes: readonly [Plan | null, Plan | null]
  /** By token, less one; null: not told to anybody. */
  readonly told: readonly [Issued | null, Issued | null, Issued | null]
  readonly codes_told: readonly [boolean, boolean]
}

/** A conditional statement on the rows of one client: its row count decides. */
export interface Conditional {
  readonly where: (rows: Rows, plan: Plan, state: State) => boolean
  readonly set: (rows: Rows, plan: Plan) => Partial<Rows>
}

/** Every statement that decides a race. */
export type Statements = Readonly<Record<'allow' | 'redeem' | 'rotate' | 'end' | 'end_grant', Conditional>> & {
  readonly sign_out: Conditional
}

/** What can be made wrong, to see that it is found. */
export interface Machine {
  readonly statements: Statements
  /** Whether a client may use what belongs to another. */
  readonly isOwn: (client: Family, family: Family) => boolean
  /** When an access token ends that is made at a moment. */
  readonly expires: (at: Moment) => number
  readonly order: 'commit, then answer' | 'answer, then commit'
}

/** When codes end, and when the person's time for both clients does. */
export const [code_expires_at, grant_expires_at]: readonly [Moment, Moment] = [1, 2]
const access_token_lifetime = 2

const stillStands = ({ ended, grant_ended }: Rows, { at, family }: Plan, { signed_out }: State): boolean =>
  !ended && !grant_ended && at < grant_expires_at && (family === 0 || !signed_out)

/** The statements as src/storage has them. */
export const statements: Statements = {
  // interactions: … where finished_at is null; grants, authorizations, consents: insert
  allow: {
    where: ({ decisions }) => decisions === 0,
    set: ({ decisions }) => ({ decisions: decisions + 1 }),
  },
  // authorizations: … where redeemed_at is null and code_expires_at > at and stillStands
  redeem: {
    where: (rows, plan, state) => !rows.redeemed && plan.at < code_expires_at && stillStands(rows, plan, state),
    set: (_, { successor }) => ({ redeemed: true, refresh: successor }),
  },
  // authorizations: … where refresh_hash = presented and stillStands
  rotate: {
    where: (rows, plan, state) => rows.refresh === plan.presented && stillStands(rows, plan, state),
    set: (_, { presented, successor, at }) => ({ refresh: successor, replaced: presented, replaced_at: at }),
  },
  // authorizations: … where ended_at is null; audit_events: insert
  end: {
    where: ({ ended }) => !ended,
    set: ({ events }) => ({ ended: true, events: events + 1 }),
  },
  // grants: … where ended_at is null; audit_events: insert
  end_grant: {
    where: ({ grant_ended }) => !grant_ended,
    set: ({ events }) => ({ grant_ended: true, events: events + 1 }),
  },
  // sessions: … where ended_at is null
  sign_out: { where: (_, __, { signed_out }) => !signed_out, set: () => ({}) },
}

/** The machine as it is built. */
export const machine: Machine = {
  statements,
  isOwn: (client, family) => client === family,
  expires: (at) => Math.min(at + access_token_lifetime, grant_expires_at),
  order: 'commit, then answer',
}

const untouched: Rows = {
  decisions: 0,
  grant_ended: false,
  redeemed: false,
  refresh: 0,
  replaced: 0,
  replaced_at: 0,
  ended: false,
  events: 0,
}

/** Before anybody was asked: two consent forms are open in one browser. */
export const beginning: State = {
  at: 0,
  signed_out: false,
  rows: [untouched, untouched],
  nodes: [null, null],
  told: [null, null, null],
  codes_told: [false, false],
}
