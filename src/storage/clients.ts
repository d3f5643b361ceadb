import type { Client, Clients } from '../domain/client.ts'
import { canBeKey, checkKey, flag, fromJson, toJson } from './column.ts'
import { decisive, type Database, type Row } from './database.ts'
import type { Memory } from './delete-after.ts'
import { endGrantsOfClient, endSomeGrantsOfClient, endedAtOnce } from './grants.ts'
import { openRecent } from './recent.ts'
import { integer, text } from './row.ts'
import { sql } from './sql.ts'

const columns = sql`client_id, metadata, secrets, profile, first_party, disabled, registered_by, created_at,
  refresh_replay_window`

/** Opens the stored clients. What `find` tells is at most two seconds old, and at once what this process changed. */
export function openClients(database: Database, memory: Memory): Clients {
  const recent = openRecent<Client>()

  return {
    async find(client_id) {
      if (!canBeKey(client_id)) return undefined
      return recent.get(client_id, async () => {
        const [row] = await database.read(sql`select ${columns} from clients where client_id = ${client_id}`)
        return row && clientFrom(row)
      })
    },

    async list() {
      const rows = await database.read(sql`select ${columns} from clients order by client_id`)
      return rows.map(clientFrom)
    },

    async create(client) {
      checkKey('client_id', client.client_id)
      // An id may be given again after its client was deleted. What was allowed to the former is not inherited, even
      // where somebody said yes to it, or the process died, while it was being deleted.
      const outcome = await database.transaction([
        decisive(sql`
          insert into clients (client_id, metadata, secrets, profile, first_party, disabled, registered_by, created_at,
            refresh_replay_window)
          values (${client.client_id}, ${toJson(client.metadata)}, ${toJson(client.secrets)}, ${client.profile},
            ${flag(client.first_party)}, ${flag(client.disabled)}, ${client.registered_by}, ${client.created_at},
            ${client.refresh_replay_window})
          on conflict (client_id) do nothing returning client_id`),
        endGrantsOfClient(client.client_id, client.created_at, memory),
      ])
      recent.forget()
      return outcome === 'lost' ? 'exists' : 'created'
    },

    async update(client) {
      if (!canBeKey(client.client_id)) return 'unknown'
      const rows = await database.write(sql`
        update clients set metadata = ${toJson(client.metadata)}, secrets = ${toJson(client.secrets)},
          profile = ${client.profile}, first_party = ${flag(client.first_party)}, disabled = ${flag(client.disabled)},
          refresh_replay_window = ${client.refresh_replay_window}
        where client_id = ${client.client_id} returning client_id`)
      recent.forget()
      return rows.length === 0 ? 'unknown' : 'updated'
    },

    async delete(client_id, at) {
      if (!canBeKey(client_id)) return 'unknown'
      const [known] = await database.read(sql`select client_id from clients where client_id = ${client_id}`)
      if (known === undefined) return 'unknown'
      while ((await database.write(endSomeGrantsOfClient(client_id, at, memory))).length === endedAtOnce);
      const outcome = await database.transaction([
        decisive(sql`delete from clients where client_id = ${client_id} returning client_id`),
        endGrantsOfClient(client_id, at, memory),
      ])
      recent.forget()
      return outcome === 'lost' ? 'unknown' : 'deleted'
    },
  }
}

function clientFrom(row: Row): Client {
  return {
    client_id: text(row, 'client_id'),
    metadata: fromJson(text(row, 'metadata')),
    secrets: fromJson(text(row, 'secrets')),
    profile: text(row, 'profile') as Client['profile'],
    first_party: integer(row, 'first_party') === 1,
    disabled: integer(row, 'disabled') === 1,
    registered_by: text(row, 'registered_by') as Client['registered_by'],
    created_at: integer(row, 'created_at'),
    refresh_replay_window: integer(row, 'refresh_replay_window'),
  }
}
