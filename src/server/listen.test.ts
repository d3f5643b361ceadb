import assert from 'node:assert/strict'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { request as secureRequest } from 'node:https'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { must } from '../../testing/must.ts'
import { testCertificate } from '../../testing/certificate.ts'
import { world } from '../../testing/world.ts'
import { compose, type Composition } from './compose.ts'
import { listen, type Listening } from './listen.ts'

const one = await world({ issuer: 'http://localhost:4000' })
const open: Listening[] = []
after(async () => {
  for (const listening of open) {
    listening.breakOff()
    await listening.close()
  }
  await one.close()
})

const bounds = { headersTimeout: 300, requestTimeout: 400, connectionsCheckingInterval: 50 }
const listening = await opened({})

async function opened(more: Partial<Parameters<typeof listen>[0]>): Promise<Listening> {
  const found = await listen({
    host: '127.0.0.1',
    port: 0,
    tls: undefined,
    client_certificates: 'not_asked_for',
    edge: () => one.edge,
    bounds,
    ...more,
  })
  open.push(found)
  return found
}

/** Sends bytes as they are, and answers all that comes back until the other side closes. */
const raw = (...pieces: readonly string[]) => rawTo(listening, ...pieces)

function rawTo({ address }: Listening, ...pieces: readonly string[]): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  const socket = connect(address.port, '127.0.0.1', () => {
    for (const piece of pieces) socket.write(piece)
  })
  let received = ''
  socket.on('data', (data: Buffer) => (received += data.toString()))
  socket.on('error', () => resolve(received))
  socket.on('close', () => resolve(received))
  return promise
}

const statuses = (received: string) => [...received.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status))
const host = `Host: localhost:4000\r\n`
const form = 'Content-Type: application/x-www-form-urlencoded\r\n'
const get = `GET /healthz HTTP/1.1\r\n${host}Connection: close\r\n\r\n`

test('an answer over the network is the edge’s, byte for byte', async () => {
  const received = await raw(get)
  assert.deepEqual(statuses(received), [200])
  assert.match(received, /\r\ncontent-type: application\/json\r\n/)
  assert.match(received, /\r\n\r\n\{"status":"alive"\}$/)
})

test('an answer to HEAD has no body, and the length that it would have', async () => {
  const received = await raw(get.replace('GET', 'HEAD'))
  assert.match(received, /\r\ncontent-length: 18\r\n/)
  assert.match(received, /\r\n\r\n$/)
})

test('PX-01: two Host fields, or none, are refused', async () => {
  assert.deepEqual(statuses(await raw(get.replace(host, `${host}Host: evil.test\r\n`))), [400])
  assert.deepEqual(statuses(await raw(`GET /account HTTP/1.1\r\nConnection: close\r\n\r\n`)), [400])
  assert.deepEqual(statuses(await raw(`GET /account HTTP/1.0\r\n\r\n`)), [400])
})

test('PX-01: where it listens on this machine, it goes by this machine’s names', async () => {
  for (const name of ['127.0.0.1', 'localhost', '[::1]']) {
    const asked = `GET /.well-known/openid-configuration HTTP/1.1\r\nHost: ${name}:${listening.address.port}\r\nConnection: close\r\n\r\n`
    assert.deepEqual(statuses(await raw(asked)), [200], name)
  }
  const other = `GET /.well-known/openid-configuration HTTP/1.1\r\nHost: 127.0.0.1:1\r\nConnection: close\r\n\r\n`
  assert.deepEqual(statuses(await raw(other)), [421])
})

test('PX-04: the raw path decides, as it came over the network', async () => {
  for (const path of ['//token', '/%74oken', '/token/', '/x/../token', '/token;x', '/%2e%2e/token']) {
    const received = await raw(`POST ${path} HTTP/1.1\r\n${host}${form}Content-Length: 0\r\nConnection: close\r\n\r\n`)
    assert.deepEqual(statuses(received), [404], path)
  }
})

