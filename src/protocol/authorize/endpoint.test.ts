import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { must } from '../../../testing/must.ts'
import { issuer } from '../../../testing/protocol.ts'
import { authorizationUrl, openSteps, type Steps } from '../../../testing/steps.ts'
import type { Visited, Visitor } from '../../../testing/visitor.ts'

let steps: Steps
/** A browser in which Alice is signed in and has allowed `greatapp` everything. */
let alice: Visitor

before(async () => {
  steps = await openSteps()
  await steps.client({ client_id: 'queried' }, { redirect_uris: ['https://rp1.test/q?x=1'] })
  await steps.client(
    { client_id: 'native', secrets: [] },
    {
      redirect_uris: ['http://127.0.0.1/cb', 'com.example.app:/cb'],
      token_endpoint_auth_method: 'none',
      application_type: 'native',
    },
  )
  await steps.client({ client_id: 'off', disabled: true })
  await steps.client({ client_id: 'machine' }, { grant_types: ['client_credentials'], response_types: [] })
  alice = steps.visitor()
  const signedIn = await steps.signIn(
    alice,
    await alice.go(authorizationUrl({ scope: 'openid profile email postcards.read postcards.send' })),
  )
  await alice.submit(signedIn, { press: 'consent-allow' })
})
after(() => steps.close())

const go = (otherwise: Readonly<Record<string, string | undefined>>) => alice.go(authorizationUrl(otherwise))
const reason = () => steps.log.findLast(({ event }) => event === 'authorization_refused')?.detail['reason']

/** A page of ours, from which nothing leads out by itself. */
function isPage({ status, leaves, body, headers }: Visited): void {
  assert.ok(status >= 400 && status < 500, `status ${status}`)
  assert.equal(leaves, undefined)
  assert.equal(headers['location'], undefined)
  assert.match(body, /id="error-code"/)
  assert.doesNotMatch(body, /http-equiv|<script/i)
  assert.equal(headers['cache-control'], 'no-store')
}

/** Back at the registered redirect_uri, with the error, the state and the issuer. */
function isRedirected({ leaves }: Visited, error: string, why: string): void {
  assert.equal(leaves && leaves.origin + leaves.pathname, 'https://rp1.test/cb')
  const { state, iss, ...rest } = Object.fromEntries(leaves?.searchParams ?? [])
  assert.deepEqual([rest['error'], state, iss, reason()], [error, 'the state', issuer, why])
  assert.equal(rest['code'], undefined)
}

must('RFC 6749 §4.1.2', 'AZ-28: under a grant that stands the code comes at once, with state and iss', async () => {
  const { leaves } = await go({})
  assert.match(leaves?.searchParams.get('code') ?? '', /^lc_/)
  assert.deepEqual([leaves?.searchParams.get('state'), leaves?.searchParams.get('iss')], ['the state', issuer])
})

must(
  'RFC 6749 §4.1.2.1',
  'AZ-01, AZ-02, AZ-36: an unknown, missing or disabled client is a page, never a redirect',
  async () => {
    const expected = {
      nope: 'client_unknown',
      '': 'client_id_missing',
      off: 'client_disabled',
      ['x'.repeat(3000)]: 'client_unknown',
      'a\0b': 'client_unknown',
    }
    for (const [client_id, why] of Object.entries(expected)) {
      isPage(await go({ client_id, redirect_uri: 'https://evil.test' }))
      assert.equal(reason(), why)
    }
  },
)

must(
  'OAuth 2.1 §4.1.1',
  'AZ-03, AZ-05 to AZ-12: a redirect_uri that is not registered to the byte is a page',
  async () => {
    const host = [
      'https://rp1.test.evil.test/cb',
      'https://evil-rp1.test/cb',
      'https://rp1.test./cb',
      'https://RP1.TEST/cb',
      'https://rp1.test:8443/cb',
      'https://rp1.test:443/cb',
      'https://evil.test/cb',
    ]
    const path = [
      '/cbX',
      '/cb/',
      '/cb/x',
      '/c',
      '/cb/../x',
      '/cb/..;/x',
      '/cb/%2e%2e/x',
      '/cb/%252e%252e/x',
      '//cb',
      '/cb#f',
      '/cb%23f',
      '/cb?x=1',
      '',
    ].map((one) => `https://rp1.test${one}`)
    const userinfo = ['https://rp1.test@evil.test/cb', 'https://a@b@rp1.test/cb', 'https://rp1.test%40evil.test']
    const strange = [
      'https:\\\\rp1.test\\cb',
      'https://rp1.test/\tcb',
      'https://rp1.test/cb\r\nset-cookie: a=b',
      ' https://rp1.test/cb',
      'https://rp1.test/cb\0',
      'http://rp1.test/cb',
      'HTTPS://rp1.test/cb',
      'javascript:alert(1)',
    ]
    for (const redirect_uri of [...host, ...path, ...userinfo, ...strange]) {
      isPage(await go({ redirect_uri }))
      assert.equal(reason(), 'redirect_uri_unregistered')
    }
  },
)

