import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { after, test } from 'node:test'
import { SignJWT } from 'jose'
import { must } from '../../testing/must.ts'
import { clientRecord, issuer, openProtocol } from '../../testing/protocol.ts'
import { now } from '../../testing/records.ts'
import { refusedFor } from '../../testing/refused.ts'
import { clientKey, signedRequest } from '../../testing/request-objects.ts'
import type { Profile } from '../domain/client.ts'
import type { ClientMetadata, PublicJwk } from '../vocabulary/client-metadata.ts'
import { readRequestObject } from './request-object.ts'

const { parts, close } = await openProtocol()
after(close)

const ours = clientKey('one')
const theirs = clientKey('one')
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const rsaJwk = { ...rsa.publicKey.export({ format: 'jwk' }), kid: 'rsa' } as PublicJwk
const right = { iss: 'greatapp', aud: issuer, nbf: now, exp: now + 300, client_id: 'greatapp', scope: 'openid' }

const clientOf = (profile: Profile = 'oauth21', metadata: Partial<ClientMetadata> = {}) =>
  clientRecord({ profile }, { jwks: { keys: [ours.jwk] }, ...metadata })
const read = (compact: string, client = clientOf()) => readRequestObject(compact, client, ['resource'], parts)
const readClaims = (claims: Readonly<Record<string, unknown>>, client = clientOf()) =>
  read(signedRequest({ ...right, ...claims }, ours), client)
const without = (...names: readonly string[]) => Object.fromEntries(names.map((name) => [name, undefined]))

must('RFC 9101 §4', 'what a client signed is read as the parameters that it would have sent', async () => {
  const claims = { max_age: 60, claims: { userinfo: { name: null } }, resource: ['https://a.test/', 'https://b.test/'] }
  assert.deepEqual(await readClaims({ ...claims, authorization_details: [{ type: 'a' }] }), {
    client_id: ['greatapp'],
    scope: ['openid'],
    max_age: ['60'],
    claims: ['{"userinfo":{"name":null}}'],
    resource: ['https://a.test/', 'https://b.test/'],
    authorization_details: ['[{"type":"a"}]'],
  })
})

must(
  'RFC 9101 §6.2, RFC 8725 §3.1',
  'JR-01: alg none, HMAC, and another algorithm than the registered one',
  async () => {
    const unsigned = `${['{"alg":"none"}', JSON.stringify(right)].map((part) => Buffer.from(part).toString('base64url')).join('.')}.`
    await assert.rejects(read(unsigned), refusedFor('request_object_malformed'))
    for (const alg of ['none', 'HS256', 'ES256K', 5, undefined])
      await assert.rejects(
        read(signedRequest(right, ours, { alg })),
        refusedFor('request_object_algorithm_not_allowed'),
      )
    const other = clientOf('oauth21', { request_object_signing_alg: 'PS256' })
    await assert.rejects(readClaims({}, other), refusedFor('request_object_algorithm_not_allowed'))
    for (const typ of ['at+jwt', 'client-authentication+jwt', 'logout+jwt', 7])
      await assert.rejects(
        read(signedRequest(right, ours, { typ })),
        refusedFor('request_object_algorithm_not_allowed'),
      )
  },
)

must(
  'FAPI 2.0 Security Profile §5.4.1',
  'JR-01: RS256 is taken from a client of OpenID Connect, not of FAPI',
  async () => {
    const compact = await new SignJWT(right).setProtectedHeader({ alg: 'RS256', kid: 'rsa' }).sign(rsa.privateKey)
    const jwks = { keys: [rsaJwk] }
    assert.deepEqual((await read(compact, clientOf('oidc', { jwks })))['scope'], ['openid'])
    await assert.rejects(read(compact, clientOf('fapi2', { jwks })), refusedFor('request_object_key_unknown'))
  },
)

must('RFC 9101 §6.2', 'JR-01: another client’s key, a changed byte and an unknown kid are refused', async () => {
  await assert.rejects(read(signedRequest(right, theirs)), refusedFor('request_object_signature_wrong'))
  const [header = '', , signature = ''] = signedRequest(right, ours).split('.')
  const changed = Buffer.from(JSON.stringify({ ...right, scope: 'openid admin' })).toString('base64url')
  await assert.rejects(read([header, changed, signature].join('.')), refusedFor('request_object_signature_wrong'))
  await assert.rejects(
    read(signedRequest(right, ours, { kid: 'two', jwk: ours.jwk, jku: 'https://canary.test' })),
    refusedFor('request_object_key_unknown'),
  )
})

