/** The authorization endpoint as a browser meets it: what goes back to the client, what stays on a page, and what is neither. */
import assert from 'node:assert/strict'
import { after } from 'node:test'
import { must } from '../testing/must.ts'
import { startServer } from '../testing/server.ts'
import { formsOf, type Received, type Visited, type Visitor } from '../testing/visitor.ts'
import {
  authorizationPath,
  authorize,
  clients,
  configuration,
  form,
  jsonOf,
  newPkce,
  passPages,
  people,
  redeem,
  tokensOf,
  type Parameters,
  type SceneClient,
} from './scene.ts'

const { C1, C2, C3, C4, C5, C6, C7 } = clients
const server = await startServer({ configuration })
after(() => server.stop())

const pkce = newPkce()
const ask = (by: SceneClient, otherwise: Parameters = {}, more = '') =>
  server.send({ path: authorizationPath(by, pkce, otherwise) + more })

/** A page for the person, and no way on to anywhere else. */
function staysHere(answer: Received, what: string): void {
  assert.equal(answer.status, 400, what)
  assert.equal(answer.headers['location'], undefined, what)
  assert.equal(answer.headers['content-type'], 'text/html; charset=utf-8', what)
  assert.equal(answer.headers['cache-control'], 'no-store', what)
  assert.match(answer.body, /id="error-code">invalid_request</, what)
  assert.match(answer.body, /id="error-reference">[\w-]+</, what)
  assert.doesNotMatch(answer.body, /http-equiv|<script|<form|evil\.test/i, what)
}

/** Where the client is told of the error, with everything it needs to believe it. */
function goesBack(answer: Received, errors: readonly string[], what: string, state: string | null = 'the state'): void {
  assert.equal(answer.status, 303, what)
  const url = new URL(String(answer.headers['location']))
  assert.equal(url.origin + url.pathname, 'https://rp1.test/cb', what)
  assert.ok(errors.includes(url.searchParams.get('error') ?? ''), `${what}: ${url.search}`)
  assert.equal(url.searchParams.get('state'), state, what)
  assert.equal(url.searchParams.get('iss'), server.issuer, what)
  assert.match(url.searchParams.get('error_description') ?? '', /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/, what)
  assert.equal(url.searchParams.get('code'), null, what)
}

must(
  'RFC 6749 §3.1.2.4',
  'AZ-01 to AZ-03, AZ-05 to AZ-12, AZ-14 to AZ-17, AZ-36: where there is nobody to answer to, the person is told',
  async () => {
    const uris = [
      ...[
        'https://evil.test/cb',
        'https://rp1.test/cbX',
        'https://rp1.test/cb/',
        'https://rp1.test/cb/x',
        'https://rp1.test/c',
      ],
      ...['https://rp1.test.evil.test/cb', 'https://evil-rp1.test/cb', 'https://rp1.test./cb', 'https://RP1.TEST/cb'],
      ...[
        'https://rp1.test:8443/cb',
        'https://rp1.test:443/cb',
        'https://rp1.test@evil.test/cb',
        'https://a@b@rp1.test/cb',
      ],
      ...[
        'https://rp1.test%40evil.test',
        'https://rp1.test/cb/../x',
        'https://rp1.test/cb/..;/x',
        'https://rp1.test//cb',
      ],
      ...[
        'https://rp1.test/cb/%2e%2e/x',
        'https://rp1.test/cb/%252e%252e/x',
        'https:\\\\rp1.test\\cb',
        ' https://rp1.test/cb',
      ],
      ...[
        'https://rp1.test/cb\t',
        'https://rp1.test/c\rb',
        'https://rp1.test/c\nb',
        'https://rp1.test/cb\0',
        'http://rp1.test/cb',
      ],
      ...['HTTPS://rp1.test/cb', 'https://rp1.test/q?x=1&y=2', 'https://rp1.test/q?x=2', 'https://rp1.test/q'],
      ...[
        'https://rp1.test/cb#f',
        'https://rp1.test/cb%23f',
        'http://127.0.0.1:51004/cb',
        'javascript:alert(1)',
        '//rp1.test/cb',
      ],
    ]
    for (const redirect_uri of uris) staysHere(await ask(C1, { redirect_uri }), redirect_uri)
    const loopbacks = [
      ...[
        'http://127.0.0.2/cb',
        'http://localhost:5/cb',
        'http://127.0.0.1.evil.test/cb',
        'http://127.1/cb',
        'http://0x7f.1/cb',
      ],
      ...[
        'http://127.0.0.1:5/other',
        'http://[::1]:5/cb',
        'https://127.0.0.1:5/cb',
        'http://127.0.0.1:5/cb?x',
        'com.example.app://cb',
      ],
    ]
    for (const redirect_uri of loopbacks) staysHere(await ask(C3, { redirect_uri }), redirect_uri)

    const evil = 'https://evil.test/cb'
    staysHere(await ask(C1, { client_id: 'nope', redirect_uri: evil }), 'an unknown client')
    staysHere(await ask(C1, { client_id: undefined }), 'no client')
    staysHere(await ask(C7), 'a disabled client')
    staysHere(await ask(C1, { redirect_uri: undefined }), 'one of two redirect URIs')
    const twice = (name: string, one: string, other: string) =>
      ask(C1, { [name]: undefined }, `&${form({ [name]: one })}&${form({ [name]: other })}`)
    for (const [one, other] of [
      [C1.redirect_uri, evil],
      [evil, C1.redirect_uri],
      [C1.redirect_uri, C1.redirect_uri],
    ] as const) {
      staysHere(await twice('redirect_uri', one, other), `${one} and ${other}`)
    }
    staysHere(await twice('client_id', C1.client_id, C5.client_id), 'two clients')
    staysHere(await twice('client_id', C5.client_id, C1.client_id), 'two clients, the other way round')
  },
)

