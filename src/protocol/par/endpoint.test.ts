import assert from 'node:assert/strict'
import { after, beforeEach } from 'node:test'
import { dpopProof, newDpopKey } from '../../../testing/dpop.ts'
import { must } from '../../../testing/must.ts'
import { clientKey, signedRequest } from '../../../testing/request-objects.ts'
import type { Visitor } from '../../../testing/visitor.ts'
import { world, worldAuthorization } from '../../../testing/world.ts'
import type { HttpResponse } from '../../http/message.ts'

const key = clientKey('one')
const web = {
  token_endpoint_auth_method: 'none',
  grant_types: ['authorization_code'],
  scope: 'openid postcards.read',
} as const
const signing = { ...web, jwks: { keys: [key.jwk] } }
const there = await world({
  clients: [
    {
      client_id: 'greatapp',
      client_name: 'Great App',
      client_secret: 'a-secret-of-more-than-32-characters-for-tests',
      redirect_uris: ['https://rp1.test/cb'],
      grant_types: ['authorization_code', 'refresh_token'],
      scope: 'openid profile email offline_access postcards.read postcards.send',
    },
    { ...web, client_id: 'spa', redirect_uris: ['https://spa.test/cb'] },
    { ...web, client_id: 'pushes', redirect_uris: ['https://p.test/cb'], require_pushed_authorization_requests: true },
    {
      ...signing,
      client_id: 'fapi',
      redirect_uris: ['https://f.test/cb'],
      profile: 'fapi2',
      token_endpoint_auth_method: 'private_key_jwt',
    },
    { ...signing, client_id: 'signs', redirect_uris: ['https://s.test/cb'], require_signed_request_object: true },
    { ...signing, client_id: 'both', redirect_uris: ['https://b.test/cb'] },
    { ...signing, client_id: 'oidc', redirect_uris: ['https://o.test/cb', 'https://o.test/2'], profile: 'oidc' },
  ],
})
after(() => there.close())

type Form = Readonly<Record<string, string>>
const usual: Form = {
  response_type: 'code',
  redirect_uri: 'https://rp1.test/cb',
  scope: 'openid postcards.read',
  state: 'the state',
  code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
  code_challenge_method: 'S256',
}
const spa: Form = { ...usual, client_id: 'spa', redirect_uri: 'https://spa.test/cb' }

const par = (body: Form | string, headers: Form = worldAuthorization, peer = '192.0.2.7') =>
  there.request('POST', '/par', {
    body,
    headers: typeof body === 'string' ? { 'content-type': 'application/x-www-form-urlencoded', ...headers } : headers,
    peer,
  })
const told = ({ body }: HttpResponse) => JSON.parse(body) as Form
const reason = () => there.log.findLast(({ event }) => /refused/.test(event))?.detail['reason']
const pushed = async (form: Form = usual, headers?: Form) => {
  const answer = await par(form, headers)
  assert.equal(answer.status, 201, answer.body)
  return told(answer)['request_uri'] ?? ''
}
const address = (request_uri: string, client_id = 'greatapp', more: Form = {}) =>
  `/authorize?${new URLSearchParams({ client_id, request_uri, ...more }).toString()}`
const signedBy = (client_id: string, redirect_uri: string, more: Readonly<Record<string, unknown>> = {}) => {
  const at = there.clock()
  const times = { nbf: at, exp: at + 300 }
  return signedRequest({ iss: client_id, aud: there.issuer, ...times, ...usual, client_id, redirect_uri, ...more }, key)
}

/** A browser that has been through everything once: the next request of `greatapp` is answered at once. */
let alice: Visitor
beforeEach(async () => {
  alice ??= await (async () => {
    const visitor = there.visitor()
    await there.allow(visitor, there.authorizeUrl({ scope: 'openid postcards.read' }))
    return visitor
  })()
})

