/**
 * The mistakes that people make when they connect an application, each made once: every one has a reason of its own, an
 * explanation that names the offending value to the operator, and an answer that shows a stranger nothing registered.
 */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, describe, test } from 'node:test'
import { exportJWK, generateKeyPair, SignJWT, type JWTPayload } from 'jose'
import { world, worldAuthorization, worldSecret, type World, type WorldRequest } from '../../../testing/world.ts'
import type { HttpResponse } from '../../http/message.ts'
import { secretsUnder } from '../../kernel/secret.ts'
import { adviceOn } from '../../ui/words/advice.ts'
import { explainReference, linesOf } from './reference.ts'

const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
const verifierOfAnother = `${verifier}-of-another-tab`
const damaged = secretsUnder(Buffer.alloc(32, 7)).issue('client_secret', '0'.repeat(32)).value.slice(0, -3)
const { privateKey, publicKey } = await generateKeyPair('ES256')
const { privateKey: foreignKey } = await generateKeyPair('ES256')
const usual = { redirect_uris: ['https://rp1.test/cb'], grant_types: ['authorization_code', 'refresh_token'] }
const clients = [
  {
    ...usual,
    client_id: 'greatapp',
    client_secret: worldSecret,
    grant_types: [...usual.grant_types, 'client_credentials'],
    scope: 'openid email offline_access postcards.read',
  },
  { ...usual, client_id: 'spa', token_endpoint_auth_method: 'none', scope: 'openid postcards.read' },
  {
    ...usual,
    client_id: 'several',
    client_secret: worldSecret,
    redirect_uris: ['https://rp1.test/a', 'https://rp1.test/b'],
  },
  { ...usual, client_id: 'off', client_secret: worldSecret, disabled: true },
  {
    client_id: 'machine',
    client_secret: worldSecret,
    redirect_uris: ['https://rp1.test/cb'],
    grant_types: ['client_credentials'],
  },
  {
    ...usual,
    client_id: 'signer',
    token_endpoint_auth_method: 'private_key_jwt',
    jwks: { keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256', use: 'sig' }] },
  },
]
const scopes = { 'postcards.read': { title: 'See your postcards' } }
const resources = [
  { resource: 'https://api.test/', name: 'Postcards', scopes },
  { resource: 'https://letters.test/', name: 'Letters', scopes: { 'letters.read': { title: 'See your letters' } } },
]
const w = await world({ clients, resources })
after(() => w.close())
const person = w.visitor()

/** How a mistake is made: what the server answers. */
type Mistake = () => Promise<HttpResponse>

const authorize =
  (otherwise: Readonly<Record<string, string | undefined>>, more = ''): Mistake =>
  () =>
    w.request('GET', w.authorizeUrl(otherwise).slice(w.issuer.length) + more)

let peers = 0
const send = (path: string, request: WorldRequest, method = 'POST'): Promise<HttpResponse> =>
  w.request(method, path, { peer: `10.0.${(peers += 1)}.1`, ...request })

const token =
  (body: WorldRequest['body'], headers: WorldRequest['headers'] = worldAuthorization): Mistake =>
  () =>
    send('/token', { ...(body !== undefined && { body }), headers: { ...headers } })

const basic = (id: string, secret: string) => ({
  authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
})
const own = { grant_type: 'client_credentials' }

/** Redeems a fresh code of `greatapp`, with a mistake. */
const redeem =
  (otherwise: Readonly<Record<string, string>>, { late = 0, headers = worldAuthorization } = {}): Mistake =>
  async () => {
    const { leaves } = await w.allow(person, w.authorizeUrl())
    w.wait(late)
    const code = leaves?.searchParams.get('code') ?? ''
    const body = { grant_type: 'authorization_code', code, code_verifier: verifier, ...otherwise }
    return token(Object.fromEntries(Object.entries(body).filter(([, value]) => value !== '')), headers)()
  }

const refresh =
  (otherwise: Readonly<Record<string, string>>, headers: WorldRequest['headers'] = worldAuthorization): Mistake =>
  async () => {
    const { refresh_token = '' } = await w.tokens(person)
    return token({ grant_type: 'refresh_token', refresh_token, ...otherwise }, headers)()
  }

const twice =
  (mistake: () => Promise<WorldRequest>): Mistake =>
  async () => {
    const request = await mistake()
    await send('/token', request)
    return send('/token', request)
  }

async function asserted(claims: JWTPayload, header: Readonly<Record<string, string>> = {}, key = privateKey) {
  const at = w.clock()
  const whole = {
    iss: 'signer',
    sub: 'signer',
    aud: w.issuer,
    iat: at,
    exp: at + 60,
    jti: String((peers += 1)),
    ...claims,
  }
  const client_assertion = await new SignJWT(whole)
    .setProtectedHeader({ alg: 'ES256', kid: 'one', ...header })
    .sign(key)
  return {
    grant_type: 'authorization_code',
    code: 'lc_none',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion,
  }
}

const assertion =
  (...made: Parameters<typeof asserted>): Mistake =>
  async () =>
    token(await asserted(...made), {})()

const redirect = (redirect_uri: string): Mistake => authorize({ redirect_uri })
const ahead = (seconds: number) => w.clock() + seconds

/** What is wrong, how it is made, the reason, and what the operator must find in the explanation. */
const mistakes: readonly (readonly [what: string, mistake: Mistake, reason: string, names: string])[] = [
  ['a trailing slash', redirect('https://rp1.test/cb/'), 'redirect_uri_unregistered', 'differs_in: trailing slash'],
  ['a port', redirect('https://rp1.test:8443/cb'), 'redirect_uri_unregistered', 'differs_in: port'],
  ['http for https', redirect('http://rp1.test/cb'), 'redirect_uri_unregistered', 'differs_in: scheme'],
  ['another host', redirect('https://www.rp1.test/cb'), 'redirect_uri_unregistered', 'differs_in: host'],
  [
    'the case of the path',
    redirect('https://rp1.test/CB'),
    'redirect_uri_unregistered',
    'differs_in: case of the path',
  ],
  ['another path', redirect('https://rp1.test/callback'), 'redirect_uri_unregistered', 'differs_in: path'],
  ['a query', redirect('https://rp1.test/cb?next=1'), 'redirect_uri_unregistered', 'differs_in: query'],
  ['a fragment', redirect('https://rp1.test/cb#top'), 'redirect_uri_unregistered', 'differs_in: fragment'],
  ['a user name in it', redirect('https://me@rp1.test/cb'), 'redirect_uri_unregistered', 'differs_in: user name'],
  ['the case of the host', redirect('https://RP1.test/cb'), 'redirect_uri_unregistered', 'differs_in: spelling'],
  ['a relative address', redirect('/cb'), 'redirect_uri_unregistered', 'differs_in: form'],
  [
    'none of several',
    authorize({ client_id: 'several', redirect_uri: undefined }),
    'redirect_uri_missing',
    'registered: https://rp1.test/a https://rp1.test/b',
  ],
  [
    'redirect_uri twice',
    authorize({}, '&redirect_uri=https%3A%2F%2Frp1.test%2Fcb'),
    'redirect_uri_repeated',
    'greatapp',
  ],
  ['no client_id', authorize({ client_id: undefined }), 'client_id_missing', 'client_id'],
  ['client_id twice', authorize({}, '&client_id=other'), 'client_id_repeated', 'client_id'],
  ['a misspelled client_id', authorize({ client_id: 'graetapp' }), 'client_unknown', 'graetapp'],
  ['a client that is off', authorize({ client_id: 'off' }), 'client_disabled', 'off'],
  ['a broken escape', authorize({}, '&state=%zz'), 'request_malformed', 'percent'],
  ['a state of 13,000 characters', authorize({ state: 'x'.repeat(13_000) }), 'request_too_long', 'length: 13'],
  [
    'no PKCE',
    authorize({ code_challenge: undefined, code_challenge_method: undefined }),
    'code_challenge_missing',
    'greatapp',
  ],
  [
    'plain PKCE',
    authorize({ code_challenge_method: 'plain' }),
    'code_challenge_method_unsupported',
    'code_challenge_method: plain',
  ],
  [
    'a challenge in hexadecimal',
    authorize({ code_challenge: createHash('sha256').update(verifier).digest('hex') }),
    'code_challenge_malformed',
    'length: 64',
  ],
  ['an unknown scope', authorize({ scope: 'openid postcard.read' }), 'scope_unknown', 'scope: postcard.read'],
  [
    'a scope list with commas in quotes',
    authorize({ scope: '"openid","email"' }),
    'scope_malformed',
    'scope: "openid","email"',
  ],
  [
    'a scope of somebody else',
    authorize({ client_id: 'spa', scope: 'openid email' }),
    'scope_not_allowed',
    'registered scope: openid postcards.read',
  ],
  [
    'a misspelled resource',
    authorize({ resource: 'https://api.test/v1' }),
    'resource_unknown',
    'resource: https://api.test/v1',
  ],
  [
    'a scope of another resource',
    authorize({ resource: 'https://letters.test/' }),
    'scope_of_other_resource',
    'scope: postcards.read',
  ],
  ['no response_type', authorize({ response_type: undefined }), 'response_type_missing', 'greatapp'],
  [
    'a token in the redirect',
    authorize({ response_type: 'id_token2' }),
    'response_type_unsupported',
    'response_type: id_token2',
  ],
  ['a client without that grant type', authorize({ client_id: 'machine' }), 'response_type_not_allowed', 'machine'],
  ['an unknown response mode', authorize({ response_mode: 'web' }), 'response_mode_unsupported', 'response_mode: web'],
  ['an unknown prompt', authorize({ prompt: 'always' }), 'prompt_unknown', 'prompt: always'],
  ['max_age in words', authorize({ max_age: '1h' }), 'max_age_malformed', 'max_age: 1h'],
  ['state twice', authorize({}, '&state=b'), 'request_parameter_repeated', 'parameter: state'],
  ['nobody signed in', authorize({ prompt: 'none' }), 'login_required', 'greatapp'],

  ['a wrong secret', token(own, basic('greatapp', 'wrong')), 'client_secret_wrong', 'greatapp'],
  [
    'the hash as secret',
    () => token(own, basic('greatapp', w.parts.secrets.hash('client_secret', worldSecret)))(),
    'client_secret_is_hash',
    'greatapp',
  ],
  ['a truncated secret', token(own, basic('greatapp', damaged)), 'client_secret_damaged', 'greatapp'],
  [
    'the wrong method',
    token({ ...own, client_id: 'greatapp', client_secret: worldSecret }, {}),
    'client_authentication_method_mismatch',
    'registered token_endpoint_auth_method: client_secret_basic',
  ],
  [
    'two methods',
    token({ ...own, client_id: 'greatapp', client_secret: worldSecret }),
    'client_authentication_several',
    'client_secret_basic client_secret_post',
  ],
  ['no credentials', token(own, {}), 'client_authentication_missing', 'names no client'],
  ['an unknown client', token(own, basic('graetapp', 'x')), 'client_authentication_unknown_client', 'graetapp'],
  [
    'a client that is switched off',
    token(own, basic('off', worldSecret)),
    'client_authentication_disabled_client',
    'off',
  ],
  [
    'a header that is not base64',
    token(own, { authorization: 'Basic great:app' }),
    'basic_credentials_malformed',
    'base64',
  ],
  [
    'Bearer for Basic',
    token(own, { authorization: 'Bearer abcdefgh' }),
    'authorization_scheme_unsupported',
    'scheme: Bearer',
  ],
  [
    'another client_id in the body',
    token({ ...own, client_id: 'spa' }),
    'client_id_contradicted',
    'authenticates: greatapp',
  ],
  [
    'a body of JSON',
    token('{"grant_type":"client_credentials"}', { ...worldAuthorization, 'content-type': 'application/json' }),
    'content_type_unsupported',
    'content_type: application/json',
  ],
  [
    'a parameter twice',
    token('grant_type=a&grant_type=b', { ...worldAuthorization, 'content-type': 'application/x-www-form-urlencoded' }),
    'form_parameter_repeated',
    'parameters: grant_type',
  ],
  [
    'a form that is none',
    token('grant_type=%zz', { ...worldAuthorization, 'content-type': 'application/x-www-form-urlencoded' }),
    'form_malformed',
    'percent',
  ],
  ['GET for POST', () => send('/token', {}, 'GET'), 'method_not_taken', 'method: GET'],
  ['another host', () => send('/token', { body: own, headers: { host: 'other.test' } }), 'host_not_ours', 'other.test'],
  ['no grant_type', token({ a: 'b' }), 'grant_type_missing', 'greatapp'],
  ['an unknown grant_type', token({ grant_type: 'code' }), 'grant_type_unsupported', 'grant_type: code'],
  [
    'a grant type of others',
    token({ grant_type: 'client_credentials' }, basic('several', worldSecret)),
    'grant_type_not_allowed',
    'registered grant_types: authorization_code refresh_token',
  ],
  ['a scope that a person has to give', token({ ...own, scope: 'openid' }), 'scope_of_person', 'scope: openid'],

  ['no code', redeem({ code: '' }), 'code_missing', 'greatapp'],
  ['a truncated code', redeem({ code: 'lc_cut' }), 'code_unknown', 'greatapp'],
  ['an expired code', redeem({}, { late: 61 }), 'code_expired', 'seconds_late: 1'],
  [
    'a code of another client',
    redeem({}, { headers: basic('several', worldSecret) }),
    'code_of_another_client',
    'expected: greatapp',
  ],
  [
    'another redirect_uri at the token endpoint',
    redeem({ redirect_uri: 'https://rp1.test/cb/' }),
    'redirect_uri_mismatch',
    'differs_in: trailing slash',
  ],
  ['no verifier', redeem({ code_verifier: '' }), 'code_verifier_missing', 'greatapp'],
  ['the verifier of another tab', redeem({ code_verifier: verifierOfAnother }), 'code_verifier_mismatch', 'greatapp'],
  ['a code sent twice', twice(redeemable), 'code_replayed', 'greatapp'],
  ['no refresh token', refresh({ refresh_token: '' }), 'refresh_token_missing', 'greatapp'],
  ['an access token for a refresh token', refresh({ refresh_token: 'eyJ' }), 'refresh_token_unknown', 'greatapp'],
  [
    'a refresh token of another client',
    refresh({}, basic('several', worldSecret)),
    'refresh_token_of_another_client',
    'several',
  ],
  ['a wider scope', refresh({ scope: 'openid email' }), 'scope_not_granted', 'greatapp'],
  [
    'another resource',
    refresh({ resource: 'https://letters.test/' }),
    'resource_not_approved',
    'resource: https://letters.test/',
  ],

  ['a clock that is behind', () => assertion({ exp: ahead(-120) })(), 'client_assertion_expired', 'seconds_late: 120'],
  [
    'a clock that is ahead',
    () => assertion({ iat: ahead(120) })(),
    'client_assertion_not_yet_valid',
    'seconds_ahead: 120',
  ],
  [
    'milliseconds for seconds',
    () => assertion({ exp: ahead(0) * 1000 })(),
    'client_assertion_lives_too_long',
    'seconds_ahead',
  ],
  [
    'the token endpoint as audience',
    assertion({ aud: `${w.issuer}/token` }),
    'client_assertion_audience_mismatch',
    `aud: "${w.issuer}/token"`,
  ],
  ['another iss', assertion({ iss: 'me' }), 'client_assertion_issuer_mismatch', 'iss: "me"'],
  ['no jti', assertion({ jti: '' }), 'client_assertion_jti_missing', 'signer'],
  ['an unknown kid', assertion({}, { kid: 'two' }), 'client_assertion_key_unknown', 'kid: two'],
  ['a foreign key', assertion({}, {}, foreignKey), 'client_assertion_signature_wrong', 'kid: one'],
  [
    'a JWT of another kind',
    assertion({}, { typ: 'at+jwt' }),
    'client_assertion_algorithm_not_allowed',
    'typ: "at+jwt"',
  ],
  [
    'an assertion that is none',
    token(
      {
        ...own,
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: 'none',
      },
      {},
    ),
    'client_assertion_malformed',
    'sub',
  ],
  [
    'another assertion type',
    token({ ...own, client_assertion_type: 'jwt-bearer' }, {}),
    'client_assertion_type_unsupported',
    'client_assertion_type: jwt-bearer',
  ],
  ['an assertion sent twice', twice(async () => ({ body: await asserted({}) })), 'client_assertion_replayed', 'signer'],
]

async function redeemable(): Promise<WorldRequest> {
  const { leaves } = await w.allow(person, w.authorizeUrl())
  const code = leaves?.searchParams.get('code') ?? ''
  return { body: { grant_type: 'authorization_code', code, code_verifier: verifier }, headers: worldAuthorization }
}

describe('R5: a mistake is told apart from all others', () => {
  for (const [what, mistake, reason, names] of mistakes) {
    test(`R5, AZ-33: ${what} is ${reason}, and the operator reads ${names}`, async () => {
      const response = await mistake()
      const reference = String(response.headers['x-request-id'])
      const log = w.log.map(({ event, detail }) => JSON.stringify({ event, ...detail }))
      const lines = await linesOf(reference, log)
      assert.deepEqual(
        lines.map((line) => line['reason']),
        [reason],
      )
      const explained = await explainReference(lines, w.parts)
      const read = explained.flatMap(({ subject, steps, outcome }) => [
        subject,
        ...steps.flatMap(({ words, values = {} }) => [words, ...Object.entries(values).map((pair) => pair.join(': '))]),
        outcome,
      ])
      assert.ok(read.join('\n').includes(names), read.join('\n'))
      assert.ok(adviceOn(reason) !== undefined, `nobody is told how to mend ${reason}`)
      await showsNothingRegistered(response, w)
      assert.doesNotMatch(read.join('\n'), new RegExp(`${worldSecret}|${damaged}`))
    })
  }

  test('R5: no two of them look alike in the log', () => {
    const seen = mistakes.map(([, , reason, names]) => (reason === 'redirect_uri_unregistered' ? names : reason))
    assert.equal(new Set(seen).size, mistakes.length)
    assert.ok(mistakes.length >= 60)
  })
})

/** Policy 13: neither the answer nor the page that its `error_uri` leads to tells a stranger what is registered. */
async function showsNothingRegistered({ headers, body }: HttpResponse, { request, issuer }: World): Promise<void> {
  const { location, ...others } = headers
  const answer = location === undefined ? undefined : new URL(String(location))
  const told = location === undefined ? body + JSON.stringify(others) : (answer?.search ?? '')
  assert.doesNotMatch(told, /rp1\.test/)
  const json = headers['content-type'] === 'application/json' ? (JSON.parse(body) as { error_uri: string }) : undefined
  const uri =
    json?.error_uri ?? answer?.searchParams.get('error_uri') ?? /href="([^"]*\/errors\/[^"]*)"/.exec(body)?.[1]
  assert.match(uri ?? '', /^[\x21\x23-\x5b\x5d-\x7e]+$/)
  const page = await request('GET', String(uri).slice(issuer.length))
  assert.equal(page.status, 200)
  assert.match(page.body, /id="explained-error"/)
  assert.doesNotMatch(page.body, /rp1\.test|api\.test/)
  if (body.includes('id="error-reference"')) {
    assert.ok(body.includes(`id="error-reference">${String(headers['x-request-id'])}<`))
  }
}
