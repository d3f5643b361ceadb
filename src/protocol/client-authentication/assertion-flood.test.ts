/** DS-06: what a flood of bad assertions can make us compute is bounded by count, before any key is looked at. */
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { after, test } from 'node:test'
import { SignJWT } from 'jose'
import { clientRecord, formRequest, issuer, openProtocol } from '../../../testing/protocol.ts'
import { OAuthError } from '../../kernel/refusal.ts'
import { readForm } from '../../http/form.ts'
import type { PublicJwk } from '../../vocabulary/client-metadata.ts'
import { authenticateClient } from './authenticate.ts'

const { parts, stores, close } = await openProtocol()
after(close)

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 4096 })
const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'rsa' } as PublicJwk
const method = { token_endpoint_auth_method: 'private_key_jwt' } as const
for (const client_id of ['flooded', 'other']) {
  await stores.clients.create(clientRecord({ client_id, secrets: [] }, { ...method, jwks: { keys: [jwk] } }))
}

/** How often somebody's keys were asked for: a signature is checked right after that, and never without. */
let checked = 0
const counting = {
  ...parts,
  clientKeys: {
    find: (...asked: Parameters<typeof parts.clientKeys.find>) => {
      checked += 1
      return parts.clientKeys.find(...asked)
    },
  },
}

function assertion(client_id: string, jti: string): Promise<string> {
  const at = parts.clock()
  return new SignJWT({ iss: client_id, sub: client_id, aud: issuer, iat: at, exp: at + 60, jti })
    .setProtectedHeader({ alg: 'RS256', kid: 'rsa' })
    .sign(privateKey)
}

async function authenticate(client_assertion: string, address: string): Promise<string> {
  const client_assertion_type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
  const request = { ...formRequest({ client_assertion_type, client_assertion }), address }
  return authenticateClient(request, readForm(request), counting).then(
    () => 'authenticated',
    (error: unknown) => (error instanceof OAuthError ? error.reason : String(error)),
  )
}

/** Spoils the signature, and leaves the rest as it was. */
async function unsigned(client_id: string): Promise<string> {
  const [header = '', payload = '', signature = ''] = (await assertion(client_id, 'bad')).split('.')
  return [header, payload, `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`].join('.')
}

function counted(outcomes: readonly string[]): Readonly<Record<string, number>> {
  return Object.fromEntries([...new Set(outcomes)].map((one) => [one, outcomes.filter((each) => each === one).length]))
}

test('DS-06: a thousand that come at once are checked no oftener than one after the other', async () => {
  const bad = await unsigned('other')
  const before = checked
  const outcomes = await Promise.all(Array.from({ length: 1000 }, () => authenticate(bad, '203.0.113.77')))
  assert.equal(checked - before, 20)
  assert.deepEqual(counted(outcomes), { client_assertion_signature_wrong: 20, client_authentication_limited: 980 })
})

test('CA-08: a busy client that is right is not slowed down, however many of its requests come at once', async () => {
  const good = await Promise.all(Array.from({ length: 200 }, (_, each) => assertion('other', `busy ${each}`)))
  const outcomes = await Promise.all(good.map((one) => authenticate(one, '203.0.113.78')))
  assert.deepEqual(counted(outcomes), { authenticated: 200 })
})

test('DS-06, JA-14: of a thousand bad assertions twenty are checked, and nobody else waits for them', async () => {
  const bad = await unsigned('flooded')
  const [before, outcomes] = [checked, [] as string[]]
  for (let each = 0; each < 1000; each += 1) outcomes.push(await authenticate(bad, '203.0.113.7'))
  assert.equal(checked - before, 20)
  assert.deepEqual(counted(outcomes), { client_assertion_signature_wrong: 20, client_authentication_limited: 980 })
  assert.equal(await authenticate(await assertion('flooded', 'one'), '198.51.100.1'), 'authenticated')
  assert.equal(await authenticate(await assertion('other', 'two'), '203.0.113.7'), 'authenticated')
})
