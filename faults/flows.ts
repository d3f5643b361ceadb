/** What people and programs do at the server, each operation written into the history as it ends. */
import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import {
  authorizationPath,
  basic,
  form,
  jsonOf,
  newPkce,
  type Asked,
  type Parameters,
  type SceneClient,
  type ScenePerson,
} from '../conformance/scene.ts'
import { inOneLine, type Received, type Visited, type Visitor } from '../testing/visitor.ts'
import type { Kind, Operation, Outcome } from './history.ts'
import { scope, type Scene } from './scene.ts'

/** What flows are made with. */
export interface FlowParts {
  readonly asked: Asked
  readonly scene: Scene
  /** A browser that was never here. */
  readonly visitor: () => Visitor
  readonly note: (operation: Operation) => void
  /** How long the server has run so far, milliseconds, where that is to be looked at. */
  readonly ran?: (() => number) | undefined
  /** Picks one of so many, from 0 on. */
  readonly pick: (among: number) => number
}

/** What may be done again and again: each takes the moment at which it was to begin. */
export interface Flows {
  /** Signs a person in, one after the other, and lets them allow the application what it asks for. */
  prepare(): Promise<void>
  readonly operations: Readonly<Record<Work, (due: number) => Promise<void>>>
}

/** What the driver is asked to do, in some mixture. */
export type Work = 'machine' | 'code' | 'refresh' | 'introspect' | 'revoke' | 'consent' | 'sign_in_page' | 'visit'

/** One authorization and the newest tokens of it. */
interface Chain {
  readonly chain: string
  readonly person: string
  readonly refresh_token: string
  readonly access_token: string
}

interface Seat {
  readonly person: ScenePerson
  readonly visitor: Visitor
  /** What the person's next decision will be. */
  allows: boolean
  busy: boolean
}

type Facts = Omit<Partial<Operation>, 'kind' | 'outcome' | 'status' | 'due' | 'begun' | 'ended'>
type Told = Pick<Operation, 'outcome' | 'status'> & Facts

/** The time of the history. */
export const now = (): number => performance.timeOrigin + performance.now()