must('OAuth 2.1 §4.1.1', 'AZ-03: redirect_uri may be left out where exactly one is registered', async () => {
  assert.ok((await go({ redirect_uri: undefined })).leaves?.searchParams.has('code'))
  isPage(await go({ client_id: 'native', redirect_uri: undefined }))
  assert.equal(reason(), 'redirect_uri_missing')
})

must('RFC 6749 §3.1.2', 'AZ-11: a registered query stays as it is, and the answer comes after it', async () => {
  for (const redirect_uri of ['https://rp1.test/q?x=1&y=2', 'https://rp1.test/q?x=2', 'https://rp1.test/q'])
    isPage(await go({ client_id: 'queried', redirect_uri }))
  const { leaves } = await go({ client_id: 'queried', redirect_uri: 'https://rp1.test/q?x=1', response_type: 'token' })
  assert.ok(leaves?.href.startsWith('https://rp1.test/q?x=1&error=unsupported_response_type'))
})

must(
  'RFC 8252 §7.3',
  'AZ-14, AZ-15: on loopback the port is free, the rest is not, and only for who registered it',
  async () => {
    const free = await go({ client_id: 'native', redirect_uri: 'http://127.0.0.1:51004/cb', response_type: 'x' })
    assert.equal(free.leaves?.origin, 'http://127.0.0.1:51004')
    const others = [
      'http://127.0.0.2/cb',
      'http://localhost:5/cb',
      'http://127.0.0.1.evil.test/cb',
      'http://127.1/cb',
      'http://0x7f.1/cb',
      'http://127.0.0.1:5/other',
      'http://[::1]/cb',
    ]
    for (const redirect_uri of others) isPage(await go({ client_id: 'native', redirect_uri }))
    isPage(await go({ redirect_uri: 'http://127.0.0.1:51004/cb' }))
  },
)

must(
  'RFC 6749 §3.1',
  'AZ-16, AZ-17: two client_ids or two redirect_uris are a page, whichever comes first',
  async () => {
    const good = authorizationUrl()
    for (const [name, other, why] of [
      ['redirect_uri', 'https://evil.test/cb', 'redirect_uri_repeated'],
      ['client_id', 'native', 'client_id_repeated'],
    ] as const) {
      for (const order of [
        `${good.search}&${name}=${encodeURIComponent(other)}`,
        `?${name}=${encodeURIComponent(other)}&${good.search.slice(1)}`,
      ]) {
        isPage(await alice.go(`${issuer}/authorize${order}`))
        assert.equal(reason(), why)
      }
    }
  },
)

must(
  'RFC 6749 §3.1',
  'AZ-18, AZ-19: any other parameter that comes twice is invalid_request, a state that does is not sent back',
  async () => {
    for (const name of ['scope', 'response_type', 'code_challenge', 'nonce']) {
      isRedirected(
        await alice.go(`${authorizationUrl({ nonce: 'n' }).href}&${name}=x`),
        'invalid_request',
        'request_parameter_repeated',
      )
    }
    const { leaves } = await alice.go(`${authorizationUrl().href}&state=x`)
    assert.deepEqual([leaves?.searchParams.get('error'), leaves?.searchParams.get('state')], ['invalid_request', null])
  },
)

must('RFC 6749 §3.1', 'AZ-20, AZ-21: an empty parameter is as if left out, and unknown ones are ignored', async () => {
  const empty = await go({ state: '', prompt: '', nonce: '', max_age: '' })
  assert.ok(empty.leaves?.searchParams.has('code'))
  assert.equal(empty.leaves?.searchParams.has('state'), false)
  const unknown = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`unknown${index}`, '1']))
  assert.ok((await go(unknown)).leaves?.searchParams.has('code'))
})

must('RFC 6749 §3.1.1', 'AZ-23: any response_type but code is refused', async () => {
  isRedirected(await go({ response_type: undefined }), 'invalid_request', 'response_type_missing')
  for (const response_type of ['token', 'id_token token', 'code token', 'xyz', 'CODE']) {
    isRedirected(await go({ response_type }), 'unsupported_response_type', 'response_type_unsupported')
  }
})

must(
  'OAuth 2.0 Form Post Response Mode §2',
  'AZ-24: only query and form_post are answered, and a form only over http',
  async () => {
    for (const response_mode of ['fragment', 'web_message', 'query.jwt', 'junk']) {
      isRedirected(await go({ response_mode }), 'invalid_request', 'response_mode_unsupported')
    }
    const { leaves } = await go({
      client_id: 'native',
      redirect_uri: 'com.example.app:/cb',
      response_mode: 'form_post',
    })
    assert.ok(leaves?.href.startsWith('com.example.app:/cb?error=invalid_request'))
  },
)

