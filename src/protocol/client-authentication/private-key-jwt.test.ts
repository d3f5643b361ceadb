import assert from 'node:assert/strict'
import { createHmac, generateKeyPairSync, KeyObject } from 'node:crypto'
import { after, describe, test } from 'node:test'
import { exportJWK, generateKeyPair, SignJWT, type JWTHeaderParameters } from 'jose'
import { must } from '../../../testing/must.ts'
import { basic, clientRecord, formRequest, issuer, openProtocol } from '../../../testing/protocol.ts'
import { now } from '../../../testing/records.ts'
import { refusedFor } from '../../../testing/refused.ts'
import { newOpaqueId } from '../../kernel/ids.ts'
import type { Client } from '../../domain/client.ts'
import { readForm } from '../../http/form.ts'
import type { ClientMetadata, PublicJwk } from '../../vocabulary/client-metadata.ts'
import { assertionAlgorithms } from './assertion-algorithms.ts'
import { authenticateClient } from './authenticate.ts'

const { parts, stores, wait, close } = await openProtocol()
after(close)

const type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
const keyPair = (kid: string) => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return { privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid } as PublicJwk }
}
const ours = keyPair('one')
const theirs = keyPair('one')
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const rsaJwk = { ...rsa.publicKey.export({ format: 'jwk' }), kid: 'rsa' } as PublicJwk

async function register(
  client_id: string,
  metadata: Partial<ClientMetadata>,
  otherwise: Partial<Client> = {},
): Promise<void> {
  const method = { token_endpoint_auth_method: 'private_key_jwt' } as const
  await stores.clients.create(clientRecord({ client_id, secrets: [], ...otherwise }, { ...method, ...metadata }))
}
await register('c4', { jwks: { keys: [ours.jwk] }, token_endpoint_auth_signing_alg: 'ES256' })
await register('c5', { jwks: { keys: [theirs.jwk] } })
await register('rsa', { jwks: { keys: [rsaJwk] } })
await register('fapi', { jwks: { keys: [rsaJwk] } }, { profile: 'fapi2' })
await register('oidc', { jwks: { keys: [ours.jwk] } }, { profile: 'oidc' })

interface Made {
  readonly claims?: Readonly<Record<string, unknown>>
  readonly header?: Partial<JWTHeaderParameters>
  readonly key?: KeyObject
}

/** An assertion of `c4` that is right in all but what the test says. */
function assertion({ claims = {}, header = {}, key = ours.privateKey }: Made = {}): Promise<string> {
  const at = parts.clock()
  const right = { iss: 'c4', sub: 'c4', aud: issuer, iat: at, exp: at + 60, jti: newOpaqueId() }
  return new SignJWT({ ...right, ...claims }).setProtectedHeader({ alg: 'ES256', kid: 'one', ...header }).sign(key)
}

let address = 0
async function authenticate(client_assertion: string | Promise<string>, form: Readonly<Record<string, string>> = {}) {
  address += 1
  const request = formRequest({ client_assertion_type: type, client_assertion: await client_assertion, ...form })
  return authenticateClient({ ...request, address: `198.51.${String(address % 250)}.1` }, readForm(request), parts)
}
const refused = (made: Made, reason: string) => assert.rejects(authenticate(assertion(made)), refusedFor(reason))
const part = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

