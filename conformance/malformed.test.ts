/** Malformed input of every kind at every endpoint: the request is refused, and nothing fails. */
import assert from 'node:assert/strict'
import { after } from 'node:test'
import fc from 'fast-check'
import { must } from '../testing/must.ts'
import type { Request } from '../testing/sender.ts'
import { startServer } from '../testing/server.ts'
import type { Received } from '../testing/visitor.ts'
import {
  assertion,
  assertionParameters,
  authorize,
  basic,
  clients,
  configuration,
  credentialsOf,
  form,
  jsonOf,
  post,
  tokensFor,
} from './scene.ts'

const { C1, C4, C6, RS1 } = clients
const server = await startServer({ configuration })
after(() => server.stop())

const inAll = 10_000
const atOnce = 50

const alice = server.visitor()
const lasting = { scope: 'openid profile email offline_access postcards.read' }
const tokens = await tokensFor(server, alice, C1, lasting)
const { code, code_verifier } = await authorize(alice, C1, lasting)
const cookie = [...alice.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
const formType = 'application/x-www-form-urlencoded'

/** Values that somebody once forgot. */
const forgotten = [
  ...[
    '',
    ' ',
    '0',
    '-1',
    '1e999',
    'NaN',
    'null',
    'undefined',
    'true',
    '[]',
    '{}',
    '__proto__',
    'constructor',
    'toString',
  ],
  ...[
    '\0',
    '\ufeff',
    '\u202e',
    '\ud800',
    '😀',
    'é',
    '%',
    '%00',
    '%zz',
    '%ff',
    '+',
    '&',
    '=',
    ';',
    '"',
    "'",
    '\\',
    '<',
    '../',
  ],
  ...[
    "' or 1=1 --",
    '${7*7}',
    '{{7*7}}',
    '$(id)',
    'file:///etc/passwd',
    'http://169.254.169.254/',
    'javascript:alert(1)',
  ],
  ...['a'.repeat(255), 'a'.repeat(5_000), 'é'.repeat(1_000), 'openid '.repeat(500), '['.repeat(2_000), '9'.repeat(400)],
  ...[
    'lc_',
    'lr_',
    'la_',
    'ls_',
    'le_',
    `lc_${'A'.repeat(49)}`,
    `lr_${'_'.repeat(49)}`,
    'eyJhbGciOiJub25lIn0.e30.',
    '..',
    '....',
  ],
]
const names = [
  ...[
    'grant_type',
    'code',
    'code_verifier',
    'redirect_uri',
    'client_id',
    'client_secret',
    'refresh_token',
    'scope',
    'resource',
  ],
  ...[
    'client_assertion',
    'client_assertion_type',
    'token',
    'token_type_hint',
    'access_token',
    'response_type',
    'response_mode',
  ],
  ...[
    'state',
    'nonce',
    'prompt',
    'max_age',
    'ui_locales',
    'acr_values',
    'login_hint',
    'id_token_hint',
    'claims',
    'request',
  ],
  ...[
    'request_uri',
    'registration',
    'code_challenge',
    'code_challenge_method',
    'authorization_details',
    'dpop_jkt',
    'display',
  ],
  ...[
    'username',
    'password',
    'csrf_token',
    'step',
    'decision',
    'access_for',
    'remove',
    '__proto__',
    '__proto__[polluted]',
  ],
  ...['constructor[prototype][polluted]', 'scope[]', 'resource[0]', '', 'é', 'a b', 'toString'],
]
const right = [
  ...[code, code_verifier, tokens.access_token, tokens.refresh_token, tokens.id_token, C1.client_id, C1.client_secret],
  ...[
    'authorization_code',
    'refresh_token',
    'client_credentials',
    'S256',
    'code',
    'openid',
    'none',
    'login',
    'form_post',
  ],
  ...[
    'https://rp1.test/cb',
    'urn:ietf:params:oauth:request_uri:',
    '[{"type":"postcard_delivery"}]',
    'https://api.test/',
    'allow',
    'deny',
    'sign-in',
    'consent',
    'once',
    'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
  ],
]

const value = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...right) },
  { weight: 4, arbitrary: fc.constantFrom(...forgotten) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 60 }) },
  { weight: 1, arbitrary: fc.json({ maxDepth: 4 }) },
)
const parameters = fc.array(fc.tuple(fc.constantFrom(...names), value), { maxLength: 12 })
const spelled = (pairs: readonly (readonly [string, string])[]): string =>
  new URLSearchParams(pairs.map(([name, text]) => [name, text.toWellFormed()])).toString()
const body = fc.oneof(
  { weight: 6, arbitrary: parameters.map(spelled) },
  { weight: 1, arbitrary: parameters.map((pairs) => JSON.stringify(Object.fromEntries(pairs))) },
  { weight: 1, arbitrary: fc.constantFrom(...forgotten.map((text) => text.toWellFormed())) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '{"__proto__":{"polluted":1}}',
      '{"a":1,"a":2}',
      `${'['.repeat(30_000)}`,
      '[1e999]',
      '\ufeff{}',
    ),
  },
)
const credentials = fc.constantFrom<Readonly<Record<string, string>>>(
  {},
  ...[C1, C6, RS1].map((client) => basic(client.client_id, client.client_secret)),
  { authorization: `Bearer ${tokens.access_token}` },
  ...[
    'Basic',
    'Bearer',
    'Basic =',
    'Bearer a b',
    'DPoP x',
    'Digest x',
    'Basic Og==',
    'Bearer eyJ.e.e',
    'Negotiate',
  ].map((authorization) => ({
    authorization,
  })),
)
const headers = fc
  .tuple(
    credentials,
    fc.constantFrom(
      ...Array<string>(20).fill(formType),
      'application/json',
      'text/plain',
      'multipart/form-data',
      '',
      `${formType};charset=utf-7`,
    ),
    fc.dictionary(
      fc.constantFrom(
        'accept',
        'accept-language',
        'origin',
        'referer',
        'user-agent',
        'cookie',
        'if-none-match',
        'range',
        'dpop',
        'x-forwarded-for',
        'content-encoding',
        'sec-fetch-site',
      ),
      fc.oneof(
        fc.constantFrom(cookie, 'null', '*', '', 'text/html', 'http://localhost', 'a=b; c', 'bytes=0-', 'gzip', '::1'),
        fc.constantFrom(...forgotten),
      ),
      { maxKeys: 4 },
    ),
  )
  .map(([authorization, type, more]): Readonly<Record<string, string>> => {
    const sendable = Object.entries(more).filter(([, text]) => /^[\x20-\x7e]*$/.test(text))
    return { ...authorization, ...(type !== '' && { 'content-type': type }), ...Object.fromEntries(sendable) }
  })
