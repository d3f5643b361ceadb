/** What comes before any request is understood: names, paths, framing, and peers who take their time. */
import assert from 'node:assert/strict'
import { after } from 'node:test'
import { must } from '../testing/must.ts'
import { writeRaw } from '../testing/raw-connection.ts'
import { startServer } from '../testing/server.ts'
import { authorizationPath, clients, configuration, credentialsOf, form, newPkce, post, tokensFor } from './scene.ts'

const server = await startServer({ configuration })
const proxied = await startServer({
  configuration: { ...configuration, accounts: [], trusted_proxies: ['127.0.0.1/32'] },
  issuer: 'https://id.test',
})
after(() => Promise.all([server.stop(), proxied.stop()]))

const { host } = new URL(server.issuer)
const discovery = '/.well-known/openid-configuration'
const probe = `GET /healthz HTTP/1.1\r\nHost: ${host}\r\n\r\n`
const formHead = `POST /token HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/x-www-form-urlencoded\r\n`

must(
  'RFC 9110 §7.4',
  'PX-01: who asks for another host is told nothing, and no answer is made of its name',
  async () => {
    const heads = [
      [421, `GET /authorize HTTP/1.1\r\nHost: evil.test\r\n\r\n`],
      [421, `GET ${discovery} HTTP/1.1\r\nHost: evil.test:${server.port}\r\n\r\n`],
      [421, `GET ${discovery} HTTP/1.1\r\nHost: localhost.evil.test\r\n\r\n`],
      [400, `GET ${discovery} HTTP/1.1\r\nHost: ${host}\r\nHost: evil.test\r\n\r\n`],
      [400, `GET ${discovery} HTTP/1.1\r\nHost: evil.test\r\nHost: ${host}\r\n\r\n`],
      [400, `GET ${discovery} HTTP/1.1\r\n\r\n`],
      [400, `GET ${discovery} HTTP/1.0\r\n\r\n`],
      [421, `GET http://evil.test${discovery} HTTP/1.1\r\nHost: ${host}\r\n\r\n`],
      [421, `GET http://${host}@evil.test${discovery} HTTP/1.1\r\nHost: ${host}\r\n\r\n`],
    ] as const
    for (const [status, head] of heads) {
      const { statuses, received } = await writeRaw(server.port, head, { patience: 300 })
      assert.deepEqual(statuses, [status], head)
      assert.doesNotMatch(received, /evil|set-cookie|location:/i, head)
    }
  },
)

must(
  'RFC 9700 §4.13',
  'PX-02, JK-07: forwarding headers of strangers change neither what is published nor what is logged',
  async () => {
    const forged = {
      'x-forwarded-for': '6.6.6.6',
      'x-forwarded-host': 'evil.test',
      'x-forwarded-proto': 'https',
      'x-forwarded-port': '443',
      'x-forwarded-prefix': '/evil',
      'x-original-url': '/account',
      'x-rewrite-url': '/account',
      'x-real-ip': '6.6.6.6',
      forwarded: 'for=6.6.6.6;host=evil.test;proto=https',
      'cf-connecting-ip': '6.6.6.6',
    }
    for (const path of [discovery, '/.well-known/oauth-authorization-server', '/jwks']) {
      const [plain, answer] = [await server.send({ path }), await server.send({ path, headers: forged })]
      assert.equal(answer.body, plain.body)
      assert.deepEqual(shapeOf(answer.headers), shapeOf(plain.headers))
    }
    const page = await server.send({ path: authorizationPath(clients.C1, newPkce()), headers: forged })
    assert.ok(String(page.headers['location']).startsWith(`${server.issuer}/interaction/`))
    await server.send({ path: '/nowhere-with-forged-headers', headers: forged })
    const { address } = await server.logged(({ path }) => path === '/nowhere-with-forged-headers')
    assert.equal(address, '127.0.0.1')
  },
)

/** Which header fields an answer has, and what is in those that do not change by the minute. */
function shapeOf(headers: Readonly<Record<string, unknown>>): object {
  return { ...headers, date: '', 'x-request-id': '' }
}

must(
  'RFC 9700 §4.13',
  'PX-03, BR-06: behind a proxy nothing is handed out that the browser would send over plain http',
  async () => {
    const path = authorizationPath(clients.C1, newPkce())
    const plain = await proxied.send({ path, headers: { 'x-forwarded-proto': 'http' } })
    assert.deepEqual([plain.status, plain.headers['set-cookie']], [400, undefined])
    const secure = await proxied.send({ path, headers: { 'x-forwarded-proto': 'https' } })
    assert.equal(secure.status, 303)
    for (const cookie of [secure.headers['set-cookie'] ?? []].flat()) assert.match(cookie, /^__Host-.*; Secure/)
    for (const { headers } of [plain, secure]) {
      assert.ok(Number(/max-age=(\d+)/.exec(String(headers['strict-transport-security']))?.[1]) >= 31_536_000)
    }
  },
)

