/**
 * Signing out, over HTTP: what the OpenID Foundation's suite asks of a provider, under the names that it has there, with
 * an application that listens.
 */
import assert from 'node:assert/strict'
import { after } from 'node:test'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { openReceiver } from '../testing/mailbox.ts'
import { must } from '../testing/must.ts'
import { startServer } from '../testing/server.ts'
import { wordsOf, type Visited, type Visitor } from '../testing/visitor.ts'
import {
  authorizationPath,
  authorize,
  clients,
  configuration,
  form,
  jsonOf,
  newPkce,
  redeem,
  tokensOf,
} from './scene.ts'

const receiver = await openReceiver()
const returns = 'https://rp1.test/signed-out?from=op'
const registered = { ...clients.C1.registered, post_logout_redirect_uris: [returns] }
const told = {
  ...clients.C5.registered,
  backchannel_logout_uri: receiver.url,
  backchannel_logout_session_required: true,
}
const framed = {
  ...clients.C1post.registered,
  post_logout_redirect_uris: ['https://poster.test/bye'],
  frontchannel_logout_uri: 'https://poster.test/out',
  frontchannel_logout_session_required: true,
}
const changed: Readonly<Record<string, object>> = { greatapp: registered, poster: framed, evil: told }
const server = await startServer({
  configuration: {
    ...configuration,
    outbound: { allow: [receiver.host] },
    clients: configuration.clients.map((one) => ({ ...one, ...changed[(one as { client_id: string }).client_id] })),
  },
})
after(async () => {
  await server.stop()
  await receiver.close()
})

interface SignedIn {
  readonly visitor: Visitor
  readonly id_token: string
}

/** A browser that is signed in, with the id_token that the application got. */
async function signedIn(by = clients.C1): Promise<SignedIn> {
  const visitor = server.visitor()
  const tokens = tokensOf(await redeem(server, by, await authorize(visitor, by)))
  return { visitor, id_token: tokens.id_token }
}

const logoutPath = (parameters: Readonly<Record<string, string | undefined>>): string => `/logout?${form(parameters)}`

/** The suite presses the button where it is asked. */
async function logout(visitor: Visitor, parameters: Readonly<Record<string, string | undefined>>): Promise<Visited> {
  const page = await visitor.go(logoutPath(parameters))
  return page.body.includes('id="logout-confirm"') ? visitor.submit(page, { press: 'logout-confirm' }) : page
}

async function isSignedIn(visitor: Visitor): Promise<boolean> {
  const { leaves } = await visitor.go(authorizationPath(clients.C1, newPkce(), { prompt: 'none' }))
  return leaves?.searchParams.get('error') !== 'login_required'
}

const isError = ({ status, leaves, body }: Visited): boolean =>
  status === 400 && leaves === undefined && body.includes('id="error-code"')

must('OpenID Connect Discovery §3', 'oidcc-rp-initiated-logout-discovery-endpoint-verification', async () => {
  const metadata = jsonOf(await server.send({ path: '/.well-known/openid-configuration' }))
  assert.equal(metadata['end_session_endpoint'], `${server.issuer}/logout`)
})

must('OpenID Connect RP-Initiated Logout §2', 'oidcc-rp-initiated-logout', async () => {
  const { visitor, id_token } = await signedIn()
  const left = await logout(visitor, { id_token_hint: id_token, post_logout_redirect_uri: returns, state: 'a b' })
  assert.equal(left.leaves?.href, `${returns}&state=a+b`)
  assert.equal(await isSignedIn(visitor), false)
})

must('OpenID Connect RP-Initiated Logout §2', 'oidcc-rp-initiated-logout-no-state', async () => {
  const { visitor, id_token } = await signedIn()
  const left = await logout(visitor, { id_token_hint: id_token, post_logout_redirect_uri: returns })
  assert.equal(left.leaves?.href, returns)
})

must(
  'OpenID Connect RP-Initiated Logout §3',
  'LO-01: oidcc-rp-initiated-logout-bad-post-logout-redirect-uri',
  async () => {
    const { visitor, id_token } = await signedIn()
    const bad = `${returns.split('?')[0]}/other`
    assert.ok(isError(await logout(visitor, { id_token_hint: id_token, post_logout_redirect_uri: bad, state: 's' })))
  },
)

must(
  'OpenID Connect RP-Initiated Logout §3',
  'LO-01: oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri',
  async () => {
    const { visitor, id_token } = await signedIn()
    const added = { id_token_hint: id_token, post_logout_redirect_uri: `${returns}&foo=bar`, state: 's' }
    assert.ok(isError(await logout(visitor, added)))
  },
)

