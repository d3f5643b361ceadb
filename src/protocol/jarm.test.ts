import assert from 'node:assert/strict'
import { after, describe } from 'node:test'
import {
  compactDecrypt,
  createLocalJWKSet,
  exportJWK,
  generateKeyPair,
  jwtVerify,
  type JSONWebKeySet,
  type JWTPayload,
} from 'jose'
import { must } from '../../testing/must.ts'
import type { Visited } from '../../testing/visitor.ts'
import { world, worldSecret } from '../../testing/world.ts'

const encryption = await generateKeyPair('ECDH-ES+A256KW', { extractable: true })
const jwk = { ...(await exportJWK(encryption.publicKey)), kid: 'e', use: 'enc' }

const clients = [
  { client_id: 'greatapp', authorization_signed_response_alg: 'ES256' },
  { client_id: 'bydefault', authorization_encrypted_response_alg: 'ECDH-ES+A256KW', jwks: { keys: [jwk] } },
  { client_id: 'keyless', authorization_encrypted_response_alg: 'RSA-OAEP-256', jwks: { keys: [jwk] } },
  { client_id: 'plain' },
].map((client) => ({
  client_secret: worldSecret,
  client_name: client.client_id,
  redirect_uris: [`https://${client.client_id}.test/cb`],
  first_party: true,
  scope: 'openid postcards.read',
  ...client,
}))

const here = await world({
  clients,
  legacy: [{ client_id: 'greatapp', response_types: ['id_token token'], until: '2099-12-31' }],
})
after(() => here.close())
const alice = here.visitor()
await here.allow(alice, `${here.issuer}/account`)

function go(client_id: string, otherwise: Readonly<Record<string, string | undefined>>): Promise<Visited> {
  const redirect_uri = `https://${client_id}.test/cb`
  return alice.go(here.authorizeUrl({ client_id, redirect_uri, scope: 'openid', nonce: 'n', ...otherwise }))
}

/** What an envelope says, judged as a client judges it. */
async function opened(response: string | null | undefined, audience = 'greatapp'): Promise<JWTPayload> {
  const keys = JSON.parse((await here.request('GET', '/jwks')).body) as JSONWebKeySet
  const currentDate = new Date(here.clock() * 1000)
  const { payload, protectedHeader } = await jwtVerify(response ?? '', createLocalJWKSet(keys), {
    issuer: here.issuer,
    audience,
    currentDate,
  })
  assert.equal(protectedHeader.typ, 'authorization-response+jwt')
  return payload
}

const reason = () => here.log.findLast(({ event }) => event === 'authorization_refused')?.detail['reason']

