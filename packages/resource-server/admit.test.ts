import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { createServer, IncomingMessage } from 'node:http'
import { Socket, type AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { inspect } from 'node:util'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { dpopProof, newDpopKey, type MadeProof } from '../../testing/dpop.ts'
import { must } from '../../testing/must.ts'
import { nodeRequest, protectedResource, Refused, type ProtectedResource } from './index.ts'

const resource = 'https://api.test/'
const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
const live = new Set<string>()
let asked = 0
/** What the server answers at a path in place of what it would: a status, and no JSON. */
const broken = new Map<string, number>()

const server = createServer((request, response) => {
  const send = (value: unknown) => response.setHeader('content-type', 'application/json').end(JSON.stringify(value))
  void (async () => {
    let body = ''
    for await (const piece of request) body += String(piece)
    const status = broken.get(request.url ?? '')
    if (status !== undefined) return response.writeHead(status).end('<p>Come back later')
    if (request.url === '/jwks') return send({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'ES256' }] })
    if (request.url === '/introspect') {
      asked += 1
      return send({ active: live.has(new URLSearchParams(body).get('token') ?? '') })
    }
    const path = '/.well-known/oauth-authorization-server'
    if (request.url !== path) return response.writeHead(404).end()
    return send({ issuer, jwks_uri: `${issuer}/jwks`, introspection_endpoint: `${issuer}/introspect` })
  })()
})
let issuer: string
let api: ProtectedResource

before(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  api = protectedResource({ issuer, resource, scopes: ['read', 'send'] })
})
after(() => server.close())

function token(
  claims: Readonly<Record<string, unknown>> = {},
  header: { typ?: string; alg?: string } = {},
): Promise<string> {
  const at = Math.floor(Date.now() / 1000)
  const whole = {
    iss: issuer,
    aud: resource,
    sub: 'alice',
    client_id: 'app',
    jti: 'j',
    iat: at,
    exp: at + 60,
    scope: 'read',
  }
  const spelled = Object.fromEntries(Object.entries({ ...whole, ...claims }).filter(([, value]) => value !== undefined))
  return new SignJWT(spelled).setProtectedHeader({ alg: 'ES256', kid: 'k', typ: 'at+jwt', ...header }).sign(privateKey)
}

const request = (authorization?: string) =>
  new Request(resource, authorization === undefined ? {} : { headers: { authorization } })

async function refusal(admitted: Promise<unknown>): Promise<Refused> {
  const error = await admitted.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof Refused, String(error))
  return error
}

must('RFC 9068 §4', 'a good token is admitted with its claims, the scheme spelled in any case', async () => {
  for (const scheme of ['Bearer', 'bearer', 'BEARER']) {
    const { sub, client_id, scope } = await api.admit(request(`${scheme} ${await token()}`), 'read')
    assert.deepEqual([sub, client_id, scope], ['alice', 'app', 'read'])
  }
})

must(
  'RFC 9068 §4',
  'a token of another issuer, audience, type or time, or an unsigned one, is invalid_token',
  async () => {
    const past = Math.floor(Date.now() / 1000) - 120
    const [, claims = ''] = (await token()).split('.')
    const unsigned = `${Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')}.${claims}.`
    const bad = [
      token({ iss: 'https://evil.test' }),
      token({ aud: 'https://other.test/' }),
      token({ exp: past }),
      token({ sub: undefined }),
      token({ client_id: undefined }),
      token({}, { typ: 'JWT' }),
      token().then((good) => `${good}x`),
      Promise.resolve(unsigned),
      Promise.resolve('not.a.token'),
    ]
    for (const one of await Promise.all(bad)) {
      const { status, error } = await refusal(api.admit(request(`Bearer ${one}`)))
      assert.deepEqual([status, error], [401, 'invalid_token'])
    }
  },
)

must('RFC 9470 §3', 'who signed in with less, or too long ago, is sent to sign in once more, and how', async () => {
  const at = Math.floor(Date.now() / 1000)
  const demand = { acr_values: ['urn:licet:acr:mfa', 'phr'], max_age: 300 }
  const admitted = async (claims: Readonly<Record<string, unknown>>) =>
    api.admit(request(`Bearer ${await token(claims)}`)).then((good) => api.demand(good, demand))
  await admitted({ acr: 'phr', auth_time: at - 200 })
  const lacking = [{ acr: 'urn:licet:acr:pwd', auth_time: at }, { acr: 'phr', auth_time: at - 400 }, { acr: 'phr' }, {}]
  for (const claims of lacking) {
    const refused = await refusal(admitted(claims))
    assert.deepEqual([refused.status, refused.error], [401, 'insufficient_user_authentication'])
    const challenge = refused.response().headers.get('www-authenticate') ?? ''
    assert.match(
      challenge,
      /error="insufficient_user_authentication".*acr_values="urn:licet:acr:mfa phr", max_age="300"/,
    )
  }
})