must(
  'OAuth 2.0 Form Post Response Mode §2',
  'AZ-25: the page that posts the answer escapes everything and may post nowhere else',
  async () => {
    const page = await go({ response_mode: 'form_post', state: '"><script>alert(1)</script>' })
    assert.equal(page.status, 200)
    assert.doesNotMatch(page.body, /<script>alert/)
    assert.match(page.body, /name="code"/)
    const policy = String(page.headers['content-security-policy'])
    assert.match(policy, /form-action https:\/\/rp1\.test;/)
    assert.doesNotMatch(policy, /unsafe-inline/)
  },
)

must('RFC 6749 §4.1.2', 'AZ-26: the state comes back byte for byte, in success and in error', async () => {
  const state = `${'s'.repeat(1900)} %00+&=#?"\\<>\0äö漢😀${'.'.repeat(100)}`
  for (const otherwise of [{}, { response_type: 'x' }]) {
    assert.equal((await go({ state, ...otherwise })).leaves?.searchParams.get('state'), state)
  }
})

must('RFC 6749 §4.1.1', 'AZ-27: what is too long is refused before it is worked on', async () => {
  for (const otherwise of [{ state: 'x'.repeat(64_000) }, { scope: 'x '.repeat(32_000) }]) {
    const page = await go(otherwise)
    isPage(page)
    assert.deepEqual([page.status, reason()], [414, 'request_too_long'])
  }
})

must('RFC 6749 §4.1.1', 'a request that is not form encoding is a page', async () => {
  isPage(await alice.go(`${authorizationUrl().href}&login_hint=%zz`))
  assert.equal(reason(), 'request_malformed')
})

must(
  'RFC 6749 §4.1.2.1',
  'AZ-33: the description has only the characters it may have, and nothing of the request',
  async () => {
    for (const hostile of ['"\\\r\n<x>', 'é漢']) {
      const { leaves } = await go({ scope: hostile })
      assert.match(leaves?.searchParams.get('error_description') ?? '', /^[\x20\x21\x23-\x5b\x5d-\x7e]+$/)
      assert.ok(!leaves?.href.includes('%3Cx%3E'))
    }
  },
)

must('OpenID Connect Core §3.1.2.1', 'AZ-35: a POST comes to the same as a GET, by way of one', async () => {
  const posted = await alice.post(`${issuer}/authorize`, Object.fromEntries(authorizationUrl().searchParams), {
    'sec-fetch-site': 'cross-site',
  })
  assert.equal(posted.answers[0]?.status, 303)
  assert.ok(posted.leaves?.searchParams.has('code'))
})

must('RFC 6749 §4.1.2.1', 'AZ-37: a client without the code flow may not use it', async () => {
  isRedirected(await go({ client_id: 'machine' }), 'unauthorized_client', 'response_type_not_allowed')
})

must(
  'RFC 6749 §4.1.2.1',
  'AZ-38 to AZ-40: a scope or resource that is not to be had goes back as an error',
  async () => {
    isRedirected(await go({ scope: 'openid admin' }), 'invalid_scope', 'scope_unknown')
    isRedirected(await go({ scope: 'openid"' }), 'invalid_scope', 'scope_malformed')
    isRedirected(await go({ resource: 'https://unknown.test/' }), 'invalid_target', 'resource_unknown')
    assert.ok((await go({ resource: 'https://api.test/' })).leaves?.searchParams.has('code'))
  },
)

must('OpenID Connect Core §6', 'JR-03: request objects are refused by the code that says so', async () => {
  isRedirected(await go({ request: 'x.y.z' }), 'invalid_request_object', 'request_object_malformed')
  isRedirected(await go({ request: 'v.w.x.y.z' }), 'invalid_request_object', 'request_object_encrypted')
  isRedirected(await go({ request_uri: 'https://canary.test' }), 'request_uri_not_supported', 'request_uri_unsupported')
  isRedirected(await go({ registration: '{}' }), 'registration_not_supported', 'registration_unsupported')
})

must('OpenID Connect Core §3.1.2.1', 'a prompt or max_age that means nothing is invalid_request', async () => {
  for (const prompt of ['none login', 'colour']) isRedirected(await go({ prompt }), 'invalid_request', 'prompt_unknown')
  for (const max_age of ['-1', '1.5', 'x', '99999999999'])
    isRedirected(await go({ max_age }), 'invalid_request', 'max_age_malformed')
})

