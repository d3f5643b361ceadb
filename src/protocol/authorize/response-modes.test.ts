import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import fc from 'fast-check'
import { decodeJwt } from 'jose'
import { must } from '../../../testing/must.ts'
import { formRequest } from '../../../testing/protocol.ts'
import { now } from '../../../testing/records.ts'
import { world, worldSecret } from '../../../testing/world.ts'
import { errorPage } from '../../interaction/error/handler.ts'
import { responseTypes } from '../../vocabulary/response-types.ts'
import { authorizationEndpoint } from './endpoint.ts'

const day = 86_400
const lastDay = new Date((now + 30 * day) * 1000).toISOString().slice(0, 10)
const closes_at = Date.parse(lastDay) / 1000 + day

/** Two clients that differ in nothing but the fence, one that wants envelopes, and one that does both. */
const clients = ['plain', 'fenced', 'enveloped', 'both'].map((client_id) => ({
  client_id,
  client_name: `App ${client_id}`,
  client_secret: worldSecret,
  redirect_uris: [`https://${client_id}.test/cb?x=1`],
  first_party: true,
  scope: 'openid postcards.read',
  ...(client_id === 'enveloped' || client_id === 'both' ? { authorization_signed_response_alg: 'ES256' } : {}),
}))
const legacy = ['fenced', 'both'].map((client_id) => ({
  client_id,
  response_types: responseTypes.filter((type) => type !== 'code'),
  until: lastDay,
}))

const here = await world({ clients, legacy })
after(() => here.close())
const alice = here.visitor()
await here.allow(alice, `${here.issuer}/account`)

const reason = () => here.log.findLast(({ event }) => event === 'authorization_refused')?.detail['reason']

function go(client_id: string, otherwise: Readonly<Record<string, string | undefined>>, visitor = alice) {
  const redirect_uri = `https://${client_id}.test/cb?x=1`
  return visitor.go(here.authorizeUrl({ client_id, redirect_uri, scope: 'openid', nonce: 'n', ...otherwise }))
}

const discovered = async () =>
  JSON.parse((await here.request('GET', '/.well-known/openid-configuration')).body) as Readonly<
    Record<string, string[]>
  >

