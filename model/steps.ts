/** What can happen next in a state of the machine. */
import {
  code_expires_at,
  grant_expires_at,
  type Family,
  type Issued,
  type Machine,
  type Moment,
  type Plan,
  type Rows,
  type State,
  type Token,
} from './machine.ts'

/** Something that may happen, and what is then. */
export interface Step {
  readonly what: string
  readonly next: State
}

const families = [0, 1] as const
const tokens = [1, 2, 3] as const
const nodes = [0, 1] as const

/** What somebody sends. */
type Sent = Pick<Plan, 'client' | 'family' | 'presented'> & {
  readonly request: 'allow' | 'redeem' | 'refresh' | 'revoke' | 'end grant' | 'sign out'
}

/** Lists everything that may happen next. */
export function stepsFrom(state: State, machine: Machine): readonly Step[] {
  return [
    ...nodes.flatMap((node) =>
      state.nodes[node] === null ? arrivals(state, node, machine) : atWork(state, node, machine),
    ),
    ...(state.at < grant_expires_at ? [{ what: 'time passes', next: { ...state, at: (state.at + 1) as Moment } }] : []),
  ]
}

function arrivals(state: State, node: 0 | 1, machine: Machine): readonly Step[] {
  return sendable(state).flatMap((sent) => {
    const plan = planFor(sent, state, machine)
    const { client, family, presented, request } = sent
    const what = `node ${node} reads for client ${client}: ${request} of ${family}, token ${presented}`
    return plan === undefined ? [] : [{ what, next: at(state, node, plan) }]
  })
}

/** Everybody presents everything that anybody was ever told. */
function sendable(state: State): readonly Sent[] {
  const byOne = families.flatMap((family): readonly Sent[] => [
    { request: 'allow', client: family, family, presented: 0 },
    ...(state.codes_told[family] ? [{ request: 'end grant', client: family, family, presented: 0 } as const] : []),
  ])
  const byAny = families.flatMap((client): readonly Sent[] => [
    ...families
      .filter((family) => state.codes_told[family])
      .map((family) => ({ request: 'redeem', client, family, presented: 0 }) as const),
    ...tokens.flatMap((presented) => {
      const issued = state.told[presented - 1]
      if (!issued) return []
      const { family } = issued
      return [
        { request: 'refresh', client, family, presented } as const,
        { request: 'revoke', client, family, presented } as const,
      ]
    }),
  ])
  return [...byOne, ...byAny, { request: 'sign out', client: 1, family: 1, presented: 0 }]
}

/** What a node makes of a request after reading; undefined: a refusal, or an answer that changes nothing and tells nothing new. */
function planFor({ request, client, family, presented }: Sent, state: State, machine: Machine): Plan | undefined {
  const rows = state.rows[family]
  const plan = (kind: Plan['kind']): Plan => ({
    kind,
    client,
    family,
    presented: 0,
    successor: 0,
    at: 0,
    committed: false,
  })
  const repeated = (successor: Token): Plan => ({ ...plan('repeat'), presented, successor, committed: true })
  const minted = (kind: 'redeem' | 'rotate'): Plan | undefined => {
    const successor = fresh(state)
    return successor === undefined ? undefined : { ...plan(kind), presented, successor, at: state.at }
  }
  const live = stands(rows, state, family)
  if (!machine.isOwn(client, family)) return undefined
  switch (request) {
    case 'allow':
      if (rows.decisions === 0) return plan('allow')
      return state.codes_told[family] ? undefined : repeated(0)
    case 'end grant':
      return rows.grant_ended ? undefined : plan('end_grant')
    case 'sign out':
      return state.signed_out ? undefined : plan('sign_out')
    case 'revoke':
      return rows.ended ? undefined : plan('end')
    case 'redeem':
      if (rows.redeemed) return rows.ended ? undefined : plan('end')
      return live && state.at < code_expires_at ? minted('redeem') : undefined
    case 'refresh':
      if (!live) return undefined
      if (rows.refresh === presented) return minted('rotate')
      if (rows.replaced !== presented || rows.replaced_at !== state.at) return plan('end')
      return state.told[rows.refresh - 1] ? undefined : repeated(rows.refresh)
  }
}

const stands = ({ ended, grant_ended }: Rows, { at, signed_out }: State, family: Family): boolean =>
  !ended && !grant_ended && at < grant_expires_at && (family === 0 || !signed_out)

/** A token that nobody has and nothing knows: what was made for nothing is as if it had not been. */
function fresh({ rows, nodes, told }: State): Token | undefined {
  const known = new Set(rows.flatMap(({ refresh, replaced }) => [refresh, replaced]))
  for (const plan of nodes) if (plan) known.add(plan.successor)
  return tokens.find((token) => !known.has(token) && told[token - 1] === null)
}