must('RFC 6750 §3', 'the challenge says what is missing, and where a token is to be had', async () => {
  const none = (await refusal(api.admit(request(), 'read'))).response()
  assert.equal(none.status, 401)
  const metadata = 'resource_metadata="https://api.test/.well-known/oauth-protected-resource"'
  assert.equal(none.headers.get('www-authenticate'), `Bearer ${metadata}, scope="read"`)
  const narrow = await refusal(api.admit(request(`Bearer ${await token()}`), 'read send'))
  assert.deepEqual([narrow.status, narrow.error], [403, 'insufficient_scope'])
  assert.match(narrow.response().headers.get('www-authenticate') ?? '', /error="insufficient_scope".*scope="read send"/)
  for (const other of ['Basic YTpi', 'Digest username="a", realm="b"', 'Negotiate']) {
    const { status, error } = await refusal(api.admit(request(other)))
    assert.deepEqual([status, error], [401, undefined], other)
  }
  const malformed = await refusal(api.admit(request('Bearer a b')))
  assert.deepEqual([malformed.status, malformed.error], [400, 'invalid_request'])
})

test('R5: a request of node:http is read as it came: a field that came twice, the path that Express was asked for', async () => {
  const api = protectedResource({ issuer, resource })
  const incoming = new IncomingMessage(new Socket())
  Object.assign(incoming, { method: 'TRACE', url: '/cards', originalUrl: '/v1/cards' })
  const bearer = `Bearer ${await token()}`
  incoming.headersDistinct['authorization'] = [bearer]
  const { method, url } = nodeRequest(incoming)
  assert.deepEqual([method, url], ['TRACE', '/v1/cards'])
  assert.equal((await api.admit(nodeRequest(incoming))).sub, 'alice')
  incoming.headersDistinct['authorization'] = [bearer, bearer]
  assert.equal((await refusal(api.admit(nodeRequest(incoming)))).error, 'invalid_request')
})

must('RFC 6750 §3', 'R9: an agent that asks for what a challenge names keeps what its token had here', async () => {
  const presented = await token({ scope: 'openid read other' })
  const challenge = async (one: ProtectedResource) =>
    (await refusal(one.admit(request(`Bearer ${presented}`), 'send'))).response().headers.get('www-authenticate') ?? ''
  assert.match(await challenge(api), /error="insufficient_scope".*scope="read send"$/)
  assert.match(await challenge(protectedResource({ issuer, resource })), /error="insufficient_scope".*scope="send"$/)
})

must('RFC 9728 §3.1', 'the metadata is at the path that belongs to the resource, and names its server', () => {
  assert.equal(api.metadataPath, '/.well-known/oauth-protected-resource')
  const deeper = protectedResource({ issuer, resource: 'https://api.test/v1/cards' })
  assert.equal(deeper.metadataPath, '/.well-known/oauth-protected-resource/v1/cards')
  assert.deepEqual(api.metadata(), {
    resource,
    authorization_servers: [issuer],
    bearer_methods_supported: ['header'],
    dpop_signing_alg_values_supported: ['ES256', 'PS256', 'EdDSA', 'Ed25519'],
    scopes_supported: ['read', 'send'],
  })
})

must(
  'RFC 7662 §4',
  'what the server calls inactive is refused, and it is asked again only when its answer is old',
  async () => {
    let now = Date.now()
    const asking = protectedResource({
      issuer,
      resource,
      introspection: { client_id: 'api', client_secret: 's', seconds: 5 },
      now: () => now,
    })
    const bearer = `Bearer ${await token()}`
    live.add(bearer.slice(7))
    await asking.admit(request(bearer))
    live.clear()
    await asking.admit(request(bearer))
    assert.equal(asked, 1)
    now += 5001
    assert.equal((await refusal(asking.admit(request(bearer)))).error, 'invalid_token')
  },
)

const [key, other] = await Promise.all([newDpopKey(), newDpopKey()])
const atUrl = 'https://api.test/cards'

interface Presented {
  readonly url?: string
  readonly scheme?: string
  /** What the token says besides, or instead. */
  readonly claims?: Readonly<Record<string, unknown>>
}

/** A request with a token that is bound to a key, and a proof that is right in all but what the test says. */
async function bound(by = key, otherwise: Partial<MadeProof> = {}, more: Presented = {}) {
  const presented = await token({ cnf: { jkt: key.jkt }, ...more.claims })
  const ath = createHash('sha256').update(presented).digest('base64url')
  const usual = { htm: 'GET', htu: atUrl, at: Math.floor(Date.now() / 1000) }
  const dpop = await dpopProof(by, { ...usual, ...otherwise, claims: { ath, ...otherwise.claims } })
  const { url = atUrl, scheme = 'DPoP' } = more
  return new Request(url, { headers: { authorization: `${scheme} ${presented}`, dpop } })
}

