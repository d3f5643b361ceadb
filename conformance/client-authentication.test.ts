/** How clients say who they are, at each of the endpoints that ask: the same everywhere. */
import assert from 'node:assert/strict'
import { createHmac, createPrivateKey, createPublicKey, randomUUID } from 'node:crypto'
import { after } from 'node:test'
import { must } from '../testing/must.ts'
import { startServer } from '../testing/server.ts'
import type { Received } from '../testing/visitor.ts'
import {
  assertion,
  assertionParameters,
  basic,
  clients,
  configuration,
  jsonOf,
  post,
  privateJwk,
  tokensFor,
  type Credentials,
  type Parameters,
  type SceneClient,
} from './scene.ts'

const { C1, C1post, C2, C4, C6, C7 } = clients
const server = await startServer({ configuration })
after(() => server.stop())

const { refresh_token } = await tokensFor(server, server.visitor(), C1, { scope: 'openid offline_access' })

/** Every endpoint that a client proves itself at, with a request that is right in all else. */
const places: readonly (readonly [string, Parameters])[] = [
  ['/token', { grant_type: 'refresh_token', refresh_token }],
  ['/token', { grant_type: 'authorization_code', code: 'lc_x', code_verifier: 'a'.repeat(43) }],
  ['/introspect', { token: refresh_token }],
  ['/revoke', { token: 'lr_x' }],
  ['/par', { response_type: 'code' }],
]

function inForm(parameters: Parameters): Credentials {
  return { headers: {}, parameters }
}

function inHeader(authorization: string, parameters: Parameters = {}): Credentials {
  return { headers: { authorization }, parameters }
}

async function refusedEverywhere(
  name: string,
  credentials: () => Credentials,
  error = 'invalid_client',
): Promise<void> {
  for (const [path, parameters] of places) {
    const answer = await post(server, path, credentials(), parameters)
    const status = error === 'invalid_client' ? 401 : 400
    assert.deepEqual([answer.status, jsonOf(answer)['error']], [status, error], `${name} at ${path}`)
    assert.equal(answer.headers['cache-control'], 'no-store')
    if (status === 401) assert.match(String(answer.headers['www-authenticate']), /^Basic realm=/)
  }
}

const secretOf = ({ client_id, client_secret }: SceneClient) => ({ client_id, client_secret })
const raw = (text: string): string => `Basic ${Buffer.from(text, 'latin1').toString('base64')}`
const withKey = (claims: Readonly<Record<string, unknown>> = {}) =>
  inForm(assertionParameters(assertion(C4, { aud: server.issuer, ...claims })))

must('RFC 6749 §2.3', 'CA-01, CA-07: a client that says who it is in two ways is refused', async () => {
  const { authorization } = basic(C1.client_id, C1.client_secret)
  await refusedEverywhere('header and form', () => inHeader(authorization, secretOf(C1)), 'invalid_request')
  await refusedEverywhere(
    'header and assertion',
    () => inHeader(authorization, withKey().parameters),
    'invalid_request',
  )
  const both = () => inForm({ ...withKey().parameters, ...secretOf(C1post) })
  await refusedEverywhere('form and assertion', both, 'invalid_request')
  const another = () => inHeader(authorization, { client_id: C2.client_id })
  await refusedEverywhere('header and another client_id', another, 'invalid_request')
})

must('RFC 6749 §2.3', 'CA-02, CA-03, RT-19: a client proves itself by its registered method, every time', async () => {
  const wrong: Readonly<Record<string, () => Credentials>> = {
    'Basic as post': () => inForm(secretOf(C1)),
    'post as Basic': () => inHeader(basic(C1post.client_id, C1post.client_secret).authorization),
    'a secret for a client with a key': () => inForm(secretOf(C4)),
    'a secret for a public client': () => inForm(secretOf(C2)),
    'a secret for a public client, in the header': () => inHeader(basic(C2.client_id, C2.client_secret).authorization),
    'a confidential client by name alone': () => inForm({ client_id: C1.client_id }),
    'a client with a key by name alone': () => inForm({ client_id: C4.client_id }),
    'a machine by name alone': () => inForm({ client_id: C6.client_id }),
    'an empty secret': () => inHeader(basic(C1.client_id, '').authorization),
    'the secret of another': () => inHeader(basic(C1.client_id, C6.client_secret).authorization),
    'a disabled client': () => inHeader(basic(C7.client_id, C7.client_secret).authorization),
    'an unknown client': () => inHeader(basic('nobody', 'nothing').authorization),
    nobody: () => inForm({}),
  }
  for (const [name, credentials] of Object.entries(wrong)) await refusedEverywhere(name, credentials)
})