/** Makes the flows of a scene. */
export function openFlows({ asked, scene, visitor, note, ran, pick }: FlowParts): Flows {
  const { web, machine, api } = scene
  const seats: readonly Seat[] = scene.people.map((person) => ({
    person,
    visitor: visitor(),
    allows: false,
    busy: false,
  }))
  const stranger = visitor()
  let signInPage = '/account'
  const idle: Chain[] = []
  const driver = randomUUID().slice(0, 8)
  let chains = 0

  /** Does one thing and writes down how it ended. */
  async function attempt(kind: Kind, due: number, facts: Facts, act: () => Promise<Told>): Promise<Told> {
    const [begun, before] = [now(), ran?.()]
    const told = await act().catch(unanswered)
    const meanwhile = before === undefined ? {} : { ran: (ran?.() ?? 0) - before }
    note({ kind, due, begun, ended: now(), ...meanwhile, ...facts, ...told })
    return told
  }

  async function authorize(due: number): Promise<void> {
    const { person, visitor: browser } = anySeat()
    const chain = `${driver}-${(chains += 1)}`
    const pkce = newPkce()
    const facts = { person: person.username, chain }
    const { code } = await attempt('authorize', due, facts, async () => {
      const page = await browser.go(authorizationPath(web, pkce, { scope }))
      const found = page.leaves?.searchParams.get('code')
      return { ...toldBy(page), ...(found ? { outcome: 'acknowledged' as const, code: found } : pageInstead(page)) }
    })
    if (code === undefined) return
    const parameters = { grant_type: 'authorization_code', code, code_verifier: pkce.code_verifier }
    const redeem = () => attempt('redeem', now(), { ...facts, presented: code }, () => token(web, parameters))
    let told = await redeem()
    // Whoever was told to come back, comes back then; whoever heard nothing tries once more.
    if (told.outcome === 'away' || told.outcome === 'unknown') {
      await wait((told.retry_after ?? 0) * 1000)
      told = await redeem()
    }
    keep({ chain, person: person.username }, told)
  }

  async function refresh(due: number): Promise<void> {
    const chain = take()
    if (chain === undefined) return authorize(due)
    const facts = { person: chain.person, chain: chain.chain, presented: chain.refresh_token }
    const ask = () =>
      attempt('refresh', due, facts, () =>
        token(web, { grant_type: 'refresh_token', refresh_token: chain.refresh_token }),
      )
    // One in ten asks twice at once, as two tabs do.
    const answers = await Promise.all(pick(10) === 0 ? [ask(), ask()] : [ask()])
    if (answers.every(({ outcome }) => outcome === 'away' || outcome === 'unknown')) return void idle.push(chain)
    keep(
      chain,
      answers.find(({ refresh_token }) => refresh_token !== undefined),
    )
  }

  async function introspect(due: number): Promise<void> {
    const chain = take()
    if (chain === undefined) return authorize(due)
    const { access_token, ...facts } = chain
    await attempt('introspect', due, { person: facts.person, chain: facts.chain, presented: access_token }, () =>
      post('/introspect', api, { token: access_token }).then((answer) => {
        const told = toldBy(answer)
        return told.outcome === 'acknowledged' ? { ...told, active: jsonOf(answer)['active'] === true } : told
      }),
    )
    idle.push(chain)
  }

  async function revoke(due: number): Promise<void> {
    const chain = take()
    if (chain === undefined) return authorize(due)
    const { refresh_token, ...facts } = chain
    await attempt('revoke', due, { person: facts.person, chain: facts.chain, presented: refresh_token }, async () =>
      toldBy(await post('/revoke', web, { token: refresh_token })),
    )
  }

  /** Takes away what a person allowed, or lets them allow it again. */
  async function consent(due: number): Promise<void> {
    const seat = seats[pick(seats.length)]
    if (seat === undefined || seat.busy) return authorize(due)
    seat.busy = true
    const facts = { person: seat.person.username }
    if (seat.allows) {
      const { outcome } = await attempt('allow', due, facts, () => allow(seat))
      seat.allows = outcome !== 'acknowledged'
    } else {
      forget(seat)
      const { outcome } = await attempt('remove', due, facts, () => remove(seat))
      forget(seat)
      seat.allows = outcome === 'acknowledged'
    }
    seat.busy = false
  }

  async function allow({ visitor: browser }: Seat): Promise<Told> {
    const page = await browser.go(authorizationPath(web, newPkce(), { scope }))
    if (page.leaves !== undefined) return toldBy(page)
    if (!page.body.includes('id="consent-allow"')) return { ...toldBy(page), ...pageInstead(page) }
    const after = await browser.submit(page, { press: 'consent-allow' })
    return after.leaves?.searchParams.has('code') ? toldBy(after) : { ...toldBy(after), ...pageInstead(after) }
  }

  async function remove({ visitor: browser }: Seat): Promise<Told> {
    const page = await browser.go('/account')
    const press = `remove=${web.client_id}`
    if (!page.body.includes(`value="${web.client_id}"`)) return { ...toldBy(page), ...pageInstead(page) }
    return toldBy(await browser.submit(page, { press }))
  }

  function signIn({ person, visitor: browser }: Seat): Promise<Told> {
    return attempt('sign_in', now(), { person: person.username }, async () => {
      const page = await browser.go('/account')
      if (page.status !== 200) return { ...toldBy(page), ...pageInstead(page) }
      const { username, password } = person
      const after = await browser.submit(page, { press: 'login-submit', fields: { username, password } })
      const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
      return after.url.pathname === '/account'
        ? { ...toldBy(after), cookie }
        : { ...toldBy(after), ...pageInstead(after) }
    })
  }

  async function token(by: SceneClient, parameters: Parameters): Promise<Told> {
    const answer = await post('/token', by, parameters)
    const told = toldBy(answer)
    if (told.outcome !== 'acknowledged') return told
    const { access_token, refresh_token } = jsonOf(answer)
    return {
      ...told,
      access_token: String(access_token),
      ...(typeof refresh_token === 'string' && { refresh_token }),
    }
  }

  function post(path: string, { client_id, client_secret }: SceneClient, parameters: Parameters): Promise<Received> {
    const typed = { 'content-type': 'application/x-www-form-urlencoded' }
    return asked.send({ path, headers: { ...typed, ...basic(client_id, client_secret) }, body: form(parameters) })
  }

  function anySeat(): Seat {
    const seat = seats[pick(seats.length)]
    if (seat === undefined) throw new Error('Nobody is there')
    return seat
  }

  function take(): Chain | undefined {
    return idle.splice(pick(idle.length), 1)[0]
  }

  function keep({ chain, person }: Pick<Chain, 'chain' | 'person'>, told: Told | undefined): void {
    const { access_token, refresh_token } = told ?? {}
    if (access_token === undefined || refresh_token === undefined) return
    idle.push({ chain, person, access_token, refresh_token })
  }

  function forget({ person }: Seat): void {
    for (const chain of idle.filter(({ person: one }) => one === person.username)) idle.splice(idle.indexOf(chain), 1)
  }

  return {
    async prepare() {
      signInPage = (await stranger.go('/account')).url.pathname
      // One after the other: all at once they would wait for each other's password hashes.
      for (const seat of seats) {
        await untilDone(() => signIn(seat))
        await untilDone(() => attempt('allow', now(), { person: seat.person.username }, () => allow(seat)))
      }
    },
    operations: {
      machine: async (due) =>
        void (await attempt('machine', due, {}, () => token(machine, { grant_type: 'client_credentials' }))),
      code: authorize,
      refresh,
      introspect,
      revoke,
      consent,
      // Whoever is nobody is led to it from their own page once; then they look at it again.
      sign_in_page: async (due) =>
        void (await attempt('sign_in_page', due, {}, async () => toldBy(await stranger.go(signInPage)))),
      visit: async (due) => {
        const { person, visitor: browser } = anySeat()
        await attempt('visit', due, { person: person.username }, async () => toldBy(await browser.go('/account')))
      },
    },
  }
}