must('RFC 3986 §6.2', 'PX-04: another spelling of a path is another path, without a way around any check', async () => {
  const spellings = [
    ...[
      '//token',
      '/./token',
      '/x/../token',
      '/token/',
      '/%74oken',
      '/token;x',
      '/token%00',
      '/TOKEN',
      '/token.',
      '/token%20',
    ],
    ...[
      '/../../etc/passwd',
      '/assets/../../package.json',
      '/assets/..%2f..%2fpackage.json',
      '/assets/%2e%2e/package.json',
    ],
    ...[
      '/assets/....//package.json',
      '/%2e%2e/%2e%2e/etc/passwd',
      '/interaction/../account',
      '/interaction/%2e%2e%2faccount',
    ],
    ...['/account%2f', '/account/.', '/healthz/..;/account', '/.well-known//openid-configuration', '/.git/config'],
  ]
  for (const path of spellings) {
    for (const method of ['GET', 'POST']) {
      const head = `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`
      const { statuses, received } = await writeRaw(server.port, head)
      assert.ok([404, 405].includes(statuses[0] ?? 0) && statuses.length === 1, `${method} ${path}: ${statuses.join()}`)
      assert.doesNotMatch(received, /root:|"name": "licet"|set-cookie|location:/i)
    }
  }
  const { closed, statuses } = await writeRaw(server.port, `POST \\token HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
  assert.deepEqual([closed, statuses], [true, [400]])
})

must(
  'RFC 9112 §11.2',
  'PX-05: what two readers could take for different requests is refused, and the connection ends',
  async () => {
    const framings = {
      'length and chunks': 'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      'chunks and length': 'Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n',
      'chunked, then identity': 'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n',
      'identity, then chunked': 'Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      'an unknown coding': 'Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n',
      'a coding before chunked': 'Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
      'a space before the colon': 'Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n',
      'a control character': 'Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n',
      'two lengths': 'Content-Length: 3\r\nContent-Length: 4\r\n\r\na=1',
      'one length twice': 'Content-Length: 3\r\nContent-Length: 3\r\n\r\na=1',
      'a list of lengths': 'Content-Length: 3, 3\r\n\r\na=1',
      'a length with a sign': 'Content-Length: +3\r\n\r\na=1',
      'a length in hexadecimal': 'Content-Length: 0x3\r\n\r\na=1',
      'a line feed in a chunk extension': 'Transfer-Encoding: chunked\r\n\r\n3;a\nb\r\na=1\r\n0\r\n\r\n',
      'chunks that end in line feeds': 'Transfer-Encoding: chunked\r\n\r\n3\na=1\n0\n\n',
      'a chunk size with a prefix': 'Transfer-Encoding: chunked\r\n\r\n0x3\r\na=1\r\n0\r\n\r\n',
      'a chunk size beyond numbers': 'Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\na=1\r\n0\r\n\r\n',
      'a bare line feed': 'X: y\nContent-Length: 0\r\n\r\n',
      'a bare carriage return': 'X: y\rContent-Length: 5\r\n\r\n',
      'a folded line': 'X: y\r\n z\r\nContent-Length: 0\r\n\r\n',
      'a folded coding': 'Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n',
      'a NUL': 'X: a\0b\r\nContent-Length: 0\r\n\r\n',
    }
    for (const [name, framing] of Object.entries(framings)) {
      const { statuses, closed } = await writeRaw(server.port, formHead + framing + probe)
      assert.deepEqual([statuses, closed], [[400], true], name)
    }
    // RFC 9112 §7.1.1: an extension that means nothing to us is skipped, and what follows is read as what it is.
    const { statuses } = await writeRaw(
      server.port,
      `${formHead}Transfer-Encoding: chunked\r\n\r\n3;a=b\r\na=1\r\n0\r\n\r\n${probe}`,
      { patience: 300 },
    )
    assert.deepEqual(statuses, [401, 200])
  },
)

must('RFC 9110 §5.5', 'PX-06: a line break in any reflected value breaks no line of the answer', async () => {
  const evil = 'x\r\nSet-Cookie: a=b\r\nLocation: https://evil.test/\r\n\r\n<script>alert(1)</script>'
  const none = { prompt: 'none' }
  const asked = [
    { path: authorizationPath(clients.C1, newPkce(), { ...none, state: evil }) },
    { path: authorizationPath(clients.C1, newPkce(), { ...none, scope: evil }) },
    { path: authorizationPath(clients.C1, newPkce(), { response_mode: 'form_post', ...none, state: evil }) },
    { path: authorizationPath(clients.C1, newPkce(), { client_id: evil }) },
    { path: authorizationPath(clients.C1, newPkce(), { redirect_uri: `https://rp1.test/cb${evil}` }) },
    { path: authorizationPath(clients.C1, newPkce(), { login_hint: evil, resource: evil, prompt: evil }) },
    { path: `/interaction/${encodeURIComponent(evil)}` },
    { path: `/nowhere?${form({ evil })}` },
    { path: '/authorize', body: form({ evil, state: evil, client_id: clients.C1.client_id }) },
    { path: '/token', body: form({ grant_type: evil, client_id: evil, client_secret: evil, code: evil }) },
    { path: '/account', body: form({ remove: evil, csrf_token: evil }) },
  ]
  for (const { path, body } of asked) {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const answer = await server.send({ path, ...(body !== undefined && { body, headers }) })
    assert.ok(answer.status < 500, path)
    const { location = '' } = answer.headers
    assert.ok(!String(location).startsWith('https://evil.test'), path)
    assert.doesNotMatch(String(answer.headers['set-cookie'] ?? ''), /a=b/, path)
    assert.doesNotMatch(answer.body, /<script>alert/, path)
  }
})