must(
  'RFC 6749 §4.1.2.1',
  'AZ-18, AZ-19, AZ-23, AZ-24, AZ-28, AZ-38, PK-01 to PK-03: every other error goes back to the client',
  async () => {
    const challenge = { code_challenge: undefined, code_challenge_method: undefined }
    const requests: readonly (readonly [string, readonly string[], Parameters])[] = [
      ['no response type', ['invalid_request'], { response_type: undefined }],
      ...['token', 'id_token token', 'code token', 'code id_token', 'none', 'xyz', 'CODE'].map((response_type) => {
        return [`response type ${response_type}`, ['unsupported_response_type'], { response_type }] as const
      }),
      ...['fragment', 'web_message', 'query.jwt', 'form_post.jwt', 'junk'].map((response_mode) => {
        return [`response mode ${response_mode}`, ['invalid_request'], { response_mode }] as const
      }),
      ['no challenge', ['invalid_request'], challenge],
      ...['plain', 's256', 'S512', undefined].map((code_challenge_method) => {
        return [
          `challenge method ${code_challenge_method ?? 'left out'}`,
          ['invalid_request'],
          { code_challenge_method },
        ] as const
      }),
      ...[
        'a'.repeat(42),
        'a'.repeat(44),
        `${'a'.repeat(42)}=`,
        `${'a'.repeat(42)}+`,
        `${'a'.repeat(42)}/`,
        'é'.repeat(43),
      ].map((code_challenge) => [`challenge ${code_challenge}`, ['invalid_request'], { code_challenge }] as const),
      ['a scope of nobody', ['invalid_scope'], { scope: 'openid admin' }],
      ['a scope of another resource', ['invalid_scope'], { scope: 'openid letters.read' }],
      ['a scope with a quotation mark', ['invalid_scope'], { scope: 'openid"' }],
      ['a resource of nobody', ['invalid_target'], { resource: 'https://unknown.test/' }],
      ['a resource with a fragment', ['invalid_target'], { resource: 'https://api.test/#f' }],
      ['an unknown prompt', ['invalid_request'], { prompt: 'maybe' }],
      ['a malformed max_age', ['invalid_request'], { max_age: '-1' }],
      ['a request object', ['invalid_request_object'], { request: 'eyJ' }],
      ['a request URI', ['request_uri_not_supported'], { request_uri: 'https://rp1.test/request' }],
    ]
    for (const [name, errors, otherwise] of requests) goesBack(await ask(C1, otherwise), errors, name)
    for (const name of ['scope', 'response_type', 'code_challenge', 'nonce', 'prompt', 'max_age']) {
      goesBack(await ask(C1, { [name]: 'x' }, `&${name}=x`), ['invalid_request'], `${name} twice`)
    }
    goesBack(await ask(C1, {}, '&state=another'), ['invalid_request'], 'state twice', null)
    for (const [prompt, error] of [['none', 'login_required']] as const)
      goesBack(await ask(C1, { prompt }), [error], prompt)
    // A machine has registered nowhere to go back to.
    staysHere(await ask(C6, { redirect_uri: C1.redirect_uri, client_id: C6.client_id }), 'a machine')
  },
)