must('FAPI 2.0 Message Signing §5.3.1', 'JR-01: aud, exp and nbf must be there, and hold', async () => {
  const cases: readonly [Readonly<Record<string, unknown>>, string][] = [
    [{ aud: 'https://other.test' }, 'request_object_audience_mismatch'],
    [{ aud: ['https://other.test'] }, 'request_object_audience_mismatch'],
    [without('aud'), 'request_object_audience_mismatch'],
    [without('exp'), 'request_object_lives_too_long'],
    [without('nbf'), 'request_object_lives_too_long'],
    [{ exp: now - 60 }, 'request_object_expired'],
    [{ exp: 'soon' }, 'request_object_expired'],
    [{ exp: now + 3601 }, 'request_object_lives_too_long'],
    [{ nbf: now - 3661, exp: now + 1 }, 'request_object_lives_too_long'],
    [{ nbf: now + 61 }, 'request_object_not_yet_valid'],
    [{ iat: now + 61 }, 'request_object_not_yet_valid'],
  ]
  for (const [claims, reason] of cases) {
    for (const profile of ['oauth21', 'fapi2'] as const)
      await assert.rejects(readClaims(claims, clientOf(profile)), refusedFor(reason), JSON.stringify(claims))
  }
  for (const claims of [
    { aud: [issuer, 'https://other.test'] },
    { nbf: now + 8 },
    { exp: now + 3600 },
    { iat: now + 60 },
  ])
    assert.ok(await readClaims(claims))
})

must(
  'OpenID Connect Core §6.1',
  'JR-01: a client of OpenID Connect may leave them out; what it says must hold',
  async () => {
    const oidc = clientOf('oidc')
    assert.deepEqual(await readClaims(without('iss', 'aud', 'exp', 'nbf', 'client_id'), oidc), { scope: ['openid'] })
    for (const [claims, reason] of [
      [{ aud: 'https://other.test' }, 'request_object_audience_mismatch'],
      [{ exp: now - 60 }, 'request_object_expired'],
      [{ nbf: now + 61 }, 'request_object_not_yet_valid'],
      [{ client_id: 'another' }, 'request_object_of_another_client'],
    ] as const)
      await assert.rejects(readClaims(claims, oidc), refusedFor(reason))
  },
)

must(
  'RFC 9101 §6.3, RFC 9101 §10.8',
  'JR-02: client_id must be the client’s own, and no client assertion passes',
  async () => {
    for (const claims of [{ client_id: 'another' }, without('client_id'), { iss: 'another' }, { sub: 'greatapp' }])
      await assert.rejects(readClaims(claims), refusedFor('request_object_of_another_client'))
  },
)

must('RFC 9101 §4', 'PA-05: an object that points to another object is refused', async () => {
  for (const claims of [{ request: 'x.y.z' }, { request_uri: 'https://rp1.test/r' }])
    await assert.rejects(readClaims(claims), refusedFor('request_object_nested'))
})

must('RFC 9101 §6.1', 'JA-12: encrypted objects, twofold names and other serialisations are refused', async () => {
  await assert.rejects(read('a.b.c.d.e'), refusedFor('request_object_encrypted'))
  for (const compact of ['', 'x', 'x.y.z', `${signedRequest(right, ours)}=`, JSON.stringify(right), 'a.'.repeat(9_000)])
    await assert.rejects(read(compact), refusedFor('request_object_malformed'))
  await assert.rejects(readClaims({ state: null }), refusedFor('request_object_malformed'))
  await assert.rejects(readClaims({ resource: ['https://a.test/', 5] }), refusedFor('request_object_malformed'))
})

test('PX-08: a name such as __proto__ in an object is a parameter like any other', async () => {
  const claims = JSON.parse('{"__proto__":"x","constructor":"y"}') as Readonly<Record<string, unknown>>
  const signed = await readClaims({ ...Object.fromEntries(Object.entries(claims)), ...right })
  assert.deepEqual(Object.getOwnPropertyDescriptor(signed, 'constructor')?.value, ['y'])
  assert.equal(Object.hasOwn(Object.prototype, 'polluted'), false)
})
