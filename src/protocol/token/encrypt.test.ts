import assert from 'node:assert/strict'
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { after, before } from 'node:test'
import { compactDecrypt, decodeProtectedHeader } from 'jose'
import { must } from '../../../testing/must.ts'
import { allowed, clientRecord, openProtocol, type Protocol } from '../../../testing/protocol.ts'
import { refusedFor } from '../../../testing/refused.ts'
import {
  contentEncryptionAlgorithms,
  keyManagementAlgorithms,
  type KeyManagementAlgorithm,
} from '../../vocabulary/algorithms.ts'
import type { PublicJwk } from '../../vocabulary/client-metadata.ts'
import { encryptedFor } from './encrypt.ts'

let protocol: Protocol
before(async () => {
  protocol = await openProtocol()
})
after(() => protocol.close())

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const curves = ['P-256', 'P-384', 'P-521'].map((namedCurve) => generateKeyPairSync('ec', { namedCurve }))
const published = (key: KeyObject, more: Partial<PublicJwk>): PublicJwk =>
  ({ ...key.export({ format: 'jwk' }), ...more }) as PublicJwk
const clientWith = (...keys: readonly PublicJwk[]) => clientRecord({}, { jwks: { keys } })
const plain = { text: 'ä secret', cty: 'JWT', enc: undefined } as const

must('RFC 7518 §4.1', 'JK-06: what is encrypted by each advertised algorithm is read by the client alone', async () => {
  for (const alg of keyManagementAlgorithms) {
    for (const { publicKey, privateKey } of alg === 'RSA-OAEP-256' ? [rsa] : curves) {
      const client = clientWith(published(publicKey, { kid: 'one', use: 'enc' }))
      for (const enc of contentEncryptionAlgorithms) {
        const jwe = await encryptedFor(client, { ...plain, alg, enc }, protocol.parts)
        const { plaintext, protectedHeader } = await compactDecrypt(jwe, privateKey)
        assert.equal(new TextDecoder().decode(plaintext), plain.text)
        const { alg: by, enc: how, cty, kid } = protectedHeader
        assert.deepEqual([by, how, cty, kid], [alg, enc, 'JWT', 'one'])
      }
    }
  }
})

must('OpenID Connect Registration §2', 'a client that names no enc gets A128CBC-HS256', async () => {
  const client = clientWith(published(rsa.publicKey, {}))
  const jwe = await encryptedFor(client, { ...plain, alg: 'RSA-OAEP-256' }, protocol.parts)
  assert.equal(decodeProtectedHeader(jwe)['enc'], 'A128CBC-HS256')
})

must('RFC 7517 §4.2', 'a key for signing encrypts nothing, and one that is for encrypting comes first', async () => {
  const [one, other] = curves.map(({ publicKey }) => publicKey)
  assert.ok(one && other)
  const kidFor = async (...keys: readonly PublicJwk[]) => {
    const jwe = await encryptedFor(clientWith(...keys), { ...plain, alg: 'ECDH-ES' }, protocol.parts)
    return decodeProtectedHeader(jwe)['kid']
  }
  const [any, forEncryption] = [published(one, { kid: 'any' }), published(other, { kid: 'enc', use: 'enc' })]
  assert.equal(await kidFor(any, forEncryption), 'enc')
  assert.equal(await kidFor(published(other, { kid: 'sig', use: 'sig' }), any), 'any')
  const unfit: readonly PublicJwk[] = [
    published(one, { kid: 'sig', use: 'sig' }),
    published(one, { kid: 'other', alg: 'ECDH-ES+A256KW' }),
    published(one, { kid: 'es256', alg: 'ES256' }),
    published(rsa.publicKey, { kid: 'rsa' }),
  ]
  await assert.rejects(kidFor(...unfit), refusedFor('client_encryption_key_missing'))
})

const encrypting = (alg: KeyManagementAlgorithm, jwk: PublicJwk) =>
  clientRecord({}, { id_token_encrypted_response_alg: alg, jwks: { keys: [jwk] } })

must('OpenID Connect Core §10.2', 'an id_token is signed first, and encrypted then', async () => {
  const client = encrypting('RSA-OAEP-256', published(rsa.publicKey, { kid: 'e' }))
  const { id_token, account } = await allowed(protocol, { client })
  const { plaintext, protectedHeader } = await compactDecrypt(id_token, rsa.privateKey)
  assert.equal(protectedHeader.cty, 'JWT')
  const claims = protocol.parts.signer.verify('JWT', new TextDecoder().decode(plaintext))
  assert.equal(claims?.['sub'], account.sub)
})

must(
  'OpenID Connect Core §10.2',
  'without a key that fits there is no id_token in clear, and the code is not spent',
  async () => {
    const client = encrypting('ECDH-ES', published(rsa.publicKey, {}))
    await assert.rejects(allowed(protocol, { client }), refusedFor('client_encryption_key_missing'))
  },
)
