/** The process that is `@node-oauth/oauth2-server` (oauth2-server.ts), on bare `node:http`. */
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import OAuth2Server, { Request, Response } from '@node-oauth/oauth2-server'
import { openModel } from './oauth2-server-model.ts'
import { programReady, type ProgramSetting } from './node-program.ts'

const { origin, port, database, scene } = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as ProgramSetting
const { model, signIn, personOf, says } = openModel(database.slice('sqlite:'.length), scene)
const library = new OAuth2Server({
  model,
  accessTokenLifetime: 300,
  refreshTokenLifetime: 30 * 86_400,
  authorizationCodeLifetime: 60,
})

const metadata = JSON.stringify({
  issuer: origin,
  authorization_endpoint: `${origin}/authorize`,
  token_endpoint: `${origin}/token`,
})

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', origin)
  if (pathname === '/.well-known/openid-configuration') return void response.end(metadata)
  const { method = 'GET', headers } = request
  const query = Object.fromEntries(searchParams)
  const body = method === 'POST' ? Object.fromEntries(new URLSearchParams(await textOf(request))) : {}
  const asked = new Request({ method, headers, query, body })
  const given = new Response()
  try {
    if (pathname === '/token') await library.token(asked, given, {})
    else await authorize(request, response, { asked, given, query })
  } catch {
    // The library has written the error into the answer.
  }
  if (!response.writableEnded) response.writeHead(given.status, given.headers).end(JSON.stringify(given.body))
}

interface Authorization {
  readonly asked: Request
  readonly given: Response
  readonly query: Readonly<Record<string, string>>
}

async function authorize(request: IncomingMessage, response: ServerResponse, { asked, given, query }: Authorization) {
  const name = query['login']
  if (name !== undefined) response.setHeader('set-cookie', `sid=${signIn(name)}; Path=/; HttpOnly`)
  const person = name ?? personOf(/sid=([^;]+)/.exec(request.headers.cookie ?? '')?.[1] ?? '')
  if (person === undefined) return void response.end('Who are you?')
  // The library takes PKCE where it is sent, and leaves it to us to ask for it.
  if (query['code_challenge'] === undefined) return void response.writeHead(400).end('PKCE is required')
  await library.authorize(asked, given, { authenticateHandler: { handle: () => ({ id: person }) } })
}

async function textOf(request: IncomingMessage): Promise<string> {
  let body = ''
  request.setEncoding('utf8')
  for await (const piece of request) body += String(piece)
  return body
}

const server = createServer((request, response) => {
  answer(request, response).catch(() => response.writeHead(500).end())
})
server.listen(port, '127.0.0.1', () => {
  console.log(says)
  console.log(programReady)
})
process.on('SIGTERM', () => process.exit())
