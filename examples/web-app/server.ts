/**
 * A client web application, "Postcards": the authorization code flow with PKCE, step by step. Each step shows the request
 * that was really sent and the answer that really came, so that one can watch the protocol at work.
 *
 * What matters is in `flow.ts`, some sixty lines over `openid-client`. This file is the web around it.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { randomBytes } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { openFlow, type Flow } from './flow.ts'
import { homePage } from './page.ts'
import { newVisit, type Visit } from './visit.ts'

/** What the application has to know. */
export interface WebAppOptions {
  /** The authorization server's issuer identifier. */
  readonly issuer: string
  /** The port to listen on; 0 for any. */
  readonly port: number
  readonly client_id: string
  readonly client_secret: string
  /** The protected resource, by its resource indicator. */
  readonly resource: string
}

/** An example that is running. */
export interface Running {
  /** Where it listens, without a slash at the end. */
  readonly url: string
  close(): Promise<void>
}

/** Starts the application on loopback. */
export async function start(options: WebAppOptions): Promise<Running> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(options.port, '127.0.0.1', resolve)
  })
  const url = `http://localhost:${(server.address() as AddressInfo).port}`
  const flow = openFlow({ ...options, redirect_uri: `${url}/callback` })
  const visits = new Map<string, Visit>()

  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const [id, visit] = visitOf(request, visits)
    response.setHeader('set-cookie', `postcards-visit=${id}; HttpOnly; SameSite=Lax; Path=/`)
    response.setHeader('cache-control', 'no-store')
    response.setHeader(
      'content-security-policy',
      "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    )
    void answer(request, visit, flow, { url, issuer: options.issuer })
      .catch((error: unknown) => failed(visit, error))
      .then((page) => {
        if (page.startsWith('<')) response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page)
        else response.writeHead(page === '' ? 404 : 303, page === '' ? {} : { location: page }).end()
      })
  })
  return {
    url,
    close: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

/** Answers with a page, or with the address to go to; an empty text where there is nothing. */
async function answer(
  request: IncomingMessage,
  visit: Visit,
  flow: Flow,
  at: { url: string; issuer: string },
): Promise<string> {
  const target = new URL(request.url ?? '/', at.url)
  switch (`${request.method ?? 'GET'} ${target.pathname}`) {
    case 'GET /':
      return homePage(visit, at.issuer)
    case 'POST /connect':
      return flow.connect(visit)
    case 'GET /callback':
      await flow.callback(visit, target)
      return '/'
    case 'POST /postcards':
      await flow.read(visit)
      return '/'
    case 'POST /refresh':
      await flow.refresh(visit)
      return '/'
    case 'POST /disconnect':
      await flow.disconnect(visit)
      return '/'
    default:
      return ''
  }
}

function failed(visit: Visit, error: unknown): string {
  const cause = error instanceof Error && 'error' in error ? `${String(error.error)}: ` : ''
  visit.steps.push({
    title: 'That did not work',
    explain: `${cause}${error instanceof Error ? error.message : String(error)}`,
  })
  return '/'
}

/** Who visits is known by a cookie that means nothing anywhere else; what is remembered of them stays in this process. */
function visitOf(request: IncomingMessage, visits: Map<string, Visit>): readonly [string, Visit] {
  const [, known] = /(?:^|;\s*)postcards-visit=([\w-]+)/.exec(request.headers.cookie ?? '') ?? []
  const found = known === undefined ? undefined : visits.get(known)
  if (known !== undefined && found !== undefined) return [known, found]
  const id = randomBytes(16).toString('base64url')
  const visit = newVisit()
  if (visits.size >= 1000) visits.clear()
  visits.set(id, visit)
  return [id, visit]
}