describe('private_key_jwt', () => {
  must('RFC 7523 §2.2', 'a signed assertion authenticates the client, named in the body or not', async () => {
    assert.equal((await authenticate(assertion())).client_id, 'c4')
    assert.equal((await authenticate(assertion(), { client_id: 'c4' })).client_id, 'c4')
    await assert.rejects(authenticate(assertion(), { client_id: 'c5' }), refusedFor('client_id_contradicted'))
  })

  must('RFC 7521 §4.2', 'the type is named, and is the one of RFC 7523', async () => {
    const unsupported = refusedFor('client_assertion_type_unsupported')
    await assert.rejects(authenticate(assertion(), { client_assertion_type: 'urn:other' }), unsupported)
    await assert.rejects(authenticate(assertion(), { client_assertion_type: '' }), unsupported)
    await assert.rejects(authenticate('', {}), refusedFor('client_assertion_malformed'))
  })

  test('CA-02: a client that is registered for it does not pass by a secret', async () => {
    const request = formRequest('', basic('c4'))
    await assert.rejects(
      authenticateClient(request, readForm(request), parts),
      refusedFor('client_authentication_method_mismatch'),
    )
  })

  must('RFC 7523 §3', 'JA-02: the audience is the issuer as one text, and nothing else', async () => {
    for (const aud of [
      `${issuer}/token`,
      `${issuer}/`,
      [issuer],
      [issuer, 'https://other.test'],
      'https://other.test',
      undefined,
      null,
    ]) {
      await refused({ claims: { aud } }, 'client_assertion_audience_mismatch')
    }
  })

  must(
    'OpenID Connect Core §9',
    'JA-02: the profile of OpenID Connect also takes the token endpoint, and arrays with the issuer',
    async () => {
      const who = { iss: 'oidc', sub: 'oidc' }
      for (const aud of [issuer, `${issuer}/token`, [issuer, 'https://other.test']]) {
        await authenticate(assertion({ claims: { ...who, aud } }))
      }
      for (const aud of [`${issuer}/authorize`, ['https://other.test']]) {
        await refused({ claims: { ...who, aud } }, 'client_assertion_audience_mismatch')
      }
    },
  )

  must('RFC 7523 §3', 'issuer and subject are the client', async () => {
    await refused({ claims: { iss: 'c5' } }, 'client_assertion_issuer_mismatch')
    await refused({ claims: { iss: undefined } }, 'client_assertion_issuer_mismatch')
    await refused({ claims: { sub: undefined } }, 'client_assertion_malformed')
    await refused({ claims: { iss: 'nobody', sub: 'nobody' } }, 'client_authentication_unknown_client')
  })

  must(
    'RFC 7523 §3',
    'JA-03: it is valid from when to when it says, give or take a minute, and for an hour at most',
    async () => {
      const at = parts.clock()
      for (const exp of [at - 300, at - 60, undefined, 'soon', null])
        await refused({ claims: { exp } }, 'client_assertion_expired')
      for (const exp of [at + 2 * 86_400, at + 3661, 1e300])
        await refused({ claims: { exp } }, 'client_assertion_lives_too_long')
      for (const late of [61, 120]) {
        await refused({ claims: { nbf: at + late } }, 'client_assertion_not_yet_valid')
        await refused({ claims: { iat: at + late } }, 'client_assertion_not_yet_valid')
      }
      await refused({ claims: { nbf: 'now' } }, 'client_assertion_not_yet_valid')
      for (const claims of [
        { nbf: at + 8 },
        { iat: at + 55, exp: at + 115 },
        { exp: at - 59 },
        { exp: at + 3660 },
        { iat: undefined },
      ]) {
        await authenticate(assertion({ claims }))
      }
    },
  )

  test('R17: a clock that is too far off is in the log with how far', async () => {
    const error: unknown = await authenticate(assertion({ claims: { iat: parts.clock() + 120 } })).catch(
      (caught: unknown) => caught,
    )
    assert.deepEqual((error as { detail: object }).detail, { client_id: 'c4', seconds_ahead: 120 })
  })
})

describe('an assertion is used once', () => {
  must('RFC 7523 §3', 'JA-04: of fifty racing uses one is the first', async () => {
    const once = await assertion()
    const uses = await Promise.allSettled(Array.from({ length: 50 }, () => authenticate(once)))
    assert.equal(uses.filter(({ status }) => status === 'fulfilled').length, 1)
    await assert.rejects(authenticate(once), refusedFor('client_assertion_replayed'))
  })

  test('JA-05: up to the last second in which it would be taken', async () => {
    const once = await assertion()
    await authenticate(once)
    wait(119)
    await assert.rejects(authenticate(once), refusedFor('client_assertion_replayed'))
    wait(1)
    await assert.rejects(authenticate(once), refusedFor('client_assertion_expired'))
  })

  test('one without a name is not taken, and the same name of another client is another', async () => {
    for (const jti of [undefined, '', 7]) await refused({ claims: { jti } }, 'client_assertion_jti_missing')
    const jti = newOpaqueId()
    await authenticate(assertion({ claims: { jti } }))
    await authenticate(assertion({ claims: { jti, iss: 'c5', sub: 'c5' }, key: theirs.privateKey }))
  })

  test('what is refused for its signature spends nothing', async () => {
    const jti = newOpaqueId()
    await refused({ claims: { jti }, key: theirs.privateKey }, 'client_assertion_signature_wrong')
    await authenticate(assertion({ claims: { jti } }))
  })
})

