/** Strategies of passport, unchanged, in an express application with sessions: what most of the older web runs on. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { after } from 'node:test'
import express from 'express'
import session from 'express-session'
import passport from 'passport'
import { Strategy as OAuth2Strategy, type VerifyCallback } from 'passport-oauth2'
import { Strategy as OpenIDConnectStrategy } from 'passport-openidconnect'
import { must } from '../../testing/must.ts'
import { openSender } from '../../testing/sender.ts'
import { freePort } from '../../testing/free-port.ts'
import { startServer, visitorOf } from '../../testing/server.ts'
import { clients, configuration, configured, isActive, passPages, people, post, type SceneClient } from '../scene.ts'

/** Who is signed in to the application, and what it holds for them. */
interface SignedIn {
  readonly name: string
  readonly access_token: string
  readonly refresh_token: string
}

const port = await freePort()
const origin = `http://localhost:${port}`

/** Confidential clients of this application. The second library knows nothing of PKCE, so its profile lets it be. */
const oauth2: SceneClient = {
  ...clients.C1post,
  client_id: 'passport-oauth2',
  registered: { ...clients.C1post.registered, redirect_uris: [`${origin}/oauth2/callback`] },
}
const openidconnect: SceneClient = {
  ...clients.C1post,
  client_id: 'passport-openidconnect',
  registered: { ...clients.C1post.registered, redirect_uris: [`${origin}/openidconnect/callback`], profile: 'oidc' },
}

const server = await startServer({
  configuration: { ...configuration, clients: [...configuration.clients, ...[oauth2, openidconnect].map(configured)] },
})
after(() => server.stop())

const endpoints = {
  authorizationURL: `${server.issuer}/authorize`,
  tokenURL: `${server.issuer}/token`,
  userInfoURL: `${server.issuer}/userinfo`,
}

/** As its readers are told to write one: a subclass that knows where the profile is. */
class LicetStrategy extends OAuth2Strategy {
  override userProfile(accessToken: string, done: (error?: unknown, profile?: unknown) => void): void {
    this._oauth2.useAuthorizationHeaderforGET(true)
    this._oauth2.get(endpoints.userInfoURL, accessToken, (error, body) =>
      error ? done(error) : done(null, JSON.parse(String(body))),
    )
  }

  /** What passport-oauth2-refresh does. */
  refresh(refreshToken: string): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    this._oauth2.getOAuthAccessToken(refreshToken, { grant_type: 'refresh_token' }, (error, _access, refreshed) =>
      error ? reject(new Error(JSON.stringify(error))) : resolve(String(refreshed)),
    )
    return promise
  }
}

const withOAuth2 = new LicetStrategy(
  {
    ...endpoints,
    clientID: oauth2.client_id,
    clientSecret: oauth2.client_secret,
    callbackURL: `${origin}/oauth2/callback`,
    scope: ['openid', 'profile', 'offline_access', 'postcards.read'],
    state: true,
    pkce: true,
  },
  (access_token: string, refresh_token: string, { name }: { name: string }, verified: VerifyCallback) =>
    verified(null, { name, access_token, refresh_token } satisfies SignedIn),
)
const withOpenIDConnect = new OpenIDConnectStrategy(
  {
    ...endpoints,
    issuer: server.issuer,
    clientID: openidconnect.client_id,
    clientSecret: openidconnect.client_secret,
    callbackURL: `${origin}/openidconnect/callback`,
    scope: ['profile', 'offline_access', 'postcards.read'],
    nonce: true,
    maxAge: 3600,
    skipUserProfile: false,
  },
  (_issuer, { displayName }, _context, _idToken, access_token, refresh_token, verified) =>
    verified(null, { name: displayName ?? '', access_token, refresh_token } satisfies SignedIn),
)

passport.use('oauth2', withOAuth2)
passport.use('openidconnect', withOpenIDConnect)
passport.serializeUser((user, done) => done(null, user))
passport.deserializeUser((user: Express.User, done) => done(null, user))

const application = express()
application.use(session({ secret: 'of a test', resave: false, saveUninitialized: false }), passport.session())
for (const strategy of ['oauth2', 'openidconnect']) {
  application.get(`/${strategy}`, passport.authenticate(strategy))
  application.get(`/${strategy}/callback`, passport.authenticate(strategy, { successRedirect: '/me' }))
}
application.get('/me', (request, response) => response.json(request.user ?? null))
const listening = createServer(application).listen(port, '127.0.0.1')
await once(listening, 'listening')
const sender = openSender(origin)
after(async () => {
  await sender.close()
  listening.close()
})

/** A browser at the application, sent to the server and back. */
async function signsIn(strategy: string): Promise<SignedIn> {
  const [atApplication, atServer] = [visitorOf(origin, sender.send), server.visitor()]
  const { leaves: request } = await atApplication.go(`/${strategy}`)
  assert.ok(request)
  const { leaves: answer } = await passPages(atServer, await atServer.go(request), people.alice)
  assert.ok(answer)
  const { body } = await atApplication.go(answer)
  return JSON.parse(body) as SignedIn
}

must('RFC 6749 §4.1, RFC 7636 §4', 'passport-oauth2 completes the flow', async () => {
  const { name, access_token, refresh_token } = await signsIn('oauth2')
  assert.equal(name, 'Alice Liddell')
  assert.equal(await isActive(server, clients.RS1, access_token), true)
  const refreshed = await withOAuth2.refresh(refresh_token)
  assert.notEqual(refreshed, refresh_token)
  // The library has no word for it: the application sends it itself.
  assert.equal((await post(server, '/revoke', oauth2, { token: refreshed })).status, 200)
  assert.equal(await isActive(server, clients.RS1, access_token), false)
})

must('OpenID Connect Core §3.1', 'passport-openidconnect completes the flow, without PKCE by its profile', async () => {
  const { name, access_token, refresh_token } = await signsIn('openidconnect')
  assert.equal(name, 'Alice Liddell')
  assert.equal(await isActive(server, clients.RS1, access_token), true)
  assert.match(refresh_token, /^lr_/)
})