must('OpenID Connect RP-Initiated Logout §4', 'oidcc-rp-initiated-logout-modified-id-token-hint', async () => {
  const { visitor, id_token } = await signedIn()
  const at = id_token.length - 20
  const modified = id_token.slice(0, at) + (id_token[at] === 'A' ? 'B' : 'A') + id_token.slice(at + 1)
  assert.ok(isError(await logout(visitor, { id_token_hint: modified, post_logout_redirect_uri: returns })))
  assert.equal(await isSignedIn(visitor), true)
})

must('OpenID Connect RP-Initiated Logout §4', 'oidcc-rp-initiated-logout-bad-id-token-hint', async () => {
  const { visitor } = await signedIn()
  const foreign = 'eyJhbGciOiJub25lIn0.eyJpc3MiOiJodHRwczovL290aGVyLnRlc3QifQ.'
  for (const id_token_hint of [foreign, 'bad']) {
    assert.ok(isError(await logout(visitor, { id_token_hint, post_logout_redirect_uri: returns, state: 's' })))
  }
})

must('OpenID Connect RP-Initiated Logout §2', 'LO-01: oidcc-rp-initiated-logout-no-id-token-hint', async () => {
  const { visitor } = await signedIn()
  assert.ok(isError(await logout(visitor, { post_logout_redirect_uri: returns, state: 's' })))
})

must('OpenID Connect RP-Initiated Logout §2', 'oidcc-rp-initiated-logout-no-params, -only-state', async () => {
  for (const parameters of [{}, { state: 'a state' }]) {
    const { visitor } = await signedIn()
    const page = await logout(visitor, parameters)
    assert.match(wordsOf(page), /You are signed out/)
    assert.equal(await isSignedIn(visitor), false)
  }
})

must('OpenID Connect RP-Initiated Logout §2', 'oidcc-rp-initiated-logout-no-post-logout-redirect-uri', async () => {
  const { visitor, id_token } = await signedIn()
  const page = await logout(visitor, { id_token_hint: id_token, state: 'a state' })
  assert.equal(page.leaves, undefined)
  assert.match(wordsOf(page), /You are signed out/)
})

must('OpenID Connect Back-Channel Logout §2.5', 'LO-06: oidcc-backchannel-rp-initiated-logout', async () => {
  const { visitor, id_token } = await signedIn(clients.C5)
  await logout(visitor, { id_token_hint: id_token })
  await server.logged(({ message_id, kind }) => message_id !== undefined && kind === 'logout_token')
  const [posted, ...more] = receiver.posted
  assert.equal(more.length, 0)
  const token = new URLSearchParams(posted?.body).get('logout_token') ?? ''
  const keys = createRemoteJWKSet(new URL(`${server.issuer}/jwks`))
  const expected = { issuer: server.issuer, audience: 'evil', typ: 'logout+jwt', algorithms: ['RS256'] }
  const { payload } = await jwtVerify(token, keys, expected)
  const hint = JSON.parse(Buffer.from(id_token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>
  assert.deepEqual([payload['sid'], payload.sub], [hint['sid'], hint['sub']])
  assert.deepEqual(payload['events'], { 'http://schemas.openid.net/event/backchannel-logout': {} })
  assert.equal(payload['nonce'], undefined)
})

must('OpenID Connect Front-Channel Logout §2', 'LO-07: oidcc-frontchannel-rp-initiated-logout', async () => {
  const { visitor, id_token } = await signedIn(clients.C1post)
  const page = await logout(visitor, { id_token_hint: id_token, post_logout_redirect_uri: 'https://poster.test/bye' })
  const { sid } = JSON.parse(Buffer.from(id_token.split('.')[1] ?? '', 'base64url').toString()) as { sid: string }
  const frame = `https://poster.test/out?${form({ iss: server.issuer, sid })}`.replaceAll('&', '&amp;')
  assert.ok(page.body.includes(`src="${frame}"`))
  assert.match(page.body, /id="continue" [^>]*href="https:\/\/poster\.test\/bye"/)
  assert.match(String(page.headers['content-security-policy']), /; frame-src https:\/\/poster\.test\/out; /)
})

must('OpenID Connect Session Management §3', 'BR-35: there is no session iframe, and no session_state', async () => {
  const metadata = jsonOf(await server.send({ path: '/.well-known/openid-configuration' }))
  assert.equal(metadata['check_session_iframe'], undefined)
  const { url } = await authorize(server.visitor(), clients.C1)
  assert.equal(url.searchParams.has('session_state'), false)
  assert.equal((await server.send({ path: '/check_session' })).status, 404)
})