function atWork(state: State, node: 0 | 1, machine: Machine): readonly Step[] {
  const plan = state.nodes[node]
  if (plan === null) return []
  const died = {
    what: `node ${node} dies ${plan.committed ? 'before it answers' : 'before it commits'}`,
    next: at(state, node, null),
  }
  if (machine.order === 'commit, then answer')
    return [died, plan.committed ? answered(state, node, plan, null) : committed(state, node, plan, machine)]
  const early = { ...plan, committed: true }
  return [
    died,
    plan.committed
      ? { ...committed(state, node, plan, machine), next: at(committed(state, node, plan, machine).next, node, null) }
      : answered(state, node, plan, early),
  ]
}

function committed(state: State, node: 0 | 1, plan: Plan, machine: Machine): Step {
  const { kind, family } = plan
  if (kind === 'repeat') return { what: `node ${node} has nothing to write`, next: state }
  const { where, set } = machine.statements[kind]
  const rows = state.rows[family]
  if (!where(rows, plan, state)) return lost(state, node, plan, machine)
  const after = { ...rows, ...set(rows, plan) }
  const next: State = {
    ...state,
    rows: family === 0 ? [after, state.rows[1]] : [state.rows[0], after],
    signed_out: state.signed_out || kind === 'sign_out',
  }
  return { what: `node ${node} commits ${kind}`, next: at(next, node, { ...plan, committed: true }) }
}

/** Another was quicker: the row is read again. If it was to end something that has ended, the answer is the same. */
function lost(state: State, node: 0 | 1, plan: Plan, machine: Machine): Step {
  const what = `node ${node} loses ${plan.kind}`
  const again: Partial<Record<Plan['kind'], Sent['request']>> = { allow: 'allow', redeem: 'redeem', rotate: 'refresh' }
  const request = again[plan.kind]
  if (request === undefined) return { what, next: at(state, node, { ...plan, committed: true }) }
  return { what, next: at(state, node, planFor({ ...plan, request }, at(state, node, null), machine) ?? null) }
}

function answered(state: State, node: 0 | 1, plan: Plan, then: Plan | null): Step {
  const { kind, client, family, presented, successor } = plan
  const next = at(state, node, then)
  const what = `node ${node} answers ${kind}`
  if (successor !== 0) {
    // A repeated answer goes to the request that it was first given to.
    const told = state.told.with(successor - 1, { family, presented, to: client } satisfies Issued)
    return {
      what: `${what}: token ${successor} for ${presented}`,
      next: { ...next, told: told as unknown as State['told'] },
    }
  }
  if (kind === 'allow' || kind === 'repeat') {
    const codes_told = state.codes_told.with(family, true) as unknown as State['codes_told']
    return { what: `${what}: a code`, next: { ...next, codes_told } }
  }
  return { what, next }
}

function at(state: State, node: 0 | 1, plan: Plan | null): State {
  return { ...state, nodes: node === 0 ? [plan, state.nodes[1]] : [state.nodes[0], plan] }
}

/**
 * Names a state: alike for states that differ in which node is which, in the names of tokens, or in how long ago
 * something was that is over.
 */
export function nameOf(state: State): string {
  const { rows, nodes, told } = state
  const met: Token[] = []
  const meet = (token: Token): void => {
    if (token !== 0 && !met.includes(token)) met.push(token)
  }
  for (const family of families) {
    meet(rows[family].replaced)
    meet(rows[family].refresh)
    for (const token of tokens) if (told[token - 1]?.family === family) meet(token)
  }
  for (const plan of nodes) if (plan) meet(plan.successor)
  const named = (token: Token): number => met.indexOf(token) + 1

  const ofRows = (one: Rows): string =>
    `${one.decisions}${+one.grant_ended}${+one.redeemed}${+one.ended}${one.events}${named(one.refresh)}${named(one.replaced)}${+(one.replaced_at === state.at)}`
  const ofPlan = (plan: Plan | null): string =>
    plan === null
      ? '-'
      : `${plan.kind}${plan.client}${plan.family}${named(plan.presented)}${named(plan.successor)}${plan.at}${+plan.committed}`
  const ofTold = (token: Token): string => {
    const one = told[token - 1]
    return one ? `${one.family}${named(one.presented)}${one.to}` : '-'
  }
  const [one, other] = nodes.map(ofPlan).toSorted()
  return `${state.at}${+state.signed_out}${state.codes_told.map(Number).join('')} ${rows.map(ofRows).join(' ')} ${one} ${other} ${met.map(ofTold).join(' ')}`
}
