/** The plans config and basic of the OpenID Foundation's suite, module by module, in our own words and over HTTP. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify, type JWTPayload } from 'jose'
import { must } from '../testing/must.ts'
import { musts } from '../testing/musts.ts'
import { startServer } from '../testing/server.ts'
import type { Received, Visited, Visitor } from '../testing/visitor.ts'
import { world } from '../testing/world.ts'
import { openidModules } from './openid-modules.ts'
import {
  configuration,
  configured,
  form,
  isActive,
  jsonOf,
  newPkce,
  passPages,
  post,
  refresh,
  type Parameters,
  type SceneClient,
} from './scene.ts'

/** Everything that OpenID Connect Core §5.1 knows of a person. */
const claims = {
  name: 'Alice Pleasance Liddell',
  given_name: 'Alice',
  family_name: 'Liddell',
  middle_name: 'Pleasance',
  nickname: 'Al',
  preferred_username: 'alice',
  profile: 'https://alice.test/me',
  picture: 'https://alice.test/me.png',
  website: 'https://alice.test/',
  email: 'alice@example.com',
  email_verified: true,
  gender: 'female',
  birthdate: '1852-05-04',
  zoneinfo: 'Europe/London',
  locale: 'en-GB',
  phone_number: '+44 1865 276150',
  phone_number_verified: false,
  address: { formatted: 'Christ Church\nOxford', street_address: 'Christ Church', locality: 'Oxford', country: 'GB' },
  updated_at: 1_700_000_000,
}
const ofScope = {
  profile: Object.keys(claims).filter((name) => !/^(email|phone|address)/.test(name)),
  email: ['email', 'email_verified'],
  address: ['address'],
  phone: ['phone_number', 'phone_number_verified'],
}

function relyingParty(
  client_id: string,
  token_endpoint_auth_method: SceneClient['token_endpoint_auth_method'],
): SceneClient {
  const redirect_uri = `https://${client_id}.test/callback`
  const registered = {
    profile: 'oidc',
    client_name: client_id,
    redirect_uris: [redirect_uri],
    grant_types: ['authorization_code', 'refresh_token'],
    scope: 'openid profile email address phone offline_access',
  }
  const client_secret = 'a-secret-of-more-than-32-characters-for-tests'
  return { client_id, redirect_uri, token_endpoint_auth_method, client_secret, registered }
}

const basicClient = relyingParty('basic', 'client_secret_basic')
const postClient = relyingParty('post', 'client_secret_post')
const people = [{ username: 'alice', password: 'wonderland', claims }]
const server = await startServer({
  configuration: { ...configuration, accounts: people, clients: [basicClient, postClient].map(configured) },
})
after(() => server.stop())
const keys = createRemoteJWKSet(new URL(`${server.issuer}/jwks`))

const path = (wanted: Parameters, by = basicClient): string => {
  const { client_id, redirect_uri } = by
  const usual = { client_id, redirect_uri, response_type: 'code', scope: 'openid', state: 'a state', nonce: 'a nonce' }
  return `/authorize?${form({ ...usual, ...wanted })}`
}

interface Flow {
  readonly visitor?: Visitor
  readonly by?: SceneClient
  readonly code_verifier?: string
}

/** The answer of the authorization endpoint, after whatever pages there are. */
async function answered(wanted: Parameters = {}, { visitor = server.visitor(), by = basicClient }: Flow = {}) {
  const { leaves, body } = await passPages(visitor, await visitor.go(path(wanted, by)))
  assert.ok(leaves, body)
  assert.equal(leaves.origin + leaves.pathname, by.redirect_uri)
  assert.equal(leaves.searchParams.get('state'), 'a state')
  return { visitor, answer: Object.fromEntries(leaves.searchParams) }
}

function redeemed(code: string, { by = basicClient, code_verifier }: Flow = {}): Promise<Received> {
  const { redirect_uri } = by
  return post(server, '/token', by, { grant_type: 'authorization_code', code, redirect_uri, code_verifier })
}

