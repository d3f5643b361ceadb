/** What a person, two clients and their tokens are expected to be, and which answers that allows: I1 to I8, I12. */
import type { EpochSeconds, Seconds } from '../src/kernel/time.ts'
import { lasting, scopes, type Answered, type Answers, type Commands, type Given, type Kind } from './commands.ts'

/** A grant; expired and ended ones stay known. */
interface ExpectedGrant {
  readonly granted_at: EpochSeconds
  readonly expires_at: EpochSeconds
  readonly ended: boolean
}

/** One authorization, from its code on. */
interface ExpectedAuthorization {
  readonly code: string
  readonly client: 0 | 1
  readonly session: number
  readonly grant: number
  readonly created_at: EpochSeconds
  readonly code_expires_at: EpochSeconds
  readonly redeemed: boolean
  readonly ended: boolean
  /** Refresh tokens, the live one last, each with when and with what its first use was answered. */
  readonly chain: readonly { readonly token: string; readonly used_at?: EpochSeconds; readonly answer?: Given }[]
}

/** All that is expected. */
export interface Expected {
  readonly at: EpochSeconds
  /** The session of each browser, by number; null: signed out. */
  readonly browsers: readonly (number | null)[]
  readonly ended_sessions: readonly number[]
  readonly sessions: number
  readonly grants: readonly ExpectedGrant[]
  /** The grant of each client, by number. */
  readonly current: readonly (number | null)[]
  readonly authorizations: readonly ExpectedAuthorization[]
  readonly access: Readonly<Record<string, { readonly authorization: number; readonly expires_at: EpochSeconds }>>
}

/** What a server is set up with, as far as answers depend on it. */
export interface Lengths {
  readonly authorization_code: Seconds
  readonly access_token: Seconds
  readonly replay_window: Seconds
}

/** Whether nothing else was asked at the same time. */
export type Company = 'alone' | 'in a crowd'

/** Before anybody did anything. */
export function expectedAt(at: EpochSeconds): Expected {
  return {
    at,
    browsers: [null, null],
    ended_sessions: [],
    sessions: 0,
    grants: [],
    current: [null, null],
    authorizations: [],
    access: {},
  }
}

/** What answers are judged by. */
export interface Judging {
  readonly lengths: Lengths
  readonly company: Company
}

type Rule<K extends Kind> = (
  state: Expected,
  command: Commands[K],
  answer: Answers[K],
  judging: Judging,
) => Expected | undefined

/** What is expected after a command that got this answer; undefined: the answer is not allowed. */
const rules: { readonly [K in Kind]: Rule<K> } = {
  wait: (state, { seconds }) => ({ ...state, at: state.at + seconds }),

  authorize(state, { browser, client, access_for }, { code, signed_in, consented }, { lengths, company }) {
    const isSignedIn = isLiveSession(state, state.browsers[browser])
    if (signed_in === isSignedIn || code === undefined) return undefined
    const session = signed_in ? state.sessions : (state.browsers[browser] ?? 0)
    const number = state.current[client] ?? null
    const held = number === null ? undefined : state.grants[number]
    const isLive = held !== undefined && !held.ended && state.at < held.expires_at
    if (consented ? isLive && company === 'alone' : !isLive) return undefined
    const isNew = held === undefined || held.ended
    const renewed = {
      granted_at: isLive ? held.granted_at : state.at,
      expires_at: state.at + lasting[access_for],
      ended: false,
    }
    const grant = isNew ? state.grants.length : (number ?? 0)
    const grants = consented ? (isNew ? [...state.grants, renewed] : state.grants.with(grant, renewed)) : state.grants
    const ends = [state.at + lengths.authorization_code, grants[grant]?.expires_at ?? 0]
    const made = { code, client, session, grant, created_at: state.at, code_expires_at: Math.min(...ends) }
    return {
      ...state,
      sessions: Math.max(state.sessions, session + 1),
      browsers: state.browsers.with(browser, session),
      grants,
      current: state.current.with(client, grant),
      authorizations: [...state.authorizations, { ...made, redeemed: false, ended: false, chain: [] }],
    }
  },

  // I8: nobody is sent where no client of that name is registered.
  stray: (state, _command, leaves) => (leaves ? undefined : state),

  // I5 and I6: nothing depends on what a node remembers.
  restart: (state) => state,

  'sign out'(state, { browser }) {
    const session = state.browsers[browser] ?? null
    const ended_sessions = session === null ? state.ended_sessions : [...state.ended_sessions, session]
    return { ...state, ended_sessions, browsers: state.browsers.with(browser, null) }
  },

  remove(state, { browser, client }, answer, { company }) {
    if (answer === 'sign in') return isLiveSession(state, state.browsers[browser]) ? undefined : state
    const number = state.current[client] ?? null
    const grant = number === null ? undefined : state.grants[number]
    const isLive = grant !== undefined && !grant.ended && state.at < grant.expires_at
    if (answer === 'nothing') return isLive ? undefined : state
    if (isLive && number !== null) return { ...state, grants: state.grants.with(number, { ...grant, ended: true }) }
    return company === 'in a crowd' && grant?.ended === true ? state : undefined
  },

  redeem(state, { code, client }, answer, { lengths }) {
    const place = state.authorizations.findIndex((one) => one.code === code)
    const authorization = state.authorizations[place]
    if (authorization === undefined || authorization.client !== client) return refused(answer, state)
    if (authorization.redeemed) return refused(answer, changed(state, place, { ended: true }))
    const isOver = state.at >= authorization.code_expires_at || state.ended_sessions.includes(authorization.session)
    if (isOver || !stands(state, authorization)) return refused(answer, state)
    return given(changed(state, place, { redeemed: true }), place, answer, lengths)
  },

  refresh(state, { token, client }, answer, { lengths }) {
    const place = placeOf(state, token)
    const authorization = state.authorizations[place]
    if (authorization === undefined) return refused(answer, state)
    if (authorization.client !== client) {
      return refused(answer, isSpared(authorization, token, lengths) ? state : changed(state, place, { ended: true }))
    }
    if (!stands(state, authorization)) return refused(answer, state)
    const { chain } = authorization
    const link = chain.findIndex((one) => one.token === token)
    const used = chain[link]
    if (used?.used_at === undefined) {
      if (typeof answer === 'string') return undefined
      const spent = chain.with(link, { token, used_at: state.at, answer })
      return given(changed(state, place, { chain: spent }), place, answer, lengths)
    }
    if (state.at >= used.used_at + lengths.replay_window) return refused(answer, changed(state, place, { ended: true }))
    if (link < chain.length - 2) return refused(answer, state)
    return typeof answer !== 'string' && sameTokens(answer, used.answer) ? state : undefined
  },

  revoke(state, { token, client }, _answer, { lengths }) {
    const place = placeOf(state, token)
    const authorization = state.authorizations[place]
    if (authorization === undefined || authorization.client !== client) return state
    return isRemembered(authorization, token, lengths) ? changed(state, place, { ended: true }) : state
  },

  introspect(state, { token }, isActive) {
    const known = state.access[token]
    const authorization = state.authorizations[known?.authorization ?? -1]
    const counts = authorization !== undefined && state.at < (known?.expires_at ?? 0) && stands(state, authorization)
    return counts === isActive ? state : undefined
  },
}