describe('a signed authorization response', () => {
  must(
    'JARM §2.1',
    'holds iss, aud, an exp of ten minutes at most and every parameter, and nothing stands beside it',
    async () => {
      const { leaves } = await go('greatapp', { response_mode: 'query.jwt' })
      assert.deepEqual([...(leaves?.searchParams.keys() ?? [])], ['response'])
      const { exp = 0, code, ...rest } = await opened(leaves?.searchParams.get('response'))
      assert.match(String(code), /^lc_/)
      assert.deepEqual(rest, { iss: here.issuer, aud: 'greatapp', state: 'a-state' })
      assert.ok(exp > here.clock() && exp <= here.clock() + 600)
    },
  )

  must(
    'JARM §2.3',
    'comes in the query for a code, in the fragment for tokens, and by form where that is asked',
    async () => {
      const byQuery = await go('greatapp', { response_mode: 'jwt' })
      assert.ok((await opened(byQuery.leaves?.searchParams.get('response')))['code'])
      for (const response_mode of ['jwt', 'fragment.jwt']) {
        const { leaves } = await go('greatapp', { response_type: 'token id_token', response_mode })
        assert.equal(leaves?.search, '')
        const { access_token, id_token } = await opened(new URLSearchParams(leaves.hash.slice(1)).get('response'))
        assert.ok(access_token && id_token)
      }
      const form = await go('greatapp', { response_mode: 'form_post.jwt' })
      const [, response] = /name="response" value="([^"]+)"/.exec(form.body) ?? []
      assert.ok((await opened(response))['code'])
    },
  )

  must('JARM §2.2', 'holds an error as it holds an answer', async () => {
    const { leaves } = await go('greatapp', { response_mode: 'jwt', code_challenge: undefined })
    const { error, state, code } = await opened(leaves?.searchParams.get('response'))
    assert.deepEqual([error, state, code], ['invalid_request', 'a-state', undefined])
    assert.equal(reason(), 'code_challenge_missing')
  })

  must('JARM §2.3.1', 'AZ-24: puts no token into a query either', async () => {
    const { leaves } = await go('greatapp', { response_type: 'id_token token', response_mode: 'query.jwt' })
    assert.match(String(leaves?.hash), /error=invalid_request/)
    assert.equal(reason(), 'response_mode_unsupported')
  })

  must('JARM §2.3', 'JR-04: loosens nothing of where an answer may go', async () => {
    for (const response_mode of ['jwt', 'query.jwt', 'fragment.jwt', 'form_post.jwt']) {
      const { leaves, status } = await go('greatapp', { response_mode, redirect_uri: 'https://evil.test/cb' })
      assert.deepEqual([leaves, status], [undefined, 400])
      assert.equal(reason(), 'redirect_uri_unregistered')
    }
  })

  must('RFC 8725 §3.11', 'is neither an id_token nor an access token to us, whatever key has signed it', async () => {
    const { leaves } = await go('greatapp', { response_mode: 'query.jwt' })
    const response = leaves?.searchParams.get('response') ?? ''
    assert.equal(here.parts.signer.verify('JWT', response), undefined)
    assert.equal(here.parts.signer.verify('at+jwt', response), undefined)
  })
})

describe('an encrypted authorization response', () => {
  must(
    'JARM §2.2',
    'is the signed one, for the client alone; by RS256 and A128CBC-HS256 where it says no more',
    async () => {
      const { leaves } = await go('bydefault', { response_mode: 'jwt' })
      const response = leaves?.searchParams.get('response') ?? ''
      const { plaintext, protectedHeader } = await compactDecrypt(response, encryption.privateKey)
      assert.deepEqual(
        [protectedHeader.alg, protectedHeader.enc, protectedHeader.cty],
        ['ECDH-ES+A256KW', 'A128CBC-HS256', 'JWT'],
      )
      assert.ok((await opened(new TextDecoder().decode(plaintext), 'bydefault'))['code'])
    },
  )

  must('JARM §2.4', 'is a page where the client has no key that fits: nothing leaves in clear', async () => {
    for (const prompt of ['', 'none', 'nonsense']) {
      const { leaves, status, body } = await go('keyless', { response_mode: 'jwt', prompt })
      assert.deepEqual([leaves, status], [undefined, 400])
      assert.match(body, /id="error-code"/)
      assert.equal(reason(), 'client_encryption_key_missing')
    }
  })
})

describe('JARM', () => {
  must('JARM §3', 'AZ-24: is for clients that registered it', async () => {
    for (const response_mode of ['jwt', 'query.jwt', 'fragment.jwt', 'form_post.jwt']) {
      const { leaves } = await go('plain', { response_mode })
      assert.equal(leaves?.searchParams.get('error'), 'invalid_request')
      assert.equal(reason(), 'response_mode_unsupported')
    }
  })

  must('JARM §4', 'JK-06: is advertised with its modes and algorithms', async () => {
    const told = JSON.parse((await here.request('GET', '/.well-known/openid-configuration')).body) as Record<
      string,
      unknown
    >
    assert.deepEqual(told['response_modes_supported'], [
      ...['query', 'fragment', 'form_post'],
      ...['jwt', 'query.jwt', 'fragment.jwt', 'form_post.jwt'],
    ])
    assert.deepEqual(told['authorization_signing_alg_values_supported'], ['ES256', 'RS256', 'PS256', 'EdDSA'])
    for (const part of ['alg', 'enc'])
      assert.ok(Array.isArray(told[`authorization_encryption_${part}_values_supported`]))
  })
})
