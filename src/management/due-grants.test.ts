/** What ends by itself: when, with which reason, and who is told. */
import assert from 'node:assert/strict'
import { after, beforeEach, test } from 'node:test'
import { allowed, clientRecord, openProtocol, type Held } from '../../testing/protocol.ts'
import { must } from '../../testing/must.ts'
import { refusedFor } from '../../testing/refused.ts'
import { sql } from '../storage/sql.ts'
import { newId } from '../kernel/ids.ts'
import { openClientDocuments } from '../protocol/registration/client-documents.ts'
import { selfRegisteredClients } from '../protocol/registration/self-registered.ts'
import { endDueGrants } from './due-grants.ts'

const protocol = await openProtocol()
const { stores, wait, database } = protocol
const parts = { ...protocol.parts, audience: { mail: true, webhooks: ['https://systems.test/'] } }
after(() => protocol.close())
beforeEach(async () => {
  for (const table of [sql`grants`, sql`outbox`, sql`leases`]) await database.write(sql`delete from ${table}`)
})

const day = 86_400
const idle = parts.settings.lifetimes.grant_idle

/** A client that a new person lets in until they remove it. */
async function held({ client_id = newId(), first_party = false } = {}): Promise<Held> {
  const client = clientRecord({ client_id, first_party })
  await stores.clients.create(client)
  const one = await allowed(protocol, { client })
  const { expires_at: _, ...endless } = one.grant
  await change({ ...endless, access_for: 'until_removed' })
  return one
}

async function change(grant: Held['grant']): Promise<void> {
  const event = { event_id: newId(), at: parts.clock(), event: 'grant_changed', actor: 'account:1', detail: {} }
  const before = await stores.grants.find(grant.grant_id)
  const outcome = await stores.grants.change({ ...grant, revision: (before?.revision ?? 0) + 1 }, event)
  assert.equal(outcome, 'changed')
}

const endOf = async ({ grant }: Held) => {
  const { ended_at, end_reason } = (await stores.grants.find(grant.grant_id)) ?? {}
  return [ended_at, end_reason]
}

const told = async () =>
  (await database.read(sql`select kind, payload from outbox order by kind`)).map(({ kind, payload }) => {
    const { type, reason } = JSON.parse(String(payload)) as Record<string, unknown>
    return [kind, type, reason]
  })

/** Waits until the day of disuse is over, and the room for what another node has not written. */
function waitUntilIdle(): void {
  const at = parts.clock()
  wait(Math.ceil(at / day) * day + idle + 120 - at)
}

must('R6', 'a grant that nobody uses ends when its page says, with reason, letter and event', async () => {
  const one = await held()
  waitUntilIdle()
  wait(-1)
  assert.equal(await endDueGrants(parts), 0)
  wait(1)
  assert.equal(await endDueGrants(parts), 1)
  assert.deepEqual(await endOf(one), [parts.clock(), 'unused'])
  assert.deepEqual(await told(), [
    ['mail', 'grant_unused', undefined],
    ['webhook', 'grant_ended', 'unused'],
  ])
  const [event] = await stores.auditEvents.list({ account_id: one.account.account_id, limit: 1 })
  assert.deepEqual([event?.event, event?.actor, event?.detail['reason']], ['grant_ended', 'server', 'unused'])
  assert.equal(await endDueGrants(parts), 0)
})

must('R6', 'a use restarts the time of disuse, whichever node it came to', async () => {
  const one = await held()
  waitUntilIdle()
  wait(-200)
  stores.grantUses.note({ grant_id: one.grant.grant_id, at: parts.clock(), permissions: [] })
  await stores.grantUses.write()
  wait(200)
  assert.equal(await endDueGrants(parts), 0)
  assert.deepEqual(await endOf(one), [undefined, undefined])
})

must(
  'R6',
  'a paused grant whose time is over ends, and its person is told; one that was not paused was foretold',
  async () => {
    const [paused, running] = [await held(), await held()]
    for (const [one, paused_at] of [
      [paused, parts.clock()],
      [running, undefined],
    ] as const) {
      await change({ ...one.grant, expires_at: parts.clock() + day, ...(paused_at !== undefined && { paused_at }) })
    }
    const ends_at = parts.clock() + day
    wait(day + 3600)
    await endDueGrants(parts)
    assert.deepEqual(await endOf(paused), [ends_at, 'expired'])
    assert.deepEqual(await endOf(running), [undefined, undefined])
    assert.deepEqual(await told(), [
      ['mail', 'grant_expired', undefined],
      ['webhook', 'grant_ended', 'expired'],
    ])
  },
)

test('what belongs to whoever runs this server ends without a letter', async () => {
  await held({ first_party: true })
  waitUntilIdle()
  assert.equal(await endDueGrants(parts), 1)
  assert.deepEqual(await told(), [['webhook', 'grant_ended', 'unused']])
})

test('R22: a batch at a time, each by one node', async () => {
  for (let count = 0; count < 101; count += 1) await held()
  waitUntilIdle()
  const [one, other] = await Promise.all([endDueGrants(parts), endDueGrants(parts)])
  assert.equal(one + other, 100)
  assert.equal(await endDueGrants(parts), 1)
  assert.equal((await told()).length, 202)
})

test('R6, R10: a client whose document cannot be had any more keeps nothing from ending', async () => {
  const client_id = 'https://agent.test/client.json'
  const [one, other] = [await held({ client_id }), await held()]
  await database.write(sql`delete from clients where client_id = ${client_id}`)
  const { registration } = parts.settings
  const settings = { ...parts.settings, registration: { ...registration, metadata_documents: 'any' as const } }
  const away = () => Promise.resolve({ refused: 'unreachable', why: 'too_slow' } as const)
  const documents = { ...parts, settings, outbound: { get: away, post: away }, stored: stores.clients }
  const clientDocuments = openClientDocuments(documents)
  const clients = selfRegisteredClients(stores.clients, { ...parts, settings, clientDocuments })
  await assert.rejects(clients.find(client_id), refusedFor('client_document_unreachable'))
  waitUntilIdle()
  assert.equal(await endDueGrants({ ...parts, clients }), 2)
  assert.deepEqual([(await endOf(one))[1], (await endOf(other))[1]], ['unused', 'unused'])
})