must('RFC 9126 §2.2', 'a pushed request is answered with its name and how long it is good for', async () => {
  const answer = await par(usual)
  assert.equal(answer.status, 201)
  const { request_uri = '', expires_in } = told(answer)
  assert.match(request_uri, /^urn:ietf:params:oauth:request_uri:lp_[\w-]{49}$/)
  assert.equal(expires_in, 60)
  assert.equal(answer.headers['cache-control'], 'no-store')
  const { leaves } = await alice.go(address(request_uri))
  assert.match(leaves?.searchParams.get('code') ?? '', /^lc_/)
  assert.equal(leaves?.searchParams.get('state'), 'the state')
})

must('RFC 9126 §2.3', 'what is wrong with the request is told to the client, as JSON', async () => {
  const cases: readonly [Form, string, string][] = [
    [{ ...usual, redirect_uri: 'https://evil.test/cb' }, 'invalid_request', 'redirect_uri_unregistered'],
    [{ ...usual, response_type: 'token' }, 'unsupported_response_type', 'response_type_unsupported'],
    [{ ...usual, code_challenge_method: 'plain' }, 'invalid_request', 'code_challenge_method_unsupported'],
    [{ ...usual, scope: 'openid admin' }, 'invalid_scope', 'scope_unknown'],
    [{ ...usual, resource: 'https://unknown.test/' }, 'invalid_target', 'resource_unknown'],
    [{ ...usual, prompt: 'maybe' }, 'invalid_request', 'prompt_unknown'],
    [{ ...usual, client_id: 'spa' }, 'invalid_request', 'client_id_contradicted'],
  ]
  for (const [form, error, why] of cases) {
    const answer = await par(form)
    assert.deepEqual([answer.status, told(answer)['error'], reason()], [400, error, why])
    assert.equal(answer.headers['location'], undefined)
  }
})

must(
  'RFC 9126 §2.1',
  'PA-01, CA-03: the client authenticates as at the token endpoint; a public one names itself',
  async () => {
    assert.equal((await par(usual, {})).status, 401)
    assert.equal((await par({ ...usual, client_id: 'greatapp' }, {})).status, 401)
    assert.equal((await par({ ...usual, client_id: 'greatapp', client_secret: 'wrong' }, {})).status, 401)
    const request_uri = await pushed(spa, {})
    const page = await alice.go(address(request_uri, 'spa'))
    assert.match(page.body, /id="consent-allow"/)
  },
)

must('RFC 9126 §2.2, RFC 9126 §4', 'PA-01, PA-08: nobody else’s request, and no guessed one, is found', async () => {
  const request_uri = await pushed()
  const cases = [
    [request_uri, 'spa', 'pushed_request_of_another_client'],
    [`${request_uri.slice(0, -1)}!`, 'greatapp', 'pushed_request_unknown'],
    ['urn:ietf:params:oauth:request_uri:lp_', 'greatapp', 'pushed_request_unknown'],
    [`urn:ietf:params:oauth:request_uri:${'x'.repeat(9_000)}`, 'greatapp', 'pushed_request_unknown'],
  ] as const
  for (const [uri, client_id, why] of cases) {
    const page = await alice.go(address(uri, client_id))
    assert.deepEqual([page.status, page.leaves, reason()], [400, undefined, why])
    assert.match(page.body, /id="error-code"[^>]*>invalid_request_uri/)
  }
})

must('RFC 9126 §2.2', 'PA-02: a minute later its name leads nowhere', async () => {
  const request_uri = await pushed()
  there.wait(60)
  const page = await alice.go(address(request_uri))
  assert.deepEqual([page.status, page.leaves, reason()], [400, undefined, 'pushed_request_expired'])
  assert.match(page.body, /Go back to the application and start there/)
})

must('RFC 9126 §4', 'PA-03: reload, back button and sign-in spend nothing; the answer does', async () => {
  const request_uri = await pushed(spa, {})
  const visitor = there.visitor()
  await visitor.go(address(request_uri, 'spa'))
  const first = await visitor.go(address(request_uri, 'spa'))
  const second = await visitor.go(address(request_uri, 'spa'))
  assert.notEqual(first.url.href, second.url.href)
  const done = await there.allow(visitor, first.url.href)
  assert.ok(done.leaves?.searchParams.has('code'))
  const page = await visitor.go(address(request_uri, 'spa'))
  assert.deepEqual([page.status, page.leaves, reason()], [400, undefined, 'pushed_request_spent'])
})

