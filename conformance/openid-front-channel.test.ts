/**
 * The OpenID Foundation's plans oidcc-implicit, oidcc-hybrid and oidcc-formpost-*, each module that the way of the answer
 * has a part in under its own name, for each response type with each response mode. The clients are as that suite has
 * them: without PKCE, behind the legacy fence.
 */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, describe } from 'node:test'
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet, type JWTPayload } from 'jose'
import { must } from '../testing/must.ts'
import { startServer } from '../testing/server.ts'
import { formsOf, type Visited, type Visitor } from '../testing/visitor.ts'
import {
  authorizationPath,
  clients,
  configuration,
  configured,
  jsonOf,
  passPages,
  post,
  tokensOf,
  type Parameters,
  type SceneClient,
} from './scene.ts'

const front: SceneClient = {
  ...clients.C1,
  client_id: 'front',
  redirect_uri: 'https://front.test/cb',
  registered: {
    client_name: 'front',
    profile: 'oidc',
    redirect_uris: ['https://front.test/cb'],
    grant_types: ['authorization_code', 'refresh_token', 'implicit'],
    response_types: ['code', 'token', 'id_token'],
    scope: 'openid profile email address phone offline_access',
  },
}

const plans = {
  'oidcc-formpost-basic': ['code'],
  'oidcc-implicit': ['id_token', 'id_token token'],
  'oidcc-hybrid': ['code id_token', 'code token', 'code id_token token'],
} as const

type ResponseType = (typeof plans)[keyof typeof plans][number]

/** One way through a plan. */
interface Variant {
  readonly response_type: ResponseType
  readonly response_mode: 'form_post' | undefined
}

const variants = Object.entries(plans).flatMap(([plan, types]) =>
  types.flatMap((response_type): readonly (Variant & { readonly plan: string })[] => {
    const byForm = { plan, response_type, response_mode: 'form_post' } as const
    return response_type === 'code' ? [byForm] : [{ plan, response_type, response_mode: undefined }, byForm]
  }),
)

const claims = {
  ...{ name: 'Alice Liddell', given_name: 'Alice', family_name: 'Liddell', birthdate: '1852-05-04' },
  ...{ email: 'alice@example.com', email_verified: true, phone_number: '+44 1', phone_number_verified: false },
  address: { country: 'GB' },
}
const server = await startServer({
  configuration: {
    ...configuration,
    accounts: [{ username: 'alice', password: 'wonderland', claims }],
    clients: [...configuration.clients, configured(front)],
    legacy: [
      {
        client_id: 'front',
        response_types: ['id_token', 'token id_token', 'id_token code', 'token code', 'code token id_token'],
        until: '2099-12-31',
      },
    ],
  },
})
after(() => server.stop())

const brings = ({ response_type }: Variant, word: string): boolean => response_type.split(' ').includes(word)

function path(variant: Variant, otherwise: Parameters = {}): string {
  const { response_type, response_mode } = variant
  const noPkce = { code_challenge: undefined, code_challenge_method: undefined }
  const asked = { response_type, response_mode, scope: 'openid', nonce: 'a-nonce', ...noPkce, ...otherwise }
  return authorizationPath(front, { code_challenge: '' }, asked)
}

/** What the client is told, from the one place where this variant's answers come; nothing may be anywhere else. */
function answerOf({ response_type, response_mode }: Variant, page: Visited): Readonly<Record<string, string>> {
  if (response_mode === 'form_post') {
    const [sent] = formsOf(page.body)
    assert.equal(sent?.action, front.redirect_uri)
    assert.match(page.body, /<script>document\.forms\[0\]\.submit\(\)<\/script>/)
    return Object.fromEntries(sent.fields)
  }
  assert.notEqual(response_type, 'code')
  assert.equal(page.leaves && page.leaves.origin + page.leaves.pathname + page.leaves.search, front.redirect_uri)
  return Object.fromEntries(new URLSearchParams(page.leaves?.hash.slice(1)))
}

async function through(variant: Variant, visitor: Visitor, otherwise: Parameters = {}) {
  return answerOf(variant, await passPages(visitor, await visitor.go(path(variant, otherwise))))
}

const jwks = async () => createLocalJWKSet(jsonOf(await server.send({ path: '/jwks' })) as unknown as JSONWebKeySet)

const half = (text: string) => createHash('sha256').update(text).digest().subarray(0, 16).toString('base64url')

/** Judges an answer as the suite does: what is there, what is not, and that the id_token fits all of it. */
async function judged(variant: Variant, answer: Readonly<Record<string, string>>): Promise<JWTPayload | undefined> {
  const { code, access_token, id_token, token_type, expires_in, state, iss, refresh_token } = answer
  assert.deepEqual(
    [code, access_token, id_token].map((one) => one !== undefined),
    ['code', 'token', 'id_token'].map((word) => brings(variant, word)),
  )
  assert.deepEqual([state, iss, refresh_token], ['the state', server.issuer, undefined])
  if (access_token !== undefined) assert.deepEqual([token_type, Number(expires_in) > 0], ['Bearer', true])
  if (id_token === undefined) return undefined
  const expected = { issuer: server.issuer, audience: front.client_id, algorithms: ['RS256'] }
  const { payload } = await jwtVerify(id_token, await jwks(), expected)
  assert.equal(payload['nonce'], 'a-nonce')
  assert.equal(payload['c_hash'], code === undefined ? undefined : half(code))
  assert.equal(payload['at_hash'], access_token === undefined ? undefined : half(access_token))
  return payload
}

