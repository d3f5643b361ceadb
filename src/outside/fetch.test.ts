import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net'
import { after, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { testCertificate } from '../../testing/certificate.ts'
import type { OutboundAnswer, OutboundRefusal } from '../domain/outbound.ts'
import { openOutbound, type ResolvedAddress } from './fetch.ts'

const here: readonly ResolvedAddress[] = [{ address: '127.0.0.1', family: 4 }]
const limits = { accept: 'application/json' }

const closing: (() => void)[] = []
after(() => closing.forEach((close) => close()))

async function listening(
  server: Pick<Server, 'listen' | 'close' | 'address' | 'once'>,
  sockets = new Set<Socket>(),
): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server as Server, 'listening')
  closing.push(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return (server.address() as AddressInfo).port
}

/** A web server on this machine, which a guard that allows it knows as rp.test. */
async function relyingParty(answer: RequestListener) {
  const sockets = new Set<Socket>()
  const server = createHttpServer(answer)
  server.on('connection', (socket: Socket) => sockets.add(socket))
  const port = await listening(server, sockets)
  return guardOf(port)
}

/** A server that speaks as it likes. */
async function rawServer(speak: (socket: Socket) => void) {
  const sockets = new Set<Socket>()
  const server = createTcpServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.once('data', () => speak(socket))
  })
  return guardOf(await listening(server as unknown as Server, sockets))
}

function guardOf(port: number, more: Partial<Parameters<typeof openOutbound>[0]> = {}) {
  const outbound = openOutbound({ allow: [`rp.test:${port}`], resolve: async () => here, ...more })
  return {
    port,
    url: `http://rp.test:${port}`,
    outbound,
    get: (path: string, extra = {}) => outbound.get(`http://rp.test:${port}${path}`, { ...limits, ...extra }),
  }
}

function text(answer: OutboundAnswer | OutboundRefusal): string {
  assert.ok('body' in answer, JSON.stringify(answer))
  return Buffer.from(answer.body).toString()
}

test('SF-07: an answer comes back as it is, to a request without cookies, credentials or our version', async () => {
  const seen: unknown[] = []
  const { get, port } = await relyingParty((request, response) => {
    seen.push([request.method, request.url, request.headers])
    response.writeHead(404, { 'content-type': 'application/json', 'set-cookie': ['a=b', 'c=d'] }).end('{"ä":1}')
  })
  const answer = await get('/x/y?z=%20')
  assert.equal(text(answer), '{"ä":1}')
  assert.ok('status' in answer)
  assert.equal(answer.status, 404)
  assert.equal(answer.headers['content-type'], 'application/json')
  await get('/x/y?z=%20')
  const expected = {
    host: `rp.test:${port}`,
    connection: 'close',
    accept: 'application/json',
    'accept-encoding': 'identity',
    'user-agent': 'licet',
  }
  assert.deepEqual(seen, [
    ['GET', '/x/y?z=%20', expected],
    ['GET', '/x/y?z=%20', expected],
  ])
})

test('a form is posted once', async () => {
  const bodies: string[] = []
  const { outbound, url } = await relyingParty((request, response) => {
    request
      .setEncoding('utf8')
      .on('data', (chunk: string) => bodies.push(`${request.headers['content-type']} ${chunk}`))
    request.on('end', () => response.writeHead(200).end())
  })
  const answers = await Promise.all(
    [1, 2].map(() => outbound.post(`${url}/logout`, form('logout_token=a.b.c'), limits)),
  )
  assert.deepEqual(
    answers.map((answer) => 'status' in answer && answer.status),
    [200, 200],
  )
  assert.deepEqual(
    bodies,
    Array.from({ length: 2 }, () => 'application/x-www-form-urlencoded logout_token=a.b.c'),
  )
})

