import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { OAuthError } from '../kernel/refusal.ts'
import { attribute, newCertificate } from '../../testing/client-certificates.ts'
import { must } from '../../testing/must.ts'
import { checkClientMetadata, findClientMetadataMistakes, type ClientMetadataPolicy } from './client-metadata.ts'
import type { ClientMetadata } from '../vocabulary/client-metadata.ts'

const operator: ClientMetadataPolicy = {
  author: 'operator',
  unknown: 'refuse',
  grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
  token_endpoint_auth_methods: ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'],
  allow_http_loopback: false,
  outbound_allow: ['rp.test:8443'],
}
const stranger: ClientMetadataPolicy = {
  ...operator,
  author: 'stranger',
  unknown: 'ignore',
  grant_types: ['authorization_code', 'refresh_token'],
  scopes: ['openid', 'email', 'postcards.read'],
}
const redirect_uris = ['https://rp1.test/cb']

const ecKey = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const ec = { ...ecKey.publicKey.export({ format: 'jwk' }), kid: 'one' }
const rsaKey = (modulusLength: number) => generateKeyPairSync('rsa', { modulusLength })
const rsa = { ...rsaKey(2048).publicKey.export({ format: 'jwk' }), kid: 'two' }

function refusedFor(reason: string, error = 'invalid_client_metadata') {
  return (thrown: unknown): boolean => {
    assert.ok(thrown instanceof OAuthError, String(thrown))
    assert.equal(thrown.reason, reason)
    assert.equal(thrown.error, error)
    return true
  }
}

function refuses(input: unknown, reason: string, policy = operator): void {
  assert.throws(() => checkClientMetadata(input, policy), refusedFor(reason), JSON.stringify(input))
}

function refusesRedirect(uri: unknown, reason: string, more: Readonly<Record<string, unknown>> = {}): void {
  assert.throws(
    () => checkClientMetadata({ redirect_uris: [uri], ...more }, operator),
    refusedFor(reason, 'invalid_redirect_uri'),
    JSON.stringify(uri),
  )
}

must('RFC 7591 §2', 'what a client leaves out has the values that the RFC names', () => {
  assert.deepEqual(checkClientMetadata({ redirect_uris }, operator), {
    metadata: {
      redirect_uris,
      token_endpoint_auth_method: 'client_secret_basic',
      grant_types: ['authorization_code'],
      response_types: ['code'],
      application_type: 'web',
    },
    first_party: false,
    profile: 'oauth21',
    refresh_replay_window: 60,
  })
})

test('a client says what it can do without, and what it wants things for', () => {
  const said = { optional_scope: 'email phone email', purposes: { email: 'To send you the receipt' } }
  for (const policy of [operator, stranger]) {
    const { metadata } = checkClientMetadata({ redirect_uris, ...said }, policy)
    assert.equal(metadata.optional_scope, 'email phone')
    assert.deepEqual(metadata.purposes, { email: 'To send you the receipt' })
  }
})

test('purposes are texts by scope value, neither many nor long', () => {
  const many = Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`s${index}`, 'x']))
  for (const purposes of ['x', ['x'], many, { email: 1 }, { email: '' }, { email: 'x'.repeat(301) }, { 'a b': 'x' }]) {
    refuses({ redirect_uris, purposes }, 'client_metadata_malformed')
  }
  refuses({ redirect_uris, optional_scope: ['email'] }, 'client_metadata_malformed')
})

test('a whole client of the configuration is taken as it stands', () => {
  const input = {
    client_name: 'Great App',
    redirect_uris,
    grant_types: ['authorization_code', 'refresh_token'],
    scope: 'openid  profile'.replace('  ', ' '),
    default_scope: 'openid',
    first_party: true,
    profile: 'oidc',
    refresh_replay_window: 0,
    client_uri: 'https://rp1.test/',
    logo_uri: 'https://rp1.test/logo.png',
    contacts: ['ops@rp1.test'],
    post_logout_redirect_uris: ['https://rp1.test/bye'],
    id_token_signed_response_alg: 'RS256',
    default_max_age: 3600,
    required_acr: 'phr',
  }
  const { metadata, ...ours } = checkClientMetadata(input, operator)
  assert.deepEqual(ours, { first_party: true, profile: 'oidc', refresh_replay_window: 0 })
  assert.equal(metadata.scope, 'openid profile')
  assert.equal(metadata.default_scope, 'openid')
  assert.equal(metadata.required_acr, 'phr')
  assert.equal(metadata.client_name, 'Great App')
  assert.equal(metadata.default_max_age, 3600)
  assert.equal('profile' in metadata, false)
})

