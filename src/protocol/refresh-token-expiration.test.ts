import assert from 'node:assert/strict'
import { after, before } from 'node:test'
import { must } from '../../testing/must.ts'
import { allowed, basic, clientRecord, formRequest, openProtocol, type Protocol } from '../../testing/protocol.ts'
import { introspectionEndpoint } from './introspection/endpoint.ts'
import { refreshTokenExpiration } from './refresh-token-expiration.ts'
import { tokenEndpoint } from './token/endpoint.ts'

let protocol: Protocol
const client = clientRecord({}, { scope: 'openid' })
const day = 86_400

before(async () => {
  protocol = await openProtocol()
  await protocol.stores.clients.create(client)
})
after(() => protocol.close())

const read = (body: string) => JSON.parse(body) as Readonly<Record<string, string>>

const refresh = async (refresh_token = ''): Promise<string> => {
  const request = formRequest({ grant_type: 'refresh_token', refresh_token }, basic('greatapp'))
  return (await tokenEndpoint(protocol.parts)(request)).body
}

const times = ({ refresh_token_timeout, authorization_expires_in }: Readonly<Record<string, unknown>>) => [
  refresh_token_timeout,
  authorization_expires_in,
]

must(
  'draft-ietf-oauth-refresh-token-expiration-03 §6.1',
  'a token response with a refresh token tells for how long both are good, and the timeout never exceeds the grant',
  async () => {
    const { refresh_token } = await allowed(protocol, { client })
    protocol.wait(2 * day)
    const first = read(await refresh(refresh_token))
    assert.deepEqual(times(first), [28 * day, 28 * day])
    protocol.wait(27 * day)
    assert.deepEqual(times(read(await refresh(first['refresh_token']))), [day, day])
  },
)

must('draft-ietf-oauth-refresh-token-expiration-03 §6.1', 'both count from the moment of the answer', () => {
  const grant = {
    grant_id: 'g',
    account_id: 'a',
    client_id: 'c',
    permissions: [],
    kind: 'standing',
    access_for: '10d',
    granted_at: 0,
    expires_at: 10 * day,
    revision: 1,
  } as const
  const { tokenResponse } = refreshTokenExpiration
  assert.deepEqual(times(tokenResponse({ grant, expires_at: 9 * day, at: 2 * day })), [7 * day, 8 * day])
})

must('draft-ietf-oauth-refresh-token-expiration-03 §6.1.2', 'a grant without an end is told without one', () => {
  const told = refreshTokenExpiration.tokenResponse({ grant: undefined, expires_at: 900, at: 300 })
  assert.deepEqual(told, { refresh_token_timeout: 600 })
})

must('draft-ietf-oauth-refresh-token-expiration-03 §7', 'introspection of a refresh token tells the same', async () => {
  const { refresh_token } = await allowed(protocol, { client })
  protocol.wait(10 * day)
  const request = formRequest({ token: refresh_token }, basic('greatapp'))
  const told = read((await introspectionEndpoint(protocol.parts)(request)).body)
  assert.deepEqual(times(told), [20 * day, 20 * day])
})

must('draft-ietf-oauth-refresh-token-expiration-03 §8', 'the metadata says so, since times can be left out', () => {
  assert.deepEqual(refreshTokenExpiration.metadata(), {
    refresh_token_expiration_types_supported: ['authorization', 'token_timeout'],
  })
})

must('R1', 'an answer that is repeated tells the same seconds as the first, to the byte', async () => {
  const { refresh_token } = await allowed(protocol, { client })
  protocol.wait(100)
  const first = await refresh(refresh_token)
  protocol.wait(30)
  assert.equal(await refresh(refresh_token), first)
})
