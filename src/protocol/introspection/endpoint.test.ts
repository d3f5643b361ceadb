import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { must } from '../../../testing/must.ts'
import {
  allowed,
  basic,
  clientRecord,
  formRequest,
  issuer,
  openProtocol,
  ownToken,
  resourceRecord,
  type Allowed,
  type Held,
} from '../../../testing/protocol.ts'
import { auditEventRecord, consentRecord } from '../../../testing/records.ts'
import type { Grant } from '../../domain/grant.ts'
import { introspectionEndpoint } from './endpoint.ts'

const protocol = await openProtocol()
const { parts, stores, log, wait } = protocol
after(protocol.close)
const introspect = introspectionEndpoint(parts)

const client = clientRecord()
const spa = clientRecord({ client_id: 'spa', secrets: [] }, { token_endpoint_auth_method: 'none' })
const signed = resourceRecord()
const opaque = resourceRecord({ resource: 'https://opaque.test/', access_token_format: 'opaque' })
const other = resourceRecord({ resource: 'https://rs2.test/', introspection_clients: ['rs2'] })
for (const one of [client, spa]) await stores.clients.create(one)
for (const client_id of ['postcards-api', 'rs2', 'stranger']) await stores.clients.create(clientRecord({ client_id }))
for (const resource of [signed, opaque, other]) await stores.resources.create(resource)

async function asked(token: string, caller = 'postcards-api', more: Readonly<Record<string, string>> = {}) {
  const answer = await introspect(formRequest({ token, ...more }, basic(caller)))
  return { ...answer, says: JSON.parse(answer.body) as Record<string, unknown> }
}
async function isActive(token: string, caller?: string): Promise<unknown> {
  const { body, says } = await asked(token, caller)
  if (says['active'] !== true) assert.equal(body, '{"active":false}')
  return says['active']
}
const read = { scope: 'postcards.read' }
const forPostcards = (target = signed, what: Partial<Allowed> = {}) => {
  const permissions = [{ scope: 'openid' }, { ...read, resource: target.resource }]
  return allowed(protocol, { client, permissions, target, ...what })
}