/** The whole flow, the id_token checked as a relying party checks it. */
async function flow(wanted: Parameters = {}, how: Flow = {}) {
  const { visitor, answer } = await answered(wanted, how)
  const response = await redeemed(answer['code'] ?? assert.fail(JSON.stringify(answer)), how)
  assert.equal(response.status, 200, response.body)
  const tokens = jsonOf(response) as { access_token: string; id_token: string; refresh_token?: string }
  const said = await checked(tokens.id_token, how.by)
  assert.equal(said['nonce'], 'nonce' in wanted ? wanted['nonce'] : 'a nonce')
  return { visitor, tokens, said, code: answer['code'] ?? '' }
}

async function checked(id_token: string, by = basicClient): Promise<JWTPayload> {
  const { payload } = await jwtVerify(id_token, keys, {
    issuer: server.issuer,
    audience: by.client_id,
    algorithms: ['RS256'],
    requiredClaims: ['sub', 'exp', 'iat', 'auth_time', 'at_hash'],
  })
  return payload
}

const userinfo = async (access_token: string): Promise<Readonly<Record<string, unknown>>> =>
  jsonOf(await server.send({ path: '/userinfo', headers: { authorization: `Bearer ${access_token}` } }))

/** What userinfo tells beside `sub`, of what the person has on file. */
async function told(scope: string) {
  const { tokens, said } = await flow({ scope })
  const { sub, ...others } = await userinfo(tokens.access_token)
  assert.equal(sub, said.sub)
  return others
}
const picked = (names: readonly string[]) =>
  Object.fromEntries(Object.entries(claims).filter(([name]) => names.includes(name)))

const asksToSignIn = ({ body }: Visited) => assert.match(body, /id="login-submit"/)

must(
  'OpenID Connect Discovery §3',
  'oidcc-discovery-endpoint-verification: has what is required and recommended, each value a known one',
  async () => {
    const answer = await server.send({ path: '/.well-known/openid-configuration' })
    assert.deepEqual([answer.status, answer.headers['content-type']], [200, 'application/json'])
    const metadata = jsonOf(answer) as Readonly<Record<string, readonly string[]>>
    assert.equal(metadata['issuer'], server.issuer)
    assert.ok(metadata['response_types_supported']?.includes('code'))
    assert.deepEqual(metadata['subject_types_supported'], ['public', 'pairwise'])
    for (const name of ['id_token_signing_alg_values_supported', 'userinfo_signing_alg_values_supported']) {
      assert.ok(metadata[name]?.includes('RS256'), name)
      assert.ok(!metadata[name]?.some((alg) => /^(none|HS)/.test(alg)), name)
    }
    const endpoints = Object.entries(metadata).filter(([name]) => /_endpoint$|_uri$/.test(name))
    for (const [name, url] of endpoints) assert.ok(String(url).startsWith(`${server.issuer}/`), name)
    for (const scope of ['openid', 'profile', 'email', 'address', 'phone', 'offline_access']) {
      assert.ok(metadata['scopes_supported']?.includes(scope), scope)
    }
    for (const claim of ['sub', ...Object.keys(claims)]) assert.ok(metadata['claims_supported']?.includes(claim), claim)
    const { keys: published } = jsonOf(await server.send({ path: '/jwks' })) as { keys: { kid: string; d?: string }[] }
    assert.equal(new Set(published.map(({ kid }) => kid)).size, published.length)
    assert.ok(published.every(({ d }) => d === undefined))
  },
)

must(
  'OpenID Connect Core §3.1',
  'oidcc-server: the code flow ends in an id_token and userinfo of one sub',
  async () => {
    const { tokens, said } = await flow()
    assert.equal((await userinfo(tokens.access_token))['sub'], said.sub)
  },
)

must('OpenID Connect Core §3.1.2.6', 'oidcc-response-type-missing: is an error that reaches the client', async () => {
  const { answer } = await answered({ response_type: undefined })
  assert.match(answer['error'] ?? '', /^(unsupported_response_type|invalid_request)$/)
})

must('OpenID Connect Core §10.1', 'oidcc-idtoken-signature: is RS256, and its kid is in the key set', async () => {
  const { alg, kid } = decodeProtectedHeader((await flow()).tokens.id_token)
  const { keys: published } = jsonOf(await server.send({ path: '/jwks' })) as { keys: { kid: string }[] }
  assert.equal(alg, 'RS256')
  assert.ok(published.some((key) => key.kid === kid))
})