describe('a response mode', () => {
  must(
    'OAuth 2.0 Multiple Response Types §2.1',
    'is query for a code and the fragment for everything else',
    async () => {
      for (const response_type of responseTypes) {
        const { leaves } = await go('fenced', { response_type })
        const [part, other] = response_type === 'code' ? ['search', 'hash'] : ['hash', 'search']
        assert.match(String(leaves?.[part as 'search']), /iss=/, response_type)
        assert.doesNotMatch(String(leaves?.[other as 'search']), /iss=/, response_type)
      }
    },
  )

  must(
    'OAuth 2.0 Multiple Response Types §3',
    'AZ-24: that would put a token into a query is refused, in the fragment',
    async () => {
      for (const response_type of responseTypes.filter((type) => type !== 'code')) {
        const { leaves } = await go('both', { response_type, response_mode: 'query' })
        assert.equal(leaves?.search, '?x=1')
        assert.match(leaves.hash, /error=invalid_request/)
        assert.equal(reason(), 'response_mode_unsupported')
      }
    },
  )

  must(
    'OAuth 2.0 Form Post Response Mode §2',
    'AZ-25: form_post carries tokens and errors, to the client alone',
    async () => {
      const page = await go('fenced', { response_type: 'code id_token token', response_mode: 'form_post' })
      for (const name of ['code', 'id_token', 'access_token', 'iss', 'state']) {
        assert.match(page.body, new RegExp(`name="${name}"`))
      }
      assert.match(String(page.headers['content-security-policy']), /form-action https:\/\/fenced\.test;/)
      const refused = await go('fenced', { response_type: 'id_token', response_mode: 'form_post', nonce: undefined })
      assert.match(refused.body, /name="error" value="invalid_request"/)
      assert.equal(reason(), 'nonce_missing')
    },
  )

  must('RFC 9700 §4.3', 'AZ-24: the fragment is for answers with a token alone', async () => {
    const { leaves } = await go('both', { response_type: 'code', response_mode: 'fragment' })
    assert.equal(leaves?.searchParams.get('error'), 'invalid_request')
  })

  test('AZ-24, AZ-44: no response_type, response_mode and client ever put a token into a query, or lead to another address', async () => {
    const modes = [
      'query',
      'fragment',
      'form_post',
      'jwt',
      'query.jwt',
      'fragment.jwt',
      'form_post.jwt',
      'web_message',
      '',
    ]
    const types = [...responseTypes, 'token id_token code', 'none', 'token token', 'code ', '']
    const asked = fc.record({
      client_id: fc.constantFrom('plain', 'fenced', 'enveloped', 'both'),
      response_type: fc.constantFrom(...types),
      response_mode: fc.constantFrom(...modes),
      prompt: fc.constantFrom('', 'none', 'create'),
      nonce: fc.constantFrom('', 'n'),
      code_challenge: fc.constantFrom('', 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'),
    })
    await fc.assert(
      fc.asyncProperty(asked, async ({ client_id, ...otherwise }) => {
        const { leaves, body, status } = await go(client_id, otherwise)
        const registered = `https://${client_id}.test/cb?x=1`
        if (leaves === undefined) return assert.ok(status === 200 && body.includes(`action="${registered}"`), body)
        assert.ok(leaves.href.startsWith(registered), leaves.href)
        const { response, ...inQuery } = Object.fromEntries(leaves.searchParams)
        const enveloped = response === undefined ? {} : decodeJwt(response)
        const told = Object.keys({ ...inQuery, ...enveloped })
        assert.deepEqual(
          told.filter((name) => name.includes('token')),
          [],
        )
        const mayBring = client_id === 'fenced' || client_id === 'both'
        if (!mayBring) assert.doesNotMatch(leaves.hash, /token/)
      }),
      { numRuns: 300 },
    )
  })
})

describe('the legacy fence', () => {
  must('RFC 9700 §2.1.2', 'AZ-23: nothing of it works for a client that no row names', async () => {
    for (const response_type of responseTypes.filter((type) => type !== 'code')) {
      const { leaves } = await go('plain', { response_type })
      assert.equal(leaves?.searchParams.get('error'), 'unsupported_response_type')
      assert.equal(reason(), 'response_type_unsupported')
    }
  })

  must('RFC 8414 §2', 'JK-05, JK-06: discovery names what the fence opens, while it does', async () => {
    const { response_types_supported, response_modes_supported, grant_types_supported } = await discovered()
    assert.deepEqual(response_types_supported, [...responseTypes])
    assert.ok(response_modes_supported?.includes('fragment'))
    assert.ok(grant_types_supported?.includes('implicit') && !grant_types_supported.includes('password'))
  })

  test('a client whose tokens are to be bound to a key gets none from the authorization endpoint', async () => {
    const found = await here.parts.clients.find('fenced')
    assert.ok(found)
    const metadata = { ...found.metadata, dpop_bound_access_tokens: true }
    const parts = { ...here.parts, clients: { ...here.parts.clients, find: async () => ({ ...found, metadata }) } }
    const asked = new URL(
      here.authorizeUrl({ client_id: 'fenced', redirect_uri: 'https://fenced.test/cb?x=1', response_type: 'token' }),
    )
    const answer = await authorizationEndpoint({ ...parts, errorPage })({
      ...formRequest(''),
      method: 'GET',
      query: asked.search.slice(1),
    })
    assert.match(String(answer.headers['location']), /#error=unauthorized_client/)
    assert.equal(reason(), 'front_channel_token_unbound')
  })

  must('RFC 9700 §2.1.2', 'closes by itself with the end of its last day, and discovery with it', async () => {
    // Signed in again on the last day: the session of today would be over by then as well.
    here.wait(closes_at - 60 - here.clock())
    const late = here.visitor()
    await here.allow(late, `${here.issuer}/account`)
    const asked = { response_type: 'token' }
    assert.match(String((await go('fenced', asked, late)).leaves?.hash), /access_token=/)
    here.wait(60)
    const { leaves } = await go('fenced', asked, late)
    assert.equal(leaves?.hash, '')
    assert.equal(leaves.searchParams.get('error'), 'unsupported_response_type')
    const { response_types_supported, response_modes_supported, grant_types_supported } = await discovered()
    assert.deepEqual(response_types_supported, ['code'])
    assert.ok(!response_modes_supported?.includes('fragment') && !grant_types_supported?.includes('implicit'))
  })

  test('its use is warned of with the client and the day', () => {
    const warned = here.log.find(({ event }) => event === 'legacy_used')
    assert.deepEqual([warned?.detail['client_id'], warned?.detail['until']], ['fenced', lastDay])
  })
})