test('PX-05: what two readers could read in two ways is refused, and the connection ends', async () => {
  const smuggled = 'GET /healthz HTTP/1.1\r\nHost: localhost:4000\r\n\r\n'
  const heads = [
    `Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    `Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n`,
    `Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    `Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
    `Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`,
    `Content-Length: 0\r\nContent-Length: 44\r\n\r\n`,
    `Content-Length: +0\r\n\r\n`,
    `X: a\r\n folded\r\nContent-Length: 0\r\n\r\n`,
    `X : a\r\nContent-Length: 0\r\n\r\n`,
    `Content-Length: 0\nX: a\r\n\r\n`,
  ]
  for (const head of heads) {
    const received = await raw(`POST /token HTTP/1.1\r\n${host}${form}${head}${smuggled}`)
    assert.deepEqual(statuses(received), [400], JSON.stringify(head))
  }
})

test('DS-02: a header of 64 kB, and 2,000 fields, are refused', async () => {
  assert.deepEqual(statuses(await raw(get.replace(host, `${host}X: ${'a'.repeat(65_536)}\r\n`))), [431])
  assert.deepEqual(statuses(await raw(get.replace(host, `${host}${'X: a\r\n'.repeat(2000)}`))), [431])
})

test('BR-06, PX-05: what is not a request is answered as everything else is, and told that the connection ends', async () => {
  const cases = [
    [
      `GET /authorize?state=${'a'.repeat(1_000_000)} HTTP/1.1\r\n${host}\r\n`,
      431,
      'The head of the request is too large',
    ],
    ['GET / HTTP/1.1\r\nno field\r\n\r\n', 400, 'This is not an HTTP request that can be read'],
    ['BREW /pot HTTP/1.1\r\n\r\n', 400, 'This is not an HTTP request that can be read'],
  ] as const
  for (const [sent, status, error_description] of cases) {
    const [head = '', body = ''] = (await raw(sent)).split('\r\n\r\n')
    assert.deepEqual(statuses(head), [status])
    for (const field of [/^connection: close$/m, /^x-frame-options: DENY$/m, /^x-content-type-options: nosniff$/m]) {
      assert.match(head.replaceAll('\r', ''), field)
    }
    const told = JSON.parse(body) as Record<string, string>
    assert.deepEqual([told['error'], told['error_description']], ['invalid_request', error_description])
    const [, request_id] = /^x-request-id: (.+)\r$/m.exec(head) ?? []
    assert.ok(request_id)
  }
})

test('TK-07: a body that never ends is refused at its bound, whatever it says of its length', async () => {
  const head = `POST /token HTTP/1.1\r\n${host}${form}`
  const chunk = `4000\r\n${'a'.repeat(0x4000)}\r\n`
  assert.deepEqual(
    statuses(await raw(`${head}Transfer-Encoding: chunked\r\n\r\n`, ...Array<string>(8).fill(chunk))),
    [413],
  )
  assert.deepEqual(statuses(await raw(`${head}Content-Length: 1000000\r\n\r\n`)), [413])
})

test('DS-01: headers and bodies that come too slowly end the connection', async () => {
  const since = performance.now()
  const [headers, body] = await Promise.all([
    raw('GET /healthz HTTP/1.1\r\nHost: local'),
    raw(`POST /token HTTP/1.1\r\n${host}${form}Content-Length: 10\r\n\r\na`),
  ])
  assert.deepEqual([statuses(headers), statuses(body)], [[408], [408]])
  assert.ok(performance.now() - since < 5000)
})

test('TK-02: a body of a type that is none is told which one is taken, and the connection serves the next', async () => {
  for (const type of ['x-www-form-urlencoded', '', ';', 'application/x-www-form-urlencoded, text/plain']) {
    const post = `POST /token HTTP/1.1\r\n${host}Content-Type: ${type}\r\nContent-Length: 12\r\n\r\ngrant_type=x`
    const received = await raw(post + get)
    assert.deepEqual(statuses(received), [415, 200], type)
    assert.match(received, /The body must be application\/x-www-form-urlencoded/)
  }
})

test('two requests on one connection are two answers, in order', async () => {
  const first = `GET /nowhere HTTP/1.1\r\n${host}\r\n`
  assert.deepEqual(statuses(await raw(first + get)), [404, 200])
})

must('RFC 9112 §9.3.2', 'DS-01: whoever sends on and on without reading an answer is cut off', async () => {
  let begun = 0
  const edge = () => ((begun += 1), one.edge)
  const { address } = await opened({ edge })
  const socket = connect(address.port, '127.0.0.1')
  socket.on('error', () => undefined).pause()
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  socket.write(`GET /healthz HTTP/1.1\r\n${host}\r\n`.repeat(10_000))
  socket.resume()
  await closed
  assert.ok(begun < 200, `${begun} of 10,000`)
})

test('DS-01: a pipeline of two dozen requests is answered whole, and then the next', async () => {
  const few = `GET /healthz HTTP/1.1\r\n${host}\r\n`.repeat(24)
  const socket = connect(listening.address.port, '127.0.0.1')
  socket.write(few)
  let received = ''
  let asked = 24
  for await (const data of socket as AsyncIterable<Buffer>) {
    received += data.toString()
    if (statuses(received).length < asked) continue
    if (asked === 72) break
    socket.write(few)
    asked += 24
  }
  assert.deepEqual(statuses(received), Array(72).fill(200))
})

test('a port that is taken is said with its code', async () => {
  await assert.rejects(opened({ port: listening.address.port }), { code: 'EADDRINUSE' })
})

test('with a certificate it speaks TLS, 1.2 with forward secrecy at least, and reads the certificate again', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'licet-tls-'))
  const tls = { certificate: join(directory, 'server.crt'), key: join(directory, 'server.key') }
  writeFileSync(tls.certificate, testCertificate.certificate)
  writeFileSync(tls.key, testCertificate.key)
  const secure = await opened({ tls })
  const { port } = secure.address
  const ask = (options: object): Promise<number | undefined> => {
    const { promise, resolve, reject } = Promise.withResolvers<number | undefined>()
    const sent = secureRequest({
      port,
      host: '127.0.0.1',
      path: '/healthz',
      rejectUnauthorized: false,
      agent: false,
      ...options,
    })
    sent.on('response', (response) => resolve(response.resume().statusCode)).on('error', reject)
    sent.end()
    return promise
  }
  const speaks = async (): Promise<void> => {
    assert.equal(await ask({}), 200)
    assert.equal(await ask({ maxVersion: 'TLSv1.2' }), 200)
    await assert.rejects(ask({ maxVersion: 'TLSv1.1', minVersion: 'TLSv1' }))
    // RFC 9325 §4.2: the certificate is of an elliptic curve, for which Node has suites of its own that we do not take.
    for (const ciphers of ['ECDHE-ECDSA-AES128-SHA256', 'ECDHE-ECDSA-AES256-SHA', 'AES128-GCM-SHA256'])
      await assert.rejects(ask({ maxVersion: 'TLSv1.2', ciphers }))
  }
  await speaks()
  secure.reloadCertificate(tls)
  await speaks()
})

test('close waits for the answer in flight; breaking off does not', async () => {
  const begun = async () => {
    const [arrived, mayAnswer] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const slow: Composition['edge'] = {
      ...one.edge,
      async answer(admitted, body) {
        arrived.resolve()
        await mayAnswer.promise
        return one.edge.answer(admitted, body)
      },
    }
    const other = await opened({ edge: () => slow })
    const asked = rawTo(other, get)
    await arrived.promise
    return { other, asked, answerNow: mayAnswer.resolve }
  }
  const kind = await begun()
  const closing = kind.other.close()
  kind.answerNow()
  assert.deepEqual(statuses(await kind.asked), [200])
  await closing

  const abrupt = await begun()
  abrupt.other.breakOff()
  assert.equal(await abrupt.asked, '')
  abrupt.answerNow()
})

test('RL-24: an answer that cannot be written is a 500 at once, and the connection serves the next request', async () => {
  const unwritable: Composition['edge'] = {
    ...one.edge,
    answer: async (admitted, body) => ({ ...(await one.edge.answer(admitted, body)), headers: { location: '\u0100' } }),
  }
  let edge = unwritable
  const other = await opened({ edge: () => edge })
  const ask = () => fetch(`http://127.0.0.1:${other.address.port}/healthz`)
  const failed = await ask()
  assert.equal(failed.status, 500)
  assert.match(await failed.text(), /"error":"server_error"/)
  edge = one.edge
  assert.equal((await ask()).status, 200)
})

test('compose is asked for the edge at each request, so that a new configuration serves the next one', async () => {
  let edge = one.edge
  const changing = await opened({ edge: () => edge })
  const ask = async () =>
    (await fetch(`http://127.0.0.1:${changing.address.port}/healthz`)).headers.get('strict-transport-security')
  assert.equal(await ask(), null)
  edge = compose({ ...one.configuration, issuer: 'https://id.test' }, one.ground).edge
  assert.match((await ask()) ?? '', /max-age/)
})