must('RFC 9449 §7.1', 'DP-02, DP-06: a bound token is admitted with a proof of its key for this request', async () => {
  for (const scheme of ['DPoP', 'dpop']) assert.equal((await api.admit(await bound(key, {}, { scheme }))).sub, 'alice')
  await api.admit(
    await bound(key, { htu: 'https://api.test//other.test/cards' }, { url: 'https://api.test//other.test/cards' }),
  )
  for (const htu of [`${atUrl}?a=b#c`, 'HTTPS://API.test:443/%63ards']) await api.admit(await bound(key, { htu }))
  await api.admit(await bound(key, {}, { url: 'http://10.0.0.1:8080/cards?page=2' }))
})

must('RFC 9449 §4.3', 'DP-01, DP-02, DP-03, DP-07: with any other proof it is refused', async () => {
  const hour = Math.floor(Date.now() / 1000) - 3600
  const privateJwk = { ...key.jwk, d: String(key.privateKey.export({ format: 'jwk' }).d) }
  const wrong: readonly Partial<MadeProof>[] = [
    { htm: 'POST' },
    { htu: 'https://api.test/other' },
    { htu: 'https://evil.test/cards' },
    { at: hour },
    { at: hour + 7200 },
    { claims: { ath: 'another' } },
    { claims: { ath: undefined } },
    { claims: { jti: undefined } },
    { claims: { iat: undefined } },
    { header: { typ: 'JWT' } },
    { header: { jwk: privateJwk } },
    { header: { jwk: other.jwk } },
    { header: { jwk: { ...key.jwk, crv: 'P-999' } } },
  ]
  for (const one of wrong) {
    const { status, error } = await refusal(api.admit(await bound(key, one)))
    assert.deepEqual([status, error], [401, 'invalid_dpop_proof'], JSON.stringify(one))
  }
  const { headers: sent } = await bound()
  for (const url of ['http://[', 'https://api.test/other', '//[', '//other.test/cards']) {
    const refused = await refusal(api.admit({ method: 'GET', url, headers: sent }))
    assert.equal(refused.error, 'invalid_dpop_proof', url)
  }
  const without = await bound()
  without.headers.delete('dpop')
  assert.equal((await refusal(api.admit(without))).error, 'invalid_dpop_proof')
  const { headers } = (await refusal(api.admit(await bound(other)))).response()
  assert.match(
    headers.get('www-authenticate') ?? '',
    /^DPoP resource_metadata=".*", algs="ES256 .*", error="invalid_token"$/,
  )
})

must('RFC 9449 §11.1', 'DP-04: a proof is taken once, of fifty at once as well', async () => {
  const one = await bound()
  const tries = await Promise.allSettled(Array.from({ length: 50 }, () => api.admit(one.clone())))
  assert.equal(tries.filter(({ status }) => status === 'fulfilled').length, 1)
  const seen: string[] = []
  const ends: number[] = []
  const isNew = (proof: string, until: number) => ends.push(until) === seen.push(proof) && seen.length === 1
  const shared = protectedResource({ issuer, resource, dpop: { isNew } })
  const at = Math.floor(Date.now() / 1000)
  const again = await bound(key, { at })
  await shared.admit(again)
  assert.equal((await refusal(shared.admit(again))).error, 'invalid_dpop_proof')
  assert.equal(seen[0], seen[1])
  // Not longer than it could be good: there is room for as many as one process can check.
  assert.deepEqual(ends, [(at + 120) * 1000, (at + 120) * 1000])
})

must('RFC 9449 §7.2', 'a bound token is not a bearer token, nor a bearer token a bound one', async () => {
  assert.equal((await refusal(api.admit(await bound(key, {}, { scheme: 'Bearer' })))).error, 'invalid_token')
  assert.equal((await refusal(api.admit(request(`DPoP ${await token()}`)))).error, 'invalid_token')
})

must('RFC 9449 §7.1', 'who presents a bound token reads in the challenge of that scheme what is wrong', async () => {
  const past = Math.floor(Date.now() / 1000) - 120
  const sent = [
    ['invalid_token', await bound(key, {}, { claims: { exp: past } })],
    ['invalid_token', await bound(key, {}, { claims: { cnf: { jkt: key.jkt, 'x5t#S256': 'another' } } })],
    ['insufficient_scope', await bound(), 'send'],
    ['insufficient_user_authentication', await bound()],
    ['invalid_request', request('DPoP a b')],
  ] as const
  for (const [error, presented, scope] of sent) {
    const admitted = api.admit(presented, scope).then((good) => api.demand(good, { max_age: 5 }))
    const challenge = (await refusal(admitted)).response().headers.get('www-authenticate') ?? ''
    assert.match(challenge, new RegExp(`^DPoP resource_metadata="[^"]+", algs="ES256 [^"]+", error="${error}"`))
  }
})

