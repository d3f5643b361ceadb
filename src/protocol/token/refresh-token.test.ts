import assert from 'node:assert/strict'
import { after, before } from 'node:test'
import { makeAccount } from '../../../testing/account.ts'
import { must } from '../../../testing/must.ts'
import {
  allowed,
  basic,
  clientRecord,
  formRequest,
  openProtocol,
  resourceRecord,
  type Held,
  type Protocol,
} from '../../../testing/protocol.ts'
import { auditEventRecord, consentRecord } from '../../../testing/records.ts'
import type { Client } from '../../domain/client.ts'
import type { Permission } from '../../domain/grant.ts'
import { tokenEndpoint } from './endpoint.ts'

let protocol: Protocol
before(async () => {
  protocol = await openProtocol()
})
after(() => protocol.close())

const scope = 'openid offline_access postcards.read'
const client = clientRecord({}, { scope })
const api = resourceRecord()
const permissions = [
  { scope: 'openid' },
  { scope: 'offline_access' },
  { scope: 'postcards.read', resource: api.resource },
]
let made = false

async function held(
  otherwise: { client?: Client; session_bound?: boolean; permissions?: readonly Permission[] } = {},
): Promise<Held> {
  if (!made) await Promise.all([protocol.stores.resources.create(api), protocol.stores.clients.create(client)])
  made = true
  return allowed(protocol, { client, permissions, target: api, ...otherwise })
}

type Answer = { status: number; body: Record<string, string> }

async function refresh(
  refresh_token: string,
  more: Record<string, string> = {},
  from: { as?: Record<string, string>; address?: string } = {},
): Promise<Answer> {
  const request = formRequest({ grant_type: 'refresh_token', refresh_token, ...more }, from.as ?? basic('greatapp'))
  const response = await tokenEndpoint(protocol.parts)({ ...request, ...(from.address && { address: from.address }) })
  return { status: response.status, body: JSON.parse(response.body) as Record<string, string> }
}

const reason = () => protocol.log.findLast(({ event }) => event === 'refused')?.detail['reason']

async function refused(answer: Promise<Answer>, why: string): Promise<void> {
  const { status, body } = await answer
  assert.deepEqual([status, body['error'], reason()], [400, 'invalid_grant', why])
}

must('RFC 9700 §4.14.2', 'RT-01: each use of a refresh token gives the next one, and new access tokens', async () => {
  const { refresh_token, access_token } = await held()
  const { status, body } = await refresh(refresh_token)
  assert.equal(status, 200)
  assert.notEqual(body['refresh_token'], refresh_token)
  assert.notEqual(body['access_token'], access_token)
  assert.equal(body['scope'], scope)
  assert.equal((await refresh(body['refresh_token'] ?? '')).status, 200)
})

must('R1', 'fifty identical refreshes at once get one and the same answer, and make one successor', async () => {
  const { refresh_token } = await held()
  const answers = await Promise.all(Array.from({ length: 50 }, () => refresh(refresh_token)))
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]))
  assert.equal(new Set(answers.map(({ body }) => body['refresh_token'])).size, 1)
  assert.equal(new Set(answers.map(({ body }) => body['access_token'])).size, 1)
})

must('R1', 'RT-03: a lost answer is given again for 60 seconds from the first use, and no longer', async () => {
  const { refresh_token } = await held()
  const first = await refresh(refresh_token)
  protocol.wait(50)
  assert.deepEqual(await refresh(refresh_token), first)
  protocol.wait(9)
  assert.deepEqual(await refresh(refresh_token), first)
  protocol.wait(1)
  await refused(refresh(refresh_token), 'refresh_token_reused')
})

must(
  'R1',
  'RT-01: a reuse outside the window ends this device, tells both addresses, and spares the other devices',
  async () => {
    const phone = await held()
    const laptop = await held()
    const { body } = await refresh(phone.refresh_token, {}, { address: '192.0.2.1' })
    protocol.wait(61)
    await refused(refresh(phone.refresh_token, {}, { address: '198.51.100.7' }), 'refresh_token_reused')
    await refused(refresh(body['refresh_token'] ?? ''), 'standing_lost')
    assert.equal((await refresh(laptop.refresh_token)).status, 200)
    const [event] = await protocol.stores.auditEvents.list({ account_id: phone.account.account_id, limit: 1 })
    assert.equal(event?.event, 'refresh_token_reused')
    assert.deepEqual(event.detail, { first_used_from: '192.0.2.1', used_again_from: '198.51.100.7' })
  },
)

must(
  'R1',
  'once the successor was used the old token is refused, and inside the window nothing is ended by it',
  async () => {
    const { refresh_token } = await held()
    const second = (await refresh(refresh_token)).body['refresh_token'] ?? ''
    const third = (await refresh(second)).body['refresh_token'] ?? ''
    await refused(refresh(refresh_token), 'refresh_token_replaced')
    assert.equal((await refresh(third)).status, 200)
  },
)