/** Whoever finds no room before anything is measured, comes back a few times. */
async function untilDone(act: () => Promise<Told>): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    const { outcome, status, said, retry_after = 1 } = await act()
    if (outcome === 'acknowledged') return
    if (status !== 503 || tries === 10) throw new Error(`nobody is prepared: ${outcome}, ${said}`)
    await wait(1000 * retry_after)
  }
}

/** How an answer is taken by its status. */
function toldBy({ status, headers, body }: Received): Told {
  const retry = Number(headers['retry-after'])
  return {
    outcome: outcomeOf(status),
    status,
    ...(Number.isFinite(retry) && { retry_after: retry }),
    ...(status >= 400 && { said: body.slice(0, 300) }),
  }
}

function outcomeOf(status: number): Outcome {
  if (status < 400) return 'acknowledged'
  if (status === 503 || status === 429) return 'away'
  // What stands in front says these of a server that gave no answer.
  if (status === 502 || status === 504) return 'unknown'
  return status < 500 ? 'refused' : 'failed'
}

/** A page where an answer to the application was due: it was not done, unless the page says that nobody knows. */
function pageInstead(page: Visited): Pick<Told, 'outcome' | 'said'> {
  const outcome = outcomeOf(page.status)
  return { outcome: outcome === 'acknowledged' ? 'refused' : outcome, said: `a page instead: ${inOneLine(page)}` }
}

/** No answer came. An error that is not of the connection is ours, and thrown on. */
function unanswered(error: unknown): Told {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (!/^(E[A-Z]+|UND_ERR_[A-Z_]+|HPE_[A-Z_]+)$/.test(code)) throw error
  return { outcome: 'unknown', status: 0, said: code }
}