must('RFC 7617 §2', 'CA-06: the header of Basic is read strictly', async () => {
  const { client_id, client_secret } = C1
  const malformed = {
    'percent signs that encode nothing': raw(`${client_id}:%zz`),
    'no base64': 'Basic !!!!',
    'base64 that is cut': 'Basic Z3JlYXRhcHA6eA=',
    'no colon': raw(`${client_id}${client_secret}`),
    NUL: raw(`${client_id}:${client_secret}\0`),
    'bytes that are not UTF-8': raw(`${client_id}:\xff\xfe`),
    'nothing after the scheme': 'Basic',
    'two schemes': `${basic(client_id, client_secret).authorization}, Bearer x`,
    'another scheme': `Digest username="${client_id}"`,
    '30,000 bytes': raw(`${client_id}:${'a'.repeat(20_000)}`),
  }
  for (const [name, authorization] of Object.entries(malformed)) {
    const answer = await post(server, '/introspect', inHeader(authorization), { token: refresh_token })
    assert.ok([400, 401].includes(answer.status), `${name}: ${answer.status}`)
  }
  const right = raw(`${client_id}:${client_secret}`)
  const encoded = raw(`%67reatapp:${client_secret.replaceAll('-', '%2D')}`)
  for (const authorization of [right, right.replace('Basic', 'basic'), right.replace('Basic', 'BASIC'), encoded]) {
    const answer = await post(server, '/introspect', inHeader(authorization), { token: refresh_token })
    assert.deepEqual([answer.status, jsonOf(answer)['active']], [200, true], authorization)
  }
})

must('RFC 7523 §3', 'JA-02, JA-03: an assertion is for this server, now, and not for long', async () => {
  const now = Math.floor(Date.now() / 1000)
  const wrong: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
    'for the token endpoint': { aud: `${server.issuer}/token` },
    'for the issuer in a list': { aud: [server.issuer] },
    'for another server': { aud: 'https://other.test' },
    'for the issuer with a slash': { aud: `${server.issuer}/` },
    'for nobody': { aud: undefined },
    'expired five minutes ago': { exp: now - 300 },
    'without an end': { exp: undefined },
    'for two days': { exp: now + 172_800 },
    'not yet for a minute and more': { nbf: now + 70 },
    'issued in an hour': { iat: now + 3_600 },
    'without a jti': { jti: undefined },
    'about somebody else': { sub: C1.client_id },
    'by somebody else': { iss: C1.client_id },
    'with an end that is a text': { exp: String(now + 60) },
    'with an end beyond numbers': { exp: 1e300 },
  }
  for (const [name, claims] of Object.entries(wrong)) await refusedEverywhere(name, () => withKey(claims))
  const slow = await post(server, '/introspect', withKey({ nbf: now + 8, iat: now + 8 }), { token: refresh_token })
  assert.equal(slow.status, 200)
})