must('RFC 9126 §4', 'PA-03, PA-04: with two tabs open the first answer counts, and the second is told so', async () => {
  const request_uri = await pushed({ ...spa, prompt: 'consent' }, {})
  const visitor = there.visitor()
  const [first, second] = [await visitor.go(address(request_uri, 'spa')), await visitor.go(address(request_uri, 'spa'))]
  const fields = { username: 'alice', password: 'wonderland' }
  await visitor.submit(first, { press: 'login-submit', fields })
  const [left, right] = [await visitor.go(first.url), await visitor.go(second.url)]
  assert.ok((await visitor.submit(left, { press: 'consent-allow' })).leaves?.searchParams.has('code'))
  const late = await visitor.submit(right, { press: 'consent-allow' })
  assert.deepEqual([late.status, late.leaves], [410, undefined])
  assert.match(late.body, /This is done already/)
  // Only its client can begin it again: there is no way back into it from here.
  assert.doesNotMatch(late.body, /id="start-again"/)
  assert.match(late.body, /go back to the application/)
})

must('RFC 9126 §4', 'PA-04: of fifty tabs that are answered at once one gets a code', async () => {
  const request_uri = await pushed()
  const answers = await Promise.all(Array.from({ length: 50 }, () => alice.go(address(request_uri))))
  assert.equal(answers.filter(({ leaves }) => leaves?.searchParams.has('code')).length, 1)
  for (const { leaves, status } of answers) assert.ok(leaves !== undefined || status === 400 || status === 410)
})

must('RFC 9126 §4', 'a no is an answer too', async () => {
  const request_uri = await pushed({ ...usual, prompt: 'consent' })
  const page = await alice.go(address(request_uri))
  const denied = await alice.submit(page, { press: 'consent-deny' })
  assert.equal(denied.leaves?.searchParams.get('error'), 'access_denied')
  assert.equal((await alice.go(address(request_uri))).status, 400)
  assert.equal(reason(), 'pushed_request_spent')
})

must('RFC 9126 §4', 'PA-06: what stands beside its name is ignored', async () => {
  const request_uri = await pushed()
  const evil = { scope: 'openid postcards.send', redirect_uri: 'https://evil.test/cb', state: 'x', prompt: 'login' }
  const { leaves } = await alice.go(address(request_uri, 'greatapp', { ...evil, response_mode: 'form_post' }))
  assert.equal(leaves?.origin, 'https://rp1.test')
  assert.deepEqual([leaves.searchParams.has('code'), leaves.searchParams.get('state')], [true, 'the state'])
})

must(
  'RFC 9101 §5, RFC 6749 §3.1',
  'PA-07: a name beside another one, or beside a request object, leads nowhere',
  async () => {
    const request_uri = await pushed()
    for (const more of [
      { request_uri: await pushed() },
      { request_uri },
      { request: signedBy('both', 'https://b.test/cb') },
    ]) {
      const page = await alice.go(`${address(request_uri)}&${new URLSearchParams(more).toString()}`)
      assert.deepEqual([page.status, page.leaves, reason()], [400, undefined, 'request_object_twice'])
    }
    assert.ok((await alice.go(address(request_uri))).leaves?.searchParams.has('code'))
  },
)

must('RFC 9126 §2.1', 'PA-05: request_uri is refused, in the form and in a request object', async () => {
  for (const request_uri of ['https://rp1.test/r', await pushed()]) {
    assert.equal(told(await par({ ...usual, request_uri }))['error'], 'invalid_request')
    assert.equal(reason(), 'request_uri_pushed')
  }
  const request = signedBy('both', 'https://b.test/cb', { request_uri: 'https://b.test/r' })
  assert.equal(told(await par({ client_id: 'both', request }, {}))['error'], 'invalid_request')
  assert.equal(reason(), 'request_object_nested')
})

