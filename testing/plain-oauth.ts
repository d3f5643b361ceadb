/** A provider that knows OAuth 2.0 and nothing of OpenID Connect, as many do: a code, an access token, and an API to ask. */
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import express from 'express'

/** It, while it listens. */
export interface PlainOAuth {
  /** `http://127.0.0.1:PORT`. */
  readonly origin: string
  /** `127.0.0.1:PORT`, as `outbound.allow` has it. */
  readonly host: string
  /** What its API says of whoever signed in. */
  person: Readonly<Record<string, unknown>>
  /** What its API says of their addresses. */
  emails: readonly unknown[]
  /** The access tokens it gave out so far. */
  readonly access_tokens: readonly string[]
  close(): Promise<void>
}

/** The client that Licet is there. */
export const plainClient = { client_id: 'licet', client_secret: 'the-secret-of-licet-at-the-plain-provider' } as const

/** Opens it, on a free port of this machine. */
export async function openPlainOAuth(): Promise<PlainOAuth> {
  const codes = new Map<string, string>()
  const access_tokens: string[] = []
  const app = express()
  app.use(express.urlencoded({ extended: false }))
  app.get('/authorize', (request, response) => {
    const query = new URLSearchParams(request.originalUrl.split('?')[1])
    response.type('html').send(`<!doctype html><html lang="en"><title>Plain</title><main><h1>Plain</h1>
      <form method="post"><input type="hidden" name="q" value="${encodeURIComponent(query.toString())}">
      <button name="answer" value="yes" id="plain-allow">Allow</button>
      <button name="answer" value="no" id="plain-deny">Deny</button></form></main></html>`)
  })
  app.post('/authorize', (request, response) => {
    const { q, answer } = request.body as { readonly q: string; readonly answer: string }
    const asked = new URLSearchParams(decodeURIComponent(q))
    const back = new URL(asked.get('redirect_uri') ?? '')
    back.searchParams.set('state', asked.get('state') ?? '')
    if (answer === 'yes') {
      const code = randomBytes(16).toString('base64url')
      codes.set(code, asked.get('code_challenge') ?? '')
      back.searchParams.set('code', code)
    } else back.searchParams.set('error', 'access_denied')
    response.redirect(302, back.href)
  })
  app.post('/token', (request, response) => {
    const sent = request.body as Readonly<Record<string, string | undefined>>
    const challenge = codes.get(sent['code'] ?? '')
    codes.delete(sent['code'] ?? '')
    const hashed = createHash('sha256')
      .update(sent['code_verifier'] ?? '')
      .digest('base64url')
    const isClient = sent['client_id'] === plainClient.client_id && sent['client_secret'] === plainClient.client_secret
    // With status 200, as the best known of them does.
    if (challenge === undefined || challenge !== hashed || !isClient)
      return response.json({ error: 'bad_verification_code' })
    const access_token = randomBytes(16).toString('base64url')
    access_tokens.push(access_token)
    return response.json({ access_token, token_type: 'bearer', scope: sent['scope'] ?? '' })
  })
  const isKnown = (authorization: string | undefined): boolean =>
    access_tokens.some((access_token) => authorization === `Bearer ${access_token}`)
  app.get(['/user', '/emails'], (request, response) => {
    if (!isKnown(request.headers.authorization)) return response.status(401).json({})
    return response.json(request.path === '/user' ? self.person : self.emails)
  })
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const self: PlainOAuth = {
    origin: `http://${host}`,
    host,
    person: { id: 583231, login: 'alice-in-plain', name: 'Alice' },
    emails: [],
    access_tokens,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return self
}