test('SF-02: whatever leads into our own network is unreachable, like a host that does not exist', async () => {
  const asked: string[] = []
  const outbound = openOutbound({
    allow: [],
    resolve: async (name) => {
      asked.push(name)
      if (name === 'dead.test') throw Object.assign(new Error('not found'), { code: 'ENOTFOUND' })
      if (name === 'empty.test') return []
      const inside: Record<string, string> = {
        'v6.test': '::1',
        'mapped.test': '::ffff:127.0.0.1',
        'nat64.test': '64:ff9b::7f00:1',
      }
      return [{ address: inside[name] ?? '10.0.0.1', family: 4 }]
    },
  })
  const literal = [
    '127.0.0.1',
    '0.0.0.0',
    '169.254.169.254',
    '10.1.2.3',
    '172.16.0.1',
    '192.168.1.1',
    '100.64.0.1',
    '127.1',
    '0',
  ]
  const spelled = [
    '2130706433',
    '0177.1',
    '0x7f.1',
    '0x7f000001',
    '017700000001',
    '127.0.0.1.',
    '１２７.0.0.1',
    '[::1]',
    '[::]',
  ]
  const mapped = [
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[64:ff9b::7f00:1]',
    '[fe80::1]',
    '[fd00::1]',
    '[2002:7f00:1::]',
    '[0:0:0:0:0:0:0:1]',
  ]
  const named = [
    'localhost',
    'localhost.',
    'LOCALHOST',
    'metadata.google.internal',
    'v6.test',
    'mapped.test',
    'nat64.test',
    '%6c%6fcalhost',
  ]
  for (const host of [...literal, ...spelled, ...mapped, ...named].filter((name) => /^[\x21-\x7e]+$/.test(name))) {
    assert.deepEqual(
      await outbound.get(`https://${host}/`, limits),
      { refused: 'unreachable', why: 'private_address' },
      host,
    )
  }
  for (const host of ['dead.test', 'empty.test']) {
    assert.deepEqual(await outbound.get(`https://${host}/`, limits), { refused: 'unreachable', why: 'name_unknown' })
  }
  assert.deepEqual(await outbound.get('https://１２７.0.0.1/', limits), {
    refused: 'not_allowed',
    why: 'url_malformed',
  })
  assert.equal(asked.includes('127.0.0.1'), false)
})

test('SF-02: the system’s own resolver is judged alike', async () => {
  const answer = await openOutbound({ allow: [] }).get('https://localhost/', limits)
  assert.deepEqual(answer, { refused: 'unreachable', why: 'private_address' })
})

test('SF-04: a name with one private address among public ones is not connected to at all', async () => {
  const mixed = [{ address: '93.184.216.34', family: 4 }, ...here]
  const outbound = openOutbound({ allow: [], resolve: async () => mixed })
  assert.deepEqual(await outbound.get('https://rp.test/', limits), { refused: 'unreachable', why: 'private_address' })
})

test('SF-04: the connection goes to the address that was judged, whatever the name means by then', async () => {
  let lookups = 0
  const { port } = await relyingParty((_request, response) => response.end('first'))
  const resolve = async (): Promise<readonly ResolvedAddress[]> =>
    (lookups += 1) === 1 ? here : [{ address: '192.0.2.1', family: 4 }]
  const { get } = guardOf(port, { resolve })
  assert.equal(text(await get('/')), 'first')
  assert.equal(lookups, 1)
})

test('SF-07: only https, only port 443, no user name, but for hosts and ports that the operator allowed', async () => {
  const outbound = openOutbound({
    allow: ['rp.test:8443', '127.0.0.1:9'],
    resolve: async () => assert.fail('looked up'),
  })
  const refused = async (url: string) => {
    const answer = await outbound.get(url, limits)
    return 'refused' in answer && answer.refused === 'not_allowed' ? answer.why : answer
  }
  for (const url of [
    'http://a.test/',
    'http://a.test:443/',
    'http://rp.test/',
    'http://rp.test.:8443/',
    'ftp://a.test/',
    'file:///etc/passwd',
    'http://127.0.0.1:10/',
  ]) {
    assert.equal(await refused(url), 'scheme', url)
  }
  for (const url of ['https://a.test:8443/', 'https://a.test:80/', 'https://rp.test:8444/', 'https://127.0.0.1:22/']) {
    assert.equal(await refused(url), 'port', url)
  }
  for (const url of [
    'https://a@a.test/',
    'https://a:b@a.test/',
    'https://@a.test/',
    'https://:@a.test/',
    'http://rp.test:8443@127.0.0.1/',
  ]) {
    assert.equal(await refused(url), 'userinfo', url)
  }
  const malformed = [
    '',
    'x',
    '//a.test',
    'https:a.test',
    'https:\\\\a.test',
    'https://a.test\\@b.test',
    'https://a.test/\n',
    ' https://a.test',
    'https://ä.test/',
    'https://[::1',
    `https://a.test/${'x'.repeat(2048)}`,
    'javascript:alert(1)',
    'data:,x',
  ]
  for (const url of malformed) assert.equal(await refused(url), 'url_malformed', url)
})

