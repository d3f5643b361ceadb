/** A world in which clients register themselves, and what they do with that. */
import type { HttpResponse } from '../src/http/message.ts'
import type { Visited, Visitor } from './visitor.ts'
import { world, type Tokens, type World } from './world.ts'

/** An answer in JSON. */
export interface Answer {
  readonly status: number
  readonly headers: HttpResponse['headers']
  readonly body: Readonly<Record<string, unknown>>
}

/** A world, and how clients come to it. */
export interface Registrar extends Pick<World, 'clock' | 'close'> {
  readonly world: World
  /** Sends a text as JSON. */
  send(method: string, path: string, body: string, headers?: Readonly<Record<string, string>>): Promise<Answer>
  register(metadata: object, peer?: string): Promise<Answer>
  /** Does something with a registration by its access token. */
  manage(method: 'GET' | 'PUT' | 'DELETE', registered: Answer['body'], metadata?: object): Promise<Answer>
  discovered(): Promise<Readonly<Record<string, unknown>>>
  /** The address that begins a code flow of a registered client. */
  authorizeUrl(registered: Answer['body'], otherwise?: Readonly<Record<string, string | undefined>>): string
  /** Goes through the page that warns before leaving, to where the browser ends. */
  leave(visitor: Visitor, page: Visited): Promise<URL>
  /** Alice allows a registered client what it asks for, and it redeems the code. */
  tokens(registered: Answer['body'], otherwise?: Readonly<Record<string, string | undefined>>): Promise<Tokens>
  token(registered: Answer['body'], parameters: Readonly<Record<string, string>>): Promise<Answer>
  /** Why the last request was refused. */
  reason(): unknown
}

/** The verifier of every code flow of a world, RFC 7636 appendix B. */
const code_verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'

/** Opens a world with what the configuration says otherwise. */
export async function registrar(otherwise: Readonly<Record<string, unknown>>): Promise<Registrar> {
  const one = await world(otherwise)

  const answered = ({ status, headers, body }: HttpResponse): Answer => ({
    status,
    headers,
    body: body === '' ? {} : (JSON.parse(body) as Answer['body']),
  })
  const request = async (method: string, path: string, sent: Parameters<World['request']>[2]) =>
    answered(await one.request(method, path, sent))
  const asJson = { 'content-type': 'application/json' }

  const token: Registrar['token'] = ({ client_id, client_secret }, parameters) => {
    const id = String(client_id)
    const basic = `Basic ${Buffer.from(`${encodeURIComponent(id)}:${String(client_secret)}`).toString('base64')}`
    return client_secret === undefined
      ? request('POST', '/token', { body: { ...parameters, client_id: id } })
      : request('POST', '/token', { headers: { authorization: basic }, body: parameters })
  }
  const authorizeUrl: Registrar['authorizeUrl'] = ({ client_id, redirect_uris }, more) =>
    one.authorizeUrl({
      client_id: String(client_id),
      redirect_uri: (redirect_uris as readonly string[])[0],
      scope: undefined,
      ...more,
    })

  const leave: Registrar['leave'] = async (visitor, page) => {
    const { leaves } = page.body.includes('id="continue"') ? await visitor.submit(page, { press: 'continue' }) : page
    if (leaves === undefined) throw new Error(`Nobody leaves: ${page.status} ${page.body}`)
    return leaves
  }

  return {
    world: one,
    clock: one.clock,
    close: () => one.close(),
    send: (method, path, body, headers = {}) => request(method, path, { body, headers: { ...asJson, ...headers } }),
    register: (metadata, peer) =>
      request('POST', '/register', {
        body: JSON.stringify(metadata),
        headers: asJson,
        ...(peer !== undefined && { peer }),
      }),
    manage: (method, { registration_client_uri, registration_access_token }, metadata) =>
      request(method, new URL(String(registration_client_uri)).pathname, {
        headers: { ...asJson, authorization: `Bearer ${String(registration_access_token)}` },
        ...(metadata !== undefined && { body: JSON.stringify(metadata) }),
      }),
    discovered: async () => (await request('GET', '/.well-known/openid-configuration', {})).body,
    authorizeUrl,
    leave,
    async tokens(registered, more) {
      const visitor = one.visitor()
      const leaving = await leave(visitor, await one.allow(visitor, authorizeUrl(registered, more)))
      const code = leaving.searchParams.get('code')
      if (code === null) throw new Error(`No code: ${leaving.href}`)
      const answer = await token(registered, { grant_type: 'authorization_code', code, code_verifier })
      if (answer.status !== 200) throw new Error(`No tokens: ${JSON.stringify(answer.body)}`)
      return answer.body as unknown as Tokens
    },
    token,
    reason: () => one.log.findLast(({ detail }) => detail['reason'] !== undefined)?.detail['reason'],
  }
}