async function redeemed({ code = '' }: Readonly<Record<string, string>>) {
  return post(server, '/token', front, { grant_type: 'authorization_code', code, redirect_uri: front.redirect_uri })
}

/** The access token that the client has in the end; undefined for `id_token`. */
async function accessToken(answer: Readonly<Record<string, string>>): Promise<string | undefined> {
  if (answer['access_token'] !== undefined) return answer['access_token']
  return answer['code'] === undefined ? undefined : tokensOf(await redeemed(answer)).access_token
}

async function claimsTold(variant: Variant, scope: string): Promise<JWTPayload> {
  const answer = await through(variant, server.visitor(), { scope })
  const payload = await judged(variant, answer)
  const token = await accessToken(answer)
  if (token === undefined) return payload ?? {}
  return jsonOf(await server.send({ path: '/userinfo', headers: { authorization: `Bearer ${token}` } }))
}

const succeeds = (otherwise: Parameters) => async (variant: Variant) => {
  await judged(variant, await through(variant, server.visitor(), otherwise))
}

const saysClaims = (scope: string, names: readonly string[]) => async (variant: Variant) => {
  const told = await claimsTold(variant, scope)
  for (const name of names) assert.ok(name in told, name)
}

const hasToken = (variant: Variant) => variant.response_type !== 'id_token'
const hasCode = (variant: Variant) => brings(variant, 'code')
const isNotBasic = ({ response_type }: Variant) => response_type !== 'code'

/** A module of the suite: where it applies, and what it does. */
type Module = readonly [proof: (variant: Variant) => Promise<void>, applies?: (variant: Variant) => boolean]