test('SF-03: a redirect is not followed', async () => {
  let touched = 0
  const canary = await relyingParty((_request, response) => response.end(String((touched += 1))))
  const { get } = await relyingParty((request, response) => {
    response
      .writeHead(Number(request.url?.slice(1)), { location: `${canary.url.replace('rp.test', '127.0.0.1')}/` })
      .end()
  })
  for (const status of [300, 301, 302, 303, 307, 308]) {
    assert.deepEqual(await get(`/${status}`), { refused: 'redirected', why: 'redirect' })
  }
  assert.equal(touched, 0)
})

test('SF-05: of a body without end no more than the maximum is read', async () => {
  let written = 0
  const { get } = await relyingParty((_request, response) => {
    const chunk = Buffer.alloc(16_384)
    const more = (): void => {
      while (!response.destroyed && response.write(chunk)) written += chunk.length
      written += chunk.length
    }
    response.on('drain', more)
    more()
  })
  assert.deepEqual(await get('/'), { refused: 'too_large', why: 'too_many_bytes' })
  assert.ok(written < 16_000_000, `${written} bytes were written`)
})

test('SF-05: a body of exactly the maximum is read, one byte more is not', async () => {
  const { get } = await relyingParty((request, response) => response.end('x'.repeat(Number(request.url?.slice(1)))))
  assert.equal(text(await get('/65536')).length, 65_536)
  assert.deepEqual(await get('/65537'), { refused: 'too_large', why: 'too_many_bytes' })
  assert.equal(text(await get('/262144', { maximum: 262_144 })).length, 262_144)
})

test('SF-05: what is packed is not unpacked', async () => {
  const bomb = gzipSync(Buffer.alloc(50_000_000))
  const { get } = await relyingParty((_request, response) =>
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb),
  )
  assert.deepEqual(await get('/'), { refused: 'unreachable', why: 'compressed' })
})

test('SF-05: the deadline holds for all of it: a silent server, a trickle, headers without end', async () => {
  const timeout = 150
  const tooSlow = { refused: 'unreachable', why: 'too_slow' }
  const silent = await rawServer(() => undefined)
  assert.deepEqual(await silent.get('/', { timeout }), tooSlow)

  const trickle = (opening: string, drop: string) =>
    rawServer((socket) => {
      socket.write(opening)
      const timer = setInterval(() => socket.write(drop), 10)
      socket.on('close', () => clearInterval(timer))
    })
  const body = await trickle('HTTP/1.1 200 OK\r\ncontent-length: 60000\r\n\r\n', 'x')
  assert.deepEqual(await body.get('/', { timeout }), tooSlow)
  const headers = await trickle('HTTP/1.1 200 OK\r\n', 'x: y\r\n')
  assert.deepEqual(await headers.get('/', { timeout }), tooSlow)
  const informational = await trickle('HTTP/1.1 100 Continue\r\n\r\n', 'HTTP/1.1 103 Early Hints\r\n\r\n')
  assert.ok('refused' in (await informational.get('/', { timeout })))
})

test('SF-05: the deadline holds for the resolver too, and a slow lookup keeps its place until it ends', async () => {
  let found = (_: readonly ResolvedAddress[]): void => undefined
  const resolve = () => new Promise<readonly ResolvedAddress[]>((resolved) => (found = resolved))
  const outbound = openOutbound({ allow: [], resolve, concurrency: 1 })
  assert.deepEqual(await outbound.get('https://slow.test/', { ...limits, timeout: 50 }), {
    refused: 'unreachable',
    why: 'too_slow',
  })
  assert.deepEqual(await outbound.get('https://other.test/', limits), { refused: 'busy', why: 'too_many_requests' })
  found([])
  await new Promise((resolved) => setImmediate(resolved))
  const third = outbound.get('https://other.test/', limits)
  found([])
  assert.deepEqual(await third, { refused: 'unreachable', why: 'name_unknown' })
})

