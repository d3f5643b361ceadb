/** The token endpoint as a client meets it: forms, codes, refresh tokens, and what each refusal looks like. */
import assert from 'node:assert/strict'
import { after } from 'node:test'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { must } from '../testing/must.ts'
import { writeRaw } from '../testing/raw-connection.ts'
import { startServer } from '../testing/server.ts'
import type { Received } from '../testing/visitor.ts'
import {
  authorizationPath,
  authorize,
  clients,
  configuration,
  configured,
  credentialsOf,
  form,
  isActive,
  jsonOf,
  newPkce,
  post,
  redeem,
  refresh,
  resources,
  tokensFor,
  tokensOf,
  type SceneClient,
} from './scene.ts'

const { C1, C1post, C2, C4, C5, C6, RS1 } = clients
/** A client that allows no retry of a refresh. */
const strict: SceneClient = {
  ...C1,
  client_id: 'strict',
  registered: { ...C1.registered, refresh_replay_window: '0s' },
}
const server = await startServer({
  configuration: { ...configuration, clients: [...configuration.clients, configured(strict)] },
})
after(() => server.stop())

const alice = server.visitor()
const lasting = { scope: 'openid offline_access postcards.read' }
/** What the name of a pushed request begins with, RFC 9126 §2.2. */
const pushedRequest = 'urn:ietf:params:oauth:request_uri:'
const formType = 'application/x-www-form-urlencoded'

/** Status and error of an answer, after its shape was checked: RFC 6749 §5.2. */
function refusal(answer: Received): readonly [number, unknown] {
  assert.equal(answer.headers['content-type'], 'application/json')
  assert.equal(answer.headers['cache-control'], 'no-store')
  const { error, error_description } = jsonOf(answer)
  assert.match(String(error_description), /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/)
  return [answer.status, error]
}

must(
  'RFC 6749 §3.2',
  'TK-01: only POST is taken, nothing is spent by anything else, and its parameters are not logged',
  async () => {
    const { code, code_verifier } = await authorize(alice, C1)
    const { headers } = credentialsOf(C1, server.issuer)
    const query = form({ grant_type: 'authorization_code', code, code_verifier })
    for (const method of ['GET', 'PUT', 'DELETE', 'PATCH', 'TRACE']) {
      const answer = await server.send({ method, path: `/token?${query}`, headers })
      assert.deepEqual([answer.status, answer.headers['allow']], [405, 'POST, OPTIONS'], method)
    }
    assert.equal((await server.send({ method: 'HEAD', path: `/token?${query}`, headers })).status, 405)
    const said = server.output.join('\n')
    for (const secret of [code, code_verifier]) assert.ok(!said.includes(secret))
    tokensOf(await post(server, '/token', C1, { grant_type: 'authorization_code', code, code_verifier }))
  },
)

must(
  'RFC 6749 §3.2',
  'TK-02, TK-05: only a form in UTF-8 is taken; unknown parameters and empty ones are let through',
  async () => {
    const { headers } = credentialsOf(C6, server.issuer)
    const body = form({ grant_type: 'client_credentials' })
    const types = [
      'application/json',
      'text/plain',
      'multipart/form-data; boundary=x',
      `${formType}; charset=utf-16`,
      '',
      'x',
    ]
    for (const type of types) {
      const answer = await server.send({
        path: '/token',
        headers: { ...headers, ...(type !== '' && { 'content-type': type }) },
        body,
      })
      const [status, error] = refusal(answer)
      assert.ok([400, 415].includes(status) && error === 'invalid_request', `${type}: ${status}`)
    }
    for (const type of [formType, `${formType}; charset=UTF-8`, formType.toUpperCase()]) {
      const answer = await server.send({
        path: '/token',
        headers: { ...headers, 'content-type': type },
        body: `${body}&foo=1&scope=&x`,
      })
      assert.equal(answer.status, 200, type)
    }
  },
)

must('RFC 6749 §3.2', 'TK-04: no parameter comes twice', async () => {
  const response = await authorize(alice, C1post)
  const { code, code_verifier } = response
  const { parameters } = credentialsOf(C1post, server.issuer)
  const sent = {
    grant_type: 'authorization_code',
    code,
    code_verifier,
    redirect_uri: C1post.redirect_uri,
    ...parameters,
  }
  for (const [name, value = ''] of Object.entries({ ...sent, scope: 'openid' })) {
    const body = `${form(sent)}&${form({ [name]: value })}${name === 'scope' ? '&scope=openid' : ''}`
    const answer = await server.send({ path: '/token', headers: { 'content-type': formType }, body })
    assert.deepEqual(refusal(answer), [400, 'invalid_request'], name)
  }
  tokensOf(await redeem(server, C1post, response))
})