describe('introspection', () => {
  for (const target of [signed, opaque]) {
    must('RFC 7662 §2.2', 'tells a named caller what a token says, whether signed or opaque', async () => {
      const { access_token, account } = await forPostcards(target)
      const { status, headers, says } = await asked(access_token)
      assert.deepEqual([status, headers['cache-control']], [200, 'no-store'])
      assert.equal(access_token.startsWith('la_'), target === opaque)
      assert.match(String(says['jti']), /^[A-Za-z0-9_-]{32}$/)
      const { iss, sub, aud, client_id, scope, token_type, exp } = says
      assert.deepEqual(
        { iss, sub, aud, client_id, scope, token_type, exp },
        {
          iss: issuer,
          sub: account.sub,
          aud: target.resource,
          client_id: 'greatapp',
          scope: 'openid postcards.read',
          token_type: 'Bearer',
          exp: parts.clock() + 300,
        },
      )
    })

    test(`tells of a client’s own token (${target.access_token_format})`, async () => {
      const { says } = await asked(await ownToken(protocol, client, target))
      assert.deepEqual([says['active'], says['sub'], says['client_id']], [true, 'greatapp', 'greatapp'])
    })

    test(`IN-05: an expired token is inactive (${target.access_token_format})`, async () => {
      const { access_token } = await forPostcards(target)
      wait(299)
      assert.equal(await isActive(access_token), true)
      wait(1)
      assert.equal(await isActive(access_token), false)
    })

    test(`IN-07, AC-28: nothing outlives what it hangs on (${target.access_token_format})`, async () => {
      const at = parts.clock()
      const ends: readonly ((held: Held) => Promise<unknown>)[] = [
        ({ grant }) => stores.grants.end(grant.grant_id, 'removed_by_person', at),
        ({ account: { account_id } }) => stores.accounts.setState({ account_id, state: 'disabled', at }),
        ({ account }) => stores.accounts.delete(account.account_id, at),
        ({ authorization }) =>
          stores.authorizations.end(authorization.authorization_id, 'revoked_by_client', auditEventRecord({ at })),
        ({ session }) => stores.sessions.end(session.session_id, at),
      ]
      for (const end of ends) {
        const held = await forPostcards(target, { session_bound: true })
        const beside = await forPostcards(target)
        assert.equal(await isActive(held.access_token), true)
        await end(held)
        assert.equal(await isActive(held.access_token), false)
        assert.equal(await isActive(beside.access_token), true)
      }
    })

    test(`a token of a disabled client is inactive (${target.access_token_format})`, async () => {
      const tokens = [(await forPostcards(target)).access_token, await ownToken(protocol, client, target)]
      await stores.clients.update({ ...client, disabled: true })
      for (const token of tokens) assert.equal(await isActive(token), false)
      await stores.clients.update(client)
      for (const token of tokens) assert.equal(await isActive(token), true)
    })
  }

  test('a permission taken back later is no longer told, and nothing left is inactive', async () => {
    const { access_token, refresh_token, grant } = await forPostcards()
    const narrowed = { ...grant, permissions: [{ scope: 'openid' }], revision: 2 }
    await widen(narrowed)
    assert.equal((await asked(access_token)).says['scope'], 'openid')
    assert.equal((await asked(refresh_token, 'greatapp')).says['scope'], 'openid')
    await widen({ ...narrowed, permissions: [], revision: 3 })
    assert.equal(await isActive(access_token), false)
    assert.equal(await isActive(refresh_token, 'greatapp'), false)
  })

  test('IN-08: a truncated or padded token is inactive', async () => {
    for (const target of [signed, opaque]) {
      const { access_token } = await forPostcards(target)
      for (const changed of [
        access_token.slice(0, -1),
        access_token.slice(0, -3),
        `${access_token}=`,
        `${access_token}A`,
      ]) {
        assert.equal(await isActive(changed), false, changed)
      }
    }
  })

  test('CD-09: what is not an access token is inactive', async () => {
    const { code, id_token } = await forPostcards()
    const { secrets } = parts
    for (const kind of ['device_code', 'client_secret', 'session', 'browser', 'access_token'] as const) {
      assert.equal(await isActive(secrets.issue(kind, '0'.repeat(32)).value), false)
    }
    for (const token of [code, id_token, 'x', '..', '{}', 'a'.repeat(60_000)])
      assert.equal(await isActive(token), false)
  })
})

