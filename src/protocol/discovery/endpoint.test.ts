import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { must } from '../../../testing/must.ts'
import { formRequest, issuer, openProtocol, resourceRecord } from '../../../testing/protocol.ts'
import { jwksEndpoint } from '../jwks/endpoint.ts'
import { discoveryEndpoint, discoveryPaths } from './endpoint.ts'
import { signingAlgorithms } from '../../vocabulary/algorithms.ts'

const protocol = await openProtocol()
const { parts, stores, database, wait } = protocol
after(protocol.close)
const discovery = discoveryEndpoint(parts)
const jwks = jwksEndpoint(parts)
const get = (headers: Readonly<Record<string, string>> = {}) => ({ ...formRequest(''), method: 'GET', headers })
const metadata = async () => JSON.parse((await discovery(get())).body) as Readonly<Record<string, unknown>>

describe('discovery', () => {
  must(
    'RFC 8414 §3.3',
    'MX-01, R4: the issuer and every URL are as configured, whatever the request says',
    async () => {
      const first = await discovery(get())
      const hostile = { host: 'evil.test', 'x-forwarded-host': 'evil.test', forwarded: 'host=evil.test' }
      assert.equal((await discovery(get(hostile))).body, first.body)
      const { issuer: told, ...rest } = JSON.parse(first.body) as Readonly<Record<string, unknown>>
      assert.equal(told, issuer)
      const urls = Object.entries(rest).filter(([name]) => /_(endpoint|uri)$/.test(name))
      assert.equal(urls.length, 9)
      for (const [, url] of urls) assert.ok(String(url).startsWith(`${issuer}/`))
      assert.equal(first.headers['content-type'], 'application/json')
    },
  )

  must('RFC 9700 §2.1.1', 'JK-05: nothing weak is advertised', async () => {
    const told = await metadata()
    // `none` names public clients here, and a page without a page as `prompt`; it must not name an algorithm.
    const others = Object.fromEntries(
      Object.entries(told).filter(([name]) => !/auth_methods_|^prompt_values_/.test(name)),
    )
    assert.doesNotMatch(JSON.stringify(others), /"(none|HS\d+|plain|implicit|password|token)"/)
    assert.doesNotMatch(JSON.stringify(told), /client_secret_jwt/)
    assert.deepEqual(others['response_types_supported'], ['code'])
    assert.deepEqual(others['code_challenge_methods_supported'], ['S256'])
    assert.deepEqual(told['token_endpoint_auth_methods_supported'], [
      'client_secret_basic',
      'client_secret_post',
      'private_key_jwt',
      'none',
    ])
    assert.deepEqual(told['introspection_endpoint_auth_methods_supported'], [
      'client_secret_basic',
      'client_secret_post',
      'private_key_jwt',
    ])
  })

  must(
    'OpenID Connect Discovery §3',
    'says what is required there, and that requests by reference are not taken',
    async () => {
      const told = await metadata()
      for (const name of ['subject_types_supported', 'id_token_signing_alg_values_supported', 'scopes_supported']) {
        assert.ok(Array.isArray(told[name]), name)
      }
      assert.ok((told['id_token_signing_alg_values_supported'] as readonly string[]).includes('RS256'))
      assert.deepEqual([told['request_parameter_supported'], told['request_uri_parameter_supported']], [true, false])
      assert.deepEqual(
        [told['require_request_uri_registration'], told['require_pushed_authorization_requests']],
        [false, false],
      )
      assert.doesNotMatch(Object.keys(told).join(), /request_object_encryption/)
      assert.equal(told['authorization_response_iss_parameter_supported'], true)
    },
  )

  must(
    'OpenID Connect Discovery §3',
    'JK-06: request_uris must be registered where requests by reference are taken, and nowhere else',
    async () => {
      for (const by_reference of [true, false]) {
        const settings = { ...parts.settings, authorization_requests: { require_pushed: false, by_reference } }
        const { body } = await discoveryEndpoint({ ...parts, settings })(get())
        const told = JSON.parse(body) as Readonly<Record<string, unknown>>
        assert.deepEqual(
          [told['request_uri_parameter_supported'], told['require_request_uri_registration']],
          [by_reference, by_reference],
        )
      }
    },
  )

  test('JK-06: scopes and resources are told of within two seconds of being made', async () => {
    assert.deepEqual((await metadata())['scopes_supported'], ['openid', 'offline_access', 'profile', 'email'])
    await stores.resources.create(resourceRecord())
    const switchedOff = resourceRecord({
      resource: 'https://off.test/',
      disabled: true,
      scopes: { off: { title: 'Off', optional: true } },
    })
    await stores.resources.create(switchedOff)
    wait(2)
    const told = await metadata()
    assert.deepEqual(told['scopes_supported'], ['openid', 'offline_access', 'profile', 'email', 'postcards.read'])
    assert.deepEqual(told['protected_resources'], ['https://api.test/'])
  })

  test('JK-08: has a bounded life in caches, and an ETag', async () => {
    for (const handler of [discovery, jwks]) {
      const { headers } = await handler(get())
      assert.equal(headers['cache-control'], 'public, max-age=900')
      assert.equal((await handler(get({ 'if-none-match': String(headers['etag']) }))).status, 304)
      assert.equal((await handler(formRequest(''))).status, 405)
    }
  })

  must('RFC 8414 §3.1', 'R9: the document is at both places, for an issuer with a path inserted and appended', () => {
    const [oidc, oauth] = ['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server']
    assert.deepEqual(discoveryPaths('https://id.test'), [oidc, oauth])
    assert.deepEqual(discoveryPaths('https://id.test/a/b'), [
      `${oidc}/a/b`,
      `/a/b${oidc}`,
      `${oauth}/a/b`,
      `/a/b${oauth}`,
    ])
  })

  test('R17: a new key is in the published set as soon as it is known', async () => {
    const before = await jwks(get())
    const { keys } = JSON.parse(before.body) as { readonly keys: readonly object[] }
    assert.equal(keys.length, signingAlgorithms.length)
    for (const { kid } of await stores.signingKeys.list()) await stores.signingKeys.delete(kid)
    await parts.signer.reload()
    assert.notEqual((await jwks(get())).headers['etag'], before.headers['etag'])
  })

  test('what is a draft yet is told where RFC 8414 looks, and nowhere else', async () => {
    const at = async (path: string) =>
      JSON.parse((await discovery({ ...get(), path })).body) as Readonly<Record<string, unknown>>
    const { refresh_token_expiration_types_supported: types, ...rest } = await at(
      '/.well-known/oauth-authorization-server',
    )
    assert.deepEqual(types, ['authorization', 'token_timeout'])
    assert.deepEqual(await at('/.well-known/openid-configuration'), rest)
  })

  test('RL-06: both are served while the database is away', async () => {
    const before = await discovery(get())
    await database.close()
    wait(60)
    assert.equal((await discovery(get())).body, before.body)
    assert.equal((await jwks(get())).status, 200)
    const atStart = discoveryEndpoint(parts)
    assert.equal((JSON.parse((await atStart(get())).body) as { issuer: string }).issuer, issuer)
  })
})