must('R1', 'RT-18: an old token is known for reused however many came after it', async () => {
  const { refresh_token } = await held()
  let live = refresh_token
  for (let turn = 0; turn < 50; turn += 1) {
    protocol.wait(61)
    live = (await refresh(live)).body['refresh_token'] ?? ''
  }
  await refused(refresh(refresh_token), 'refresh_token_reused')
  await refused(refresh(live), 'standing_lost')
})

must('R1', 'a client whose window is 0 gets no second answer', async () => {
  const strict = { ...client, client_id: 'strict', refresh_replay_window: 0 }
  await protocol.stores.clients.create(strict)
  const { refresh_token } = await held({ client: strict })
  assert.equal((await refresh(refresh_token, {}, { as: basic('strict') })).status, 200)
  await refused(refresh(refresh_token, {}, { as: basic('strict') }), 'refresh_token_reused')
})

must('RFC 6749 §6', 'RT-04: a retry that asks for something else gets nothing, and ends nothing', async () => {
  const { refresh_token } = await held()
  const { body } = await refresh(refresh_token)
  await refused(refresh(refresh_token, { scope: 'openid' }), 'refresh_token_replaced')
  assert.equal((await refresh(body['refresh_token'] ?? '')).status, 200)
})

must('RFC 9700 §4.14.2', 'RT-04: a public client that retries from another network is not believed', async () => {
  const spa = clientRecord({ client_id: 'spa', secrets: [] }, { scope, token_endpoint_auth_method: 'none' })
  await protocol.stores.clients.create(spa)
  const { refresh_token } = await held({ client: spa })
  const as = {}
  const first = await refresh(refresh_token, { client_id: 'spa' }, { as, address: '192.0.2.1' })
  assert.deepEqual(await refresh(refresh_token, { client_id: 'spa' }, { as, address: '192.0.2.1' }), first)
  await refused(refresh(refresh_token, { client_id: 'spa' }, { as, address: '198.51.100.7' }), 'refresh_token_reused')
  await refused(refresh(first.body['refresh_token'] ?? '', { client_id: 'spa' }, { as }), 'standing_lost')
})

must(
  'RFC 6749 §6',
  'RT-06: a refresh token is bound to its client, and a stranger who tries does it no harm',
  async () => {
    const { refresh_token } = await held()
    await protocol.stores.clients.create({ ...client, client_id: 'stranger' })
    await refused(refresh(refresh_token, {}, { as: basic('stranger') }), 'refresh_token_of_another_client')
    assert.equal((await refresh(refresh_token)).status, 200)
  },
)

must('RFC 9700 §4.14.2', 'RT-04: a token that was replaced, shown by another client, is in two hands', async () => {
  const { refresh_token, account } = await held()
  const { clients, auditEvents } = protocol.stores
  await clients.create({ ...client, client_id: 'finder' })
  const second = (await refresh(refresh_token)).body['refresh_token'] ?? ''
  await refused(refresh(refresh_token, {}, { as: basic('finder') }), 'refresh_token_reused')
  await refused(refresh(second), 'standing_lost')
  const [event] = await auditEvents.list({ account_id: account.account_id, limit: 1 })
  assert.deepEqual([event?.event, event?.actor], ['refresh_token_reused', 'client:finder'])
})

must('R1', 'RT-04: an older token in its window ends nothing, whoever shows it', async () => {
  const { refresh_token } = await held()
  await protocol.stores.clients.create({ ...client, client_id: 'bystander' })
  const second = (await refresh(refresh_token)).body['refresh_token'] ?? ''
  const third = (await refresh(second)).body['refresh_token'] ?? ''
  await refused(refresh(refresh_token, {}, { as: basic('bystander') }), 'refresh_token_of_another_client')
  assert.equal((await refresh(third)).status, 200)
})

must('RFC 6749 §6', 'RT-07: the scope cannot grow', async () => {
  const { refresh_token } = await held()
  const { status, body } = await refresh(refresh_token, { scope: 'openid postcards.send' })
  assert.deepEqual([status, body['error'], reason()], [400, 'invalid_scope', 'scope_not_granted'])
  assert.equal((await refresh(refresh_token)).status, 200)
})

must(
  'RFC 6749 §6',
  'RT-08, TK-13: a narrower answer says so and leaves the refresh token as wide as it was',
  async () => {
    const { refresh_token } = await held()
    const narrow = await refresh(refresh_token, { scope: 'postcards.read' })
    assert.equal(narrow.body['scope'], 'postcards.read')
    assert.equal(narrow.body['id_token'], undefined)
    const full = await refresh(narrow.body['refresh_token'] ?? '')
    assert.equal(full.body['scope'], scope)
  },
)

