/**
 * What may be used once, asked for by fifty at once, over HTTP: on SQLite, on PostgreSQL, and on two nodes of which each
 * request reaches any.
 */
import assert from 'node:assert/strict'
import { after, before, describe, type TestContext } from 'node:test'
import { must } from '../testing/must.ts'
import { startNodes } from '../testing/nodes.ts'
import { freshDatabase } from '../testing/postgres.ts'
import { startServer, type TestServer } from '../testing/server.ts'
import type { Received, Visitor } from '../testing/visitor.ts'
import {
  authorize,
  clients,
  configuration,
  isActive,
  jsonOf,
  redeem,
  refresh,
  tokensOf,
  type Response,
} from './scene.ts'

/** How many codes, and how many refresh tokens. */
const trials = 100
/** How many ask for each at the same moment. */
const askers = 50

type Serving = Pick<TestServer, 'issuer' | 'send' | 'visitor' | 'stop'>

const setups: Readonly<Record<string, () => Promise<Serving>>> = {
  SQLite: () => startServer({ configuration }),
  PostgreSQL: async () => startServer({ configuration, database: await freshDatabase() }),
  'PostgreSQL with two nodes': async () => startNodes(2, { configuration, database: await freshDatabase() }),
}

for (const [name, start] of Object.entries(setups)) {
  describe(name, () => {
    let server: Serving
    let visitor: Visitor
    before(async () => {
      server = await start()
      visitor = server.visitor()
      await authorize(visitor, clients.C1, { scope })
    })
    after(() => server.stop())

    must(
      'RFC 6749 §4.1.2',
      'CD-03: of fifty who redeem a code at once exactly one gets tokens, and loses them',
      async (t) => {
        const begun = performance.now()
        for (let trial = 0; trial < trials; trial += 1) {
          const response = await codeFor(visitor)
          const answers = await atOnce(() => redeem(server, clients.C1, response))
          const [winner, ...others] = answers.filter(({ status }) => status === 200)
          assert.ok(winner !== undefined && others.length === 0, `${others.length + 1} of ${askers} got tokens`)
          for (const answer of answers) if (answer !== winner) refusedForGood(answer)

          // Policy A2: each of the others was right in every respect, so the code was in two hands.
          const { access_token, refresh_token } = tokensOf(winner)
          assert.equal(await isActive(server, clients.RS1, access_token), false)
          refusedForGood(await refresh(server, clients.C1, refresh_token))
        }
        tell(t, begun)
      },
    )

    must(
      'R1, RFC 9700 §4.14.2',
      'RT-02: fifty who refresh at once get one successor, and it alone lives',
      async (t) => {
        const begun = performance.now()
        for (let trial = 0; trial < trials; trial += 1) {
          const { refresh_token } = tokensOf(await redeem(server, clients.C1, await codeFor(visitor)))
          const answers = await atOnce(() => refresh(server, clients.C1, refresh_token))
          const successors = new Set(answers.map((answer) => tokensOf(answer).refresh_token))
          const [successor = '', ...others] = successors
          assert.deepEqual(others, [])
          assert.notEqual(successor, refresh_token)
          assert.equal(new Set(answers.map(({ body }) => body)).size, 1)
          assert.deepEqual(await live(server, [refresh_token, successor]), [successor])

          tokensOf(await refresh(server, clients.C1, successor))
        }
        tell(t, begun)
      },
    )
  })
}

const scope = 'openid offline_access postcards.read'

/** A code for a person who allowed it before: no page comes in between. */
function codeFor(visitor: Visitor): Promise<Response> {
  return authorize(visitor, clients.C1, { scope })
}

function atOnce(ask: () => Promise<Received>): Promise<readonly Received[]> {
  return Promise.all(Array.from({ length: askers }, ask))
}

function refusedForGood(answer: Received): void {
  assert.deepEqual([answer.status, jsonOf(answer)['error']], [400, 'invalid_grant'])
}

/** Which refresh tokens their own client is told are live. */
async function live(server: Serving, tokens: readonly string[]): Promise<readonly string[]> {
  const answers = await Promise.all(tokens.map((token) => isActive(server, clients.C1, token)))
  return tokens.filter((_, index) => answers[index])
}

function tell(t: TestContext, begun: number): void {
  const seconds = (performance.now() - begun) / 1000
  t.diagnostic(`${trials} × ${askers} in ${seconds.toFixed(1)} s`)
}