must(
  'OpenID Connect Core §3.1.2.6',
  'BR-19: prompt=none shows nothing: it answers with a code or says what is missing',
  async () => {
    assert.ok((await go({ prompt: 'none' })).leaves?.searchParams.has('code'))
    const stranger = await steps.visitor().go(authorizationUrl({ prompt: 'none' }))
    isRedirected(stranger, 'login_required', 'login_required')
    isRedirected(
      await go({ prompt: 'none', client_id: 'queried', redirect_uri: undefined }).then((page) => ({
        ...page,
        leaves: new URL(String(page.leaves).replace('/q?x=1&', '/cb?')),
      })),
      'consent_required',
      'consent_required',
    )
    const { leaves } = await go({ prompt: 'none', max_age: '0' })
    assert.equal(leaves?.searchParams.get('error'), 'login_required')
  },
)

must('RFC 9700 §4.12', 'AZ-29: no answer to a form sends the form on', async () => {
  const visitor = steps.visitor()
  const page = await steps.signIn(visitor, await visitor.go(authorizationUrl()), steps.bob)
  const allowed = await visitor.submit(page, { press: 'consent-allow' })
  const statuses = new Set([...page.answers, ...allowed.answers].map(({ status }) => status))
  assert.ok(!statuses.has(307) && !statuses.has(308))
  assert.equal(allowed.answers.at(-1)?.status, 303)
})

must('R6', 'a first-party client is answered without a question, and its grant is on record', async () => {
  await steps.client({ client_id: 'ours', first_party: true })
  const { leaves } = await go({ client_id: 'ours' })
  assert.ok(leaves?.searchParams.has('code'))
  const grant = await steps.stores.grants.findStanding(steps.alice.account_id, 'ours')
  assert.deepEqual(grant?.permissions, [
    { scope: 'openid' },
    { scope: 'postcards.read', resource: 'https://api.test/' },
  ])
  const [event] = await steps.stores.auditEvents.list({ client_id: 'ours', limit: 1 })
  assert.equal(event?.event, 'consent_recorded')
})

must(
  'RFC 6749 §4.1.2.1',
  'a no is access_denied at the client, with state and iss, and takes nothing away',
  async () => {
    const visitor = steps.visitor()
    await steps.client({ client_id: 'denied' })
    const question = await steps.signIn(visitor, await visitor.go(authorizationUrl({ client_id: 'denied' })))
    isRedirected(await visitor.submit(question, { press: 'consent-deny' }), 'access_denied', 'denied_by_person')
    assert.ok((await go({})).leaves?.searchParams.has('code'))
  },
)

must(
  'OpenID Connect Core §3.1.2.3',
  'BR-33: an answer without a question is use of the session, whose idle end moves on',
  async () => {
    const visitor = steps.visitor()
    const first = await steps.signIn(visitor, await visitor.go(authorizationUrl({ client_id: 'ours' })))
    assert.ok(first.leaves?.searchParams.has('code'))
    const { session_idle } = steps.parts.settings.lifetimes
    for (let turn = 0; turn < 3; turn += 1) {
      steps.wait(session_idle - 1)
      assert.ok((await visitor.go(authorizationUrl({ client_id: 'ours' }))).leaves?.searchParams.has('code'))
    }
    steps.wait(session_idle)
    assert.equal((await visitor.go(authorizationUrl({ client_id: 'ours' }))).leaves, undefined)
  },
)

test('DS-07: a sign-in that is begun by a long request counts for several', async () => {
  const address = '203.0.113.78'
  for (let begun = 0; begun < 997; begun += 1) steps.parts.interactionLimit.count(address)
  const long = await steps.visitor(address).go(authorizationUrl({ state: 'x'.repeat(8192) }))
  assert.match(long.url.pathname, /^\/interaction\//)
  isRedirected(await steps.visitor(address).go(authorizationUrl()), 'temporarily_unavailable', 'interactions_limited')
})

must('RFC 6749 §4.1.2.1', 'DS-07: a network that begins sign-ins without end is slowed down', async () => {
  const address = '203.0.113.77'
  for (let begun = 0; begun < 1000; begun += 1) steps.parts.interactionLimit.count(address)
  isRedirected(await steps.visitor(address).go(authorizationUrl()), 'temporarily_unavailable', 'interactions_limited')
  await steps.client({ client_id: 'stranger', registered_by: 'registration' })
  const shown = await steps.visitor(address).go(authorizationUrl({ client_id: 'stranger', scope: 'nothing-we-have' }))
  isPage(shown)
  assert.deepEqual([shown.status, shown.headers['retry-after'], reason()], [429, '1', 'interactions_limited'])
  assert.equal((await steps.visitor(address).go('/account')).status, 429)
  assert.match((await steps.visitor().go(authorizationUrl())).body, /id="login-submit"/)
})