must('RFC 8252 §8.4', 'DR-02: of schemes only https is taken, and for native clients those with a dot', () => {
  const schemes = [
    'javascript:alert(1)',
    'data:text/html,x',
    'vbscript:x',
    'file:///etc/passwd',
    'blob:https://rp1.test/x',
  ]
  for (const uri of [
    ...schemes,
    'about:blank',
    'JaVaScRiPt:alert(1)',
    'myapp:/cb',
    'myapp://cb',
    'COM.EXAMPLE:/cb',
    'ws://a.test',
  ]) {
    refusesRedirect(uri, 'redirect_uri_scheme_forbidden')
    refusesRedirect(uri, 'redirect_uri_scheme_forbidden', { application_type: 'native' })
  }
  refusesRedirect('com.example.app:/cb', 'redirect_uri_scheme_forbidden', { application_type: 'web' })
  for (const uri of ['java\tscript:alert(1)', ' https://rp1.test/cb', 'https://rp1.test/c b']) {
    refusesRedirect(uri, 'redirect_uri_character_forbidden')
  }
  refusesRedirect('http://rp1.test/cb', 'redirect_uri_not_https')
  refusesRedirect('http://127.1/cb', 'redirect_uri_not_https', { application_type: 'native' })
  refusesRedirect('http://127.0.0.1.evil.test/cb', 'redirect_uri_not_https', { application_type: 'native' })
  refusesRedirect('http:/\u2028', 'redirect_uri_character_forbidden')
})

must('RFC 6749 §3.1.2', 'DR-03: a redirect URI is absolute, without fragment, and of bounded size and number', () => {
  refusesRedirect('https://rp1.test/cb#f', 'redirect_uri_has_fragment')
  refusesRedirect('https://rp1.test/cb#', 'redirect_uri_has_fragment')
  refusesRedirect('https://a@rp1.test/cb', 'redirect_uri_has_userinfo')
  refusesRedirect('https://rp1.test:443@evil.test/cb', 'redirect_uri_has_userinfo')
  refusesRedirect('com.example.app://a@b/cb', 'redirect_uri_has_userinfo', { application_type: 'native' })
  refusesRedirect('https://*.rp1.test/cb', 'redirect_uri_has_wildcard')
  refusesRedirect('https://rp1.test/*', 'redirect_uri_has_wildcard')
  for (const uri of ['/cb', 'rp1.test/cb', '//rp1.test/cb', '?x=1']) refusesRedirect(uri, 'redirect_uri_relative')
  for (const uri of [
    '',
    'https:\\\\rp1.test\\cb',
    'https://rp1.tést/cb',
    'https://rp1.test/\0',
    'https://rp1.test/\r\n',
    'https://rp1.test/%zz',
  ]) {
    refusesRedirect(uri, 'redirect_uri_character_forbidden')
  }
  for (const uri of [
    'https:rp1.test/cb',
    'https:///cb',
    'https://:443/cb',
    'https://rp1..test/cb',
    'https://rp1.test:/cb',
  ]) {
    refusesRedirect(uri, 'redirect_uri_host_malformed')
  }
  for (const uri of [
    'https://rp1.test:99999/cb',
    'https://0x7f.1/cb',
    'https://2130706433/cb',
    'https://[::1/cb',
    'https://a%2fb/cb',
  ]) {
    refusesRedirect(uri, 'redirect_uri_host_malformed')
  }
  for (const uri of ['https://rp1.test/a/../cb', 'https://rp1.test/./cb', 'https://rp1.test/%2e%2E/cb']) {
    refusesRedirect(uri, 'redirect_uri_dot_segment')
  }
  refusesRedirect(`https://rp1.test/${'x'.repeat(2048)}`, 'redirect_uri_too_long')
  refuses(
    { redirect_uris: Array.from({ length: 1000 }, (_, number) => `https://rp1.test/${number}`) },
    'client_metadata_malformed',
  )
  for (const uris of ['https://rp1.test/cb', [1], [['https://rp1.test/cb']], {}, true]) {
    refuses({ redirect_uris: uris }, 'client_metadata_malformed')
  }
  for (const input of [{}, { redirect_uris: [] }, { redirect_uris: null }]) {
    assert.throws(
      () => checkClientMetadata(input, operator),
      refusedFor('redirect_uris_missing', 'invalid_redirect_uri'),
    )
  }
})

