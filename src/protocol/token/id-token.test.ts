import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, describe, test } from 'node:test'
import { must } from '../../../testing/must.ts'
import { allowed, basic, clientRecord, formRequest, issuer, openProtocol } from '../../../testing/protocol.ts'
import type { Client } from '../../domain/client.ts'
import { sidFor } from '../../domain/session.ts'
import { signingAlgorithms } from '../../vocabulary/algorithms.ts'
import { introspectionEndpoint } from '../introspection/endpoint.ts'
import { tokenEndpoint } from './endpoint.ts'
import { halfHash } from './id-token.ts'

const protocol = await openProtocol()
after(protocol.close)
const { parts, stores } = protocol

type Said = Readonly<Record<string, unknown>>
const said = (id_token: string): Said => parts.signer.verify('JWT', id_token) ?? {}

async function client(client_id: string, otherwise: Partial<Client> = {}, metadata: Partial<Client['metadata']> = {}) {
  const made = clientRecord({ client_id, ...otherwise }, metadata)
  await stores.clients.create(made)
  return made
}

async function refreshed(client_id: string, refresh_token: string): Promise<Said> {
  const form = { grant_type: 'refresh_token', refresh_token }
  const answer = await tokenEndpoint(parts)(formRequest(form, basic(client_id)))
  return said((JSON.parse(answer.body) as { readonly id_token: string }).id_token)
}

describe('an id_token', () => {
  must('OpenID Connect Core §2', 'MX-03: says who it is from, for whom, about whom, when and how', async () => {
    const one = await client('all')
    const { id_token, access_token, account, session, authorization } = await allowed(protocol, { client: one })
    const at = parts.clock()
    assert.deepEqual(said(id_token), {
      iss: issuer,
      sub: account.sub,
      aud: 'all',
      iat: at,
      exp: at + 300,
      auth_time: authorization.auth_time,
      nonce: authorization.nonce,
      acr: authorization.acr,
      amr: authorization.amr,
      sid: sidFor(session.session_id, 'all', parts),
      at_hash: createHash('sha256').update(access_token).digest().subarray(0, 16).toString('base64url'),
    })
  })

  must('OpenID Connect Core §2', 'MX-03: has no azp, since its audience is the client that asked', async () => {
    const { id_token } = await allowed(protocol, { client: await client('azp') })
    assert.ok(!('azp' in said(id_token)))
  })

  must('OpenID Connect Core §3.1.3.6', 'MX-03: at_hash is by the hash of the algorithm that signs', async () => {
    for (const id_token_signed_response_alg of signingAlgorithms) {
      const metadata = { id_token_signed_response_alg }
      const held = await allowed(protocol, { client: await client(id_token_signed_response_alg, {}, metadata) })
      assert.equal(said(held.id_token)['at_hash'], halfHash(held.access_token, id_token_signed_response_alg))
    }
    // The vector of OpenID Connect Core §A.3.
    assert.equal(halfHash('jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y', 'RS256'), '77QmUPtjPfzWtF2AnpK9RQ')
    assert.equal(Buffer.from(halfHash('x', 'EdDSA'), 'base64url').length, 32)
  })

  test('each profile has its own algorithm where the client registered none', async () => {
    const algOf = async (profile: Client['profile']) => {
      const { id_token } = await allowed(protocol, { client: await client(`of ${profile}`, { profile }) })
      const [header = ''] = id_token.split('.')
      return (JSON.parse(Buffer.from(header, 'base64url').toString()) as { readonly alg: string }).alg
    }
    const algs = await Promise.all((['oauth21', 'oidc', 'legacy', 'fapi2'] as const).map(algOf))
    assert.deepEqual(algs, ['RS256', 'RS256', 'RS256', 'ES256'])
  })

  must(
    'OpenID Connect Core §12.2',
    'RT-16: refreshed, it says the same of person and sign-in, and no nonce',
    async () => {
      const one = await client('refreshing', {}, { subject_type: 'pairwise' })
      const { id_token, refresh_token } = await allowed(protocol, { client: one })
      protocol.wait(10)
      const [first, second] = [said(id_token), await refreshed('refreshing', refresh_token)]
      for (const name of ['iss', 'sub', 'aud', 'auth_time', 'acr', 'amr', 'sid']) {
        assert.deepEqual(second[name], first[name], name)
      }
      assert.equal(second['iat'], Number(first['iat']) + 10)
      assert.deepEqual([typeof first['nonce'], 'nonce' in second], ['string', false])
    },
  )
})

describe('a pairwise client', () => {
  must('OpenID Connect Core §8.1', 'UI-06: is told one sub everywhere, and it is not the account’s', async () => {
    const one = await client('pairwise', {}, { subject_type: 'pairwise' })
    const { id_token, access_token, refresh_token, account } = await allowed(protocol, { client: one })
    const { sub } = said(id_token)
    assert.notEqual(sub, account.sub)
    assert.equal(parts.signer.verify('at+jwt', access_token)?.['sub'], sub)
    for (const token of [access_token, refresh_token]) {
      const answer = await introspectionEndpoint(parts)(formRequest({ token }, basic('pairwise')))
      assert.equal((JSON.parse(answer.body) as Said)['sub'], sub)
    }
  })
})