must(
  'RFC 8725 §3.1',
  'JA-06, JA-07, JA-08, JA-11, JA-12: an assertion that is anything but one plain JWS of the client’s key is refused, at once',
  async (t) => {
    const claims = () => {
      const now = Math.floor(Date.now() / 1000)
      return { iss: C4.client_id, sub: C4.client_id, aud: server.issuer, iat: now, exp: now + 60, jti: randomUUID() }
    }
    const part = (value: unknown): string =>
      Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
    const publicPem = createPublicKey(createPrivateKey({ key: privateJwk, format: 'jwk' }))
      .export({ type: 'spki', format: 'pem' })
      .toString()
    const unsigned = (header: unknown, payload: unknown = claims()) => `${part(header)}.${part(payload)}`
    const hmac = (header: unknown): string => {
      const text = unsigned(header)
      return `${text}.${createHmac('sha256', publicPem).update(text).digest('base64url')}`
    }
    const good = () => assertion(C4, { aud: server.issuer })
    const [head = '', , signature = ''] = good().split('.')
    const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`
    const wrong: Readonly<Record<string, string>> = {
      none: `${unsigned({ alg: 'none' })}.`,
      'none with a signature': `${unsigned({ alg: 'none' })}.${signature}`,
      'HMAC with the public key': hmac({ alg: 'HS256', kid: 'c4' }),
      'another algorithm': `${unsigned({ alg: 'RS256', kid: 'c4' })}.${signature}`,
      'an algorithm that is not': `${unsigned({ alg: '__proto__' })}.${signature}`,
      'a key of its own': `${unsigned({ alg: 'ES256', jwk: { ...privateJwk, d: undefined } })}.${signature}`,
      'a key elsewhere': `${unsigned({ alg: 'ES256', jku: 'http://127.0.0.1:9/', x5u: 'http://127.0.0.1:9/' })}.${signature}`,
      'a path as kid': `${unsigned({ alg: 'ES256', kid: '../../../etc/passwd' })}.${signature}`,
      'SQL as kid': `${unsigned({ alg: 'ES256', kid: "' or 1=1 --" })}.${signature}`,
      'an unknown crit': `${unsigned({ alg: 'ES256', kid: 'c4', crit: ['x'], x: 1 })}.${signature}`,
      'b64 of RFC 7797': `${unsigned({ alg: 'ES256', kid: 'c4', crit: ['b64'], b64: false })}.${signature}`,
      'a header name twice': `${part('{"alg":"ES256","alg":"none","kid":"c4"}')}.${part(claims())}.${signature}`,
      'a claim twice': `${part({ alg: 'ES256', kid: 'c4' })}.${part('{"sub":"keyed","sub":"greatapp"}')}.${signature}`,
      padding: `${head}=.${part(claims())}.${signature}`,
      'white space': ` ${good()}`,
      'a line break': good().replace('.', '.\n'),
      'four parts': `${good()}.x`,
      'two parts': unsigned({ alg: 'ES256' }),
      'JSON serialisation': JSON.stringify({ payload: part(claims()), signatures: [{ protected: head, signature }] }),
      'a JWE with a costly password': `${part({ alg: 'PBES2-HS512+A256KW', enc: 'A256GCM', p2c: 10_000_000, p2s: 'x' })}.x.x.x.x`,
      'a compressed JWE': `${part({ alg: 'dir', enc: 'A256GCM', zip: 'DEF' })}.x.x.x.x`,
      prototypes: `${part('{"alg":"ES256","kid":"c4","__proto__":{"alg":"none"}}')}.${part('{"__proto__":{"polluted":1}}')}.${signature}`,
      'a deep payload': `${head}.${part(deep)}.${signature}`,
      'a number beyond numbers': `${head}.${part('{"exp":1e999}')}.${signature}`,
      'lone surrogates': `${head}.${part('{"sub":"\\ud800"}')}.${signature}`,
      'a byte order mark': `${part('\ufeff{"alg":"ES256"}')}.${part(claims())}.${signature}`,
      'an array as header': `${part('[]')}.${part(claims())}.${signature}`,
      'null as claims': `${head}.${part('null')}.${signature}`,
      '60,000 bytes of anything': 'e'.repeat(60_000),
      nothing: '',
    }
    const slowest = { took: 0, name: '' }
    for (const [name, client_assertion] of Object.entries(wrong)) {
      const took: number[] = []
      for (const more of [{}, { client_id: C4.client_id }, {}]) {
        const begun = performance.now()
        const sent = { ...assertionParameters(client_assertion), ...more }
        const answer = await post(server, '/introspect', inForm(sent), { token: refresh_token })
        took.push(performance.now() - begun)
        assert.ok([400, 401].includes(answer.status), `${name}: ${answer.status} ${answer.body}`)
      }
      // The quickest of the same: this machine has other work.
      if (Math.min(...took) > slowest.took) Object.assign(slowest, { took: Math.min(...took), name })
    }
    t.diagnostic(`the slowest, ${slowest.name}, took ${slowest.took.toFixed(1)} ms`)
    assert.ok(slowest.took < 50)
    for (const client_assertion_type of ['x', '', 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer']) {
      await refusedEverywhere('another type', () => inForm({ client_assertion_type, client_assertion: good() }))
    }
    assert.equal((await post(server, '/introspect', withKey(), { token: refresh_token })).status, 200)
  },
)

must('RFC 7662 §2.1', 'CA-12, IN-01: who only knows the name of a public client introspects nothing', async () => {
  const answer = await post(server, '/introspect', C2, { token: refresh_token })
  assert.deepEqual([answer.status, jsonOf(answer)['error']], [401, 'invalid_client'])
})

must('RFC 9700 §4.15', 'TK-17: what a machine gets for itself names it in a space of its own', async () => {
  const answer = await post(server, '/token', C6, { grant_type: 'client_credentials' })
  const shown = jsonOf(await post(server, '/introspect', C6, { token: accessTokenOf(answer) }))
  const person = jsonOf(await post(server, '/introspect', C1, { token: refresh_token }))
  assert.equal(shown['client_id'], C6.client_id)
  assert.notEqual(shown['sub'], person['sub'])
  assert.doesNotMatch(String(person['sub']), new RegExp(C6.client_id))
})

function accessTokenOf(answer: Received): string {
  return String(jsonOf(answer)['access_token'])
}