test('redirect URIs that are well made are taken byte for byte', () => {
  const uris = [
    'https://rp1.test',
    'https://rp1.test/',
    'https://rp1.test/q?x=1&y=%20',
    'https://RP1.test:8443/cb',
    'https://rp1.test:443/cb',
    'https://xn--bcher-kva.test/cb',
    'https://192.0.2.1/cb',
    'https://[2001:db8::1]/cb',
    "https://rp1.test/a(b)!$&'+,;=:@%2F",
  ]
  assert.deepEqual(checkClientMetadata({ redirect_uris: uris }, operator).metadata.redirect_uris, uris)
  const native = [
    'com.example.app:/cb',
    'com.example.app://cb/x?y',
    'http://127.0.0.1/cb',
    'http://[::1]:80/',
    'http://localhost',
  ]
  const checked = checkClientMetadata({ redirect_uris: [...native, ...native], application_type: 'native' }, operator)
  assert.deepEqual(checked.metadata.redirect_uris, native)
})

must('OpenID Connect Registration §2', 'DR-04: a loopback redirect is for native clients', () => {
  const loopback = 'http://localhost/cb'
  refusesRedirect(loopback, 'redirect_uri_loopback_of_web_client')
  refusesRedirect(loopback, 'redirect_uri_loopback_of_web_client', {
    application_type: 'web',
    token_endpoint_auth_method: 'none',
  })
  const native = checkClientMetadata({ redirect_uris: [loopback], application_type: 'native' }, operator)
  assert.equal(native.metadata.application_type, 'native')
  const development = checkClientMetadata({ redirect_uris: [loopback] }, { ...operator, allow_http_loopback: true })
  assert.equal(development.metadata.application_type, 'web')
  const developer = { ...stranger, allow_http_loopback: true }
  assert.ok(checkClientMetadata({ redirect_uris: [loopback] }, developer))
  assert.throws(
    () => checkClientMetadata({ redirect_uris: [loopback], application_type: 'web' }, developer),
    refusedFor('redirect_uri_loopback_of_web_client', 'invalid_redirect_uri'),
  )
})

test('DR-04: a public client that returns to its own device and says nothing of its type is native', () => {
  const silent = { redirect_uris: ['http://127.0.0.1/'], token_endpoint_auth_method: 'none' }
  assert.equal(checkClientMetadata(silent, stranger).metadata.application_type, 'native')
})

must('RFC 7591 §3.2.1', 'DR-05: a stranger gets no grant type and no scope that is not offered to strangers', () => {
  const greedy = {
    redirect_uris,
    grant_types: [
      'authorization_code',
      'client_credentials',
      'urn:ietf:params:oauth:grant-type:token-exchange',
      'implicit',
    ],
    response_types: ['code', 'token', 'id_token token'],
    scope: 'openid admin postcards.read',
  }
  const { metadata } = checkClientMetadata(greedy, stranger)
  assert.deepEqual(metadata.grant_types, ['authorization_code'])
  assert.deepEqual(metadata.response_types, ['code'])
  const scopesOf = ({ scope, default_scope }: ClientMetadata) => [scope, default_scope]
  const offered = 'openid email postcards.read'
  assert.deepEqual(scopesOf(metadata), [offered, 'openid postcards.read'])
  for (const silent of [{}, { scope: '' }, { scope: null }])
    assert.deepEqual(scopesOf(checkClientMetadata({ redirect_uris, ...silent }, stranger).metadata), [
      offered,
      undefined,
    ])
  assert.deepEqual(scopesOf(checkClientMetadata({ redirect_uris, scope: 'admin' }, stranger).metadata), [offered, ''])
  refuses({ redirect_uris, grant_types: ['client_credentials'] }, 'grant_types_not_offered', stranger)
  refuses({ redirect_uris, response_types: ['token'] }, 'response_types_not_offered', stranger)
})