must('RFC 6585 §5', 'DS-02: a flood of header fields is refused, each in its kind', async () => {
  const fields = (count: number, field: (index: number) => string) => Array.from({ length: count }, (_, i) => field(i))
  const floods = {
    'two thousand fields': fields(2_000, (index) => `X-${index}: a\r\n`).join(''),
    'two hundred short fields': fields(200, () => 'X: a\r\n').join(''),
    'a field of 64 kB': `X: ${'a'.repeat(65_536)}\r\n`,
    'three hundred cookies': `Cookie: ${fields(300, (index) => `c${index}=a`).join('; ')}\r\n`,
  }
  for (const [name, flood] of Object.entries(floods)) {
    const { statuses, closed } = await writeRaw(
      server.port,
      `GET ${discovery} HTTP/1.1\r\nHost: ${host}\r\n${flood}\r\n`,
    )
    assert.deepEqual([statuses, closed], [[431], true], name)
  }
})

must('RFC 9112 §9.5', 'DS-01: who is slow is cut off within 15 seconds, and nobody else waits meanwhile', async (t) => {
  const slowly = { patience: 20_000, pause: 1_000 }
  const each = 50
  const slow = (text: string, more: () => string) =>
    Array.from({ length: each }, () => writeRaw(server.port, text, { ...slowly, more }))
  const connections = [
    ...slow(`GET ${discovery} HTTP/1.1\r\nHost: ${host}\r\n`, () => 'X: a\r\n'),
    ...slow(`${formHead}Content-Length: 60000\r\n\r\n`, () => 'a'),
    ...slow(`${formHead}Transfer-Encoding: chunked\r\n\r\n`, () => '1\r\na\r\n'),
  ]

  const took: number[] = []
  let waiting = true
  const everybodyElse = async (): Promise<void> => {
    while (waiting) {
      const begun = performance.now()
      assert.equal((await server.send({ path: discovery })).status, 200)
      assert.equal((await post(server, '/introspect', clients.RS1, { token: 'la_nothing' })).status, 200)
      took.push((performance.now() - begun) / 2)
      await new Promise((go) => setTimeout(go, 50))
    }
  }
  const others = everybodyElse()
  const outcomes = await Promise.all(connections)
  waiting = false
  await others
  const longest = Math.max(...outcomes.map((outcome) => outcome.took))
  took.sort((one, other) => one - other)
  const p99 = took[Math.floor(took.length * 0.99)] ?? 0
  t.diagnostic(
    `cut off after ${(longest / 1000).toFixed(1)} s at most; p99 of ${took.length} others ${p99.toFixed(1)} ms`,
  )
  for (const { closed, statuses } of outcomes) {
    assert.ok(closed)
    assert.ok(statuses.every((status) => status === 408))
  }
  const headers = outcomes.slice(0, each).map((outcome) => outcome.took)
  // The server looks at its connections once a second.
  assert.ok(Math.max(...headers) < 11_500 && longest < 16_500, `${Math.max(...headers)}, ${longest} ms`)
  assert.ok(p99 < 100, `p99 of the others: ${p99} ms`)
})

must('RFC 9112 §9.3', 'a connection stays good after a refusal', async () => {
  const { access_token } = await tokensFor(server, server.visitor(), clients.C1)
  const { headers } = credentialsOf(clients.RS1, server.issuer)
  const body = form({ token: access_token })
  const asked = `POST /introspect HTTP/1.1\r\nHost: ${host}\r\nAuthorization: ${headers['authorization'] ?? ''}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  const { statuses, received } = await writeRaw(
    server.port,
    `POST /nowhere HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 3\r\n\r\nabc${asked}`,
    { patience: 500 },
  )
  assert.deepEqual(statuses, [404, 200])
  assert.match(received, /"active":true/)
})