must('OpenID Connect Core §2', 'oidcc-idtoken-unsigned: alg none is advertised nowhere, and not made', async () => {
  const { body } = await server.send({ path: '/.well-known/openid-configuration' })
  for (const [name, values] of Object.entries(JSON.parse(body) as Record<string, unknown>)) {
    if (name.endsWith('_alg_values_supported')) assert.ok(!(values as string[]).includes('none'), name)
  }
})

must('OpenID Connect Core §5.3.1', 'oidcc-userinfo-get: takes the token in the header of a GET', async () => {
  const { tokens, said } = await flow()
  assert.equal((await userinfo(tokens.access_token))['sub'], said.sub)
})

const posted = async (headers: Readonly<Record<string, string>>, body: string) => {
  const type = { 'content-type': 'application/x-www-form-urlencoded' }
  const answer = await server.send({ path: '/userinfo', method: 'POST', headers: { ...type, ...headers }, body })
  return [answer.status, answer.headers['content-type'], jsonOf(answer)['sub']]
}

must('OpenID Connect Core §5.3.1', 'oidcc-userinfo-post-header: takes it in the header of a POST', async () => {
  const { tokens, said } = await flow()
  const answer = await posted({ authorization: `Bearer ${tokens.access_token}` }, '')
  assert.deepEqual(answer, [200, 'application/json', said.sub])
})

must('RFC 6750 §2.2', 'oidcc-userinfo-post-body: takes it in the body of a POST', async () => {
  const { tokens, said } = await flow()
  const answer = await posted({}, form({ access_token: tokens.access_token }))
  assert.deepEqual(answer, [200, 'application/json', said.sub])
})

must(
  'OpenID Connect Core §3.1.2.1',
  'oidcc-ensure-request-without-nonce-succeeds-for-code-flow: then the id_token has none',
  async () => {
    assert.ok(!('nonce' in (await flow({ nonce: undefined })).said))
  },
)

must(
  'OpenID Connect Core §5.4',
  'oidcc-scope-profile: opens every claim of the profile, each of its type',
  async () => {
    assert.deepEqual(await told('openid profile'), picked(ofScope.profile))
  },
)

must('OpenID Connect Core §5.4', 'oidcc-scope-email: opens email and email_verified', async () => {
  assert.deepEqual(await told('openid email'), picked(ofScope.email))
})

must('OpenID Connect Core §5.1.1', 'oidcc-scope-address: opens the address, which is an object', async () => {
  assert.deepEqual(await told('openid address'), picked(ofScope.address))
})

must('OpenID Connect Core §5.4', 'oidcc-scope-phone: opens phone_number and phone_number_verified', async () => {
  assert.deepEqual(await told('openid phone'), picked(ofScope.phone))
})

must('OpenID Connect Core §5.4', 'oidcc-scope-all: opens all of them', async () => {
  assert.deepEqual(await told('openid profile email address phone'), claims)
})

must('RFC 6749 §3.3', 'oidcc-ensure-other-scope-order-succeeds: the order of scope values means nothing', async () => {
  assert.deepEqual(await told('email openid'), picked(ofScope.email))
})

must('OpenID Connect Core §3.1.2.1', 'oidcc-display-page: changes nothing', async () => {
  await flow({ display: 'page' })
})

must('OpenID Connect Core §3.1.2.1', 'oidcc-display-popup: changes nothing', async () => {
  await flow({ display: 'popup' })
})

must('OpenID Connect Core §3.1.2.1', 'oidcc-prompt-login: asks whoever is signed in, for the same sub', async () => {
  const { visitor, said } = await flow()
  asksToSignIn(await visitor.go(path({ prompt: 'login' })))
  const again = await flow({ prompt: 'login' }, { visitor })
  assert.equal(again.said.sub, said.sub)
  assert.ok(Number(again.said['auth_time']) >= Number(said['auth_time']))
})

must('OpenID Connect Core §3.1.2.1', 'oidcc-prompt-none-not-logged-in: is login_required, without a page', async () => {
  const { leaves } = await server.visitor().go(path({ prompt: 'none' }))
  assert.equal(leaves?.searchParams.get('error'), 'login_required')
})

must('OpenID Connect Core §3.1.2.1', 'oidcc-prompt-none-logged-in: is answered, with the same sign-in', async () => {
  const { visitor, said } = await flow()
  const again = await flow({ prompt: 'none' }, { visitor })
  assert.deepEqual([again.said.sub, again.said['auth_time']], [said.sub, said['auth_time']])
})