test('DR-05: an operator is told what is not offered', () => {
  refuses({ redirect_uris, grant_types: ['authorization_code', 'password'] }, 'grant_types_not_offered')
  refuses({ redirect_uris, response_types: ['code', 'token'] }, 'response_types_not_offered')
  refuses({ redirect_uris, scope: 'openid admin' }, 'client_scope_not_offered', { ...operator, scopes: ['openid'] })
})

must('RFC 7591 §2', 'DR-06: what only we may decide is ignored in what a stranger sends', () => {
  const hostile: unknown = JSON.parse(`{
    "redirect_uris": ["https://rp1.test/cb"], "client_id": "greatapp", "client_secret": "x", "trusted": true, "first_party": true,
    "skip_consent": true, "roles": ["admin"], "tenant": "t", "created_by": "me", "profile": "legacy", "refresh_replay_window": 600,
    "default_scope": "openid", "required_acr": "phr", "__proto__": { "first_party": true }, "constructor": { "prototype": { "first_party": true } },
    "toString": 1, "hasOwnProperty": 1 }`)
  const checked = checkClientMetadata(hostile, stranger)
  const { scope, ...rest } = checked.metadata
  assert.equal(scope, 'openid email postcards.read')
  assert.deepEqual({ ...checked, metadata: rest }, checkClientMetadata({ redirect_uris }, operator))
  assert.equal(Object.getPrototypeOf(checked.metadata), Object.prototype)
  assert.equal('first_party' in {}, false)
})

test('an operator is told of a field that nobody knows, and of the nearest one that is known', () => {
  assert.throws(
    () => checkClientMetadata({ redirect_uri: redirect_uris }, operator),
    (thrown: unknown) => {
      assert.ok(refusedFor('client_metadata_unknown')(thrown) && thrown instanceof OAuthError)
      assert.deepEqual(thrown.detail, { parameter: 'redirect_uri', nearest: 'redirect_uris' })
      return true
    },
  )
})

test('an operator can be told of every mistake at once', () => {
  const mistakes = findClientMetadataMistakes(
    { redirect_uri: [], redirect_uris: 'x', client_name: 7, contacts: {} },
    operator,
  )
  assert.deepEqual(
    mistakes.map(({ reason, detail }) => [reason, detail['parameter']]),
    [
      ['client_metadata_unknown', 'redirect_uri'],
      ['client_metadata_malformed', 'redirect_uris'],
      ['client_metadata_malformed', 'client_name'],
      ['client_metadata_malformed', 'contacts'],
    ],
  )
  const beside = findClientMetadataMistakes(
    { client_name: 7, redirect_uris: ['http://a.test/cb', 'https://*.a.test/cb'] },
    operator,
  )
  assert.deepEqual(
    beside.map(({ reason }) => reason),
    ['client_metadata_malformed', 'redirect_uri_not_https', 'redirect_uri_has_wildcard'],
  )
  const together = findClientMetadataMistakes(
    {
      grant_types: ['client_credentials'],
      token_endpoint_auth_method: 'none',
      redirect_uris: ['https://a.test/#', 'x'],
      foo: 1,
    },
    operator,
  )
  assert.deepEqual(
    together.map(({ reason }) => reason),
    [
      'client_metadata_unknown',
      'redirect_uri_has_fragment',
      'redirect_uri_relative',
      'client_credentials_of_public_client',
    ],
  )
  assert.deepEqual(findClientMetadataMistakes({ redirect_uris }, operator), [])
})