must('RFC 9126 §2.1', 'PA-07, TK-02, TK-04: only a form by POST, each parameter once', async () => {
  for (const method of ['GET', 'PUT', 'DELETE', 'HEAD'])
    assert.equal((await there.request(method, '/par?client_id=spa')).status, 405)
  const json = { 'content-type': 'application/json', ...worldAuthorization }
  assert.equal((await there.request('POST', '/par', { headers: json, body: '{}' })).status, 415)
  for (const name of ['state', 'scope', 'redirect_uri', 'request', 'client_id'])
    assert.equal((await par(`${new URLSearchParams(usual).toString()}&${name}=a&${name}=b`)).status, 400)
  assert.equal((await par({ ...usual, state: 'x'.repeat(70_000) })).status, 413)
  const resources = `${new URLSearchParams(usual).toString()}&resource=https://api.test/&resource=https://api.test`
  assert.equal((await par(resources)).status, 201)
})

must('RFC 9449 §10.1', 'the proof that comes with a push says dpop_jkt, and must not contradict it', async () => {
  const holder = await newDpopKey()
  const proof = () => dpopProof(holder, { htu: `${there.issuer}/par`, at: there.clock() })
  const contradicted = await par({ ...usual, dpop_jkt: 'x'.repeat(43) }, { ...worldAuthorization, dpop: await proof() })
  assert.deepEqual([contradicted.status, reason()], [400, 'dpop_jkt_contradicted'])
  const request_uri = await pushed(usual, { ...worldAuthorization, dpop: await proof() })
  const { leaves } = await alice.go(address(request_uri))
  const redeemed = await there.request('POST', '/token', {
    body: {
      grant_type: 'authorization_code',
      code: leaves?.searchParams.get('code') ?? '',
      code_verifier: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
    },
    headers: worldAuthorization,
  })
  assert.deepEqual([redeemed.status, told(redeemed)['error'], reason()], [400, 'invalid_grant', 'code_of_another_key'])
})

must('RFC 9126 §5, RFC 9126 §6', 'PA-08: a client that must push is not taken at the browser’s word', async () => {
  const assertion = {
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: signedRequest(
      { iss: 'fapi', sub: 'fapi', aud: there.issuer, exp: there.clock() + 60, jti: 'one' },
      key,
      { typ: 'JWT' },
    ),
  }
  for (const [client_id, redirect_uri, proof] of [
    ['pushes', 'https://p.test/cb', {}],
    ['fapi', 'https://f.test/cb', assertion],
  ] as const) {
    const plain = { ...usual, client_id, redirect_uri }
    const page = await alice.go(`/authorize?${new URLSearchParams(plain).toString()}`)
    assert.deepEqual([page.status, page.leaves, reason()], [400, undefined, 'request_not_pushed'])
    const request_uri = await pushed({ ...plain, ...proof }, {})
    assert.match((await alice.go(address(request_uri, client_id))).body, /id="consent-allow"/)
  }
})

must('RFC 9126 §5', 'PA-08: an operator may have every client push', async () => {
  const strict = await world({ authorization_requests: { require_pushed: true } })
  const page = await strict.visitor().go(strict.authorizeUrl())
  assert.deepEqual([page.status, page.leaves], [400, undefined])
  const metadata = await strict.request('GET', '/.well-known/oauth-authorization-server')
  assert.equal((JSON.parse(metadata.body) as Record<string, unknown>)['require_pushed_authorization_requests'], true)
  await strict.close()
})

must(
  'RFC 9126 §7.1',
  'PA-09, CD-12: nothing of it is in cookies and logs, and no reference and no secret in the database',
  async () => {
    const state = 'a-state-to-look-for'
    const post = { ...usual, state, client_id: 'greatapp', client_secret: 'wrong' }
    await par(post, {})
    const request_uri = await pushed({ ...spa, state }, {})
    const visitor = there.visitor()
    const page = await visitor.go(address(request_uri, 'spa'))
    assert.match(page.body, /login-submit/)
    const spread = JSON.stringify([there.log, [...visitor.cookies], page.url.href, page.headers])
    const reference = request_uri.slice(request_uri.lastIndexOf(':') + 1)
    for (const secret of [state, reference]) assert.ok(!spread.includes(secret))
    assert.ok(!page.body.includes(reference))
    const { read } = there.parts.secrets
    const row = await there.parts.pushedRequests.find(read('pushed_request', reference)?.id ?? '')
    assert.ok(row !== undefined && !JSON.stringify(row).includes(reference))
    assert.deepEqual(Object.keys(row.parameters).toSorted(), Object.keys(spa).toSorted())
  },
)