/** I3 and I12: what everything depends on. */
function stands(state: Expected, { grant, created_at, ended, client, session }: ExpectedAuthorization): boolean {
  const held = state.grants[grant]
  const isSignedOut = client === 1 && state.ended_sessions.includes(session)
  return (
    held !== undefined &&
    !ended &&
    !held.ended &&
    state.at < held.expires_at &&
    created_at >= held.granted_at &&
    !isSignedOut
  )
}

function isLiveSession(state: Expected, session: number | null | undefined): boolean {
  return session !== null && session !== undefined && !state.ended_sessions.includes(session)
}

function refused(answer: Answers['redeem'], state: Expected): Expected | undefined {
  return answer === 'invalid_grant' ? state : undefined
}

/** I2, I4, I12: a new token, for what was consented to, that ends with the person's time at the latest. */
function given(state: Expected, place: number, answer: Answers['redeem'], lengths: Lengths): Expected | undefined {
  const authorization = state.authorizations[place]
  const grant = state.grants[authorization?.grant ?? -1]
  if (typeof answer === 'string' || answer.refresh_token === undefined || !authorization || !grant) return undefined
  const { access_token, refresh_token, expires_in, scope } = answer
  if (expires_in !== Math.min(lengths.access_token, grant.expires_at - state.at)) return undefined
  if (scope !== scopes[authorization.client] || placeOf(state, refresh_token) >= 0) return undefined
  const chain = [...authorization.chain, { token: refresh_token }]
  const known = { authorization: place, expires_at: state.at + expires_in }
  return { ...changed(state, place, { chain }), access: { ...state.access, [access_token]: known } }
}

function changed(state: Expected, place: number, changes: Partial<ExpectedAuthorization>): Expected {
  const authorization = state.authorizations[place]
  if (authorization === undefined) return state
  return { ...state, authorizations: state.authorizations.with(place, { ...authorization, ...changes }) }
}

function placeOf({ authorizations }: Expected, token: string): number {
  return authorizations.findIndex(({ chain }) => chain.some((one) => one.token === token))
}

/** The live token, the one before it, and earlier ones whose window had not passed when the next was spent. */
function isRemembered({ chain }: ExpectedAuthorization, token: string, { replay_window }: Lengths): boolean {
  const link = chain.findIndex((one) => one.token === token)
  const last = chain[chain.length - 2]
  const { used_at } = chain[link] ?? {}
  return link >= chain.length - 2 || (used_at ?? 0) + replay_window > (last?.used_at ?? 0)
}

/** What another client may show without harm: the live token, and earlier ones than the last spent that are remembered. */
function isSpared(authorization: ExpectedAuthorization, token: string, lengths: Lengths): boolean {
  const { chain } = authorization
  const isLastSpent = chain[chain.length - 2]?.token === token
  return !isLastSpent && isRemembered(authorization, token, lengths)
}

function sameTokens(one: Given, other: Given | undefined): boolean {
  return one.access_token === other?.access_token && one.refresh_token === other.refresh_token
}

/**
 * Explains what was answered to commands that were sent at once: all that may be expected after them, in whatever order
 * they took effect. Nothing: no order explains the answers.
 */
export function explained(
  states: readonly Expected[],
  answered: readonly Answered[],
  judging: Judging,
): readonly Expected[] {
  if (answered.length === 0) return states
  return answered.flatMap((one, place) => {
    const next = states.flatMap((state) => after(state, one, judging) ?? [])
    return next.length === 0 ? [] : explained(next, answered.toSpliced(place, 1), judging)
  })
}

function after(state: Expected, { kind, command, answer }: Answered, judging: Judging): Expected | undefined {
  // Each rule is of the kind that it stands under, which the compiler does not follow here.
  return (rules[kind] as Rule<never>)(state, command as never, answer as never, judging)
}
