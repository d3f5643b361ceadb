import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openEach } from '../../testing/databases.ts'
import {
  auditEventRecord,
  authorizationRecord,
  consentRecord,
  grantRecord,
  interactionRecord,
  now,
} from '../../testing/records.ts'
import type { ConsentDecision } from '../domain/consent.ts'
import type { Grant } from '../domain/grant.ts'
import type { Interaction } from '../domain/interaction.ts'
import { newId } from '../kernel/ids.ts'
import type { Database } from './database.ts'
import { sql } from './sql.ts'
import { openStores } from './stores.ts'

for (const [name, database] of await openEach()) {
  const stores = openStores(database)
  const { consents, grants, interactions, authorizations, auditEvents } = stores

  describe(`consents in ${name}`, () => {
    test('a yes makes the grant, the authorization, the record and the event, and closes the interaction', async () => {
      const interaction = await opened(stores)
      const decision = yes(grantRecord(), interaction)
      assert.equal(await consents.record(decision), 'recorded')
      assert.deepEqual(await grants.find(decision.grant.grant_id), decision.grant)
      const found = await authorizations.findStanding(decision.authorization.authorization_id)
      assert.deepEqual(found?.authorization, decision.authorization)
      const { finished_at, sealed_response } = { ...(await interactions.find(interaction.interaction_id)) }
      assert.deepEqual({ finished_at, sealed_response }, { finished_at: now, sealed_response: 'yes' })
      const { account_id } = decision.event
      assert.deepEqual(await auditEvents.list({ ...(account_id !== undefined && { account_id }), limit: 9 }), [
        decision.event,
      ])
      assert.deepEqual(await rowsOf(database, decision), { consents: 1, events: 1 })
    })

    test('a no leaves a record and an event, and no grant', async () => {
      const interaction = await opened(stores)
      const decision = no(interaction)
      assert.equal(await consents.record(decision), 'recorded')
      assert.equal(await grants.findStanding(decision.consent.account_id, 'greatapp'), undefined)
      assert.deepEqual(await rowsOf(database, decision), { consents: 1, events: 1 })
    })

    test('BR-15: of fifty equal answers to one question one counts, and nothing is left of the others', async () => {
      const interaction = await opened(stores)
      const account_id = newId()
      const decisions = Array.from({ length: 50 }, () => yes(grantRecord({ account_id }), interaction))
      const outcomes = await Promise.all(decisions.map((decision) => consents.record(decision)))
      assert.equal(outcomes.filter((outcome) => outcome === 'recorded').length, 1)
      assert.equal(outcomes.filter((outcome) => outcome === 'already_decided').length, 49)
      assert.equal((await grants.listByAccount(account_id)).length, 1)
      assert.equal(
        await countOf(database, sql`select count(*) as rows from authorizations where account_id = ${account_id}`),
        1,
      )
      assert.equal(
        await countOf(database, sql`select count(*) as rows from consents where account_id = ${account_id}`),
        1,
      )
    })

    test('BR-16: of a yes and a no at once one counts, and the grant is there exactly when it is the yes', async () => {
      for (let round = 0; round < 20; round += 1) {
        const interaction = await opened(stores)
        const [agreed, denied] = [yes(grantRecord(), interaction), no(interaction)]
        const decisions = round % 2 === 0 ? [agreed, denied] : [denied, agreed]
        const outcomes = await Promise.all(decisions.map((decision) => consents.record(decision)))
        assert.deepEqual(outcomes.toSorted(), ['already_decided', 'recorded'])
        const won = decisions[outcomes.indexOf('recorded')]
        const grant = await grants.find(agreed.grant.grant_id)
        assert.equal(grant !== undefined, won === agreed)
        const { sealed_response } = { ...(await interactions.find(interaction.interaction_id)) }
        assert.equal(sealed_response, won?.interaction?.sealed_response)
      }
    })

    test('a second first grant of one account for one client is stale, and its interaction stays open', async () => {
      const first = yes(grantRecord())
      const interaction = await opened(stores)
      const second = yes(grantRecord({ account_id: first.grant.account_id }), interaction)
      assert.equal(await consents.record(first), 'recorded')
      assert.equal(await consents.record(second), 'stale')
      assert.equal((await interactions.find(interaction.interaction_id))?.finished_at, undefined)
      assert.deepEqual(await rowsOf(database, second), { consents: 0, events: 0 })
    })

    test('of two tabs that widen a grant at once one is stale, and after reading again loses nothing', async () => {
      const { grant } = yes(grantRecord())
      await consents.record(yes(grant))
      const tabs = ['first.scope', 'second.scope'].map((scope) => ({
        ...grant,
        permissions: [...grant.permissions, { scope }],
        revision: 2,
      }))
      const outcomes = await Promise.all(tabs.map((tab) => consents.record(yes(tab))))
      assert.deepEqual(outcomes.toSorted(), ['recorded', 'stale'])
      const read = await grants.find(grant.grant_id)
      assert.equal(read?.revision, 2)
      const lost = tabs[outcomes.indexOf('stale')]?.permissions.at(-1) ?? { scope: '' }
      const again = { ...read, permissions: [...read.permissions, lost], revision: 3 }
      assert.equal(await consents.record(yes(again)), 'recorded')
      const scopes = (await grants.find(grant.grant_id))?.permissions.map(({ scope }) => scope)
      assert.deepEqual(scopes?.slice(2).toSorted(), ['first.scope', 'second.scope'])
    })

    test('an expired standing grant can be revised; an ended one cannot, and makes room for a new one', async () => {
      const expired = grantRecord({ expires_at: now - 1 })
      await consents.record(yes(expired))
      const renewed = { ...expired, granted_at: now, expires_at: now + 60, revision: 2 }
      assert.equal(await consents.record(yes(renewed)), 'recorded')
      assert.deepEqual(await grants.findStanding(expired.account_id, expired.client_id), renewed)

      await grants.end(expired.grant_id, 'removed_by_person', now)
      assert.equal(await consents.record(yes({ ...renewed, revision: 3 })), 'stale')
      assert.equal(await consents.record(yes(grantRecord({ account_id: expired.account_id }))), 'recorded')
    })

    test('a grant is not revised for another account or client than its own', async () => {
      const grant = grantRecord()
      await consents.record(yes(grant))
      assert.equal(await consents.record(yes({ ...grant, account_id: newId(), revision: 2 })), 'stale')
      assert.equal(await consents.record(yes({ ...grant, client_id: 'another', revision: 2 })), 'stale')
    })

    test('an interaction that is not there was decided already', async () => {
      assert.equal(await consents.record(yes(grantRecord(), interactionRecord())), 'already_decided')
    })

    test('R12: a decision is found by its id, and the last one about a grant by the grant, by its owner alone', async () => {
      const first = yes(grantRecord())
      const second = yes({ ...first.grant, revision: 2 })
      for (const decision of [first, second]) assert.equal(await consents.record(decision), 'recorded')
      assert.deepEqual(await consents.find(first.consent.consent_id), first.consent)
      const { account_id, grant_id } = first.grant
      assert.deepEqual(await consents.findNewest(account_id, grant_id), second.consent)
      assert.equal(await consents.findNewest(newId(), grant_id), undefined)
      for (const id of [grant_id, 'a\0b', '']) assert.equal(await consents.find(id), undefined)
    })

    test('R12: a decision cannot be recorded over another', async () => {
      const first = yes(grantRecord())
      await consents.record(first)
      const { consent_id } = first.consent
      const over = yes(grantRecord())
      await assert.rejects(consents.record({ ...over, consent: { ...over.consent, consent_id } }))
      assert.deepEqual(await consents.find(consent_id), first.consent)
    })

    test('grants for once stand beside the standing one, and none of them stays for ever', async () => {
      const standing = grantRecord()
      const once = (): Grant => grantRecord({ account_id: standing.account_id, kind: 'once', expires_at: now + 360 })
      for (const grant of [standing, once(), once()]) assert.equal(await consents.record(yes(grant)), 'recorded')
      assert.deepEqual(await grants.findStanding(standing.account_id, standing.client_id), standing)
      const { expires_at: _, ...endless } = once()
      await assert.rejects(consents.record(yes(endless)), RangeError)
    })
  })
}