describe('who may introspect', () => {
  must('RFC 7662 §2.1', 'IN-01: only who authenticates', async () => {
    const { access_token } = await forPostcards()
    for (const request of [
      formRequest({ token: access_token }),
      formRequest({ token: access_token, client_id: 'nobody' }),
      formRequest({ token: access_token, client_id: 'postcards-api' }),
      formRequest({ token: access_token }, basic('postcards-api', 'wrong')),
    ]) {
      const answer = await introspect(request)
      assert.equal(answer.status, 401)
      assert.match(String(answer.headers['www-authenticate']), /^Basic/)
    }
  })

  must('RFC 7662 §2.1', 'CA-12: no public client, even about its own token', async () => {
    const { access_token } = await forPostcards(signed, { client: spa })
    assert.equal((await introspect(formRequest({ token: access_token, client_id: 'spa' }))).status, 401)
    assert.equal(log.at(-1)?.detail['reason'], 'introspection_by_public_client')
  })

  must('RFC 7662 §4', 'IN-01: nobody who registered themselves, unless a resource names them', async () => {
    const itself = { secrets: client.secrets, registered_by: 'registration' } as const
    for (const client_id of ['itself', 'named']) await stores.clients.create(clientRecord({ ...itself, client_id }))
    const naming = resourceRecord({ resource: 'https://naming.test/', introspection_clients: ['named'] })
    await stores.resources.create(naming)
    const { access_token } = await forPostcards(naming)
    const { status, says } = await asked(access_token, 'itself')
    const reason = log.at(-1)?.detail['reason']
    assert.deepEqual([status, says['error'], reason], [403, 'unauthorized_client', 'introspection_by_stranger'])
    assert.equal(await isActive(access_token, 'named'), true)
  })

  test('IN-02: only who is named for the resource, and to others the token is inactive like any', async () => {
    const { access_token } = await forPostcards()
    for (const caller of ['rs2', 'stranger']) assert.equal(await isActive(access_token, caller), false)
    const elsewhere = await forPostcards(other)
    assert.equal(await isActive(elsewhere.access_token), false)
    assert.equal(await isActive(elsewhere.access_token, 'rs2'), true)
  })

  test('a client may ask about its own token, of a resource or of this server', async () => {
    assert.equal(await isActive((await forPostcards()).access_token, 'greatapp'), true)
    const { access_token } = await allowed(protocol, { client })
    assert.equal(await isActive(access_token, 'greatapp'), true)
    assert.equal(await isActive(access_token), false)
  })

  test('a token for a resource that is switched off is inactive', async () => {
    const { access_token } = await forPostcards(other)
    await stores.resources.update({ ...other, disabled: true })
    assert.equal(await isActive(access_token, 'rs2'), false)
    await stores.resources.update(other)
  })

  test('IN-04: a refresh token is told of to its own client alone', async () => {
    const { refresh_token, account } = await forPostcards()
    assert.equal(await isActive(refresh_token), false)
    assert.equal(await isActive(refresh_token, 'stranger'), false)
    const { says } = await asked(refresh_token, 'greatapp')
    assert.deepEqual([says['active'], says['sub'], says['scope']], [true, account.sub, 'openid postcards.read'])
    assert.equal('token_type' in says, false)
    wait(2_592_000)
    assert.equal(await isActive(refresh_token, 'greatapp'), false)
  })
})

must(
  'RFC 9396 §9.2',
  'IN-10: a refresh token tells what it is good for in detail, and whose key it takes',
  async () => {
    const detail = { type: 'postcard_delivery', actions: ['send'] }
    const permissions = [{ scope: 'openid' }, { scope: '', resource: signed.resource, detail }]
    const held = await forPostcards(signed, { permissions })
    const told = (await asked(held.refresh_token, 'greatapp')).says
    assert.deepEqual([told['authorization_details'], 'cnf' in told], [[detail], false])
    const cnf = { jkt: 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs' }
    const bound = await forPostcards(signed, { client: spa, bindings: { cnf } })
    // Whoever may ask has credentials by now; the chain stays with the key that it began with.
    await stores.clients.update(clientRecord({ client_id: 'spa' }))
    assert.deepEqual((await asked(bound.refresh_token, 'spa')).says['cnf'], cnf)
    await stores.clients.update(spa)
  },
)

describe('an introspection request', () => {
  must('RFC 7662 §2.1', 'IN-09: is a POST with a token, and its hint misleads nobody', async () => {
    const { access_token } = await forPostcards()
    for (const token_type_hint of ['refresh_token', 'zzz']) {
      assert.equal((await asked(access_token, 'postcards-api', { token_type_hint })).says['active'], true)
    }
    const got = { ...formRequest('', basic('postcards-api')), method: 'GET', query: `token=${access_token}` }
    assert.equal((await introspect(got)).status, 405)
    const none = await introspect(formRequest('', basic('postcards-api')))
    assert.equal(none.status, 400)
    assert.equal(log.at(-1)?.detail['reason'], 'introspection_token_missing')
  })
})

/** Replaces a grant as a later decision of the person does. */
async function widen(grant: Grant): Promise<void> {
  const event = auditEventRecord({ account_id: grant.account_id, grant_id: grant.grant_id })
  assert.equal(await stores.consents.record({ consent: consentRecord(grant), grant, event }), 'recorded')
}