must('RFC 9449 §9', 'DP-05: an API that wants its nonce says so, and gives it', async () => {
  const nonce = { current: () => 'now', accepts: (one: string) => one === 'now' }
  const strict = protectedResource({ issuer, resource, dpop: { nonce } })
  const { status, headers } = (await refusal(strict.admit(await bound()))).response()
  assert.deepEqual([status, headers.get('dpop-nonce')], [401, 'now'])
  assert.match(headers.get('www-authenticate') ?? '', /^DPoP .*error="use_dpop_nonce"$/)
  await strict.admit(await bound(key, { claims: { nonce: 'now' } }))
})

must('RFC 8705 §3', 'MT-02: a token that is bound to a certificate is admitted with that alone', async () => {
  const [mine, another] = [Buffer.from('one certificate'), Buffer.from('another')]
  const cnf = { 'x5t#S256': createHash('sha256').update(mine).digest('base64url') }
  const authorization = `Bearer ${await token({ cnf })}`
  assert.equal((await api.admit(request(authorization), 'read', mine)).sub, 'alice')
  for (const shown of [another, undefined]) {
    const { status, error } = await refusal(api.admit(request(authorization), 'read', shown))
    assert.deepEqual([status, error], [401, 'invalid_token'])
  }
})

must(
  'RFC 7662 §4',
  'of many who present a token at once, one asks; an answer counts from when it was asked',
  async () => {
    let now = Date.now()
    const introspection = { client_id: 'api', client_secret: 's', seconds: 5 }
    const asking = protectedResource({ issuer, resource, introspection, now: () => now })
    const presented = await token()
    live.add(presented)
    const before = asked
    const many = Array.from({ length: 50 }, () => asking.admit(request(`Bearer ${presented}`)))
    await Promise.all(many)
    assert.equal(asked, before + 1)
    now += 5000
    live.clear()
    assert.equal((await refusal(asking.admit(request(`Bearer ${presented}`)))).error, 'invalid_token')
  },
)

test('R5: whose configuration is wrong is told what, and not their clients', async () => {
  const introspection = { client_id: 'api', client_secret: 'wrong' }
  const elsewhere = protectedResource({ issuer: `${issuer}/other`, resource })
  const asking = protectedResource({ issuer, resource, introspection })
  broken.set('/introspect', 401)
  const wrong = [
    [elsewhere, /answers 404/],
    [asking, /introspection endpoint answers 401/],
  ] as const
  for (const [one, why] of wrong) {
    const refused = await refusal(one.admit(request(`Bearer ${await token()}`)))
    assert.equal(refused.status, 503)
    assert.match(inspect(refused.cause), why)
    assert.doesNotMatch(await refused.response().text(), why)
  }
  broken.clear()
})

must('RFC 6750 §3.1', 'access that has ended is invalid_token, whatever scope it would have lacked', async () => {
  const introspection = { client_id: 'api', client_secret: 's' }
  const asking = protectedResource({ issuer, resource, introspection })
  const { status, error } = await refusal(asking.admit(request(`Bearer ${await token()}`), 'read send'))
  assert.deepEqual([status, error], [401, 'invalid_token'])
})

must(
  'RFC 6750 §3.1',
  'while the server cannot be reached nothing is admitted, and no token is called invalid for it',
  async () => {
    const introspection = { client_id: 'api', client_secret: 's' }
    const presented = await token()
    live.add(presented)
    const discovery = '/.well-known/oauth-authorization-server'
    for (const path of [discovery, '/jwks', '/introspect']) {
      for (const status of [503, 200]) {
        const asking = protectedResource({ issuer, resource, introspection })
        broken.set(path, status)
        const refused = await refusal(asking.admit(request(`Bearer ${presented}`)))
        assert.deepEqual([refused.status, refused.error], [503, 'temporarily_unavailable'], `${path} ${status}`)
        const { headers } = refused.response()
        assert.deepEqual([headers.get('www-authenticate'), headers.get('retry-after')], [null, '1'])
        broken.clear()
        await asking.admit(request(`Bearer ${presented}`))
      }
    }
    const lost = protectedResource({ issuer: 'http://127.0.0.1:9', resource })
    assert.equal((await refusal(lost.admit(request(`Bearer ${presented}`)))).status, 503)
  },
)
