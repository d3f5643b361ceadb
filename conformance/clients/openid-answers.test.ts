/** openid-client, unchanged, with clients that want their answers signed, encrypted, or about a person of their own. */
import assert from 'node:assert/strict'
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { after } from 'node:test'
import { importJWK, type JWK } from 'jose'
import * as openid from 'openid-client'
import { must } from '../../testing/must.ts'
import { startServer } from '../../testing/server.ts'
import { configuration, configured, passPages, type SceneClient } from '../scene.ts'

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const jwks = {
  keys: [
    { ...rsa.publicKey.export({ format: 'jwk' }), kid: 'rsa', use: 'enc' },
    { ...ec.publicKey.export({ format: 'jwk' }), kid: 'ec', use: 'enc' },
  ],
}

function registered(client_id: string, host: string, more: Readonly<Record<string, unknown>>): SceneClient {
  const redirect_uri = `https://${host}/${client_id}`
  return {
    client_id,
    redirect_uri,
    token_endpoint_auth_method: 'client_secret_basic',
    client_secret: 'a-secret-of-more-than-32-characters-for-tests',
    registered: { client_name: client_id, redirect_uris: [redirect_uri], scope: 'openid profile email', ...more },
  }
}

const algorithms = ['RS256', 'ES256', 'PS256', 'EdDSA'] as const
const signed = algorithms.map((alg) =>
  registered(`signed-${alg}`, 'signed.test', { id_token_signed_response_alg: alg, userinfo_signed_response_alg: alg }),
)
const encrypted = ['RSA-OAEP-256', 'ECDH-ES+A256KW'].map((alg) =>
  registered(`encrypted-${alg}`, 'encrypted.test', {
    jwks,
    id_token_encrypted_response_alg: alg,
    id_token_encrypted_response_enc: 'A256GCM',
    userinfo_signed_response_alg: 'ES256',
    userinfo_encrypted_response_alg: alg,
  }),
)
const pairwise = ['one.test', 'two.test'].flatMap((host) =>
  ['a', 'b'].map((name) => registered(`${name}-${host}`, host, { subject_type: 'pairwise' })),
)
const server = await startServer({
  configuration: { ...configuration, clients: [...signed, ...encrypted, ...pairwise].map(configured) },
})
after(() => server.stop())

const alice = server.visitor()
const decryption = async (key: KeyObject, alg: string): Promise<CryptoKey> => {
  const imported = await importJWK({ ...(key.export({ format: 'jwk' }) as JWK), alg }, alg)
  assert.ok(!(imported instanceof Uint8Array))
  return imported
}

/** Takes a client through the flow, and to userinfo; the library checks every answer. */
async function answered({ client_id, client_secret, redirect_uri, registered: metadata }: SceneClient) {
  const authentication = openid.ClientSecretBasic(client_secret)
  const found = await openid.discovery(
    new URL(server.issuer),
    client_id,
    metadata as Partial<openid.ClientMetadata>,
    authentication,
    {
      execute: [openid.allowInsecureRequests],
    },
  )
  if ('jwks' in metadata) {
    const keys = [
      { key: await decryption(rsa.privateKey, 'RSA-OAEP-256'), alg: 'RSA-OAEP-256', kid: 'rsa' },
      { key: await decryption(ec.privateKey, 'ECDH-ES+A256KW'), alg: 'ECDH-ES+A256KW', kid: 'ec' },
    ]
    openid.enableDecryptingResponses(found, ['A256GCM', 'A128CBC-HS256'], ...keys)
  }
  const pkceCodeVerifier = openid.randomPKCECodeVerifier()
  const code_challenge = await openid.calculatePKCECodeChallenge(pkceCodeVerifier)
  const wanted = { redirect_uri, scope: 'openid email', code_challenge, code_challenge_method: 'S256' }
  const { leaves } = await passPages(alice, await alice.go(openid.buildAuthorizationUrl(found, wanted)))
  assert.ok(leaves)
  const tokens = await openid.authorizationCodeGrant(found, leaves, { pkceCodeVerifier, idTokenExpected: true })
  const sub = tokens.claims()?.sub ?? assert.fail('no sub')
  const person = await openid.fetchUserInfo(found, tokens.access_token, sub)
  assert.equal(person.email, 'alice@example.com')
  return { sub, id_token: tokens.id_token ?? '' }
}

must('OpenID Connect Core §5.3.2', 'JK-06: openid-client verifies what each advertised algorithm signs', async () => {
  for (const client of signed) await answered(client)
})

must(
  'OpenID Connect Core §10.2',
  'openid-client decrypts id_token and userinfo, and verifies what is inside',
  async () => {
    for (const client of encrypted) {
      const { id_token } = await answered(client)
      assert.equal(id_token.split('.').length, 5)
    }
  },
)

must(
  'OpenID Connect Core §8.1',
  'UI-06: clients of one host know one person, those of another know another',
  async () => {
    const subs: string[] = []
    for (const client of pairwise) subs.push((await answered(client)).sub)
    const [a1, b1, a2, b2] = subs
    assert.deepEqual([a1, a2], [b1, b2])
    assert.notEqual(a1, a2)
  },
)