must('RFC 7591 §2.1', 'grant types and response types go together', () => {
  const machine = checkClientMetadata({ grant_types: ['client_credentials'] }, operator)
  assert.deepEqual(machine.metadata.response_types, [])
  assert.deepEqual(machine.metadata.redirect_uris, [])
  refuses(
    { redirect_uris, grant_types: ['client_credentials'], response_types: ['code'] },
    'response_types_inconsistent',
  )
  refuses({ redirect_uris, grant_types: ['authorization_code'], response_types: [] }, 'response_types_inconsistent')
  const old: ClientMetadataPolicy = { ...operator, grant_types: ['authorization_code', 'implicit'] }
  const legacy = {
    redirect_uris,
    grant_types: ['authorization_code', 'implicit'],
    response_types: ['code', 'token id_token'],
  }
  assert.deepEqual(checkClientMetadata(legacy, old).metadata.response_types, ['code', 'id_token token'])
  refuses(
    { redirect_uris, grant_types: ['authorization_code', 'implicit'], response_types: ['code'] },
    'response_types_inconsistent',
    old,
  )
  refuses({ redirect_uris, response_types: ['code id_token'] }, 'response_types_inconsistent', old)
})

must('RFC 6749 §4.4', 'client_credentials is for clients that authenticate', () => {
  refuses(
    { grant_types: ['client_credentials'], token_endpoint_auth_method: 'none' },
    'client_credentials_of_public_client',
  )
})

test('only the authentication methods that the server has are taken', () => {
  refuses({ redirect_uris, token_endpoint_auth_method: 'tls_client_auth' }, 'token_endpoint_auth_method_not_offered')
  refuses({ redirect_uris, token_endpoint_auth_method: 'client_secret_jwt' }, 'token_endpoint_auth_method_not_offered')
  refuses({ redirect_uris, token_endpoint_auth_method: 'basic' }, 'client_metadata_malformed')
})

must('RFC 8705 §3.3', 'JK-06: tokens bound to a certificate are not registered where none can reach the server', () => {
  const bound = { redirect_uris, tls_client_certificate_bound_access_tokens: true }
  refuses(bound, 'certificate_bound_tokens_not_offered')
  checkClientMetadata({ ...bound, tls_client_certificate_bound_access_tokens: false }, operator)
  const token_endpoint_auth_methods = [...operator.token_endpoint_auth_methods, 'tls_client_auth'] as const
  checkClientMetadata(bound, { ...operator, token_endpoint_auth_methods })
})

must(
  'RFC 8705 §2.1.2, RFC 8705 §2.2',
  'MT-03: a client with a certificate has one name of it, or the certificate in a key',
  () => {
    const policy = {
      ...operator,
      token_endpoint_auth_methods: ['tls_client_auth', 'self_signed_tls_client_auth'],
    } satisfies ClientMetadataPolicy
    const byName = { redirect_uris, token_endpoint_auth_method: 'tls_client_auth' }
    const names = { tls_client_auth_subject_dn: 'CN=a,O=b', tls_client_auth_san_ip: '192.0.2.1' }
    refuses(byName, 'client_certificate_names', policy)
    refuses({ ...byName, ...names }, 'client_certificate_names', policy)
    refuses({ ...byName, tls_client_auth_subject_dn: 'CN' }, 'client_metadata_malformed', policy)
    refuses({ ...byName, tls_client_auth_san_ip: '127.1' }, 'client_metadata_malformed', policy)
    assert.ok(checkClientMetadata({ ...byName, tls_client_auth_san_dns: 'a.test' }, policy))

    const byKey = { redirect_uris, token_endpoint_auth_method: 'self_signed_tls_client_auth' }
    refuses(byKey, 'client_keys_missing', policy)
    const { jwk, der } = newCertificate({ subject: [[attribute.commonName, 'a']] })
    const chain = [der.toString('base64'), 'what came after it']
    const { metadata } = checkClientMetadata({ ...byKey, jwks: { keys: [{ ...jwk, x5c: chain }] } }, policy)
    assert.deepEqual(metadata.jwks?.keys[0]?.x5c, [der.toString('base64')])
    for (const x5c of [[], 'x', ['!'], ['AAAA'], newCertificate({ subject: [] }).jwk['x5c']]) {
      refuses({ ...byKey, jwks: { keys: [{ ...jwk, x5c }] } }, 'client_jwk_certificate_foreign', policy)
    }
  },
)