describe('the key of an assertion', () => {
  must('RFC 8725 §3.1', 'JA-06: is used with the algorithm registered, or the one that it is for', async () => {
    const input = `${part({ alg: 'HS256', kid: 'one' })}.${part({ iss: 'c4', sub: 'c4', aud: issuer, exp: now + 900, jti: 'x' })}`
    const hmac = createHmac('sha256', JSON.stringify(ours.jwk)).update(input).digest('base64url')
    await assert.rejects(authenticate(`${input}.${hmac}`), refusedFor('client_assertion_algorithm_not_allowed'))
    const unsigned = `${part({ alg: 'none' })}.${part({ iss: 'c4', sub: 'c4' })}.AA`
    await assert.rejects(authenticate(unsigned), refusedFor('client_assertion_algorithm_not_allowed'))
    await refused({ header: { alg: 'RS256' }, key: rsa.privateKey }, 'client_assertion_algorithm_not_allowed')
    const ofRsa = { iss: 'rsa', sub: 'rsa' }
    for (const alg of ['RS256', 'PS256', 'RS512']) {
      await authenticate(assertion({ claims: ofRsa, header: { alg, kid: 'rsa' }, key: rsa.privateKey }))
    }
    await refused({ claims: ofRsa, header: { kid: 'rsa' } }, 'client_assertion_key_unknown')
  })

  must('RFC 8414 §2', 'JK-06: may be of every algorithm that is advertised', async () => {
    for (const alg of assertionAlgorithms) {
      const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
      await register(alg, { jwks: { keys: [(await exportJWK(publicKey)) as PublicJwk] } })
      await authenticate(
        assertion({ claims: { iss: alg, sub: alg }, header: { alg }, key: KeyObject.from(privateKey) }),
      )
    }
  })

  must(
    'RFC 9864 §2.2',
    'JA-06: an Ed25519 key signs by the name EdDSA or Ed25519, whichever was registered',
    async () => {
      const { publicKey, privateKey } = generateKeyPairSync('ed25519')
      for (const registered of ['EdDSA', 'Ed25519']) {
        const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'one', alg: registered } as PublicJwk
        const iss = `ed-${registered}`
        await register(iss, { jwks: { keys: [jwk] }, token_endpoint_auth_signing_alg: registered })
        const made = { claims: { iss, sub: iss }, key: privateKey }
        for (const alg of ['EdDSA', 'Ed25519']) await authenticate(assertion({ ...made, header: { alg } }))
        await refused(
          { ...made, header: { alg: 'ES256' }, key: ours.privateKey },
          'client_assertion_algorithm_not_allowed',
        )
      }
    },
  )

  must(
    'FAPI 2.0 Security Profile §5.4.1',
    'JA-06: RSASSA-PKCS1-v1_5 is not taken from a client of that profile',
    async () => {
      const claims = { iss: 'fapi', sub: 'fapi' }
      const made = { claims, key: rsa.privateKey }
      await refused({ ...made, header: { alg: 'RS256', kid: 'rsa' } }, 'client_assertion_key_unknown')
      await authenticate(assertion({ ...made, header: { alg: 'PS256', kid: 'rsa' } }))
    },
  )

  test('JA-09: is not another client’s', async () => {
    await refused({ key: theirs.privateKey }, 'client_assertion_signature_wrong')
  })

  test('JA-07: is not what the header brings or points to', async () => {
    for (const header of [
      { jwk: theirs.jwk },
      { jku: 'https://evil.test/jwks' },
      { x5u: 'https://evil.test/' },
      { x5c: ['AA'] },
    ]) {
      await refused(
        { header: header as Partial<JWTHeaderParameters>, key: theirs.privateKey },
        'client_assertion_signature_wrong',
      )
      await authenticate(assertion({ header: header as Partial<JWTHeaderParameters> }))
    }
    for (const kid of ['../../etc/passwd', "' or 1=1 --", ''])
      await refused({ header: { kid } }, 'client_assertion_key_unknown')
  })

  test('may go without a kid', async () => {
    const { kid: _, ...jwk } = ours.jwk
    await register('nameless', { jwks: { keys: [jwk] } })
    await authenticate(assertion({ claims: { iss: 'nameless', sub: 'nameless' }, header: { kid: 'any' } }))
  })
})

describe('the form of an assertion', () => {
  must(
    'RFC 7515 §4.1.11',
    'JA-08: an extension that we do not know, or a name that comes twice, makes it unreadable',
    async () => {
      const [header, claims = '', signature = ''] = (await assertion()).split('.')
      assert.ok(header)
      const malformed = refusedFor('client_assertion_malformed')
      for (const text of [
        '{"alg":"ES256","crit":["x"],"x":1}',
        '{"alg":"ES256","b64":false}',
        '{"alg":"ES256","alg":"ES256"}',
        '[]',
        '1',
      ]) {
        await assert.rejects(authenticate(`${part(text)}.${claims}.${signature}`), malformed, text)
      }
      await assert.rejects(authenticate(`${header}.${part('{"sub":"c4","sub":"c4"}')}.${signature}`), malformed)
    },
  )

  must('RFC 7515 §7.1', 'JA-11: only the compact serialisation is read, to the letter', async () => {
    const right = await assertion()
    const [header = '', claims = '', signature = ''] = right.split('.')
    for (const text of [
      `${right}=`,
      ` ${right}`,
      `${right}\n`,
      `${right}.`,
      `${right}.x`,
      `${header}.${claims}`,
      `${header}.${claims}.`,
      `.${claims}.${signature}`,
      JSON.stringify({ protected: header, payload: claims, signature }),
      `${header}.${part(Buffer.from([0xff]).toString('latin1'))}.${signature}`,
      'a'.repeat(60_000),
    ]) {
      await assert.rejects(authenticate(text), refusedFor('client_assertion_malformed'), text.slice(0, 80))
    }
  })

  must('RFC 8725 §3.11', 'a JWT that was made for another purpose is refused', async () => {
    for (const typ of ['at+jwt', 'dpop+jwt', 'oauth-authz-req+jwt', 'logout+jwt']) {
      await refused({ header: { typ } }, 'client_assertion_algorithm_not_allowed')
    }
    for (const typ of ['JWT', 'jwt', 'client-authentication+jwt']) await authenticate(assertion({ header: { typ } }))
  })
})