/** A server whose clock is ours, with a relying party of the profile `oidc` for Alice. */
async function timed() {
  const one = await world({ clients: [configured(basicClient)] })
  const { client_id, redirect_uri, client_secret } = basicClient
  const authorization = `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}`
  const redeem = (code: string) =>
    one.request('POST', '/token', {
      headers: { authorization },
      body: { grant_type: 'authorization_code', code, redirect_uri },
    })
  return { one, redeem, url: (wanted: Parameters) => `${one.issuer}${path(wanted)}` }
}

must('OpenID Connect Core §3.1.2.1', 'oidcc-max-age-1: asks again after that second; auth_time is newer', async () => {
  const { one, redeem, url } = await timed()
  const visitor = one.visitor()
  const authTime = async () => {
    const { leaves } = await one.allow(visitor, url({ max_age: '1' }))
    const answer = await redeem(leaves?.searchParams.get('code') ?? '')
    const { id_token } = JSON.parse(answer.body) as { id_token: string }
    return Number(one.parts.signer.verify('JWT', id_token)?.['auth_time'])
  }
  const first = await authTime()
  one.wait(2)
  asksToSignIn(await visitor.go(url({ max_age: '1' })))
  assert.equal(await authTime(), first + 2)
  await one.close()
})

must('OpenID Connect Core §3.1.2.1', 'oidcc-max-age-10000: asks nobody who has just signed in', async () => {
  const { visitor, said } = await flow()
  const { leaves } = await visitor.go(path({ max_age: '10000' }))
  assert.ok(leaves?.searchParams.has('code'))
  assert.equal((await flow({ max_age: '10000' }, { visitor })).said['auth_time'], said['auth_time'])
})

must(
  'OpenID Connect Core §3.1.2.1',
  'oidcc-ensure-request-with-unknown-parameter-succeeds: what nobody knows is passed over',
  async () => {
    await flow({ extra: 'foobar' })
  },
)

must(
  'OpenID Connect Core §3.1.2.1',
  'oidcc-id-token-hint: with prompt=none, is answered for the one it names',
  async () => {
    const { visitor, said, tokens } = await flow()
    const again = await flow({ prompt: 'none', id_token_hint: tokens.id_token }, { visitor })
    assert.equal(again.said.sub, said.sub)
  },
)

must('OpenID Connect Core §3.1.2.1', 'oidcc-login-hint: changes nothing but what stands in the field', async () => {
  const page = await server.visitor().go(path({ login_hint: 'bob@example.com' }))
  assert.match(page.body, /value="bob@example\.com"/)
  await flow({ login_hint: 'bob@example.com' })
})

must('OpenID Connect Core §3.1.2.1', 'oidcc-ui-locales: succeeds, whatever the languages', async () => {
  await flow({ ui_locales: 'se tlh' })
})

must('OpenID Connect Core §5.2', 'oidcc-claims-locales: succeeds, whatever the languages', async () => {
  await flow({ claims_locales: 'se tlh' })
})

must(
  'OpenID Connect Core §3.1.2.1',
  'oidcc-ensure-request-with-acr-values-succeeds: tells one that was asked for and is advertised',
  async () => {
    const metadata = jsonOf(await server.send({ path: '/.well-known/openid-configuration' }))
    const advertised = metadata['acr_values_supported'] as readonly string[]
    const { said } = await flow({ acr_values: `1 2 ${advertised.join(' ')}` })
    assert.ok(advertised.includes(String(said['acr'])))
  },
)

must(
  'RFC 6749 §4.1.2',
  'oidcc-codereuse: a code is redeemed once, and what it gave ends with the second try',
  async () => {
    const { code, tokens } = await flow()
    const { status, body } = await redeemed(code)
    assert.deepEqual([status, (JSON.parse(body) as { error: string }).error], [400, 'invalid_grant'])
    assert.equal(await isActive(server, basicClient, tokens.access_token), false)
  },
)

must('RFC 6749 §4.1.2', 'oidcc-codereuse-30seconds: as much after half a minute', async () => {
  const { one, redeem, url } = await timed()
  const { leaves } = await one.allow(one.visitor(), url({}))
  const code = leaves?.searchParams.get('code') ?? ''
  const { access_token } = JSON.parse((await redeem(code)).body) as { access_token: string }
  one.wait(30)
  assert.equal((await redeem(code)).status, 400)
  const headers = { authorization: `Bearer ${access_token}` }
  assert.equal((await one.request('GET', '/userinfo', { headers })).status, 401)
  await one.close()
})

