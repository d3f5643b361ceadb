import type { Consent, Consents } from '../domain/consent.ts'
import { insertAuditEvent } from './audit-events.ts'
import { insertAuthorization } from './authorizations.ts'
import { keepClient } from './clients.ts'
import { canBeKey, fromJson, present, toJson } from './column.ts'
import { decisive, type Database, type Row } from './database.ts'
import { recordMemory, rounded, type Memory } from './delete-after.ts'
import { putGrant } from './grants.ts'
import { decideDevice, isAnswered } from './device-authorizations.ts'
import { finishInteraction } from './interactions.ts'
import { insertMessage } from './outbox.ts'
import { isSpent, spendPushedRequest } from './pushed-requests.ts'
import { integer, optionalText, text } from './row.ts'
import { insertSessionClient } from './sessions.ts'
import { sql, type Statement } from './sql.ts'

const columns = sql`consent_id, account_id, client_id, grant_id, decision, decided_at, shown`

/** Opens the place where decisions are recorded. Some of its statements decide races, in the order they stand in. */
export function openConsents(database: Database, memory: Memory): Consents {
  return {
    async record(decision) {
      const { interaction, pushed_request_id, device, consent, grant, authorization, client, told, event } = decision
      const { notices = [] } = decision
      const outcome = await database.transaction([
        ...(interaction === undefined
          ? []
          : [decisive(finishInteraction(interaction.interaction_id, interaction.sealed_response, consent.decided_at))]),
        ...(pushed_request_id === undefined
          ? []
          : [decisive(spendPushedRequest(pushed_request_id, consent.decided_at))]),
        ...(device === undefined ? [] : [decisive(decideDevice(device, consent.decided_at))]),
        ...(grant === undefined ? [] : [decisive(putGrant(grant, consent.decided_at, memory))]),
        ...(authorization === undefined ? [] : [insertAuthorization(authorization)]),
        ...(client === undefined ? [] : keepClient(client, consent.decided_at)),
        ...(told === undefined ? [] : [insertSessionClient(told, consent.decided_at)]),
        insertConsent(consent),
        insertAuditEvent(event),
        ...notices.map(insertMessage),
      ])
      if (outcome !== 'lost') return 'recorded'
      const gone = await Promise.all([
        interaction !== undefined && isOver(database, interaction.interaction_id),
        isSpent(database, pushed_request_id),
        device !== undefined && isAnswered(database, device, consent.decided_at),
      ])
      return gone.includes(true) ? 'already_decided' : 'stale'
    },

    async find(consent_id) {
      if (!canBeKey(consent_id)) return undefined
      const [row] = await database.read(sql`select ${columns} from consents where consent_id = ${consent_id}`)
      return row && consentFrom(row)
    },

    async listByAccount(account_id, limit) {
      if (!canBeKey(account_id)) return []
      const rows = await database.read(sql`
        select ${columns} from consents where account_id = ${account_id} order by consent_id desc limit ${limit}`)
      return rows.map(consentFrom)
    },

    async findNewest(account_id, grant_id) {
      if (!canBeKey(account_id) || !canBeKey(grant_id)) return undefined
      const [row] = await database.read(sql`
        select ${columns} from consents where account_id = ${account_id} and grant_id = ${grant_id}
        order by consent_id desc limit 1`)
      return row && consentFrom(row)
    },
  }
}

/** Tells whether the interaction that a decision would have closed is closed, or was never there. */
async function isOver(database: Database, interaction_id: string): Promise<boolean> {
  const open = await database.read(sql`
    select interaction_id from interactions where interaction_id = ${interaction_id} and finished_at is null`)
  return open.length === 0
}

function insertConsent(consent: Consent): Statement {
  return sql`
    insert into consents (consent_id, account_id, client_id, grant_id, decision, decided_at, shown, delete_after)
    values (${consent.consent_id}, ${consent.account_id}, ${consent.client_id}, ${consent.grant_id ?? null},
      ${consent.decision}, ${consent.decided_at}, ${toJson(consent.shown)},
      ${rounded(consent.decided_at + recordMemory, consent.decided_at)})`
}

function consentFrom(row: Row): Consent {
  return {
    consent_id: text(row, 'consent_id'),
    account_id: text(row, 'account_id'),
    client_id: text(row, 'client_id'),
    ...present('grant_id', optionalText(row, 'grant_id')),
    decision: text(row, 'decision') as Consent['decision'],
    decided_at: integer(row, 'decided_at'),
    shown: fromJson(text(row, 'shown')),
  }
}
