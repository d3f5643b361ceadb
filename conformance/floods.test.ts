/** Many who ask for what is dear: no more is done than the limits say, and everybody else is served. */
import assert from 'node:assert/strict'
import { after } from 'node:test'
import { must } from '../testing/must.ts'
import { startServer } from '../testing/server.ts'
import { formsOf } from '../testing/visitor.ts'
import {
  assertion,
  assertionParameters,
  authorizationPath,
  basic,
  clients,
  configuration,
  form,
  newPkce,
  post,
  type Credentials,
} from './scene.ts'

const server = await startServer({
  configuration: { ...configuration, throttle: {}, trusted_proxies: ['127.0.0.1/32'] },
})
after(() => server.stop())

const pause = (time: number) => new Promise((go) => setTimeout(go, time))

/** A machine that gets itself a token fifty times a second, until it is told to stop; how long each took, milliseconds. */
function machine(): { readonly stop: () => Promise<readonly number[]> } {
  const took: number[] = []
  let going = true
  const all = (async () => {
    while (going) {
      const begun = performance.now()
      const answer = await post(server, '/token', clients.C6, { grant_type: 'client_credentials' })
      assert.equal(answer.status, 200)
      took.push(performance.now() - begun)
      await pause(20)
    }
  })()
  return {
    async stop() {
      going = false
      await all
      return took
    },
  }
}

/** Asks a thousand times, two hundred times a second. */
async function flood(ask: (index: number) => Promise<void>): Promise<void> {
  const asked: Promise<void>[] = []
  const begun = performance.now()
  while (asked.length < 1_000) {
    const due = Math.min(1_000, Math.floor((performance.now() - begun) / 5))
    while (asked.length < due) asked.push(ask(asked.length))
    await pause(5)
  }
  await Promise.all(asked)
}

/** What came of a flood of wrong passwords from one network. */
interface SignInFlood {
  readonly counts: ReadonlyMap<number, number>
  /** How many of alice's, and of all, were looked at. */
  readonly checked: { readonly alice: number; readonly all: number }
  /** Half of those who were turned away, and all but a hundredth of the machines, waited no longer: milliseconds. */
  readonly turnedAway: number
  readonly machines: number
}

const percentile = (took: readonly number[], part: number): number =>
  took.toSorted((one, other) => one - other)[Math.floor(took.length * part)] ?? Infinity

async function wrongPasswords(address: string): Promise<SignInFlood> {
  const visitor = server.visitor()
  const page = await visitor.go(authorizationPath(clients.C1, newPkce()))
  const cookie = [...visitor.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  const fields = formsOf(page.body).find(({ buttons }) => buttons.some(({ id }) => id === 'login-submit'))?.fields ?? []
  const headers = { cookie, 'content-type': 'application/x-www-form-urlencoded', 'x-forwarded-for': address }
  const answers: { readonly username: string; readonly status: number; readonly took: number }[] = []
  const others = machine()
  await flood(async (index) => {
    const username = index % 2 === 0 ? 'alice' : `nobody${index}`
    const body = form({ ...Object.fromEntries(fields), username, password: 'wrong' })
    const begun = performance.now()
    const { status } = await server.send({ path: page.url.pathname, headers, body })
    answers.push({ username, status, took: performance.now() - begun })
  })
  const looked = answers.filter(({ status }) => status === 400)
  const turned = answers.filter(({ status }) => status === 429).map(({ took }) => took)
  return {
    counts: new Map([...Map.groupBy(answers, ({ status }) => status)].map(([status, all]) => [status, all.length])),
    checked: { alice: looked.filter(({ username }) => username === 'alice').length, all: looked.length },
    turnedAway: percentile(turned, 0.5),
    machines: percentile(await others.stop(), 0.99),
  }
}

must(
  'R16, NIST SP 800-63B §3.2.2',
  'DS-03, AC-03: of a thousand wrong passwords from one network no more are checked than its limits say; the others are turned away within 20 ms, and machines wait less than 100 ms',
  async (t) => {
    // This machine has other work: how quick a server is, its quickest shows. What it does, each shows.
    const floods: SignInFlood[] = []
    const isQuick = ({ turnedAway, machines }: SignInFlood) => turnedAway < 20 && machines < 100
    for (let round = 1; round <= 4 && !floods.some(isQuick); round += 1) {
      const one = await wrongPasswords(`203.0.113.${round}`)
      const { counts, checked, turnedAway, machines } = one
      const told = [...counts].map(([status, count]) => `${status}: ${count}`).join(', ')
      t.diagnostic(
        `${told}; half were turned away within ${turnedAway.toFixed(1)} ms, p99 of machines ${machines.toFixed(1)} ms`,
      )
      assert.deepEqual(
        [...counts.keys()].filter((status) => ![400, 429, 503].includes(status)),
        [],
      )
      assert.ok(checked.alice <= 10 && checked.all <= 300, JSON.stringify(checked))
      floods.push(one)
    }
    assert.ok(floods.some(isQuick))
  },
)

/** An assertion with a signature that somebody made up. */
function unsigned(jwt: string): string {
  const signature = jwt.lastIndexOf('.') + 1
  return `${jwt.slice(0, signature)}${'A'.repeat(20)}${jwt.slice(signature + 20)}`
}

must(
  'OAuth 2.1 §7.5',
  'DS-06, CA-08: guessing at a client’s secret, or at its signature, is slowed down before it costs anything, for the one who guesses',
  async () => {
    const guesses: readonly ((index: number) => Credentials)[] = [
      (index) => ({ headers: basic(clients.C1.client_id, `guess ${index}`), parameters: {} }),
      () => ({
        headers: {},
        parameters: assertionParameters(unsigned(assertion(clients.C4, { aud: server.issuer }))),
      }),
      () => ({ headers: {}, parameters: assertionParameters(assertion(clients.C4, { aud: 'https://other.test' })) }),
    ]
    for (const guess of guesses) {
      const statuses = new Map<number, number>()
      await flood(async (index) => {
        const { status } = await post(server, '/introspect', guess(index), { token: 'x' })
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
      })
      // As many as a person who mends a configuration makes, and one more every ten seconds.
      assert.ok((statuses.get(401) ?? 0) <= 22, `${statuses.get(401)} were looked at`)
      assert.equal((statuses.get(401) ?? 0) + (statuses.get(429) ?? 0), 1_000)
    }
    assert.equal((await post(server, '/introspect', clients.RS1, { token: 'x' })).status, 200)
  },
)