must(
  'RFC 6749 §3.1',
  'AZ-20, AZ-21, AZ-26: empty parameters count as absent, unknown ones are ignored, and the state comes back byte for byte',
  async () => {
    const alice = server.visitor()
    const unknown = Array.from({ length: 50 }, (_, index) => `unknown${index}=1`).join('&')
    const visited = await alice.go(
      `${authorizationPath(C1, pkce, { state: undefined })}&prompt=&nonce=&max_age=&state=&foo=1&${unknown}`,
    )
    const { leaves } = await passPages(alice, visited)
    assert.match(leaves?.searchParams.get('code') ?? '', /^lc_/)
    assert.equal(leaves?.searchParams.has('state'), false)
    assert.equal(leaves?.searchParams.get('iss'), server.issuer)

    const printable = Array.from({ length: 95 }, (_, index) => String.fromCodePoint(32 + index)).join('')
    const state = `${printable}%00+&=%2B é漢字😀 `.repeat(20).slice(0, 2_048)
    assert.ok(Buffer.byteLength(state) >= 2_048)
    const success = await alice.go(authorizationPath(C1, pkce, { state }))
    const failure = await alice.go(authorizationPath(C1, pkce, { state, response_type: 'xyz' }))
    for (const { leaves: url } of [success, failure]) assert.equal(url?.searchParams.get('state'), state)
  },
)

must('RFC 6749 §3.1.2', 'AZ-11: what is in the registered query stays there, and the answer follows it', async () => {
  const { url } = await authorize(server.visitor(), C1, { redirect_uri: 'https://rp1.test/q?x=1' })
  assert.ok(url.href.startsWith('https://rp1.test/q?x=1&code=lc_'), url.href)
})

must(
  'OpenID Connect Core §3.1.2.1',
  'AZ-29, AZ-35: a request by POST is the same as one by GET, from another site too, and gives no consent by itself',
  async () => {
    const alice = server.visitor()
    const query = authorizationPath(C2, pkce).slice('/authorize?'.length)
    const crossSite = { origin: 'https://spa.test', 'sec-fetch-site': 'cross-site' }
    const page = await alice.post('/authorize', [...new URLSearchParams(query)], crossSite)
    assert.equal(page.answers[0]?.status, 303)
    const { leaves, answers } = await passPages(alice, page)
    assert.ok(leaves?.href.startsWith('https://spa.test/cb?code='))
    for (const { status } of [...page.answers, ...answers]) assert.ok([200, 303].includes(status), String(status))

    const ofAnother = authorizationPath(C5, pkce).slice('/authorize?'.length)
    const asked = await alice.post('/authorize', [...new URLSearchParams(ofAnother)], crossSite)
    assert.equal(asked.leaves, undefined)
    assert.ok(formsOf(asked.body).some(({ buttons }) => buttons.some(({ id }) => id === 'consent-allow')))
  },
)