/** What a client holds that was allowed something at two resources, and at the first in detail as well. */
async function heldAtTwo(client_id: string): Promise<Held & { readonly letters: Permission }> {
  const other = resourceRecord({
    resource: `https://${client_id}.test/`,
    scopes: { 'letters.read': { title: 'See your letters', optional: false } },
  })
  const reader = { ...client, client_id, metadata: { ...client.metadata, scope: `${scope} letters.read` } }
  await Promise.all([protocol.stores.resources.create(other), protocol.stores.clients.create(reader)])
  const letters = { scope: 'letters.read', resource: other.resource }
  const detail = { scope: '', resource: api.resource, detail: { type: 'postcard_delivery' } }
  return { ...(await held({ client: reader, permissions: [...permissions, detail, letters] })), letters }
}

must('RFC 6749 §5.1', 'TK-13: the scope of one resource gets the token of that one', async () => {
  const { refresh_token, letters } = await heldAtTwo('reader')
  const { body } = await refresh(refresh_token, { scope: 'letters.read' }, { as: basic('reader') })
  const claims = protocol.parts.signer.verify('at+jwt', body['access_token'] ?? '')
  assert.deepEqual([body['scope'], claims?.['aud']], ['letters.read', letters.resource])
  assert.equal(body['authorization_details'], undefined)
})

must(
  'RFC 6749 §5.1',
  'TK-13: a scope of which nothing is left gets no token, since no answer could say so',
  async () => {
    const { refresh_token } = await heldAtTwo('contradictory')
    const elsewhere = { scope: 'letters.read', resource: api.resource }
    for (const [more, why] of [
      [elsewhere, 'scope_of_other_resource'] as const,
      [{ scope: ' ' }, 'scope_blank'] as const,
    ]) {
      const { body } = await refresh(refresh_token, more, { as: basic('contradictory') })
      assert.deepEqual([body['error'], reason()], ['invalid_scope', why])
    }
  },
)

/** What a client still holds of `heldAtTwo` when the person has taken back all but this. */
async function heldAfterwards(client_id: string, left: (letters: Permission) => readonly Permission[]): Promise<Held> {
  const at = await heldAtTwo(client_id)
  const narrowed = { ...at.grant, permissions: left(at.letters), revision: 2 }
  const event = auditEventRecord({ account_id: narrowed.account_id, client_id })
  await protocol.stores.consents.record({ consent: consentRecord(narrowed), grant: narrowed, event })
  return at
}

must('R7', 'RT-11: where all was taken back at the first resource, the token is for the next', async () => {
  const { refresh_token } = await heldAfterwards('narrowed', (letters) => [letters])
  const { body } = await refresh(refresh_token, {}, { as: basic('narrowed') })
  assert.equal(body['scope'], 'letters.read')
})

must('RFC 8707 §2.2', 'RT-09: where all was taken back at a resource, no token is made for it any more', async () => {
  const { refresh_token } = await heldAfterwards('shut-out', (letters) => [{ scope: 'openid' }, letters])
  const asked = await refresh(refresh_token, { resource: api.resource }, { as: basic('shut-out') })
  assert.deepEqual([asked.status, asked.body['error'], reason()], [400, 'invalid_target', 'resource_not_approved'])
  const nobody = await heldAfterwards('shut-out-everywhere', () => [{ scope: 'openid' }])
  const { body } = await refresh(nobody.refresh_token, {}, { as: basic('shut-out-everywhere') })
  const claims = protocol.parts.signer.verify('at+jwt', body['access_token'] ?? '')
  assert.deepEqual([body['scope'], claims?.['aud']], ['openid', protocol.parts.issuer])
})

must('RFC 6749 §5.2', 'what is not a refresh token of ours is invalid_grant, whatever it is', async () => {
  const { code, access_token, refresh_token } = await held()
  const flipped = `${refresh_token.slice(0, 20)}${refresh_token[20] === 'A' ? 'B' : 'A'}${refresh_token.slice(21)}`
  for (const other of [code, access_token, 'x', refresh_token.slice(0, -1), `${refresh_token}A`, flipped]) {
    await refused(refresh(other), 'refresh_token_unknown')
  }
})

must('RFC 6749 §3.2', 'a refresh without a token is invalid_request', async () => {
  const { body } = await refresh('')
  assert.deepEqual([body['error'], reason()], ['invalid_request', 'refresh_token_missing'])
})

must('R6', 'RT-11, A12: no refresh at or after the second in which the consent ends', async () => {
  const { refresh_token, grant, authorization } = await held()
  const at = protocol.parts.clock()
  protocol.wait((grant.expires_at ?? 0) - at - 1)
  const last = await refresh(refresh_token)
  assert.equal(last.status, 200)
  assert.equal(Number(last.body['expires_in']), 1)
  protocol.wait(1)
  await refused(refresh(last.body['refresh_token'] ?? ''), 'refresh_token_expired')
  await refused(refresh(refresh_token), 'refresh_token_ended')
  assert.ok(authorization.expires_at <= (grant.expires_at ?? 0))
})