must(
  'RFC 6749 §5.1',
  'TK-06, TK-13, TK-14: what is issued is kept by no cache, honest about its scope, and of its own type',
  async () => {
    const answer = await redeem(server, C1, await authorize(alice, C1, lasting))
    assert.deepEqual(
      [answer.headers['cache-control'], answer.headers['pragma'], answer.headers['content-type']],
      ['no-store', 'no-cache', 'application/json'],
    )
    const { token_type, expires_in, scope } = jsonOf(answer)
    assert.deepEqual([token_type, String(scope).split(' ').sort()], ['Bearer', lasting.scope.split(' ').sort()])
    const { access_token, id_token, refresh_token } = tokensOf(answer)
    const claims = decodeJwt(access_token)
    assert.equal(decodeProtectedHeader(access_token).typ, 'at+jwt')
    assert.notEqual(decodeProtectedHeader(id_token).typ, 'at+jwt')
    assert.deepEqual([claims.iss, claims.aud, claims['client_id']], [server.issuer, resources.RS1, C1.client_id])
    assert.ok(
      claims.jti !== undefined && (claims.exp ?? 0) - (claims.iat ?? 0) === expires_in && Number(expires_in) <= 600,
    )

    const narrow = jsonOf(await refresh(server, C1, refresh_token, { scope: 'postcards.read' }))
    assert.equal(narrow['scope'], 'postcards.read')
    const full = jsonOf(await refresh(server, C1, String(narrow['refresh_token'])))
    assert.deepEqual(String(full['scope']).split(' ').sort(), lasting.scope.split(' ').sort())
  },
)

must(
  'RFC 6749 §5.2',
  'TK-08, TK-09, TK-10: a grant type that is unknown, dropped, or not this client’s is refused as that',
  async () => {
    const unknown = [
      'xyz',
      '__proto__',
      'constructor',
      'toString',
      'password',
      'implicit',
      'Authorization_Code',
      'urn:x',
    ]
    for (const grant_type of unknown) {
      const answer = await post(server, '/token', C1, { grant_type, username: 'alice', password: 'wonderland' })
      assert.deepEqual(refusal(answer), [400, 'unsupported_grant_type'], grant_type)
    }
    assert.deepEqual(refusal(await post(server, '/token', C1, {})), [400, 'invalid_request'])
    const list = await post(server, '/token', C1, { 'grant_type[]': 'client_credentials' })
    assert.deepEqual(refusal(list), [400, 'invalid_request'])
    for (const client of [C1, C2]) {
      const answer = await post(server, '/token', client, { grant_type: 'client_credentials' })
      assert.deepEqual(refusal(answer), [400, 'unauthorized_client'])
    }
    const machine = await post(server, '/token', C6, { grant_type: 'refresh_token', refresh_token: 'lr_x' })
    assert.deepEqual(refusal(machine), [400, 'unauthorized_client'])
  },
)