type Stored = ReturnType<typeof openStores>

async function opened({ interactions }: Stored): Promise<Interaction> {
  const interaction = interactionRecord()
  await interactions.create(interaction)
  return interaction
}

function yes(grant: Grant, interaction?: Interaction) {
  return {
    ...(interaction && { interaction: { interaction_id: interaction.interaction_id, sealed_response: 'yes' } }),
    consent: consentRecord(grant),
    grant,
    authorization: authorizationRecord(grant),
    event: auditEventRecord(),
  } satisfies ConsentDecision
}

function no(interaction: Interaction): ConsentDecision {
  const { grant_id: _, ...consent } = consentRecord(grantRecord(), { decision: 'denied' })
  return {
    interaction: { interaction_id: interaction.interaction_id, sealed_response: 'no' },
    consent,
    event: auditEventRecord({ event: 'consent_denied' }),
  }
}

async function rowsOf(database: Database, { consent, event }: ConsentDecision): Promise<object> {
  return {
    consents: await countOf(
      database,
      sql`select count(*) as rows from consents where consent_id = ${consent.consent_id}`,
    ),
    events: await countOf(database, sql`select count(*) as rows from audit_events where event_id = ${event.event_id}`),
  }
}

async function countOf(database: Database, count: ReturnType<typeof sql>): Promise<number> {
  const [row] = await database.read(count)
  return Number(row?.['rows'])
}