must('OpenID Connect Core §3.1.2.1', 'oidcc-ensure-registered-redirect-uri: any other is a page of ours', async () => {
  const { leaves, status, body } = await server.visitor().go(path({ redirect_uri: 'https://basic.test/callback/x' }))
  assert.deepEqual([leaves, status], [undefined, 400])
  assert.match(body, /id="error-code"/)
})

must('OpenID Connect Core §3.1.2.1', 'oidcc-ensure-post-request-succeeds: a request by POST is as good', async () => {
  const visitor = server.visitor()
  const url = new URL(path({}), server.issuer)
  const page = await visitor.post(new URL(url.pathname, server.issuer), [...url.searchParams])
  const { leaves } = await passPages(visitor, page)
  assert.equal((await redeemed(leaves?.searchParams.get('code') ?? '')).status, 200)
})

must(
  'OpenID Connect Core §9',
  'oidcc-server-client-secret-post: the client may have its secret in the form',
  async () => {
    await flow({}, { by: postClient })
  },
)

/** What is refused unless it is supported correctly; an unsigned one never is. */
const refusals = /^(request_not_supported|request_uri_not_supported|invalid_request_object|invalid_request_uri)$/
const unsigned = (members: object) =>
  `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify(members)).toString('base64url')}.`

must(
  'OpenID Connect Core §6.2',
  'oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported: is refused',
  async () => {
    const { answer } = await answered({ request_uri: 'https://basic.test/request.jwt' })
    assert.match(answer['error'] ?? '', refusals)
  },
)

must(
  'OpenID Connect Core §6.1',
  'oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported: is refused',
  async () => {
    const { answer } = await answered({ request: unsigned({ client_id: 'basic', nonce: 'another' }) })
    assert.match(answer['error'] ?? '', refusals)
  },
)

must('OpenID Connect Core §5.5', 'oidcc-claims-essential: name is in userinfo, and not in the id_token', async () => {
  const wanted = JSON.stringify({ userinfo: { name: { essential: true } } })
  const { tokens, said } = await flow({ claims: wanted })
  assert.deepEqual(await userinfo(tokens.access_token), { sub: said.sub, name: claims.name })
  assert.ok(!('name' in said))
})

must(
  'OpenID Connect Core §6.1',
  'oidcc-ensure-request-object-with-redirect-uri: an unsigned one moves no answer elsewhere',
  async () => {
    const request = unsigned({ client_id: 'basic', redirect_uri: 'https://evil.test/cb' })
    const { answer } = await answered({ request })
    assert.match(answer['error'] ?? '', refusals)
  },
)

must('OpenID Connect Core §12.2', 'oidcc-refresh-token: a refreshed id_token is about the same sign-in', async () => {
  const { tokens, said } = await flow({ scope: 'openid offline_access', prompt: 'consent' })
  const answer = await refresh(server, basicClient, tokens.refresh_token ?? assert.fail('no refresh token'))
  const again = await checked(String(jsonOf(answer)['id_token']))
  for (const name of ['iss', 'sub', 'aud', 'auth_time', 'acr', 'sid']) assert.deepEqual(again[name], said[name], name)
  assert.ok(Number(again.iat) >= Number(said.iat))
  assert.equal((await userinfo(String(jsonOf(answer)['access_token'])))['sub'], said.sub)
})

must('RFC 7636 §4.3', 'oidcc-ensure-request-with-valid-pkce-succeeds: where it is optional, it counts', async () => {
  const { code_verifier, code_challenge } = newPkce()
  const challenge = { code_challenge, code_challenge_method: 'S256' }
  await flow(challenge, { code_verifier })
  const { answer } = await answered(challenge)
  assert.equal((await redeemed(answer['code'] ?? '')).status, 400)
})

test('every module of the suite’s plans is expressed here or in a test of its own, once', () => {
  const proved = musts().map(({ statement }) => /^(oidcc-[\w-]+): /.exec(statement)?.[1])
  for (const module of Object.values(openidModules).flat()) {
    assert.equal(proved.filter((name) => name === module).length, 1, module)
  }
})