must(
  'RFC 6749 §4.1.3',
  'TK-11, CD-05, CD-06, CD-08, PK-04, PK-07, PK-09: whatever is wrong with a code, the answer is one, and the code stays good',
  async () => {
    const response = await authorize(alice, C1)
    const another = await authorize(alice, C1)
    const codes = { code: response.code, code_verifier: response.code_verifier }
    const wrong = {
      'another client': redeem(server, C5, response),
      'another client with a key': redeem(server, C4, response),
      'a public client': redeem(server, C2, response),
      'another registered redirect': redeem(server, C1, response, { redirect_uri: 'https://rp1.test/q?x=1' }),
      'an unregistered redirect': redeem(server, C1, response, { redirect_uri: 'https://evil.test/cb' }),
      'no verifier': redeem(server, C1, response, { code_verifier: undefined }),
      'a wrong verifier': redeem(server, C1, response, { code_verifier: newPkce().code_verifier }),
      'the verifier of another code': redeem(server, C1, { ...response, code_verifier: another.code_verifier }),
      'another code with this verifier': redeem(server, C1, { ...another, code_verifier: response.code_verifier }),
      'an unknown code': redeem(server, C1, { ...response, code: 'lc_unknown' }),
      'a code of 100 bytes of anything': redeem(server, C1, { ...response, code: '\u0000"\\é'.repeat(20) }),
      'a code of 50,000 bytes': redeem(server, C1, { ...response, code: 'lc_'.repeat(17_000) }),
      'a code with one character less': redeem(server, C1, { ...response, code: codes.code.slice(0, -1) }),
      'a code with padding': redeem(server, C1, { ...response, code: `${codes.code}=` }),
      'a code in upper case': redeem(server, C1, { ...response, code: codes.code.toUpperCase() }),
    }
    const bodies = new Set<string>()
    for (const [name, asked] of Object.entries(wrong)) {
      const answer = await asked
      assert.deepEqual(refusal(answer), [400, 'invalid_grant'], name)
      bodies.add(answer.body)
    }
    // The verifier of RFC 7636 has an error description of its own in some; which of the others it was, nobody is told.
    assert.ok(bodies.size <= 2, [...bodies].join('\n'))
    for (const code_verifier of ['a'.repeat(42), 'a'.repeat(129), 'a b'.repeat(20), 'é'.repeat(50)]) {
      const [status, error] = refusal(await redeem(server, C1, response, { code_verifier }))
      assert.ok(status === 400 && ['invalid_grant', 'invalid_request'].includes(String(error)))
    }
    tokensOf(await redeem(server, C1, response))
  },
)

must('RFC 6749 §10.10', 'CD-10: of a code with any one character changed nothing is taken', async () => {
  const response = await authorize(alice, C1)
  const { code } = response
  const changed = Array.from(code, (char, index) => {
    return code.slice(0, index) + (char === 'A' ? 'B' : 'A') + code.slice(index + 1)
  })
  const other = (await authorize(alice, C1)).code
  const halves = [code.slice(0, 25) + other.slice(25), other.slice(0, 25) + code.slice(25), code + other]
  for (const tampered of [...changed, ...halves]) {
    assert.deepEqual(refusal(await redeem(server, C1, { ...response, code: tampered })), [400, 'invalid_grant'])
  }
  tokensOf(await redeem(server, C1, response))
})

must('RFC 6749 §4.1.2', 'CD-01: a code that is used again ends what it gave', async () => {
  const response = await authorize(alice, C1, lasting)
  const { access_token, refresh_token } = tokensOf(await redeem(server, C1, response))
  // Policy A2: who is wrong in any respect ends nothing, or anybody who sees a code could sign the person out.
  await redeem(server, C1, response, { code_verifier: newPkce().code_verifier })
  await redeem(server, C5, response)
  assert.equal(await isActive(server, RS1, access_token), true)
  assert.deepEqual(refusal(await redeem(server, C1, response)), [400, 'invalid_grant'])
  assert.equal(await isActive(server, RS1, access_token), false)
  assert.deepEqual(refusal(await refresh(server, C1, refresh_token)), [400, 'invalid_grant'])
})

must(
  'RFC 6749 §10.3',
  'CD-09, UI-03: a secret of one kind is not a secret of another, wherever it is presented',
  async () => {
    const opaque = { scope: 'letters.read', resource: resources.RS2 }
    const held = await tokensFor(server, alice, C1, lasting)
    const unspent = await authorize(alice, C1)
    const letters = tokensOf(await post(server, '/token', C6, { grant_type: 'client_credentials', ...opaque }))
    const request = new URLSearchParams(authorizationPath(C1, newPkce()).split('?')[1])
    const pushed = String(jsonOf(await post(server, '/par', C1, Object.fromEntries(request)))['request_uri'])
    const secrets = {
      authorization_code: unspent.code,
      refresh_token: held.refresh_token,
      'signed access token': held.access_token,
      'opaque access token': letters.access_token,
      id_token: held.id_token,
      'pushed request': pushed.slice(pushedRequest.length),
      session: alice.cookies.get('__Host-licet-session') ?? '',
      browser: alice.cookies.get('__Host-licet-browser') ?? '',
      'client secret': C1.client_secret,
      state: 'the state',
      empty: '',
    }
    const verifier = { code_verifier: unspent.code_verifier }
    for (const [kind, secret] of Object.entries(secrets)) {
      const answer = (status: number) => `${kind} ${status}`
      if (kind !== 'authorization_code') {
        const { status } = await post(server, '/token', C1, {
          grant_type: 'authorization_code',
          code: secret,
          ...verifier,
        })
        assert.equal(answer(status), answer(400))
      }
      if (kind !== 'refresh_token') {
        const { status } = await post(server, '/token', C1, { grant_type: 'refresh_token', refresh_token: secret })
        assert.equal(answer(status), answer(400))
      }
      if (kind !== 'signed access token') {
        const bearer = await server.send({ path: '/userinfo', headers: { authorization: `Bearer ${secret}` } })
        assert.ok([400, 401, 403].includes(bearer.status), answer(bearer.status))
        if (secret !== '' && kind !== 'opaque access token')
          assert.equal(await isActive(server, RS1, secret), false, kind)
      }
      if (kind !== 'pushed request') {
        const query = form({ client_id: C1.client_id, request_uri: pushedRequest + secret })
        assert.equal(answer((await alice.go(`/authorize?${query}`)).status), answer(400))
      }
      const cookie = `__Host-licet-session=${secret}`
      const page = await server.send({ path: '/account', headers: { cookie } })
      if (kind !== 'session') assert.equal(answer(page.status), answer(303))
    }
    tokensOf(await redeem(server, C1, unspent))
  },
)