must(
  'RFC 9126 §2.1',
  'DS-07: a network that pushes without end for a client without a secret is slowed down',
  async () => {
    const statuses = new Map<number, number>()
    for (let push = 0; push < 130; push += 1) {
      const { status } = await par(spa, {}, '203.0.113.7')
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
    }
    assert.deepEqual([...statuses.keys()], [201, 429])
    assert.equal(reason(), 'push_limited')
    assert.equal((await par(spa, {}, '203.0.114.7')).status, 201)
  },
)

must(
  'FAPI 2.0 Security Profile §5.3.2.2',
  'fapi2-security-profile-final-ensure-request-object-without-redirect-uri-fails: it is named, though one alone is registered',
  async () => {
    const { redirect_uri: _, ...nameless } = usual
    const claims = { iss: 'fapi', sub: 'fapi', aud: there.issuer, exp: there.clock() + 60, jti: 'nameless' }
    const client_assertion = signedRequest(claims, key, { typ: 'JWT' })
    const client_assertion_type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
    const refused = await par({ ...nameless, client_assertion, client_assertion_type }, {})
    assert.deepEqual(
      [refused.status, told(refused)['error'], reason()],
      [400, 'invalid_request', 'redirect_uri_missing'],
    )
    assert.equal((await par({ ...nameless, client_id: 'spa' }, {}, '203.0.115.7')).status, 201)
  },
)

must('RFC 9126 §3, RFC 9101 §6.3', 'JR-02: of a pushed request object only what is signed counts', async () => {
  const request = signedBy('both', 'https://b.test/cb', { scope: 'openid' })
  const request_uri = await pushed({ client_id: 'both', request, scope: 'openid postcards.read', state: 'beside' }, {})
  const page = await alice.go(address(request_uri, 'both'))
  assert.doesNotMatch(page.body, /See your postcards/)
  const { leaves } = await alice.submit(page, { press: 'consent-allow' })
  assert.equal(leaves?.searchParams.get('state'), 'the state')
})

must('RFC 9101 §10.5', 'JR-02: a client that must sign is refused what is not signed, pushed or not', async () => {
  const plain = { ...usual, client_id: 'signs', redirect_uri: 'https://s.test/cb' }
  assert.equal(told(await par(plain, {}))['error'], 'invalid_request')
  assert.equal(reason(), 'request_not_signed')
  const { leaves } = await alice.go(`/authorize?${new URLSearchParams(plain).toString()}`)
  assert.deepEqual([leaves?.origin, leaves?.searchParams.get('error')], ['https://s.test', 'invalid_request'])
  const request = signedBy('signs', 'https://s.test/cb')
  for (const way of [
    `/authorize?${new URLSearchParams({ client_id: 'signs', request }).toString()}`,
    address(await pushed({ client_id: 'signs', request }, {}), 'signs'),
  ])
    assert.match((await alice.go(way)).body, /id="consent-allow"/)
})

must(
  'RFC 9101 §6.3',
  'JR-02: at the authorization endpoint, too, what stands beside a signed request does not count',
  async () => {
    const request = signedBy('both', 'https://b.test/cb', { scope: 'openid', prompt: 'consent' })
    const beside = {
      redirect_uri: 'https://evil.test',
      scope: 'openid postcards.read',
      state: 'beside',
      response_type: 'token',
    }
    const page = await alice.go(
      `/authorize?${new URLSearchParams({ client_id: 'both', request, ...beside }).toString()}`,
    )
    assert.doesNotMatch(page.body, /See your postcards/)
    const { leaves } = await alice.submit(page, { press: 'consent-allow' })
    assert.deepEqual([leaves?.origin, leaves?.searchParams.get('state')], ['https://b.test', 'the state'])
  },
)

