import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { must } from '../../../testing/must.ts'
import {
  allowed,
  basic,
  clientRecord,
  formRequest,
  openProtocol,
  ownToken,
  resourceRecord,
  type Allowed,
} from '../../../testing/protocol.ts'
import { introspectionEndpoint } from '../introspection/endpoint.ts'
import { revocationEndpoint } from './endpoint.ts'

const protocol = await openProtocol()
const { parts, stores, log, database, wait } = protocol
after(protocol.close)
const revoke = revocationEndpoint(parts)
const introspect = introspectionEndpoint(parts)

const client = clientRecord()
const spa = clientRecord({ client_id: 'spa', secrets: [] }, { token_endpoint_auth_method: 'none' })
const signed = resourceRecord()
const opaque = resourceRecord({ resource: 'https://opaque.test/', access_token_format: 'opaque' })
for (const one of [client, spa]) await stores.clients.create(one)
for (const client_id of ['postcards-api', 'c5']) await stores.clients.create(clientRecord({ client_id }))
for (const resource of [signed, opaque]) await stores.resources.create(resource)

const permissions = [{ scope: 'openid' }, { scope: 'postcards.read' }]
const held = (target = signed, what: Partial<Allowed> = {}) =>
  allowed(protocol, { client, permissions, target, ...what })

async function revoked(token: string, by = 'greatapp', more: Readonly<Record<string, string>> = {}): Promise<void> {
  const answer = await revoke(formRequest({ token, ...more }, basic(by)))
  assert.deepEqual([answer.status, answer.body, answer.headers['cache-control']], [200, '{}', 'no-store'])
}
async function isActive(token: string, caller = 'greatapp'): Promise<boolean> {
  const { body } = await introspect(formRequest({ token }, basic(caller)))
  return (JSON.parse(body) as { active: boolean }).active
}
const audited = async (account_id: string) =>
  (await stores.auditEvents.list({ account_id, limit: 10 })).filter(({ event }) => event === 'token_revoked')

describe('revocation', () => {
  for (const target of [signed, opaque]) {
    must(
      'RFC 7009 §2.1',
      'RV-03, IN-06: a refresh token takes with it every access token of its chain, at once',
      async () => {
        const { access_token, refresh_token } = await held(target)
        const beside = await held(target)
        assert.equal(await isActive(access_token), true)
        await revoked(refresh_token)
        assert.equal(await isActive(refresh_token), false)
        assert.equal(await isActive(access_token), false)
        assert.equal(await isActive(access_token, 'postcards-api'), false)
        assert.equal(await isActive(beside.access_token), true)
      },
    )

    must('RFC 7009 §2.1', 'RV-03: an access token goes alone', async () => {
      const { access_token, refresh_token } = await held(target)
      await revoked(access_token)
      assert.equal(await isActive(access_token), false)
      assert.equal(await isActive(refresh_token), true)
    })

    test(`a client’s own token can be revoked (${target.access_token_format})`, async () => {
      const token = await ownToken(protocol, client, target)
      await revoked(token)
      assert.equal(await isActive(token), false)
    })
  }

  test('RV-01: another client’s token is left as it is, and the answer is the same', async () => {
    for (const target of [signed, opaque]) {
      const { access_token, refresh_token } = await held(target)
      for (const token of [access_token, refresh_token]) {
        await revoked(token, 'c5')
        assert.equal(await isActive(token), true)
      }
    }
  })

  must('RFC 7009 §2.2', 'what is not a token of ours was never there', async () => {
    const { access_token, refresh_token, code, id_token } = await held()
    for (const token of ['x', '..', 'lr_x', 'la_x', code, id_token, `${refresh_token}x`, access_token.slice(0, -1)]) {
      await revoked(token)
    }
    assert.equal(await isActive(access_token), true)
    assert.equal(await isActive(refresh_token), true)
  })

  must('RFC 7009 §2.1', 'RV-04: a wrong or unknown hint changes nothing', async () => {
    const { access_token, refresh_token } = await held()
    await revoked(access_token, 'greatapp', { token_type_hint: 'refresh_token' })
    await revoked(refresh_token, 'greatapp', { token_type_hint: 'access_token' })
    const again = await held()
    await revoked(again.refresh_token, 'greatapp', { token_type_hint: 'zzz' })
    for (const token of [access_token, refresh_token, again.refresh_token]) assert.equal(await isActive(token), false)
  })

  must('RFC 7009 §2.1', 'RV-06: a public client revokes by its name what is its own', async () => {
    const { refresh_token, authorization } = await held(signed, { client: spa })
    assert.equal((await revoke(formRequest({ token: refresh_token, client_id: 'spa' }))).status, 200)
    const standing = await stores.authorizations.findStanding(authorization.authorization_id)
    assert.equal(standing?.authorization.end_reason, 'revoked_by_client')
    assert.equal((await revoke(formRequest({ token: refresh_token, client_id: 'greatapp' }))).status, 401)
  })

  test('a refresh token that was replaced ends the chain: the client may never have got the new one', async () => {
    const { refresh_token, access_token, authorization } = await held()
    const next = parts.secrets.issue('refresh_token', authorization.authorization_id)
    const at = parts.clock()
    const presented = parts.secrets.read('refresh_token', refresh_token)?.hash ?? ''
    const rotated = await stores.authorizations.rotate({
      authorization_id: authorization.authorization_id,
      presented_hash: presented,
      refresh: {
        refresh_hash: next.hash,
        refresh_expires_at: at + 86_400,
        last_used_at: at,
        replaced: { refresh_hash: presented, at, address: '192.0.2.1', answer: '' },
        earlier: [],
      },
      at,
    })
    assert.equal(rotated, 'rotated')
    await revoked(refresh_token)
    assert.equal(await isActive(access_token), false)
    assert.equal(await isActive(next.value), false)
  })

  test('I10: each is one event of the audit trail, and a repetition none', async () => {
    const { refresh_token, account } = await held()
    for (let times = 0; times < 2; times += 1) await revoked(refresh_token)
    const events = await audited(account.account_id)
    assert.deepEqual(
      events.map(({ actor, detail }) => [actor, detail]),
      [['client:greatapp', { token_type: 'refresh_token' }]],
    )
  })

  test('an expired access token leaves nothing behind', async () => {
    const { access_token } = await held()
    const jti = String(parts.signer.verify('at+jwt', access_token)?.['jti'])
    wait(300)
    await revoked(access_token)
    assert.equal((await stores.accessTokens.findSigned(jti, undefined)).revoked, false)
  })

  must('RFC 7009 §2.1', 'the token is required', async () => {
    assert.equal((await revoke(formRequest('', basic('greatapp')))).status, 400)
    assert.equal(log.at(-1)?.detail['reason'], 'revocation_token_missing')
  })

  must('RFC 7009 §2.2.1', 'RV-05: while the database is away it answers 503, never that it is done', async () => {
    const { access_token } = await held()
    await database.close()
    const answer = await revoke(formRequest({ token: access_token }, basic('greatapp')))
    assert.equal(answer.status, 503)
    assert.ok(Number(answer.headers['retry-after']) > 0)
  })
})