must('RFC 7591 §2', 'DR-09: keys come by value or by reference, and a client that signs has some', () => {
  const signs = { redirect_uris, token_endpoint_auth_method: 'private_key_jwt' }
  refuses(signs, 'client_keys_missing')
  refuses({ redirect_uris, require_signed_request_object: true }, 'client_keys_missing')
  refuses({ ...signs, jwks: { keys: [ec] }, jwks_uri: 'https://rp1.test/jwks' }, 'client_keys_twice')
  const members = { ...ec, x5u: 'https://evil.test', key_ops: ['verify'], ext: true }
  assert.deepEqual(checkClientMetadata({ ...signs, jwks: { keys: [members] } }, operator).metadata.jwks, { keys: [ec] })
  assert.equal(checkClientMetadata({ ...signs, jwks_uri: 'https://rp1.test/jwks' }, operator).metadata.jwks, undefined)
})

const jwksOf = (...keys: readonly unknown[]) => ({ redirect_uris, jwks: { keys } })

must('RFC 7517 §4', 'DR-09: a key set is an object with an array of public keys', () => {
  for (const jwks of [
    [],
    [ec],
    'x',
    7,
    {},
    { keys: {} },
    { keys: [] },
    { keys: [1] },
    { keys: [[ec]] },
    { keys: [{ ...ec, kid: 7 }] },
  ]) {
    refuses({ redirect_uris, jwks }, 'client_jwks_malformed')
  }
  refuses(
    jwksOf(...Array.from({ length: 33 }, (_, number) => ({ ...ec, kid: String(number) }))),
    'client_jwks_malformed',
  )
  refuses(jwksOf(ecKey.privateKey.export({ format: 'jwk' })), 'client_jwk_private')
  refuses(jwksOf({ ...rsa, dp: 'AQ' }), 'client_jwk_private')
  refuses(jwksOf({ kty: 'oct', k: 'c2VjcmV0' }), 'client_jwk_symmetric')
})

must('RFC 7518 §3.3', 'JA-13: weak and damaged keys are refused', () => {
  const { n, e } = rsaKey(1024).publicKey.export({ format: 'jwk' })
  refuses(jwksOf({ kty: 'RSA', n, e }), 'client_jwk_weak')
  refuses(jwksOf({ ...rsa, e: 'AQ' }), 'client_jwk_weak')
  refuses(jwksOf({ ...rsa, e: 'AQAA' }), 'client_jwk_weak')
  refuses(jwksOf({ ...rsa, e: 'AQAAAAAB' }), 'client_jwk_weak')
  refuses(jwksOf({ ...rsa, n: Buffer.alloc(1100, 0xff).toString('base64url') }), 'client_jwk_weak')
  refuses(jwksOf({ ...rsa, n: 'not base64url!' }), 'client_jwk_invalid')
  refuses(jwksOf({ kty: 'RSA', e: 'AQAB' }), 'client_jwk_invalid')
  refuses(jwksOf({ ...ec, y: ec.x }), 'client_jwk_invalid')
  refuses(jwksOf({ kty: 'EC', crv: 'P-256', x: ec.x }), 'client_jwk_invalid')
  const koblitz = generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey.export({ format: 'jwk' })
  refuses(jwksOf(koblitz), 'client_jwk_unsupported')
  refuses(jwksOf({ ...ec, kty: 'OKP' }), 'client_jwk_unsupported')
  refuses(jwksOf({ ...ec, crv: 'toString' }), 'client_jwk_unsupported')
  refuses(jwksOf({ kty: 'XYZ' }), 'client_jwk_unsupported')
})

