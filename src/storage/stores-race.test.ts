import assert from 'node:assert/strict'
import { describe, test, type TestContext } from 'node:test'
import { freshDatabases } from '../../testing/databases.ts'
import { must } from '../../testing/must.ts'
import { inProcesses, nextMessage, startProcess } from '../../testing/processes.ts'
import {
  accountRecord,
  auditEventRecord,
  authorizationRecord,
  consentRecord,
  grantRecord,
  interactionRecord,
  messageRecord,
  now,
  refreshRecord,
  sessionRecord,
} from '../../testing/records.ts'
import type { StoreRace } from '../../testing/store-racer.ts'
import { newId } from '../kernel/ids.ts'
import { systemClock } from '../kernel/time.ts'
import type { Database } from './database.ts'
import { migrate } from './migrate.ts'
import { openDatabase } from './open.ts'
import { sql, type Statement } from './sql.ts'
import { openStores, type Stores } from './stores.ts'

const racer = new URL('../../testing/store-racer.ts', import.meta.url)

/** Fifty at once to each thing in one process; seventeen in each of three. */
const crowds = [
  { processes: 1, times: 50 },
  { processes: 3, times: 17 },
]

for (const [name, fresh] of Object.entries(freshDatabases)) {
  describe(`races through the stores of one ${name}`, { concurrency: false }, () => {
    must(
      'RFC 6749 §4.1.2',
      'CD-03: of many redemptions of one code at once, in one process or in several, exactly one succeeds',
      async (context) => {
        for (const crowd of crowds) {
          const { url, stores } = await opened(context, await fresh())
          const ids = await authorized(stores, 100)
          const wins = await run(crowd, { url, event: 'redeem', ids })
          assert.deepEqual(idsOf(wins), ids.toSorted())
          assert.deepEqual(
            await liveTokens(stores, ids),
            wins.toSorted(),
            'the winner’s refresh token is the one that lives',
          )
        }
      },
    )

    must(
      'RFC 9700 §4.14.2',
      'RT-02: of many uses of one refresh token at once, in one process or in several, exactly one has a successor',
      async (context) => {
        for (const crowd of crowds) {
          const { url, stores } = await opened(context, await fresh())
          const ids = await authorized(stores, 100)
          const { authorizations } = stores
          await Promise.all(ids.map((id) => authorizations.redeem(id, refreshRecord(), now + 86_400, now)))
          const wins = await run(crowd, { url, event: 'rotate', ids })
          assert.deepEqual(idsOf(wins), ids.toSorted())
          assert.deepEqual(await liveTokens(stores, ids), wins.toSorted())
        }
      },
    )

    test('BR-16: of many who say yes and no to one question at once, in one process or in several, one is heard', async (context) => {
      for (const crowd of crowds) {
        const { url, stores, database } = await opened(context, await fresh())
        const asked = Array.from({ length: 20 }, () => interactionRecord())
        await Promise.all(asked.map((interaction) => stores.interactions.create(interaction)))
        const ids = asked.map(({ interaction_id }) => interaction_id)
        const wins = await run(crowd, { url, event: 'decide', ids })
        assert.deepEqual(idsOf(wins), ids.toSorted())
        const kept = ids.map(async (id) => `${id} ${(await stores.interactions.find(id))?.sealed_response}`)
        assert.deepEqual((await Promise.all(kept)).toSorted(), wins.toSorted())
        assert.deepEqual(await halves(database), [])
      }
    })

    test('AC-15: of a password that is set while a session begins the session does not outlive what was proved', async (context) => {
      const { url, stores } = await opened(context, await fresh())
      const { stores: beside } = await opened(context, url)
      const races = Array.from({ length: 100 }, async () => {
        const account = accountRecord()
        const { account_id } = account
        const session = sessionRecord({ account_id })
        await stores.accounts.create(account)
        const [begun] = await Promise.all([
          beside.accounts.beginSession({ session, account }),
          stores.accounts.setPassword({ account_id, password_hash: 'another', at: now + 1 }),
        ])
        const found = await stores.sessions.find(session.session_id)
        return [begun, found === undefined ? 'nothing' : found.ended_at]
      })
      const seen = new Set((await Promise.all(races)).map((one) => one.join(' ')))
      for (const one of seen) assert.ok([`begun ${now + 1}`, 'outdated nothing'].includes(one), one)
    })

    test('AC-15: of a password that is set while its account goes to somebody else’s the one that ends the other stays', async (context) => {
      const { url, stores } = await opened(context, await fresh())
      const { stores: beside } = await opened(context, url)
      const races = Array.from({ length: 100 }, async () => {
        const proved = accountRecord()
        const { account_id } = proved
        await stores.accounts.create(proved)
        await Promise.all([
          beside.accounts.setPassword({ account_id, password_hash: 'of a thief', at: now + 1, proved }),
          stores.accounts.setPassword({ account_id, password_hash: 'of its person', at: now + 1 }),
        ])
        return (await stores.accounts.find(account_id))?.password_hash
      })
      assert.deepEqual(new Set(await Promise.all(races)), new Set(['of its person']))
    })

    test('of many who spend one value at once, in one process or in several, one is first', async (context) => {
      for (const crowd of crowds) {
        const { url } = await opened(context, await fresh())
        const ids = Array.from({ length: 100 }, newId)
        assert.deepEqual(idsOf(await run(crowd, { url, event: 'spend', ids })), ids.toSorted())
      }
    })

    test('R2: sweepers of several processes take each row once', async (context) => {
      const { url, stores, database } = await opened(context, await fresh())
      const values = Array.from({ length: 500 }, newId)
      await Promise.all(values.map((value) => stores.usedOnce.spend('jti', value, now)))
      const swept = await inProcesses<string[]>(3, racer, {
        url,
        event: 'sweep',
        ids: [],
        times: 20,
      } satisfies StoreRace)
      assert.deepEqual(swept.flat().map(Number).toSorted(byNumber), [0, 0, 500])
      assert.equal((await database.read(sql`select used_key from used_once`)).length, 0)
    })

    test('of a hundred messages each is claimed once, by one process or by three', async (context) => {
      for (const { processes, times } of crowds) {
        const { url, stores } = await opened(context, await fresh())
        const notices = Array.from({ length: 100 }, () => messageRecord())
        const grant = grantRecord()
        await stores.consents.record({ consent: consentRecord(grant), grant, event: auditEventRecord(), notices })
        const got = await run({ processes, times }, { url, event: 'claim', ids: [] })
        assert.deepEqual(got.toSorted(), notices.map(({ message_id }) => message_id).toSorted())
      }
    })

    test('RL-01, RL-03: of a process killed while it records decisions nothing is half there, and nothing told is lost', async (context) => {
      const { url, stores, database } = await opened(context, await fresh())
      const told: string[] = []
      for (let round = 0; round < 5; round += 1) {
        const race: StoreRace = { url, event: 'consent without end', ids: [], times: 1 }
        const child = startProcess(racer, { input: race, index: round })
        child.on('message', (message: { name: string; value: string[] }) => {
          if (message.name === 'recorded') told.push(...message.value)
        })
        await nextMessage(child, 'prepared')
        child.send('go')
        for (let turn = 0; turn < 5 + round * 3; turn += 1) await nextMessage(child, 'recorded')
        child.kill('SIGKILL')
      }
      const found = await Promise.all(told.map((grant_id) => stores.grants.find(grant_id)))
      assert.ok(told.length >= 500)
      assert.ok(found.every((grant) => grant !== undefined))
      const queued = await database.read(sql`select payload from outbox`)
      const toldOf = new Set(
        queued.map(({ payload }) => (JSON.parse(String(payload)) as { grant_id: string }).grant_id),
      )
      assert.deepEqual(
        told.filter((grant_id) => !toldOf.has(grant_id)),
        [],
        'no message is lost',
      )
      assert.deepEqual(await halves(database), [])
    })
  })
}

