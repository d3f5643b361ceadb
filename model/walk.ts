/** Walks of random commands: made, carried out, and compared with what is expected. */
import fc from 'fast-check'
import { decodeJwt } from 'jose'
import { carryOut, type Scene } from './carry-out.ts'
import type { Answered, Commands, Given, Kind } from './commands.ts'
import { expectedAt, explained, type Expected, type Lengths } from './expected.ts'
import type { Nodes } from './nodes.ts'

/** A command before it is known which codes and tokens there are: `nth` counts from the newest. */
type Intended = {
  readonly [K in Kind]: { readonly kind: K; readonly nth: number } & Omit<Commands[K], 'code' | 'token'>
}[Kind]

/** Commands that are sent at once; most steps are a single command. */
export type Walk = readonly (readonly Intended[])[]

const two = fc.constantFrom(0, 1)
const nth = fc.nat(3)
const ofToken = { nth, client: two, node: two }

const alone: fc.Arbitrary<Intended> = fc.oneof(
  {
    arbitrary: fc.record({
      kind: fc.constant('wait' as const),
      nth,
      seconds: fc.constantFrom(1, 30, 61, 301, 3599, 3601, 2_592_000),
    }),
    weight: 3,
  },
  { arbitrary: fc.record({ kind: fc.constant('restart' as const), nth, node: two }), weight: 1 },
)

/** Where neither client is, though it looks like it. */
const elsewhere = [
  'https://rp1.test/cb/',
  'https://rp1.test/cb?x=1',
  'https://spa.test.evil.test/cb',
  'http://spa.test/cb',
]

const together: fc.Arbitrary<Intended> = fc.oneof(
  ...[
    fc.record({
      kind: fc.constant('authorize' as const),
      nth,
      browser: two,
      client: two,
      access_for: fc.constantFrom('1h', '30d'),
    }),
    fc.record({
      kind: fc.constant('stray' as const),
      nth,
      browser: two,
      client: two,
      to: fc.constantFrom(...elsewhere),
    }),
    fc.record({ kind: fc.constant('sign out' as const), nth, browser: two }),
    fc.record({ kind: fc.constant('remove' as const), nth, browser: two, client: two }),
    fc.record({ kind: fc.constant('redeem' as const), ...ofToken }),
    fc.record({ kind: fc.constant('refresh' as const), ...ofToken }),
    fc.record({ kind: fc.constant('revoke' as const), ...ofToken }),
    fc.record({ kind: fc.constant('introspect' as const), nth, node: two }),
  ].map((arbitrary, place) => ({
    arbitrary: arbitrary as fc.Arbitrary<Intended>,
    weight: [6, 1, 1, 1, 5, 6, 1, 3][place] ?? 1,
  })),
)

/** Makes walks in which one command follows another. */
export const walksAlone: fc.Arbitrary<Walk> = fc.array(
  fc.oneof({ arbitrary: together, weight: 6 }, { arbitrary: alone, weight: 1 }).map((one) => [one]),
  { minLength: 4, maxLength: 24 },
)

/** Makes walks with crowds of up to four commands in them. */
export const walksTogether: fc.Arbitrary<Walk> = fc.array(
  fc.oneof(
    { arbitrary: fc.array(together, { minLength: 1, maxLength: 4 }), weight: 6 },
    { arbitrary: alone.map((one) => [one]), weight: 1 },
  ),
  { minLength: 3, maxLength: 12 },
)

/** What a walk left, for the checks of the database afterwards. */
export interface Walked {
  readonly scene: Scene
  /** All that may be expected now. */
  readonly states: readonly Expected[]
  /** Every code and token that left the server. */
  readonly secrets: readonly string[]
  /** Who the clients were told that the person is. */
  readonly subs: ReadonlySet<string>
}

/**
 * Goes on a walk as a new person, and compares each answer.
 *
 * @throws {Error} with what was sent and answered when nothing expected explains it
 */
export async function walk(steps: Walk, nodes: Nodes, lengths: Lengths): Promise<Walked> {
  const scene: Scene = { nodes, account: await nodes.newPerson(), browsers: [nodes.visitor(), nodes.visitor()] }
  const known: Known = { codes: [], refresh: [], access: [], subs: new Set() }
  let states: readonly Expected[] = [expectedAt(nodes.one.clock())]
  const said: string[] = []
  const take = async (sent: readonly Sent[]): Promise<void> => {
    const answered = await Promise.all(
      sent.map(async (one) => ({ ...one, answer: await answerTo(one, scene) }) as Answered),
    )
    answered.forEach((one) => keep(one, known))
    said.push(...answered.map((one) => JSON.stringify(one)), '—')
    states = distinct(explained(states, answered, { lengths, company: sent.length === 1 ? 'alone' : 'in a crowd' }))
    if (states.length === 0) throw new Error(`Nothing explains the last answers:\n${said.join('\n')}`)
  }
  for (const step of steps) await take(oneABrowser(step).flatMap((one) => sendable(one, known)))
  // What every token is worth in the end is the same, whichever node is asked.
  for (const token of known.access)
    for (const node of [0, 1] as const) await take([{ kind: 'introspect', command: { token, node } }])
  return { scene, states, secrets: [...known.codes, ...known.refresh, ...known.access], subs: known.subs }
}

interface Known {
  readonly codes: string[]
  readonly refresh: string[]
  readonly access: string[]
  readonly subs: Set<string>
}

type Sent = { readonly [K in Kind]: { readonly kind: K; readonly command: Commands[K] } }[Kind]

/** A person has one page at a time in each browser. */
function oneABrowser(step: readonly Intended[]): readonly Intended[] {
  const busy = new Set<number>()
  return step.filter((one) => !('browser' in one) || (!busy.has(one.browser) && busy.add(one.browser)))
}

/** Puts codes and tokens in; nothing when there is none yet. */
function sendable({ kind, nth: wanted, ...rest }: Intended, { codes, refresh, access }: Known): readonly Sent[] {
  const from: Partial<Record<Kind, readonly string[]>> = { redeem: codes, refresh, revoke: refresh, introspect: access }
  const those = from[kind]
  if (those === undefined) return [{ kind, command: rest } as Sent]
  const value = those[those.length - 1 - (wanted % Math.max(1, those.length))]
  const name = kind === 'redeem' ? 'code' : 'token'
  return value === undefined ? [] : [{ kind, command: { ...rest, [name]: value } } as Sent]
}

async function answerTo({ kind, command }: Sent, scene: Scene): Promise<unknown> {
  return (carryOut[kind] as (command: unknown, scene: Scene) => Promise<unknown>)(command, scene)
}

function keep({ kind, answer }: Answered, { codes, refresh, access, subs }: Known): void {
  if (kind === 'authorize' && answer.code !== undefined) codes.push(answer.code)
  if ((kind !== 'redeem' && kind !== 'refresh') || typeof answer === 'string') return
  const { refresh_token, access_token, id_token }: Given = answer
  if (!refresh.includes(refresh_token)) refresh.push(refresh_token)
  if (!access.includes(access_token)) access.push(access_token)
  if (id_token !== undefined) subs.add(String(decodeJwt(id_token).sub))
}

function distinct(states: readonly Expected[]): readonly Expected[] {
  return [...new Map(states.map((state) => [JSON.stringify(state), state])).values()]
}
