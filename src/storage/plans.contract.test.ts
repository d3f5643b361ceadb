/** The statements of each request and of the sweeper find their rows by an index, on both databases. */
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { openEach } from '../../testing/databases.ts'
import {
  accessTokenRecord,
  accountRecord,
  auditEventRecord,
  authorizationRecord,
  consentRecord,
  deviceRecord,
  grantRecord,
  interactionRecord,
  messageRecord,
  now,
  refreshRecord,
  sessionClientRecord,
  sessionRecord,
} from '../../testing/records.ts'
import { startSession } from '../../testing/session.ts'
import { exampleClient } from '../../testing/drafts.ts'
import type { Database } from './database.ts'
import { sql, type Statement } from './sql.ts'
import { openStores, type Stores } from './stores.ts'

/** A constant row and a pragma are no table; in the order of an index, a `limit` ends the reading; `min` reads its first entry. */
const allowed =
  /^SCAN (CONSTANT ROW|pragma_\w+ VIRTUAL TABLE.*$|\(subquery|(counted|token)$|.* USING (COVERING )?INDEX (sqlite_autoindex_(grants|audit_events)_1|\w+_delete_after)$)/

const id = '0'.repeat(32)
const grant = grantRecord({ grant_id: id, account_id: id })
const authorization = authorizationRecord(grant, { authorization_id: id })
const event = auditEventRecord()

/** What a request or the sweeper asks of the stores. */
const asked: Readonly<Record<string, (stores: Stores) => Promise<unknown>>> = {
  findStanding: ({ authorizations }) => authorizations.findStanding(id),
  redeem: ({ authorizations }) => authorizations.redeem(id, refreshRecord(), now, now),
  rotate: ({ authorizations }) =>
    authorizations.rotate({ authorization_id: id, presented_hash: 'first', refresh: refreshRecord(), at: now }),
  extend: ({ authorizations }) =>
    authorizations.extend({
      authorization_id: id,
      presented_hash: 'first',
      refresh_expires_at: now,
      earlier: [],
      at: now,
    }),
  'end an authorization': ({ authorizations }) => authorizations.end(id, 'signed_out', event),
  'find the standing grant': ({ grants }) => grants.findStanding(id, 'greatapp'),
  'list the grants of an account': ({ grants }) => grants.listByAccount(id),
  'list the grants of an account to one client': ({ grants }) => grants.listByAccount(id, 'greatapp'),
  'list grants': ({ grants }) => grants.list(10),
  'list the grants of a client': ({ grants }) => grants.list(10, 'greatapp'),
  'list the live grants of an account': ({ grants }) => grants.listLive(id, now, { skip: 50, limit: 51 }),
  'list the ended grants of an account': ({ grants }) => grants.listEnded(id, now, 10),
  'list the grants that are due': ({ grants }) => grants.listDue({ at: now, idle_since: now, limit: 10 }),
  'write the uses of a grant': async ({ grantUses }) => {
    grantUses.note({ grant_id: id, at: now, permissions: [] })
    await grantUses.write()
  },
  'list the decisions of an account': ({ consents }) => consents.listByAccount(id, 10),
  'end a grant': ({ grants }) => grants.end(id, 'removed_by_person', now),
  'record a first consent': ({ consents }) =>
    consents.record({
      interaction: { interaction_id: id, sealed_response: '' },
      consent: consentRecord(grant),
      grant,
      authorization,
      event,
    }),
  'record a wider consent': ({ consents }) =>
    consents.record({ consent: consentRecord(grant), grant: { ...grant, revision: 2 }, event }),
  'find a decision': ({ consents }) => consents.find(id),
  'find the last decision about a grant': ({ consents }) => consents.findNewest(id, id),
  'find a session': ({ sessions }) => sessions.find(id),
  'touch a session': ({ sessions }) => sessions.touch(id, now, now),
  'list sessions': ({ sessions }) => sessions.listByAccount(id),
  'store a device authorization': ({ deviceAuthorizations }) => deviceAuthorizations.create(deviceRecord()),
  'find a device': ({ deviceAuthorizations }) => deviceAuthorizations.find(id),
  'find a device by its user code': ({ deviceAuthorizations }) => deviceAuthorizations.findByUserCode(id),
  'poll for a device': ({ deviceAuthorizations }) => deviceAuthorizations.poll(id, now),
  'enter a user code': ({ deviceAuthorizations }) =>
    deviceAuthorizations.enter({ device_id: id, account_id: id, session_id: id }, now),
  'answer a device': ({ consents }) =>
    consents.record({
      consent: consentRecord(grant, { decision: 'denied' }),
      device: { device_id: id, session_id: id, decision: 'denied' },
      event,
    }),
  'end a session': ({ sessions }) => sessions.end(id, now),
  'begin a session in place of another': ({ accounts }) => {
    const before = sessionRecord({ session_id: id, account_id: id })
    return accounts.beginSession({ session: sessionRecord({ account_id: id }), account: accountRecord(), before })
  },
  'list the clients of a session': ({ sessions }) => sessions.listClients(id),
  'note that a client confirmed': ({ sessions }) => sessions.confirm(id, now),
  'answer under a grant, for a client that is to be told': ({ authorizations }) =>
    authorizations.create(authorizationRecord(grant), { told: sessionClientRecord(sessionRecord()) }),
  'end other sessions': ({ sessions }) => sessions.endOthers(id, undefined, now),
  'create an authorization with a token': ({ authorizations }) =>
    authorizations.create(authorizationRecord(grantRecord(), { token_expires_at: now + 300 })),
  'find an interaction': ({ interactions }) => interactions.find(id),
  'sign in': ({ interactions }) => interactions.signIn(id, id, now),
  'keep what was proved': ({ interactions }) => interactions.prove(id, undefined),
  'forget what was proved in a browser': ({ interactions }) => interactions.forgetProofs(id),
  'look at the factors of an account': ({ factors }) => factors.held(id),
  'end all of an account': ({ accounts }) => accounts.endAll(id, now),
  'take the factors of an account': ({ factors }) => factors.removeAll(id),
  'find an authenticator app': ({ oneTimeCodes }) => oneTimeCodes.findTotp(id),
  'enrol an authenticator app': ({ oneTimeCodes }) =>
    oneTimeCodes.enrolTotp({ account_id: id, sealed_secret: '', last_step: 1, created_at: now }, ['hash']),
  'spend a time step': ({ oneTimeCodes }) => oneTimeCodes.spendStep(id, 2),
  'spend a recovery code': ({ oneTimeCodes }) => oneTimeCodes.spendRecoveryCode(id, 'hash', now),
  'make new recovery codes': ({ oneTimeCodes }) => oneTimeCodes.replaceRecoveryCodes(id, ['hash'], now),
  'remove an authenticator app': ({ oneTimeCodes }) => oneTimeCodes.removeTotp(id),
  'look for a remembered browser': ({ rememberedBrowsers }) => rememberedBrowsers.isRemembered(id, id, now),
  'list the remembered browsers': ({ rememberedBrowsers }) => rememberedBrowsers.listByAccount(id, now),
  'forget a browser': ({ rememberedBrowsers }) => rememberedBrowsers.forget(id, id),
  'find a passkey': ({ passkeys }) => passkeys.find(id),
  'list passkeys': ({ passkeys }) => passkeys.listByAccount(id),
  'use a passkey': ({ passkeys }) => passkeys.use(id, 1, now),
  'remove a passkey': ({ passkeys }) => passkeys.remove(id, id),
  'find an account': ({ accounts }) => accounts.find(id),
  'find an account by a session': ({ accounts }) => accounts.findBySession(id),
  'find an account by a session, with a grant': ({ accounts }) => accounts.findHolding(id, 'greatapp'),
  'find by login': ({ accounts }) => accounts.findByLogin('alice'),
  'find a hash to reckon with for a name that nobody has': ({ accounts }) =>
    accounts.findPasswordHashAfter('8'.repeat(16)),
  'disable an account': ({ accounts }) => accounts.setState({ account_id: id, state: 'disabled', at: now }),
  'set a password': ({ accounts }) =>
    accounts.setPassword({ account_id: id, password_hash: 'hash', at: now, token_id: id }),
  'find the token of a letter': ({ mailTokens }) => mailTokens.find(id),
  'delete an account': ({ accounts }) => accounts.delete(id, now),
  'find a client': ({ clients }) => clients.find(id),
  'find a client as it stands': ({ clients }) => clients.findStored(id),
  'find an origin': ({ clients }) => clients.hasOrigin('https://spa.test'),
  'list notable clients': ({ clients }) => clients.listNotable(10),
  'find a registration': ({ clients }) => clients.findRegistration(id),
  'change a registration': ({ clients }) => {
    const client = exampleClient({ client_id: id })
    return clients.changeRegistration({ client, token_hash: 'next' }, { client, token_hash: 'first' })
  },
  'keep a client': ({ consents }) =>
    consents.record({ consent: consentRecord(grant), client: exampleClient({ client_id: id }), event }),
  'take an initial access token back': ({ initialAccessTokens }) => initialAccessTokens.delete(id),
  'create a client': ({ clients }) => clients.create(exampleClient({ client_id: 'new' })),
  'find an access token': ({ accessTokens }) => accessTokens.find(id),
  'delete an access token': ({ accessTokens }) => accessTokens.delete(id),
  'count who uses a client': ({ clientUse }) => clientUse.people('greatapp', now),
  'find what a signed one hangs on': ({ accessTokens }) => accessTokens.findSigned(id, id),
  'spend a value': ({ usedOnce }) => usedOnce.spend('jti', id, now),
  'end a grant and tell of it': ({ grants }) =>
    grants.end(id, 'removed_by_person', now, { event, notices: [messageRecord()] }),
  'claim a message': ({ outbox }) => outbox.claim('webhook', 8, now),
  'put off a message': ({ outbox }) => outbox.postpone({ ...messageRecord(), attempts: 1 }, now),
  'remove a message': ({ outbox }) => outbox.remove({ ...messageRecord(), attempts: 1 }),
  'count an attempt': ({ attempts }) => attempts.count('key', 60, now),
  'list the events of an account': ({ auditEvents }) => auditEvents.list({ account_id: id, limit: 10 }),
  'list the events of a client': ({ auditEvents }) => auditEvents.list({ client_id: id, limit: 10 }),
  'list the events after one': ({ auditEvents }) => auditEvents.listAfter(id, now, 10),
  'list events': ({ auditEvents }) => auditEvents.list({ limit: 10 }),
  sweep: ({ expiredRows }) => expiredRows.sweep(now, 1000),
  'tell the oldest expired row': ({ expiredRows }) => expiredRows.oldestExpired(now),
}

for (const [name, database] of await openEach()) {
  describe(`plans in ${name}`, () => {
    before(() => fill(openStores(database)))

    for (const [what, ask] of Object.entries(asked)) {
      test(`to ${what}, no table is read from end to end`, async () => {
        const statements = await statementsOf(database, ask)
        assert.ok(statements.length > 0)
        for (const statement of statements) {
          assert.deepEqual(await scans(database, statement), [], statement.text)
        }
      })
    }

    test('AC-01: the account that lends what its hash costs is one entry of an index, and nothing is sorted', async () => {
      const [statement] = await statementsOf(database, ({ accounts }) => accounts.findPasswordHashAfter('8'.repeat(16)))
      assert.ok(statement)
      const plan = await planOf(database, statement)
      assert.equal(plan.filter((step) => step.includes('accounts_with_password')).length, 2, plan.join('\n'))
      assert.doesNotMatch(plan.join('\n'), /sort|temp b-tree|bitmap/i)
    })

    test('a scan would be seen', async () => {
      const endToEnd = sql`select client_id from grants where access_for = ${''}`
      assert.equal((await scans(database, endToEnd)).length, 1)
    })
  })
}

/** Enough rows that a plan matters. */
async function fill(stores: Stores): Promise<void> {
  const { consents, deviceAuthorizations, interactions, accessTokens, usedOnce, attempts, accounts, clients } = stores
  for (let turn = 0; turn < 300; turn += 1) {
    const other = grantRecord({ client_id: `client ${turn}` })
    const consent = consentRecord(other)
    const event = auditEventRecord({ client_id: other.client_id })
    const session = sessionRecord()
    await Promise.all([
      consents.record({
        consent,
        grant: other,
        authorization: authorizationRecord(other),
        told: sessionClientRecord(session),
        event,
        notices: [messageRecord({ queued_at: now + turn })],
      }),
      startSession(session, accounts),
      deviceAuthorizations.create(deviceRecord()),
      interactions.create(interactionRecord()),
      accessTokens.create(accessTokenRecord()),
      accessTokens.revoke(`jti ${turn}`, now + 300),
      usedOnce.spend('jti', String(turn), now + 300),
      attempts.count(String(turn), 300, now),
      accounts.create(accountRecord()),
      clients.create(exampleClient({ client_id: `client ${turn}` })),
      fillFactors(stores, `account ${turn}`),
    ])
  }
}

async function fillFactors({ oneTimeCodes, passkeys, rememberedBrowsers }: Stores, account_id: string): Promise<void> {
  await oneTimeCodes.enrolTotp({ account_id, sealed_secret: '', last_step: 1, created_at: now }, ['hash', 'another'])
  const made = { account_id, created_at: now }
  const named = { counter: 0, transports: [], kind: 'synced', name: 'Telephone', public_key: '' } as const
  await passkeys.create({ ...made, ...named, credential_id: account_id })
  const browser = { browser_hash: 'hash', user_agent: '', remembered_id: account_id, expires_at: now + 300 }
  await rememberedBrowsers.remember({ ...made, ...browser })
}

/** The statements that a store asks for, which are really carried out as well. */
async function statementsOf(
  database: Database,
  ask: (stores: Stores) => Promise<unknown>,
): Promise<readonly Statement[]> {
  const statements: Statement[] = []
  const listening: Database = {
    ...database,
    read: async (statement) => {
      statements.push(statement)
      return database.read(statement)
    },
    write: async (statement) => {
      statements.push(statement)
      return database.write(statement)
    },
    transaction: async (several) => {
      statements.push(...several.map((one) => ('decisive' in one ? one.decisive : one)))
      return database.transaction(several)
    },
  }
  await ask(openStores(listening))
  return statements
}

/** The parts of a statement's plan that read a whole table or index without a condition on its key. */
async function scans(database: Database, statement: Statement): Promise<readonly string[]> {
  const plan = await planOf(database, statement)
  return database.kind === 'sqlite'
    ? plan.filter((step) => step.startsWith('SCAN') && !allowed.test(step))
    : plan.filter((step) => /Seq Scan/.test(step))
}

async function planOf(database: Database, statement: Statement): Promise<readonly string[]> {
  if (database.kind === 'sqlite') {
    const plan = await database.write(sql`explain query plan ${statement}`)
    return plan.map(({ detail }) => String(detail))
  }
  // So small a table is read from end to end, unless that is said to be dear: what is asked is whether there is a way.
  const outcome = await database.transaction([sql`set local enable_seqscan = off`, sql`explain ${statement}`])
  const plan = outcome === 'lost' ? [] : (outcome[1] ?? [])
  return plan.map((row) => String(row['QUERY PLAN']))
}
