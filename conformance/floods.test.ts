/** Many who ask for what is dear: no more is done than the limits say, and everybody else is served. */
import assert from 'node:assert/strict'
import { after } from 'node:test'
import { must } from '../testing/must.ts'
import { startServer } from '../testing/server.ts'
import { formsOf } from '../testing/visitor.ts'
import { authorizationPath, basic, clients, configuration, form, newPkce, post } from './scene.ts'

const server = await startServer({ configuration: { ...configuration, throttle: {} } })
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
      return took.toSorted((one, other) => one - other)
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

must(
  'R16, NIST SP 800-63B §3.2.2',
  'AC-03: of a thousand wrong passwords from one network no more are checked than its limits say, and machines get their tokens',
  async (t) => {
    const visitor = server.visitor()
    const page = await visitor.go(authorizationPath(clients.C1, newPkce()))
    const cookie = [...visitor.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const fields =
      formsOf(page.body).find(({ buttons }) => buttons.some(({ id }) => id === 'login-submit'))?.fields ?? []
    const headers = { cookie, 'content-type': 'application/x-www-form-urlencoded' }
    const checked = { alice: 0, anybody: 0 }
    const statuses = new Map<number, number>()
    const others = machine()
    await flood(async (index) => {
      const username = index % 2 === 0 ? 'alice' : `nobody${index}`
      const body = form({ ...Object.fromEntries(fields), username, password: 'wrong' })
      const { status } = await server.send({ path: page.url.pathname, headers, body })
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
      if (status === 400) {
        checked.anybody += 1
        if (username === 'alice') checked.alice += 1
      }
    })
    const took = await others.stop()
    const counts = [...statuses].map(([status, count]) => `${status}: ${count}`)
    t.diagnostic(`${counts.join(', ')}; a machine waited ${took[Math.floor(took.length / 2)]?.toFixed(1)} ms as a rule`)
    assert.deepEqual(
      [...statuses.keys()].filter((status) => ![400, 429, 503].includes(status)),
      [],
    )
    assert.ok(checked.alice <= 10 && checked.anybody <= 300, JSON.stringify(checked))
    assert.ok(took.length > 10)
  },
)

must('OAuth 2.1 §7.5', 'CA-08: guessing at a client’s secret is slowed down, for the one who guesses', async () => {
  const { client_id } = clients.C1
  const statuses = new Map<number, number>()
  await flood(async (index) => {
    const guess = { headers: basic(client_id, `guess ${index}`), parameters: {} }
    const { status } = await post(server, '/introspect', guess, { token: 'x' })
    statuses.set(status, (statuses.get(status) ?? 0) + 1)
  })
  assert.deepEqual(
    [...statuses.keys()].toSorted((one, other) => one - other),
    [401, 429],
  )
  assert.ok((statuses.get(401) ?? 0) < 200, `${statuses.get(401)} were looked at`)
  assert.equal((await post(server, '/introspect', clients.RS1, { token: 'x' })).status, 200)
})