const modules: Readonly<Record<string, Module>> = {
  'oidcc-server': [
    async (variant) => {
      const answer = await through(variant, server.visitor())
      const payload = await judged(variant, answer)
      if (!hasCode(variant)) return
      const { id_token } = tokensOf(await redeemed(answer))
      const second = await jwtVerify(id_token, await jwks(), { issuer: server.issuer, audience: front.client_id })
      if (payload !== undefined) assert.equal(second.payload.sub, payload.sub)
      assert.equal(second.payload['nonce'], 'a-nonce')
    },
  ],
  'oidcc-response-type-missing': [
    async (variant) => {
      const visitor = server.visitor()
      const page = await visitor.go(path(variant, { response_type: undefined }))
      const told = page.leaves?.search ?? (formsOf(page.body)[0]?.fields ?? []).map(([, value]) => value).join(' ')
      assert.match(told, /invalid_request/)
    },
  ],
  'oidcc-ensure-request-without-nonce-fails': [
    async (variant) => {
      const { error } = answerOf(variant, await server.visitor().go(path(variant, { nonce: undefined })))
      assert.equal(error, 'invalid_request')
    },
    (variant) => brings(variant, 'id_token'),
  ],
  'oidcc-ensure-request-without-nonce-succeeds-for-code-flow': [
    async (variant) => {
      const { code } = await through(variant, server.visitor(), { nonce: undefined })
      assert.ok(code)
    },
    (variant) => !isNotBasic(variant),
  ],
  'oidcc-userinfo-get': [
    async (variant) => {
      const token = await accessToken(await through(variant, server.visitor()))
      const answer = await server.send({ path: '/userinfo', headers: { authorization: `Bearer ${token}` } })
      assert.deepEqual([answer.status, typeof jsonOf(answer)['sub']], [200, 'string'])
    },
    hasToken,
  ],
  'oidcc-userinfo-post-header': [
    async (variant) => {
      const token = await accessToken(await through(variant, server.visitor()))
      const headers = { authorization: `Bearer ${token}` }
      assert.equal((await server.send({ method: 'POST', path: '/userinfo', headers })).status, 200)
    },
    hasToken,
  ],
  'oidcc-scope-profile': [saysClaims('openid profile', ['name', 'given_name', 'family_name', 'birthdate'])],
  'oidcc-scope-email': [saysClaims('openid email', ['email', 'email_verified'])],
  'oidcc-scope-address': [saysClaims('openid address', ['address'])],
  'oidcc-scope-phone': [saysClaims('openid phone', ['phone_number', 'phone_number_verified'])],
  'oidcc-scope-all': [saysClaims('openid profile email address phone', ['name', 'email', 'address', 'phone_number'])],
  'oidcc-ensure-other-scope-order-succeeds': [saysClaims('email openid', ['email'])],
  'oidcc-display-page': [succeeds({ display: 'page' })],
  'oidcc-display-popup': [succeeds({ display: 'popup' })],
  'oidcc-prompt-login': [
    async (variant) => {
      const visitor = server.visitor()
      const before = await through(variant, visitor)
      const page = await visitor.go(path(variant, { prompt: 'login' }))
      assert.match(page.body, /id="login-submit"/)
      const answer = answerOf(variant, await passPages(visitor, page))
      const [first, second] = [await judged(variant, before), await judged(variant, answer)]
      assert.equal(first?.sub, second?.sub)
    },
  ],
  'oidcc-prompt-none-not-logged-in': [
    async (variant) => {
      const { error, state } = answerOf(variant, await server.visitor().go(path(variant, { prompt: 'none' })))
      assert.deepEqual([error, state], ['login_required', 'the state'])
    },
  ],
  'oidcc-prompt-none-logged-in': [
    async (variant) => {
      const visitor = server.visitor()
      const first = await judged(variant, await through(variant, visitor))
      const second = await judged(variant, answerOf(variant, await visitor.go(path(variant, { prompt: 'none' }))))
      assert.deepEqual([first?.sub, first?.['auth_time']], [second?.sub, second?.['auth_time']])
    },
  ],
  'oidcc-max-age-10000': [
    async (variant) => {
      const visitor = server.visitor()
      await through(variant, visitor)
      await judged(variant, answerOf(variant, await visitor.go(path(variant, { max_age: '10000' }))))
    },
  ],
  'oidcc-ensure-request-with-unknown-parameter-succeeds': [succeeds({ extra: 'foobar' })],
  'oidcc-login-hint': [succeeds({ login_hint: 'alice@example.com' })],
  'oidcc-ui-locales': [succeeds({ ui_locales: 'se' })],
  'oidcc-claims-locales': [succeeds({ claims_locales: 'se' })],
  'oidcc-ensure-request-with-acr-values-succeeds': [succeeds({ acr_values: '1 2' })],
  'oidcc-ensure-request-with-valid-pkce-succeeds': [
    succeeds({ code_challenge: half('x').padEnd(43, 'A'), code_challenge_method: 'S256' }),
  ],
  'oidcc-ensure-registered-redirect-uri': [
    async (variant) => {
      const page = await server.visitor().go(path(variant, { redirect_uri: 'https://front.test/other' }))
      assert.deepEqual([page.status, page.leaves], [400, undefined])
      assert.match(page.body, /id="error-code"/)
      assert.doesNotMatch(page.body, /<script/)
    },
  ],
  'oidcc-ensure-post-request-succeeds': [
    async (variant) => {
      const visitor = server.visitor()
      const asked = Object.fromEntries(new URLSearchParams(path(variant).split('?')[1]))
      await judged(variant, answerOf(variant, await passPages(visitor, await visitor.post('/authorize', asked))))
    },
  ],
  'oidcc-codereuse': [
    async (variant) => {
      const answer = await through(variant, server.visitor())
      const { access_token } = tokensOf(await redeemed(answer))
      assert.equal((await redeemed(answer)).status, 400)
      for (const token of [access_token, answer['access_token'] ?? access_token]) {
        const again = await server.send({ path: '/userinfo', headers: { authorization: `Bearer ${token}` } })
        assert.equal(again.status, 401)
      }
    },
    hasCode,
  ],
  'oidcc-refresh-token': [
    async (variant) => {
      const { refresh_token } = tokensOf(
        await redeemed(await through(variant, server.visitor(), { scope: 'openid offline_access', prompt: 'consent' })),
      )
      assert.ok(tokensOf(await post(server, '/token', front, { grant_type: 'refresh_token', refresh_token })))
    },
    hasCode,
  ],
}

for (const variant of variants) {
  const { plan, response_type, response_mode } = variant
  describe(`${plan}, ${response_type}${response_mode === undefined ? '' : ' by form'}`, () => {
    for (const [name, [proof, applies = () => true]] of Object.entries(modules)) {
      if (!applies(variant)) continue
      must('OpenID Connect Core §3', `${name}: ${response_type}, ${response_mode ?? 'fragment'}`, () => proof(variant))
    }
  })
}

must('OpenID Connect Discovery §3', 'JK-06: what the fence opens is advertised, and password is not', async () => {
  const told = jsonOf(await server.send({ path: '/.well-known/openid-configuration' }))
  assert.deepEqual(
    new Set([told['response_types_supported']].flat()),
    new Set(['code', ...plans['oidcc-implicit'], ...plans['oidcc-hybrid']]),
  )
  assert.deepEqual(told['grant_types_supported'], [
    'authorization_code',
    'refresh_token',
    'client_credentials',
    'urn:ietf:params:oauth:grant-type:device_code',
    'implicit',
  ])
  const answer = await post(server, '/token', front, {
    grant_type: 'password',
    username: 'alice',
    password: 'wonderland',
  })
  assert.equal(jsonOf(answer)['error'], 'unsupported_grant_type')
})

must('RFC 9700 §2.1.2', 'every use of the fence is in the measurements, by kind', async () => {
  const { body } = await server.send({ path: '/metrics' })
  for (const type of [...plans['oidcc-implicit'], ...plans['oidcc-hybrid']]) {
    assert.match(body, new RegExp(`licet_legacy_requests_total\\{kind="${type}"\\} [1-9]`))
  }
})