/** Where, and how it is asked as a rule. */
const places = [
  ...['/authorize', '/authorize', '/authorize', '/account', '/logout', '/interaction/x', '/userinfo'].flatMap(
    (path) => [['GET', path] as const, ['POST', path] as const],
  ),
  ...['/token', '/token', '/token', '/introspect', '/revoke', '/par', '/par'].map((path) => ['POST', path] as const),
  ...['/jwks', '/.well-known/openid-configuration', '/', '/assets/x', '/metrics'].map((path) => ['GET', path] as const),
]
const request: fc.Arbitrary<Request> = fc
  .record({
    place: fc.constantFrom(...places),
    otherMethod: fc.constantFrom(...Array<undefined>(20).fill(undefined), 'HEAD', 'PUT', 'OPTIONS', 'DELETE'),
    query: fc.oneof(parameters.map(spelled), fc.constantFrom('', '?', '%', '%ff=%ff', '&&&', '=', '[]=1', 'a%00=1')),
    headers,
    body,
  })
  .map(({ place: [usual, path], otherMethod, query, headers: fields, body: text }) => {
    const method = otherMethod ?? usual
    return {
      method,
      headers: fields,
      path: query === '' ? path : `${path}?${query}`.slice(0, 9_000),
      ...(['POST', 'PUT', 'DELETE'].includes(method) && { body: text }),
    }
  })

/** What every answer is, whatever was asked. */
function isAnAnswer(asked: Request, { status, headers: fields, body: text }: Received): void {
  const seen = `${JSON.stringify(asked)} was answered ${status} ${text.slice(0, 500)}`
  assert.ok(status < 500, seen)
  assert.match(String(fields['x-request-id']), /^[\w-]{22}$/, seen)
  assert.doesNotMatch(text, /polluted|node:internal|\.ts:\d|SQLITE|syntax error|    at /, seen)
  if (status >= 400 && fields['content-type'] === 'application/json' && text !== '') {
    const { error, error_description } = JSON.parse(text) as Readonly<Record<string, unknown>>
    assert.match(String(error), /^[a-z_]+$/, seen)
    assert.match(String(error_description), /^[\x20-\x21\x23-\x5b\x5d-\x7e]*$/, seen)
  }
}

must(
  'RFC 6749 §5.2',
  'AZ-33, PX-07, PX-08: whatever is sent to whatever endpoint, the answer is an answer, and tells nothing of the inside',
  async (t) => {
    const seed = Number(process.env['LICET_TEST_SEED'] ?? Date.now() % 2 ** 31)
    t.diagnostic(`seed ${seed}`)
    const statuses = new Map<number, number>()
    const property = fc.asyncProperty(fc.array(request, { minLength: atOnce, maxLength: atOnce }), async (requests) => {
      await Promise.all(
        requests.map(async (asked) => {
          const answer = await server.send(asked)
          isAnAnswer(asked, answer)
          statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1)
        }),
      )
    })
    const begun = performance.now()
    await fc.assert(property, { seed, numRuns: inAll / atOnce, endOnFailure: true })
    const counts = [...statuses]
      .toSorted(([one], [other]) => one - other)
      .map(([status, count]) => `${status}: ${count}`)
    t.diagnostic(`${counts.join(', ')} in ${((performance.now() - begun) / 1000).toFixed(1)} s`)
    assert.ok([200, 303, 400, 401].every((status) => (statuses.get(status) ?? 0) > inAll / 50))
  },
)

must('RFC 6749 §4', 'PX-08: after all that the flow is as it was', async () => {
  const bob = server.visitor()
  const { access_token } = await tokensFor(server, bob, C1, lasting)
  const told = jsonOf(await server.send({ path: '/userinfo', headers: { authorization: `Bearer ${access_token}` } }))
  assert.equal(told['name'], 'Alice Liddell')
  const claims = {
    aud: server.issuer,
    ...(JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}') as object),
  }
  const credentialsOfC4 = { headers: {}, parameters: assertionParameters(assertion(C4, claims)) }
  assert.ok((await post(server, '/introspect', credentialsOfC4, { token: 'x' })).status < 500)
  const { headers: fields } = credentialsOf(RS1, server.issuer)
  const answer = await server.send({
    path: '/introspect',
    headers: { ...fields, 'content-type': formType },
    body: form({ token: access_token, '__proto__[polluted]': '1' }),
  })
  assert.doesNotMatch(answer.body, /polluted/)
  const document = await server.send({ path: '/.well-known/openid-configuration' })
  assert.doesNotMatch(document.body, /polluted/)
})