must('R7', 'RT-11: a removed application cannot refresh, inside a replay window neither', async () => {
  const { refresh_token, grant } = await held()
  const { body } = await refresh(refresh_token)
  await protocol.stores.grants.end(grant.grant_id, 'removed_by_person', protocol.parts.clock())
  await refused(refresh(body['refresh_token'] ?? ''), 'standing_lost')
  await refused(refresh(refresh_token), 'refresh_token_ended')
})

must('RFC 9700 §4.14', 'RT-10: a disabled account cannot refresh', async () => {
  const { refresh_token, account } = await held()
  await makeAccount({ ...account, disabled: true }, protocol.stores.accounts)
  await refused(refresh(refresh_token), 'standing_lost')
})

must('RFC 9700 §4.14.2', 'RT-13: a refresh token that nobody used for too long is over', async () => {
  const { refresh_token } = await held()
  protocol.wait(protocol.parts.settings.lifetimes.refresh_token_idle)
  await refused(refresh(refresh_token), 'refresh_token_expired')
})

must('R19', 'RT-15: what is bound to a session ends with its sign-out, what is not stays', async () => {
  const bound = await held({ session_bound: true })
  const standalone = await held()
  for (const { session } of [bound, standalone])
    await protocol.stores.sessions.end(session.session_id, protocol.parts.clock())
  await refused(refresh(bound.refresh_token), 'standing_lost')
  assert.equal((await refresh(standalone.refresh_token)).status, 200)
})

must(
  'RFC 8707 §2.2',
  'RT-09: the audience cannot grow, and a resource that is switched off gets no tokens',
  async () => {
    const { refresh_token } = await held()
    const grown = await refresh(refresh_token, { resource: 'https://other.test/' })
    assert.equal(grown.body['error'], 'invalid_target')
    await protocol.stores.resources.update({ ...api, disabled: true })
    const off = await refresh(refresh_token)
    await protocol.stores.resources.update(api)
    assert.deepEqual([off.body['error'], reason()], ['invalid_target', 'no_resource_left'])
    assert.equal((await refresh(refresh_token)).status, 200)
  },
)

must(
  'RFC 6749 §6',
  'RT-14: what the operator takes from a client is out of its tokens when it next refreshes',
  async () => {
    const { refresh_token } = await held()
    const { clients } = protocol.stores
    await clients.update({ ...client, metadata: { ...client.metadata, scope: 'openid' } })
    const narrowed = await refresh(refresh_token)
    assert.deepEqual([narrowed.status, narrowed.body['scope']], [200, 'openid offline_access'])
    const next = narrowed.body['refresh_token'] ?? ''
    await clients.update({ ...client, metadata: { ...client.metadata, grant_types: ['authorization_code'] } })
    const ended = await refresh(next)
    assert.deepEqual([ended.body['error'], reason()], ['unauthorized_client', 'grant_type_not_allowed'])
    await clients.update(client)
    assert.equal((await refresh(next)).body['scope'], scope)
  },
)

must(
  'RFC 6749 §6',
  'RT-14: what the operator takes from a protected resource is out of its tokens when they are next made',
  async () => {
    const { refresh_token } = await held()
    const { resources } = protocol.stores
    const [gone = ''] = Object.keys(api.scopes)
    const { [gone]: _, ...scopes } = api.scopes
    await resources.update({ ...api, scopes: { ...scopes, another: { title: 'Another', optional: false } } })
    const narrowed = await refresh(refresh_token)
    assert.deepEqual(
      [narrowed.status, narrowed.body['scope']],
      [
        200,
        scope
          .split(' ')
          .filter((value) => value !== gone)
          .join(' '),
      ],
    )
    await resources.update(api)
    assert.equal((await refresh(narrowed.body['refresh_token'] ?? '')).body['scope'], scope)
  },
)

must(
  'OpenID Connect Core §12.2',
  'RT-16: a refreshed id_token is about the same sign-in of the same person, without the nonce',
  async () => {
    const { refresh_token, id_token, account } = await held()
    protocol.wait(10)
    const { body } = await refresh(refresh_token)
    const claims = (token: string) =>
      JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>
    const [before, refreshed] = [claims(id_token), claims(body['id_token'] ?? '')]
    for (const claim of ['iss', 'sub', 'aud', 'auth_time', 'acr', 'sid']) assert.equal(refreshed[claim], before[claim])
    assert.equal(refreshed['sub'], account.sub)
    assert.equal(refreshed['nonce'], undefined)
    assert.equal(Number(refreshed['iat']), Number(before['iat']) + 10)
  },
)
