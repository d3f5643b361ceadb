/** The authorization code flow (OAuth 2.1 §4.1) with PKCE, `state` and `nonce`, over `openid-client`. */
import * as client from 'openid-client'
import { recorder } from './recorder.ts'
import type { Step, Visit } from './visit.ts'

/** What the flow has to know. */
export interface FlowOptions {
  readonly issuer: string
  readonly client_id: string
  readonly client_secret: string
  readonly resource: string
  readonly redirect_uri: string
}

/** The steps, in the order in which a visitor takes them. */
export interface Flow {
  /** Begins: answers the address to send the browser to. */
  connect(visit: Visit): Promise<string>
  /** Takes the answer that the browser brings, and redeems its code. */
  callback(visit: Visit, answer: URL): Promise<void>
  /** Calls the protected resource. */
  read(visit: Visit): Promise<void>
  /** Gets new tokens without the person. */
  refresh(visit: Visit): Promise<void>
  /** Gives the tokens back (RFC 7009) and forgets them. */
  disconnect(visit: Visit): Promise<void>
}

const scope = 'openid profile email postcards.read postcards.send'

/** Opens the flow; the authorization server is asked for its metadata when the first visitor connects. */
export function openFlow({ issuer, client_id, client_secret, resource, redirect_uri }: FlowOptions): Flow {
  const recorded = recorder()
  let discovered: Promise<client.Configuration> | undefined

  /** Finds the server's endpoints (RFC 8414). Plain http is for the demonstration alone, on this computer. */
  const discover = (): Promise<client.Configuration> => {
    discovered ??= client
      .discovery(new URL(issuer), client_id, client_secret, client.ClientSecretBasic(client_secret), {
        [client.customFetch]: recorded.fetch,
        ...(issuer.startsWith('http:') && { execute: [client.allowInsecureRequests] }),
      })
      .catch((error: unknown) => {
        discovered = undefined
        throw error
      })
    return discovered
  }

  const tell = (visit: Visit, step: Step): void => {
    visit.steps.push({ ...step, exchanges: [...(step.exchanges ?? []), ...recorded.take()] })
  }

  return {
    async connect(visit) {
      visit.steps.length = 0
      const configuration = await discover()
      tell(visit, {
        title: 'Discovery',
        explain: 'The application asks the authorization server where its endpoints are.',
      })
      const pending = {
        state: client.randomState(),
        nonce: client.randomNonce(),
        code_verifier: client.randomPKCECodeVerifier(),
      }
      visit.pending = pending
      const address = client.buildAuthorizationUrl(configuration, {
        redirect_uri,
        scope,
        resource,
        state: pending.state,
        nonce: pending.nonce,
        code_challenge: await client.calculatePKCECodeChallenge(pending.code_verifier),
        code_challenge_method: 'S256',
      })
      tell(visit, {
        title: 'Authorization request',
        explain: 'The browser is sent to the authorization server. The application keeps the code verifier to itself.',
        shown: { 'sent with the browser': readable(address), 'kept here': JSON.stringify(pending, null, 2) },
      })
      return address.href
    },

    async callback(visit, answer) {
      const configuration = await discover()
      const { pending } = visit
      visit.pending = undefined
      const state = answer.searchParams.get('state') ?? ''
      const same = pending !== undefined && pending.state === state
      tell(visit, {
        title: 'Authorization response',
        explain: same
          ? 'The browser is back. Its state is the one we sent: this answer belongs to this visitor.'
          : 'The browser brought a state that we did not send: somebody else’s answer. It is thrown away.',
        shown: { received: readable(answer), 'state we sent': pending?.state ?? '(none)', 'state that came': state },
      })
      if (!same) return
      const tokens = await client.authorizationCodeGrant(configuration, answer, {
        expectedState: pending.state,
        expectedNonce: pending.nonce,
        pkceCodeVerifier: pending.code_verifier,
      })
      visit.tokens = tokens
      tell(visit, {
        title: 'Token request',
        explain: 'The application redeems the code, with its own credentials and the code verifier.',
        shown: decodedTokens(tokens),
      })
      // OpenID Connect Core §5.3.2: the answer counts only if it is about the person of the id_token.
      const { name, sub } = await client.fetchUserInfo(configuration, tokens.access_token, tokens.claims()?.sub ?? '')
      visit.name = name ?? sub
      tell(visit, { title: 'UserInfo', explain: 'The application asks who the person is, as far as they allowed.' })
    },

    async read(visit) {
      const configuration = await discover()
      if (visit.tokens === undefined) throw new Error('Connect first')
      const address = new URL('postcards', resource)
      const response = await client
        .fetchProtectedResource(configuration, visit.tokens.access_token, address, 'GET')
        .catch(refusalOf)
      visit.postcards = response.ok ? ((await response.json()) as string[]) : undefined
      tell(visit, {
        title: response.ok ? 'Call' : 'Call refused',
        explain: response.ok
          ? 'The protected resource admits the access token.'
          : `The protected resource answers ${response.status}: the access token is good no more.`,
      })
    },

    async refresh(visit) {
      const configuration = await discover()
      if (visit.tokens?.refresh_token === undefined) throw new Error('There is no refresh token')
      const tokens = await client.refreshTokenGrant(configuration, visit.tokens.refresh_token)
      visit.tokens = { ...tokens, id_token: tokens.id_token ?? visit.tokens.id_token }
      tell(visit, {
        title: 'Refresh',
        explain: 'New tokens without the person; the old refresh token is spent.',
        shown: decodedTokens(tokens),
      })
    },

    async disconnect(visit) {
      const configuration = await discover()
      if (visit.tokens?.refresh_token !== undefined)
        await client.tokenRevocation(configuration, visit.tokens.refresh_token)
      visit.tokens = undefined
      visit.postcards = undefined
      visit.name = undefined
      tell(visit, { title: 'Revocation', explain: 'The application gave its tokens back.' })
    },
  }
}

/** An answer that refuses comes as an error, with the answer in it. */
function refusalOf(error: unknown): Response {
  if (error instanceof client.WWWAuthenticateChallengeError) return error.response
  throw error
}

function readable(address: URL): string {
  return [
    `${address.origin}${address.pathname}`,
    ...[...address.searchParams].map(([name, value]) => `  ${name} = ${value}`),
  ].join('\n')
}

/** Takes signed tokens apart, for reading: the application itself never needs to look into an access token. */
function decodedTokens(tokens: {
  access_token: string
  id_token?: string | undefined
}): Readonly<Record<string, string>> {
  const shown: Record<string, string> = {}
  for (const name of ['access_token', 'id_token'] as const) {
    const [header, claims] = (tokens[name] ?? '').split('.')
    if (header === undefined || claims === undefined) continue
    const plain = [header, claims].map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()) as unknown)
    shown[`${name}, taken apart`] = plain.map((part) => JSON.stringify(part, null, 2)).join('\n')
  }
  return shown
}
