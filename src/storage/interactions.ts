import type { Interaction, Interactions } from '../domain/interaction.ts'
import type { EpochSeconds } from '../kernel/time.ts'
import { canBeKey, fromJson, present, toJson } from './column.ts'
import { consumeOnce } from './consume-once.ts'
import type { Database, Row } from './database.ts'
import { afterReplay } from './delete-after.ts'
import { integer, optionalInteger, optionalText, text } from './row.ts'
import { sql, type Statement } from './sql.ts'

const columns = sql`interaction_id, browser_hash, purpose, created_at, expires_at, signed_in_at, session_id, finished_at,
  sealed_response, notes, proven, arrival`

/** Opens the interactions. */
export function openInteractions(database: Database): Interactions {
  return {
    async create(interaction) {
      await database.write(sql`
        insert into interactions (interaction_id, browser_hash, purpose, created_at, expires_at, signed_in_at, session_id,
          notes, delete_after)
        values (${interaction.interaction_id}, ${interaction.browser_hash}, ${toJson(interaction.purpose)},
          ${interaction.created_at}, ${interaction.expires_at}, ${interaction.signed_in_at ?? null},
          ${interaction.session_id ?? null}, ${toJson(interaction.notes)},
          ${afterReplay(interaction.expires_at, interaction.created_at)})`)
    },

    async find(interaction_id) {
      if (!canBeKey(interaction_id)) return undefined
      const [row] = await database.read(
        sql`select ${columns} from interactions where interaction_id = ${interaction_id}`,
      )
      return row && interactionFrom(row)
    },

    async signIn(interaction_id, session_id, at) {
      if (!canBeKey(interaction_id)) return
      await database.write(sql`
        update interactions set signed_in_at = ${at}, session_id = ${session_id}, proven = null
        where interaction_id = ${interaction_id} and finished_at is null`)
    },

    async prove(interaction_id, proven) {
      if (!canBeKey(interaction_id)) return
      await database.write(sql`
        update interactions set proven = ${proven === undefined ? null : toJson(proven)}
        where interaction_id = ${interaction_id} and finished_at is null`)
    },

    async arrive(interaction_id, arrival) {
      if (!canBeKey(interaction_id)) return
      await database.write(sql`
        update interactions set arrival = ${arrival === undefined ? null : toJson(arrival)}
        where interaction_id = ${interaction_id} and finished_at is null`)
    },

    async forgetProofs(browser_hash) {
      await database.write(sql`
        update interactions set proven = null, arrival = null
        where browser_hash = ${browser_hash} and (proven is not null or arrival is not null)`)
    },

    async finish(interaction_id, sealed_response, at) {
      if (!canBeKey(interaction_id)) return 'already_finished'
      const finished = await consumeOnce(database, finishInteraction(interaction_id, sealed_response, at))
      return finished === undefined ? 'already_finished' : 'finished'
    },
  }
}

/** The statement that closes an interaction: it returns a row for one caller only. */
export function finishInteraction(interaction_id: string, sealed_response: string, at: EpochSeconds): Statement {
  return sql`
    update interactions set finished_at = ${at}, sealed_response = ${sealed_response}
    where interaction_id = ${interaction_id} and finished_at is null returning interaction_id`
}

function interactionFrom(row: Row): Interaction {
  return {
    interaction_id: text(row, 'interaction_id'),
    browser_hash: text(row, 'browser_hash'),
    purpose: fromJson(text(row, 'purpose')),
    created_at: integer(row, 'created_at'),
    expires_at: integer(row, 'expires_at'),
    ...present('signed_in_at', optionalInteger(row, 'signed_in_at')),
    ...present('session_id', optionalText(row, 'session_id')),
    ...present('finished_at', optionalInteger(row, 'finished_at')),
    ...present('sealed_response', optionalText(row, 'sealed_response')),
    notes: fromJson(text(row, 'notes')),
    ...jsonFrom('proven', row),
    ...jsonFrom('arrival', row),
  }
}

function jsonFrom(column: 'proven' | 'arrival', row: Row): Pick<Interaction, 'proven' | 'arrival'> {
  const written = optionalText(row, column)
  return written === undefined ? {} : { [column]: fromJson(written) }
}
