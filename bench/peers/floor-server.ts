/** The process that judges nothing (floor.ts). */
import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { HttpResponse } from '../../src/http/message.ts'
import { newId, newOpaqueId } from '../../src/kernel/ids.ts'
import type { Admitted, Edge } from '../../src/server/edge.ts'
import { listen } from '../../src/server/listen.ts'
import { openDatabase } from '../../src/storage/open.ts'
import { sql } from '../../src/storage/sql.ts'
import type { ProgramSetting } from './node-program.ts'

const { origin, port, database: url, scene } = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as ProgramSetting
const database = await openDatabase(url)
await database.write(sql`create table if not exists floor (id text not null primary key, row text not null)`)

const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey

const at = (path: string) => origin + path
const metadata = JSON.stringify({
  issuer: origin,
  authorization_endpoint: at('/authorize'),
  token_endpoint: at('/token'),
  jwks_uri: at('/jwks'),
  introspection_endpoint: at('/introspect'),
  userinfo_endpoint: at('/userinfo'),
  revocation_endpoint: at('/revoke'),
  // As long as what a server of this kind says of itself.
  padding: 'x'.repeat(2500),
})
const payload = Buffer.from('p'.repeat(380)).toString('base64url')
const opaque = `la_${'x'.repeat(49)}`
// As wide as a row that keeps an authorization.
const row = 'r'.repeat(700)
const headers = { 'content-type': 'application/json', 'cache-control': 'no-store' }
const json = (value: object): HttpResponse => ({ status: 200, headers, body: JSON.stringify(value) })

const write = () => database.write(sql`insert into floor (id, row) values (${newId()}, ${row})`)

interface Signing {
  readonly input: string
  readonly resolve: (token: string) => void
}
let waiting: Signing[] = []

/** All signatures of a turn back to back, as ours are. */
function signed(): Promise<string> {
  return new Promise((resolve) => {
    if (waiting.push({ input: `${newOpaqueId()}.${payload}`, resolve }) === 1) setImmediate(signAll)
  })
}

function signAll(): void {
  const batch = waiting
  waiting = []
  for (const { input, resolve } of batch) {
    resolve(`${input}.${sign('sha256', Buffer.from(input), elliptic).toString('base64url')}`)
  }
}

function signedAside(key: KeyObject): Promise<string> {
  return new Promise((resolve, reject) => {
    sign('sha256', Buffer.from(payload), key, (error, signature) =>
      error ? reject(error) : resolve(`${payload}.${signature.toString('base64url')}`),
    )
  })
}

const rs256Basic = Buffer.from('lasting_rs256:').toString('base64').slice(0, 12)

/** The tokens that such a request gets. */
async function tokens({ request: { headers: sent } }: Admitted, body: string): Promise<HttpResponse> {
  const rest = { token_type: 'Bearer', expires_in: 300 }
  if (body.startsWith('grant_type=client_credentials')) {
    if (!body.includes('scope=drafts')) return json({ access_token: await signed(), ...rest })
    await write()
    return json({ access_token: opaque, ...rest })
  }
  const hasIdToken = body.includes('openid')
  const isRs256 = sent['authorization']?.startsWith(rs256Basic, 'Basic '.length) === true
  const id_token = hasIdToken ? (isRs256 ? signedAside(rsa) : signed()) : undefined
  const access_token = await (body.includes('opaque') ? opaque : signed())
  await write()
  const refresh_token = `lr_${newOpaqueId()}${'r'.repeat(27)}`
  return json({ access_token, ...rest, refresh_token, ...(id_token && { id_token: await id_token }) })
}

const documents = new Set(['/.well-known/openid-configuration', '/jwks'])

async function answer(admitted: Admitted, body: string): Promise<HttpResponse> {
  const { path, query } = admitted.request
  if (documents.has(path)) return { status: 200, headers, body: metadata }
  if (path === '/token') return tokens(admitted, body)
  if (path === '/introspect') return json({ active: true, scope: payload })
  if (path === '/userinfo') return json({ sub: payload })
  await write()
  if (path === '/revoke') return json({})
  // What was asked for travels in the code, so that redeeming it costs the right signatures and no lookup.
  const asked = [query.includes('openid') && 'openid', query.includes('drafts') && 'opaque'].filter(Boolean).join('')
  const location = `${scene.redirect_uri}?code=lc_${'c'.repeat(49)}${asked}&state=x&iss=${origin}`
  return { status: 303, headers: { location, 'cache-control': 'no-store' }, body: '' }
}

const edge: Edge = {
  admit: ({ method, target, headers: sent, peer }) => {
    const mark = target.indexOf('?')
    const path = mark === -1 ? target : target.slice(0, mark)
    const query = mark === -1 ? '' : target.slice(mark + 1)
    const request = { method, path, query, headers: sent, params: {}, address: peer, request_id: '' }
    return { match: undefined, request, begun: 0 }
  },
  answer,
  refuseBody: () => Promise.resolve(json({})),
  refuseHead: () => json({}),
  fail: () => json({}),
}

const listening = await listen({
  host: '127.0.0.1',
  port,
  tls: undefined,
  client_certificates: 'not_asked_for',
  edge: () => edge,
})
console.log('the server is ready')
process.on('SIGTERM', () => {
  listening.breakOff()
  void listening
    .close()
    .then(() => database.close())
    .then(() => process.exit())
})