test('what is not an answer is unreachable', async () => {
  const garbage = [
    'nonsense\r\n\r\n',
    'HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n',
    `HTTP/1.1 200 OK\r\na: ${'x'.repeat(20_000)}\r\n\r\n`,
  ]
  for (const said of garbage) {
    const { get } = await rawServer((socket) => socket.end(said))
    assert.deepEqual(await get('/'), { refused: 'unreachable', why: 'malformed_answer' }, said.slice(0, 40))
  }
  const short = await rawServer((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nx'))
  assert.ok('refused' in (await short.get('/')))
  const cut = await rawServer((socket) => socket.destroy())
  assert.deepEqual(await cut.get('/'), { refused: 'unreachable', why: 'connection_failed' })
  const nobody = guardOf(1)
  assert.deepEqual(await nobody.get('/'), { refused: 'unreachable', why: 'connection_failed' })
})

test('SF-08: of those who ask for the same at the same time one asks', async () => {
  let asked = 0
  const { get, outbound, url } = await relyingParty((_request, response) => response.end(String((asked += 1))))
  const answers = await Promise.all(Array.from({ length: 50 }, () => get('/jwks')))
  assert.deepEqual(new Set(answers.map(text)), new Set(['1']))
  assert.equal(text(await get('/jwks')), '2')
  const posts = await Promise.all([1, 2].map(() => outbound.post(`${url}/jwks`, form('a=b'), limits)))
  assert.deepEqual(new Set(posts.map(text)), new Set(['3', '4']))
})

test('SF-08: so many at once and no more, to one host and in all; afterwards there is room again', async () => {
  const waiting: (() => void)[] = []
  const party = await relyingParty((_request, response) => waiting.push(() => response.end('x')))
  const hosts = ['a', 'b', 'c'].map((name) => `${name}.test:${party.port}`)
  const outbound = openOutbound({ allow: hosts, resolve: async () => here, concurrency: 4, concurrencyPerHost: 2 })
  const turns = hosts.flatMap((host) => [1, 2, 3].map((path) => outbound.get(`http://${host}/${path}`, limits)))
  const busy = { refused: 'busy', why: 'too_many_requests' }
  for (const turn of [turns[2], turns[5], turns[6], turns[7], turns[8]]) assert.deepEqual(await turn, busy)
  while (waiting.length < 4) await new Promise((resolve) => setImmediate(resolve))
  waiting.splice(0).forEach((answer) => answer())
  for (const turn of [turns[0], turns[1], turns[3], turns[4]]) assert.equal(text(await (turn ?? assert.fail())), 'x')
  const again = outbound.get(`http://${hosts[2]}/`, limits)
  while (waiting.length < 1) await new Promise((resolve) => setImmediate(resolve))
  waiting.splice(0).forEach((answer) => answer())
  assert.equal(text(await again), 'x')
})

test('SF-08: what strangers name takes half of the places, however many they name: the others are for the rest', async () => {
  const waiting: (() => void)[] = []
  const party = await relyingParty((_request, response) => waiting.push(() => response.end('x')))
  const hosts = Array.from({ length: 5 }, (_, number) => `stranger${number}.test:${party.port}`)
  const outbound = openOutbound({ allow: hosts, resolve: async () => here, concurrency: 4 })
  const strange = { ...limits, named_by: 'stranger' } as const
  const busy = { refused: 'busy', why: 'too_many_requests' }
  const turns = hosts.map((host) => outbound.get(`http://${host}/`, strange))
  for (const turn of turns.slice(2)) assert.deepEqual(await turn, busy)
  turns.push(...['a', 'b'].map((path) => outbound.get(`http://${hosts[4]}/${path}`, limits)))
  assert.deepEqual(await outbound.get(`http://${hosts[4]}/c`, limits), busy)
  while (waiting.length < 4) await new Promise((resolve) => setImmediate(resolve))
  waiting.splice(0).forEach((answer) => answer())
  for (const turn of [turns[0], turns[1], turns[5], turns[6]]) assert.equal(text(await (turn ?? assert.fail())), 'x')
  const again = outbound.get(`http://${hosts[0]}/`, strange)
  while (waiting.length < 1) await new Promise((resolve) => setImmediate(resolve))
  waiting.splice(0).forEach((answer) => answer())
  assert.equal(text(await again), 'x')
})

test('over TLS the name is proved, though the connection goes to an address', async () => {
  const names: (string | false | null)[] = []
  const server = createHttpsServer(
    { cert: testCertificate.certificate, key: testCertificate.key },
    (_request, response) => response.end('safe'),
  )
  server.on('secureConnection', (socket) => names.push(socket.servername))
  const port = await listening(server)
  const allow = [`rp.test:${port}`, `other.example:${port}`]
  const trusting = openOutbound({ allow, resolve: async () => here, certificateAuthority: testCertificate.certificate })
  assert.equal(text(await trusting.get(`https://rp.test:${port}/`, limits)), 'safe')
  assert.deepEqual(names, ['rp.test'])
  const wrong = { refused: 'unreachable', why: 'certificate' }
  assert.deepEqual(await trusting.get(`https://other.example:${port}/`, limits), wrong)
  const strict = openOutbound({ allow, resolve: async () => here })
  assert.deepEqual(await strict.get(`https://rp.test:${port}/`, limits), wrong)
})

function form(text: string) {
  return { type: 'application/x-www-form-urlencoded', text }
}