must(
  'RFC 6749 §6',
  'RT-06, RT-07, RT-09: a refresh token is one client’s, and asks for no more than it was given',
  async () => {
    const { refresh_token } = await tokensFor(server, alice, C1, lasting)
    for (const client of [C5, C4, C2, C1post]) {
      assert.deepEqual(refusal(await refresh(server, client, refresh_token)), [400, 'invalid_grant'], client.client_id)
    }
    for (const scope of [`${lasting.scope} postcards.send`, 'letters.read', 'openid email']) {
      assert.deepEqual(refusal(await refresh(server, C1, refresh_token, { scope })), [400, 'invalid_scope'], scope)
    }
    for (const resource of [resources.RS2, 'https://unknown.test/', 'relative', `${resources.RS1}#f`]) {
      assert.deepEqual(
        refusal(await refresh(server, C1, refresh_token, { resource })),
        [400, 'invalid_target'],
        resource,
      )
    }
    tokensOf(await refresh(server, C1, refresh_token))
  },
)

must('RFC 8707 §2.2', 'TK-15: a code for one resource gives no token for another', async () => {
  const response = await authorize(alice, C1, { ...lasting, resource: resources.RS1 })
  assert.deepEqual(refusal(await redeem(server, C1, response, { resource: resources.RS2 })), [400, 'invalid_target'])
  assert.equal(decodeJwt(tokensOf(await redeem(server, C1, response)).access_token).aud, resources.RS1)
})

must(
  'RFC 9700 §4.14.2',
  'RT-01: a refresh token that is used again, out of its window, ends the tokens of that device alone',
  async () => {
    const [here, there] = [
      await tokensFor(server, alice, strict, lasting),
      await tokensFor(server, alice, strict, lasting),
    ]
    const next = tokensOf(await refresh(server, strict, here.refresh_token))
    assert.deepEqual(refusal(await refresh(server, strict, here.refresh_token)), [400, 'invalid_grant'])
    assert.deepEqual(refusal(await refresh(server, strict, next.refresh_token)), [400, 'invalid_grant'])
    assert.equal(await isActive(server, RS1, next.access_token), false)
    tokensOf(await refresh(server, strict, there.refresh_token))
  },
)

must('R1', 'RT-03: an answer that never arrived is given again, the very same', async () => {
  const { refresh_token } = await tokensFor(server, alice, C1, lasting)
  const { headers } = credentialsOf(C1, server.issuer)
  const body = form({ grant_type: 'refresh_token', refresh_token })
  const head = `POST /token HTTP/1.1\r\nHost: ${new URL(server.issuer).host}\r\nAuthorization: ${headers['authorization'] ?? ''}\r\n`
  const length = `Content-Type: ${formType}\r\nContent-Length: ${body.length}\r\n\r\n`
  // Gone as soon as all is written: whether the server commits before it notices is what the retry copes with.
  for (const patience of [0, 1, 5, 20, 100]) await writeRaw(server.port, head + length + body, { patience })
  const [first, second] = [await refresh(server, C1, refresh_token), await refresh(server, C1, refresh_token)]
  assert.equal(first.body, second.body)
  const { refresh_token: successor } = tokensOf(first)
  tokensOf(await refresh(server, C1, successor))
  assert.deepEqual(refusal(await refresh(server, C1, refresh_token)), [400, 'invalid_grant'])
})