must('RFC 9110 §15.5.6', 'AZ-34: another method does nothing, and is told which would', async () => {
  const alice = server.visitor()
  await authorize(alice, C1)
  const cookie = [...alice.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  for (const method of ['HEAD', 'PUT', 'DELETE', 'PATCH', 'TRACE', 'OPTIONS', 'PROPFIND']) {
    const answer = await server.send({ method, path: authorizationPath(C1, pkce), headers: { cookie } })
    assert.deepEqual([answer.status, answer.headers['allow']], [405, 'GET, POST'], method)
    assert.equal(answer.headers['location'], undefined)
    assert.doesNotMatch(answer.body, /lc_/)
  }
})

must('OAuth 2.1 §3.1', 'AZ-30: no script of any site reads an answer of it', async () => {
  for (const origin of ['https://spa.test', 'https://evil.test', 'null']) {
    const asked = { origin, 'access-control-request-method': 'GET', 'access-control-request-headers': 'x' }
    const preflight = await server.send({ method: 'OPTIONS', path: '/authorize', headers: asked })
    const paths = [authorizationPath(C2, pkce), authorizationPath(C2, pkce, { prompt: 'none' }), '/authorize']
    const answers = await Promise.all(paths.map((path) => server.send({ path, headers: { origin } })))
    for (const { headers } of [preflight, ...answers]) {
      assert.deepEqual(
        Object.keys(headers).filter((name) => name.startsWith('access-control-')),
        [],
      )
    }
  }
})

must(
  'OAuth 2.0 Form Post Response Mode §2',
  'AZ-25: an answer by form is escaped, and its page may send to the client alone',
  async () => {
    const state = `"><script>alert(1)</script><input value='`
    const alice = server.visitor()
    const page = await passPages(
      alice,
      await alice.go(authorizationPath(C1, pkce, { state, response_mode: 'form_post' })),
    )
    const [posted] = formsOf(page.body)
    assert.equal(posted?.action, C1.redirect_uri)
    const sent = new Map(posted.fields)
    assert.equal(sent.get('state'), state)
    assert.equal(sent.get('iss'), server.issuer)
    assert.doesNotMatch(page.body, /<script>alert/)
    const policy = String(page.headers['content-security-policy'])
    assert.match(policy, /default-src 'none'/)
    assert.doesNotMatch(policy, /unsafe-inline|script-src [^;]*\*/)
    assert.doesNotMatch(policy, /form-action (?!https:\/\/rp1\.test)/)
    const response = { url: page.url, code: sent.get('code') ?? '', code_verifier: pkce.code_verifier }
    tokensOf(await redeem(server, C1, response))
  },
)

must(
  'OpenID Connect Core §3.1.2.6',
  'BR-19, BR-21: prompt=none shows nothing, and what a request demands cannot be dropped after it',
  async () => {
    const alice = server.visitor()
    const silent = { prompt: 'none' }
    goesBack(await ask(C1, silent), ['login_required'], 'nobody is signed in')
    const errorOf = ({ leaves }: Visited) => leaves?.searchParams.get('error')
    await authorize(alice, C2)
    const consent = await alice.go(authorizationPath(C4, pkce, silent))
    assert.equal(errorOf(consent), 'consent_required')
    await authorize(alice, C4)
    assert.match((await alice.go(authorizationPath(C4, pkce, silent))).leaves?.href ?? '', /code=lc_/)
    const old = await alice.go(authorizationPath(C4, pkce, { ...silent, max_age: '0' }))
    assert.equal(errorOf(old), 'login_required')

    const before = await authTime(alice, {})
    const again = await alice.go(authorizationPath(C4, pkce, { prompt: 'login' }))
    assert.equal(again.leaves, undefined)
    // Coming back to the same step by its address asks for the same again.
    const reloaded = await alice.go(again.url)
    assert.ok(formsOf(reloaded.body).some(({ buttons }) => buttons.some(({ id }) => id === 'login-submit')))
    assert.ok((await authTime(alice, { prompt: 'login' })) >= before)
    const { leaves } = await alice.go(authorizationPath(C4, pkce, { max_age: '10000' }))
    assert.match(leaves?.href ?? '', /code=lc_/)
  },
)

async function authTime(visitor: Visitor, otherwise: Parameters): Promise<number> {
  const { id_token } = tokensOf(await redeem(server, C4, await authorize(visitor, C4, otherwise)))
  const [, claims = ''] = id_token.split('.')
  return Number(jsonOf({ status: 200, headers: {}, body: Buffer.from(claims, 'base64url').toString() })['auth_time'])
}

must('RFC 9700 §4.11', 'AC-08: a person who is shut out gets no further than a wrong password would', async () => {
  const [mallory, stranger] = [server.visitor(), server.visitor()]
  const shut = await passPages(mallory, await mallory.go(authorizationPath(C1, pkce)), people.mallory)
  const wrong = await passPages(stranger, await stranger.go(authorizationPath(C1, pkce)), {
    username: 'nobody',
    password: 'x',
  })
  for (const page of [shut, wrong]) assert.equal(page.leaves, undefined)
  assert.equal(shut.status, wrong.status)
})