must('OpenID Connect Core §10.1', 'JA-13: of several keys each has a kid of its own', () => {
  refuses(jwksOf(ec, { ...rsa, kid: 'one' }), 'client_jwk_kid_repeated')
  const { kid: _, ...nameless } = rsa
  refuses(jwksOf(ec, nameless), 'client_jwk_kid_missing')
  const others = ['P-384', 'P-521'].map((namedCurve) => ({
    ...generateKeyPairSync('ec', { namedCurve }).publicKey.export({ format: 'jwk' }),
    kid: namedCurve,
  }))
  const edwards = { ...generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }), kid: 'ed' }
  assert.equal(checkClientMetadata(jwksOf(ec, rsa, edwards, ...others), operator).metadata.jwks?.keys.length, 5)
  assert.equal(checkClientMetadata(jwksOf(nameless), operator).metadata.jwks?.keys.length, 1)
})

test('BR-27, DR-11: a name that deceives the eye is refused', () => {
  const deceptive = [
    '\u202eelgooG',
    'Goo\u200bgle',
    'a\u2066b',
    'a\nb',
    'a\0b',
    'a\ufeffb',
    'a\u00adb',
    '\u3164',
    '\u2800',
    ' ',
    '',
    '!!!',
  ]
  for (const client_name of [
    ...deceptive,
    'a\u2028b',
    'e\u0301\u0302\u0303\u0304\u0305',
    '\ud800a',
    '\ue000a',
    'a\u{e0041}',
  ]) {
    refuses({ redirect_uris, client_name }, 'client_name_unsafe')
  }
  for (const client_name of ['x'.repeat(101), 'x'.repeat(5000), 'é'.repeat(101)]) {
    refuses({ redirect_uris, client_name }, 'client_name_too_long')
  }
  refuses({ redirect_uris, client_name: { toString: 'x' } }, 'client_metadata_malformed')
})

test('BR-27: a name in any language is taken, composed and trimmed', () => {
  const name = (client_name: string) =>
    checkClientMetadata({ redirect_uris, client_name }, operator).metadata.client_name
  assert.equal(name('  Cafe\u0301 \u00a0 Bücher 🎉❤️ '), 'Café Bücher 🎉❤️')
  for (const text of ['写真プリント', 'Фото', 'ภาพถ่ายที่ดี', 'تطبيق', '<b>bold</b> & "co"', '😀'.repeat(99) + 'x'])
    assert.equal(name(text), text)
})

test('SF-06: every other URI is https, or http to where the operator allows it', () => {
  for (const name of ['client_uri', 'logo_uri', 'tos_uri', 'policy_uri', 'jwks_uri']) {
    for (const uri of [
      'http://rp1.test/',
      'javascript:alert(1)',
      'data:,x',
      '//rp1.test',
      'https://',
      'https://a@rp1.test/',
      'https://rp1.test/\\',
    ]) {
      refuses({ redirect_uris, [name]: uri }, 'client_uri_unsafe')
    }
    for (const uri of [
      'https://rp1.test/\n',
      'https://rp1.test/\u202e',
      'HTTPS://rp1.test',
      'http://127.0.0.1/',
      'https://[::g]/',
      'file:///x',
    ]) {
      refuses({ redirect_uris, [name]: uri }, 'client_uri_unsafe')
    }
    for (const uri of ['https://rp1.test', 'https://rp1.test/a?b#c', 'http://rp.test:8443/jwks']) {
      assert.ok(checkClientMetadata({ redirect_uris, [name]: uri }, operator))
    }
    const local = { redirect_uris, [name]: 'http://localhost:4001/x' }
    assert.ok(checkClientMetadata(local, { ...operator, allow_http_loopback: true }))
  }
})

