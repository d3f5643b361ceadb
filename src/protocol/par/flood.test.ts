/** How many authorization requests strangers can have us keep: what they register costs them nothing (DS-07). */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { registrar, type Answer } from '../../../testing/registrar.ts'
import { clientKey, signedRequest } from '../../../testing/request-objects.ts'

const key = clientKey('one')
const open = await registrar({ client_registration: { dynamic: 'any' } })
after(() => open.close())

const redirect_uri = 'https://app.test/cb'
const request = {
  response_type: 'code',
  redirect_uri,
  scope: 'openid',
  code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
  code_challenge_method: 'S256',
}

async function registered(): Promise<Answer['body']> {
  return (await open.register({ redirect_uris: [redirect_uri], jwks: { keys: [key.jwk] } })).body
}

const post = (path: string, body: Readonly<Record<string, string>>, peer: string, authorization?: string) =>
  open.world.request('POST', path, { body, peer, ...(authorization !== undefined && { headers: { authorization } }) })

function push({ client_id, client_secret }: Answer['body'], peer: string) {
  const credentials = Buffer.from(`${String(client_id)}:${String(client_secret)}`).toString('base64')
  return post('/par', request, peer, `Basic ${credentials}`)
}

test('DS-07: clients that registered themselves push so many together, secrets or not, and not each', async () => {
  const clients = await Promise.all(Array.from({ length: 3 }, registered))
  const statuses = new Map<number, number>()
  for (let turn = 0; turn < 45; turn += 1) {
    for (const client of clients) {
      const { status } = await push(client, '203.0.113.7')
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
    }
  }
  assert.deepEqual([...statuses.keys()], [201, 429])
  assert.equal(open.reason(), 'push_limited')
  assert.equal((await push(clients[0] ?? {}, '203.0.114.7')).status, 201)
})

test('DS-07: a signed request that is too long for an address is kept so often, whoever sends it again', async () => {
  const { client_id } = await registered()
  const at = open.clock()
  const about = { iss: client_id, aud: open.world.issuer, nbf: at, exp: at + 300, client_id }
  const signed = signedRequest({ ...about, ...request, state: 'x'.repeat(9000) }, key)
  const send = async () =>
    (await post('/authorize', { client_id: String(client_id), request: signed }, '203.0.115.7')).status
  const statuses = new Set<number>()
  for (let turn = 0; turn < 130; turn += 1) statuses.add(await send())
  assert.deepEqual([...statuses], [303, 429])
})
