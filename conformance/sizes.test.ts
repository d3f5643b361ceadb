/** What is too large: refused early, quickly, and without room being made for it. */
import assert from 'node:assert/strict'
import { after } from 'node:test'
import { gzipSync } from 'node:zlib'
import { must } from '../testing/must.ts'
import { writeRaw } from '../testing/raw-connection.ts'
import { startServer } from '../testing/server.ts'
import { authorizationPath, basic, clients, configuration, form, newPkce } from './scene.ts'

const server = await startServer({ configuration })
after(() => server.stop())

const { host } = new URL(server.issuer)
const { client_id, client_secret } = clients.C1
const { authorization } = basic(client_id, client_secret)
const endpoints = [
  '/token',
  '/introspect',
  '/revoke',
  '/par',
  '/userinfo',
  '/authorize',
  '/account',
  '/logout',
  '/interaction/x',
]
const megabyte = 1_048_576
/** How long an answer and the end of its connection may take, milliseconds. */
const patience = 5_000

function head(path: string, ...fields: readonly string[]): string {
  const type = 'Content-Type: application/x-www-form-urlencoded'
  return [`POST ${path} HTTP/1.1`, `Host: ${host}`, `Authorization: ${authorization}`, type, ...fields, '', ''].join(
    '\r\n',
  )
}

/** The memory of the process, in bytes, as it says itself. */
async function resident(): Promise<number> {
  const { body } = await server.send({ path: '/metrics' })
  return Number(/^licet_process_resident_memory_bytes (\S+)/m.exec(body)?.[1])
}

/**
 * How much the memory grows by a flood of so many rounds, in MB. What a process makes itself room for once is no growth:
 * the highest that it comes to in one flood is compared with the next, four times, and the least counts; what leaks, leaks
 * in each of them.
 */
async function growth(rounds: number, flood: () => Promise<unknown>): Promise<number> {
  const highest: number[] = []
  for (let part = 0; part < 5; part += 1) {
    let most = 0
    for (let round = 0; round < rounds; round += 1) {
      await flood()
      most = Math.max(most, (await resident()) / megabyte)
    }
    highest.push(most)
  }
  return Math.min(...highest.slice(1).map((most, index) => most - (highest[index] ?? 0)))
}

must(
  'RFC 9110 §15.5.14',
  'TK-07: a large body is refused before it is read, whatever it says of its size',
  async (t) => {
    const send = async (path: string): Promise<void> => {
      const more = () => `4000\r\n${'a'.repeat(0x4000)}\r\n`
      const outcomes = await Promise.all([
        writeRaw(server.port, head(path, `Content-Length: ${100 * megabyte}`), { patience }),
        writeRaw(server.port, head(path, `Content-Length: ${megabyte}`) + 'a'.repeat(megabyte), { patience }),
        writeRaw(server.port, head(path, 'Transfer-Encoding: chunked'), { more, patience }),
      ])
      for (const { statuses, closed } of outcomes) assert.deepEqual([statuses, closed], [[413], true], path)
      // Some of it is in the hands of the operating system between us, the rest was thrown away.
      const taken = Math.max(...outcomes.map(({ written }) => written)) / megabyte
      assert.ok(taken < 32, `${path}: ${taken} MB were taken`)
    }
    const grown = await growth(8, () => Promise.all(endpoints.map(send)))
    t.diagnostic(`${8 * endpoints.length} of each kind: memory grew by ${grown.toFixed(1)} MB`)
    assert.ok(grown < 20, `${grown} MB`)
  },
)

must('RFC 9110 §8.4', 'TK-07: a compressed body is not opened', async () => {
  const bomb = gzipSync(Buffer.alloc(10 * megabyte, 'a=1&'))
  assert.ok(bomb.length < 65_536)
  for (const coding of ['gzip', 'deflate', 'br', 'identity, gzip']) {
    const fields = [`Content-Encoding: ${coding}`, `Content-Length: ${bomb.length}`, 'Connection: close']
    for (const path of ['/token', '/introspect', '/revoke']) {
      const { statuses } = await writeRaw(server.port, head(path, ...fields) + bomb.toString('latin1'))
      assert.deepEqual(statuses, [415], `${path} ${coding}`)
    }
  }
})

must(
  'RFC 6749 §3.2',
  'TK-07, PK-07: a form of a hundred thousand parameters, or of one endless one, is refused at once',
  async () => {
    const bodies = [
      'a=1&'.repeat(100_000),
      Array.from({ length: 10_000 }, (_, index) => `a${index}=1`)
        .join('&')
        .slice(0, 65_000),
      'a&'.repeat(32_000),
      '&'.repeat(65_000),
      `code_verifier=${'a'.repeat(65_000)}`,
      `code_verifier=${'a'.repeat(megabyte)}`,
      '%'.repeat(65_000),
    ]
    for (const body of bodies) {
      const more = 'grant_type=authorization_code&code=lc_x&'
      const length = `Content-Length: ${more.length + body.length}`
      const outcome = await writeRaw(server.port, head('/token', length, 'Connection: close') + more + body)
      const [status = 0] = outcome.statuses
      assert.ok([400, 413].includes(status) && outcome.statuses.length === 1, `${body.slice(0, 20)}: ${status}`)
      assert.match(outcome.received, /"error":"invalid_(request|grant)"/)
    }
  },
)

must(
  'RFC 9110 §15.5.15',
  'AZ-27: an oversized authorization request is refused within 50 ms, without room being made',
  async (t) => {
    const pkce = newPkce()
    const paths = [
      authorizationPath(clients.C1, pkce, { state: 'a'.repeat(65_536) }),
      authorizationPath(clients.C1, pkce, { scope: 'openid '.repeat(9_362) }),
      authorizationPath(clients.C1, pkce, { scope: 'a '.repeat(5_000) }),
      `${authorizationPath(clients.C1, pkce)}&${Array.from({ length: 10_000 }, (_, index) => `a${index}=1`).join('&')}`,
      `${authorizationPath(clients.C1, pkce)}&${'a&'.repeat(5_000)}`,
      `/authorize?${'a'.repeat(100_000)}`,
      `/${'a'.repeat(100_000)}`,
    ]
    const took: number[] = []
    const send = async (path: string): Promise<void> => {
      const get = `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`
      const outcome = await writeRaw(server.port, get)
      assert.match(String(outcome.statuses), /^(303|400|414|431)$/, path.slice(0, 300))
      assert.doesNotMatch(outcome.received, /location: https:\/\/rp1\.test\/cb\?code/i)
      took.push(outcome.took)
    }
    for (const path of paths) await send(path)
    const grown = await growth(20, async () => {
      for (const path of paths) await send(path)
    })
    const median = took.sort((one, other) => one - other)[Math.floor(took.length / 2)] ?? 0
    t.diagnostic(`median ${median.toFixed(1)} ms; memory grew by ${grown.toFixed(1)} MB`)
    assert.ok(median < 50 && grown < 10, `median ${median} ms, ${grown} MB`)

    const posted = form({ client_id, state: 'a'.repeat(20_000) })
    const post = await writeRaw(server.port, head('/authorize', `Content-Length: ${posted.length}`) + posted)
    assert.deepEqual(post.statuses, [414])
  },
)