must(
  'OpenID Connect Front-Channel Logout §2',
  'LO-07: a frame is loaded by https, from the origin of a redirect URI, and without a fragment',
  () => {
    const good = 'https://rp1.test/out?x=1'
    const { metadata } = checkClientMetadata({ redirect_uris, frontchannel_logout_uri: good }, operator)
    assert.equal(metadata.frontchannel_logout_uri, good)
    for (const uri of ['https://rp2.test/out', 'https://rp1.test:444/out', 'https://sub.rp1.test/out']) {
      refuses({ redirect_uris, frontchannel_logout_uri: uri }, 'frontchannel_logout_uri_elsewhere')
    }
    const loopback = { ...operator, allow_http_loopback: true }
    const local = { redirect_uris: ['http://localhost/cb'], application_type: 'native' }
    for (const uri of ['http://localhost/out', 'javascript:alert(1)', 'https://rp1.test/#x']) {
      refuses({ ...local, frontchannel_logout_uri: uri }, 'client_uri_unsafe', loopback)
    }
  },
)

must('OpenID Connect Back-Channel Logout §2.2', 'LO-06: a logout token is posted by https, without a fragment', () => {
  const known = { redirect_uris, backchannel_logout_session_required: true }
  for (const uri of ['https://rp1.test/out', 'https://elsewhere.test/?a=1', 'http://rp.test:8443/out']) {
    const { metadata } = checkClientMetadata({ ...known, backchannel_logout_uri: uri }, operator)
    assert.equal(metadata.backchannel_logout_uri, uri)
  }
  for (const uri of ['http://rp1.test/out', 'https://rp1.test/#x', 'https://a@rp1.test/']) {
    refuses({ ...known, backchannel_logout_uri: uri }, 'client_uri_unsafe')
  }
})

must('RFC 6749 §3.3', 'scope is a list of tokens, and the default scope is part of it', () => {
  for (const scope of ['a  b', ' a', 'a ', 'a"b', 'a\\b', 'ä', 'a\tb', 'a\0', 'x'.repeat(4097), ['a'], 7]) {
    refuses({ redirect_uris, scope }, 'client_metadata_malformed')
  }
  assert.equal(checkClientMetadata({ redirect_uris, scope: 'a b a' }, operator).metadata.scope, 'a b')
  refuses({ redirect_uris, scope: 'a b', default_scope: 'a c' }, 'default_scope_too_wide')
})

test('fields of the wrong type are refused, each by its name', () => {
  const wrong = {
    token_endpoint_auth_signing_alg: ['HS256', 'none', 7],
    grant_types: ['authorization_code', [1], [''], Array.from({ length: 21 }, String)],
    response_types: ['code', [null]],
    application_type: ['desktop'],
    contacts: [['x'.repeat(321)]],
    software_id: ['', {}],
    subject_type: ['secret'],
    id_token_signed_response_alg: ['none', 'HS256'],
    default_max_age: [-1, 1.5, '60', Infinity],
    require_auth_time: ['true', 1],
    first_party: ['yes'],
    profile: ['oauth20'],
    refresh_replay_window: [601, -1, '60s'],
    required_acr: ['urn:licet:acr:pwd', 'mfa', ['phr']],
  }
  for (const [name, values] of Object.entries(wrong)) {
    for (const value of values) refuses({ redirect_uris, [name]: value }, 'client_metadata_malformed')
  }
  for (const input of [null, [], 'x', 7, undefined]) refuses(input, 'client_metadata_not_an_object')
})

must(
  'JARM §3',
  'how authorization responses are encrypted is said whole, with keys to encrypt for, or not at all',
  () => {
    const { jwks } = jwksOf(ec)
    const alg = { authorization_encrypted_response_alg: 'ECDH-ES' }
    const enc = { authorization_encrypted_response_enc: 'A256GCM' }
    refuses({ redirect_uris, ...enc, jwks }, 'encrypted_response_alg_missing')
    refuses({ redirect_uris, ...alg }, 'encryption_keys_missing')
    assert.ok(checkClientMetadata({ redirect_uris, ...alg, ...enc, jwks }, operator))
    for (const wrong of ['none', 'HS256', 'RSA1_5', 'dir']) {
      refuses({ redirect_uris, authorization_signed_response_alg: wrong }, 'client_metadata_malformed')
      refuses({ redirect_uris, authorization_encrypted_response_alg: wrong, jwks }, 'client_metadata_malformed')
    }
  },
)
