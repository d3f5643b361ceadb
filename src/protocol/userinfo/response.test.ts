import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { after } from 'node:test'
import { compactDecrypt, decodeProtectedHeader } from 'jose'
import { must } from '../../../testing/must.ts'
import { allowed, clientRecord, formRequest, issuer, openProtocol } from '../../../testing/protocol.ts'
import type { Client } from '../../domain/client.ts'
import { signingAlgorithms } from '../../vocabulary/algorithms.ts'
import type { PublicJwk } from '../../vocabulary/client-metadata.ts'
import { userinfoEndpoint } from './endpoint.ts'

const protocol = await openProtocol()
after(protocol.close)
const { parts, stores, log } = protocol
const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const jwks = { keys: [{ ...pair.publicKey.export({ format: 'jwk' }), kid: 'e', use: 'enc' } as PublicJwk] }

/** What the endpoint answers a client that registered so. */
async function told(client_id: string, metadata: Partial<Client['metadata']>) {
  const client = clientRecord({ client_id }, metadata)
  await stores.clients.create(client)
  const held = await allowed(protocol, { client, permissions: [{ scope: 'openid' }, { scope: 'email' }] })
  const headers = { authorization: `Bearer ${held.access_token}` }
  return { held, client, answer: await userinfoEndpoint(parts)({ ...formRequest('', headers), method: 'GET' }) }
}

must('OpenID Connect Core §5.3.2', 'signed userinfo says who signed it and for whom, by every algorithm', async () => {
  for (const userinfo_signed_response_alg of signingAlgorithms) {
    const { held, client, answer } = await told(userinfo_signed_response_alg, { userinfo_signed_response_alg })
    assert.deepEqual([answer.status, answer.headers['content-type']], [200, 'application/jwt'])
    assert.equal(answer.headers['cache-control'], 'no-store')
    assert.equal(decodeProtectedHeader(answer.body).alg, userinfo_signed_response_alg)
    const { iss, aud, sub, email } = parts.signer.verify('userinfo+jwt', answer.body) ?? {}
    const { claims } = held.account
    assert.deepEqual([iss, aud, sub, email], [issuer, client.client_id, held.account.sub, claims['email']])
  }
})

must('RFC 8725 §3.11', 'UI-03: signed userinfo is taken for no other token of ours', async () => {
  const { answer } = await told('confused', { userinfo_signed_response_alg: 'ES256' })
  for (const typ of ['JWT', 'at+jwt']) assert.equal(parts.signer.verify(typ, answer.body), undefined)
})

must('OpenID Connect Core §5.3.2', 'encrypted userinfo is read by the client alone, signed or not', async () => {
  const encrypted = { userinfo_encrypted_response_alg: 'ECDH-ES', jwks } as const
  const plain = await told('plain', encrypted)
  const inside = await compactDecrypt(plain.answer.body, pair.privateKey)
  assert.deepEqual([plain.answer.headers['content-type'], inside.protectedHeader.cty], ['application/jwt', 'json'])
  const claims = JSON.parse(new TextDecoder().decode(inside.plaintext)) as Record<string, unknown>
  assert.equal(claims['sub'], plain.held.account.sub)
  const nested = await told('nested', { ...encrypted, userinfo_signed_response_alg: 'ES256' })
  const { plaintext, protectedHeader } = await compactDecrypt(nested.answer.body, pair.privateKey)
  assert.equal(protectedHeader.cty, 'JWT')
  const signed = parts.signer.verify('userinfo+jwt', new TextDecoder().decode(plaintext))
  assert.equal(signed?.['sub'], nested.held.account.sub)
})

must('OpenID Connect Core §16.14', 'without a key that fits nothing is told in clear', async () => {
  const metadata = { userinfo_encrypted_response_alg: 'RSA-OAEP-256', jwks } as const
  const { answer, held } = await told('keyless', metadata)
  assert.equal(answer.status, 400)
  assert.equal(log.at(-1)?.detail['reason'], 'client_encryption_key_missing')
  assert.doesNotMatch(answer.body, new RegExp(held.account.sub))
})