must(
  'OpenID Connect Core §6.1',
  'for a client of OpenID Connect the object prevails, and is completed from beside it',
  async () => {
    const request = signedRequest({ redirect_uri: 'https://o.test/2', scope: 'openid' }, key)
    const beside = {
      client_id: 'oidc',
      response_type: 'code',
      redirect_uri: 'https://o.test/cb',
      state: 'beside',
      scope: 'openid postcards.read',
    }
    const go = (parameters: Form) => alice.go(`/authorize?${new URLSearchParams(parameters).toString()}`)
    const page = await go({ ...beside, request })
    assert.doesNotMatch(page.body, /See your postcards/)
    const { leaves } = await alice.submit(page, { press: 'consent-allow' })
    assert.deepEqual([leaves?.pathname, leaves?.searchParams.get('state')], ['/2', 'beside'])
    const { response_type: _, ...incomplete } = beside
    for (const parameters of [
      { ...incomplete, request },
      { ...beside, request: signedRequest({ response_type: 'token' }, key) },
    ]) {
      const refused = await go(parameters)
      assert.deepEqual(
        [refused.leaves?.searchParams.get('error'), reason()],
        ['invalid_request_object', 'request_object_contradicted'],
      )
    }
  },
)

must('RFC 9101 §5', 'request and request_uri together, or twice, are invalid_request', async () => {
  const request = signedBy('both', 'https://b.test/cb')
  const both = new URLSearchParams({ client_id: 'both', request, request_uri: 'https://b.test/r' })
  const twice = new URLSearchParams([
    ['client_id', 'both'],
    ['request', request],
    ['request', request],
  ])
  for (const query of [both, twice]) {
    const { leaves } = await alice.go(`/authorize?${query.toString()}`)
    assert.deepEqual([leaves?.searchParams.get('error'), reason()], ['invalid_request', 'request_object_twice'])
  }
})

must(
  'RFC 9101 §6.1',
  'an object that does not count is told of where its request would have gone, or on a page',
  async () => {
    const go = (client_id: string, more: Form = {}) =>
      alice.go(`/authorize?${new URLSearchParams({ client_id, request: 'x.y.z', ...more }).toString()}`)
    const back = await go('both', { redirect_uri: 'https://b.test/cb', state: 'beside' })
    assert.deepEqual(
      [back.leaves?.searchParams.get('error'), back.leaves?.searchParams.get('state')],
      ['invalid_request_object', 'beside'],
    )
    const nowhere = await go('oidc')
    assert.deepEqual([nowhere.status, nowhere.leaves, reason()], [400, undefined, 'request_object_malformed'])
  },
)

must(
  'OpenID Connect Core §3.1.2.1',
  'AZ-35: a signed request that is too long for an address may be posted',
  async () => {
    const request = signedBy('both', 'https://b.test/cb', { claims: { note: 'x'.repeat(10_000) } })
    const form = { client_id: 'both', request }
    assert.equal((await alice.go(`/authorize?${new URLSearchParams(form).toString()}`)).status, 414)
    const page = await alice.post('/authorize', form)
    assert.match(page.body, /id="consent-allow"|id="login-submit"/)
    assert.equal(page.answers[0]?.status, 303)
    // Nobody can have a row made of what nobody signed.
    assert.equal((await alice.post('/authorize', { ...spa, state: 'x'.repeat(13_000) })).status, 414)
    assert.equal((await alice.post('/authorize', { client_id: 'both', request: `${request}x` })).status, 400)
  },
)

must('R3', 'a lost thread of a signed request is picked up with what was signed', async () => {
  const request = signedBy('signs', 'https://s.test/cb', { prompt: 'login' })
  const visitor = there.visitor()
  const page = await visitor.go(`/authorize?${new URLSearchParams({ client_id: 'signs', request }).toString()}`)
  there.wait(1800)
  const expired = await visitor.go(page.url)
  assert.equal(expired.status, 410)
  assert.ok(expired.body.includes(request))
})