async function run(
  { processes, times }: (typeof crowds)[number],
  race: Omit<StoreRace, 'times'>,
): Promise<readonly string[]> {
  const each = await inProcesses<string[]>(processes, racer, { ...race, times })
  return each.flat()
}

interface Opened {
  readonly url: string
  readonly database: Database
  readonly stores: Stores
}

async function opened(context: TestContext, url: string): Promise<Opened> {
  const database = await openDatabase(url, { patience: 20_000 })
  context.after(async () => database.close())
  await migrate(database, systemClock)
  return { url, database, stores: openStores(database) }
}

/** Makes authorizations under one grant of one account, their codes not redeemed, and answers their ids. */
async function authorized({ accounts, consents, authorizations }: Stores, count: number): Promise<readonly string[]> {
  const account = accountRecord()
  const grant = grantRecord({ account_id: account.account_id })
  await accounts.create(account)
  await consents.record({ consent: consentRecord(grant), grant, event: auditEventRecord() })
  const made = Array.from({ length: count }, () => authorizationRecord(grant))
  await Promise.all(made.map((authorization) => authorizations.create(authorization)))
  return made.map(({ authorization_id }) => authorization_id)
}

/** `id hash` of the live refresh token of each. */
async function liveTokens({ authorizations }: Stores, ids: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all(ids.map((id) => authorizations.findStanding(id)))
  return found
    .map((standing) => `${standing?.authorization.authorization_id} ${standing?.authorization.refresh?.refresh_hash}`)
    .toSorted()
}

/** Decisions of which something is missing or too many: a yes has grant, authorization, record, event; a no no grant. */
async function halves(database: Database): Promise<readonly string[]> {
  const tables: Readonly<Record<string, Statement>> = {
    consents: sql`select account_id, decision from consents`,
    grants: sql`select account_id, 'allowed' as decision from grants`,
    authorizations: sql`select account_id, 'allowed' as decision from authorizations`,
    events: sql`select account_id, '' as decision from audit_events`,
    // In these races a decision's account has the id of its interaction.
    finished: sql`select interaction_id as account_id, '' as decision from interactions where finished_at is not null`,
  }
  const found = await Promise.all(
    Object.values(tables).map(async (select) =>
      (await database.read(select)).map((row) => `${row['account_id']} ${row['decision']}`).toSorted(),
    ),
  )
  const [consents = [], grants = [], authorizations = [], events = [], finished = []] = found
  const allowed = consents.filter((one) => one.endsWith(' allowed'))
  const decided = consents.map((one) => `${one.split(' ')[0]} `).toSorted()
  const differing = (one: readonly string[], other: readonly string[], what: string): readonly string[] =>
    JSON.stringify(one) === JSON.stringify(other) ? [] : [what]
  return [
    ...differing(allowed, grants, 'grants'),
    ...differing(allowed, authorizations, 'authorizations'),
    ...differing(decided, events, 'events'),
    ...differing(decided, finished, 'interactions'),
  ]
}

const idsOf = (wins: readonly string[]): readonly string[] => wins.map((win) => win.split(' ')[0] ?? '').toSorted()
const byNumber = (one: number, other: number): number => one - other
