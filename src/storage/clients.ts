import type { Client, Clients } from '../domain/client.ts'
import type { EpochSeconds } from '../kernel/time.ts'
import { insertAuditEvent } from './audit-events.ts'
import { insertOrigins, replaceOrigins, selectOrigin } from './client-origins.ts'
import { canBeKey, checkKey, flag, fromJson, toJson } from './column.ts'
import { decisive, type Database, type Row } from './database.ts'
import { registrationMemory, rounded, type Memory } from './delete-after.ts'
import { endGrantsOfClient, endSomeGrantsOfClient, endedAtOnce } from './grants.ts'
import { spendInitialAccessToken } from './initial-access-tokens.ts'
import { insertNews } from './news.ts'
import { heldFor, openRecent, strictly } from './recent.ts'
import { integer, text } from './row.ts'
import { sql, type Statement } from './sql.ts'

const columns = sql`client_id, metadata, secrets, profile, first_party, disabled, registered_by, created_at,
  refresh_replay_window`

/**
 * Opens the stored clients. What `find` tells is at most two seconds old, and at once what this process changed.
 *
 * @param reads where `find` reads
 */
export function openClients(database: Database, memory: Memory, reads = strictly(database)): Clients {
  const recent = openRecent<Client>(heldFor(reads))
  const origins = openRecent<'known'>()
  const changed = (): void => {
    recent.forget()
    origins.forget()
    reads.forget()
  }

  /**
   * Removes a client and ends its grants: most of them in batches before, since nobody is to wait for one statement.
   *
   * @param which the rows it may be, the client's own and no other
   */
  async function remove(
    client_id: string,
    which: Statement,
    { at, beside }: { readonly at: EpochSeconds; readonly beside: readonly Statement[] },
  ): Promise<'deleted' | 'lost'> {
    const [known] = await database.read(sql`select client_id from clients where ${which}`)
    if (known === undefined) return 'lost'
    while ((await database.write(endSomeGrantsOfClient(client_id, at, memory))).length === endedAtOnce);
    const outcome = await database.transaction([
      decisive(sql`delete from clients where ${which} returning client_id`),
      endGrantsOfClient(client_id, at, memory),
      ...beside,
    ])
    changed()
    return outcome === 'lost' ? 'lost' : 'deleted'
  }

  return {
    async find(client_id) {
      if (!canBeKey(client_id)) return undefined
      return recent.get(client_id, async () => {
        const [row] = await reads.read(sql`select ${columns} from clients where client_id = ${client_id}`)
        return row && clientFrom(row)
      })
    },

    async findStored(client_id) {
      if (!canBeKey(client_id)) return undefined
      const [row] = await database.read(sql`select ${columns} from clients where client_id = ${client_id}`)
      return row && clientFrom(row)
    },

    async list() {
      const rows = await database.read(sql`select ${columns} from clients order by client_id`)
      return rows.map(clientFrom)
    },

    async listNotable(strangers) {
      const oldest = await Promise.all(
        (['registration', 'metadata_document'] as const).map((registered_by) =>
          database.read(sql`
            select ${columns} from clients where registered_by = ${registered_by}
            order by created_at limit ${strangers}`),
        ),
      )
      const vouched = await database.read(sql`select ${columns} from clients where registered_by = 'operator'`)
      return [vouched, ...oldest].flat().map(clientFrom)
    },

    async hasOrigin(origin) {
      if (!canBeKey(origin)) return false
      const known = await origins.get(origin, async () => {
        const rows = await database.read(selectOrigin(origin))
        return rows.length === 0 ? undefined : 'known'
      })
      return known === 'known'
    },

    async create(client, news = {}) {
      checkKey('client_id', client.client_id)
      // RFC 9700 §4.15: the token that a client gets for itself has its id as `sub`, and must not speak for a person. No
      // account can come by it meanwhile: nobody chooses a `sub`.
      const [person] = await database.read(sql`select sub from accounts where sub = ${client.client_id}`)
      if (person !== undefined) return 'exists'
      // An id may be given again after its client was deleted. What was allowed to the former is not inherited, even
      // where somebody said yes to it, or the process died, while it was being deleted.
      const outcome = await database.transaction([
        decisive(sql`${insertClient(client)} on conflict (client_id) do nothing returning client_id`),
        endGrantsOfClient(client.client_id, client.created_at, memory),
        ...insertOrigins(client),
        ...insertNews(news),
      ])
      changed()
      return outcome === 'lost' ? 'exists' : 'created'
    },

    async update(client, { from, ...news } = {}) {
      const { client_id } = client
      if (!canBeKey(client_id)) return 'unknown'
      const outcome = await database.transaction([
        decisive(sql`
          update clients set metadata = ${toJson(client.metadata)}, secrets = ${toJson(client.secrets)},
            profile = ${client.profile}, first_party = ${flag(client.first_party)}, disabled = ${flag(client.disabled)},
            refresh_replay_window = ${client.refresh_replay_window}
          where client_id = ${client_id} ${from === undefined ? sql`` : andIsStill(from)} returning client_id`),
        ...replaceOrigins(client),
        ...insertNews(news),
      ])
      changed()
      if (outcome !== 'lost') return 'updated'
      const [known] = await database.read(sql`select client_id from clients where client_id = ${client_id}`)
      return known === undefined ? 'unknown' : 'stale'
    },

    async delete(client_id, at, news = {}) {
      if (!canBeKey(client_id)) return 'unknown'
      const beside = insertNews(news)
      const outcome = await remove(client_id, sql`client_id = ${client_id}`, { at, beside })
      return outcome === 'lost' ? 'unknown' : 'deleted'
    },

    async register({ client, token_hash, delete_after, paid_with }) {
      const { created_at } = client
      const outcome = await database.transaction([
        ...(paid_with === undefined ? [] : [decisive(spendInitialAccessToken(paid_with, created_at))]),
        // A new id of 128 random bits: that it is taken would be a failure of ours, and is one.
        insertClient(client, { token_hash, delete_after: rounded(delete_after, created_at) }),
        ...insertOrigins(client),
      ])
      return outcome === 'lost' ? 'token_refused' : 'registered'
    },

    async findRegistration(client_id) {
      if (!canBeKey(client_id)) return undefined
      const [row] = await database.read(sql`
        select ${columns}, registration_token_hash from clients
        where client_id = ${client_id} and registration_token_hash is not null`)
      return row && { client: clientFrom(row), token_hash: text(row, 'registration_token_hash') }
    },

    async changeRegistration({ client, token_hash }, from) {
      const outcome = await database.transaction([
        decisive(sql`
          update clients set metadata = ${toJson(client.metadata)}, secrets = ${toJson(client.secrets)},
            registration_token_hash = ${token_hash}
          where client_id = ${client.client_id} and registration_token_hash = ${from.token_hash}
            ${andIsStill(from.client)} returning client_id`),
        ...replaceOrigins(client),
      ])
      changed()
      return outcome === 'lost' ? 'lost' : 'changed'
    },

    async deleteRegistration(client_id, from, event) {
      const which = sql`client_id = ${client_id} and registration_token_hash = ${from} and disabled = 0`
      return remove(client_id, which, { at: event.at, beside: [insertAuditEvent(event)] })
    },
  }
}

/** The condition that nobody has changed a client since it was read. */
function andIsStill(client: Client): Statement {
  return sql`and metadata = ${toJson(client.metadata)} and secrets = ${toJson(client.secrets)}
    and profile = ${client.profile} and first_party = ${flag(client.first_party)}
    and disabled = ${flag(client.disabled)} and refresh_replay_window = ${client.refresh_replay_window}`
}

/**
 * The statements that keep a client which registered itself, because a person allows it something: one of which nothing
 * was stored gets its row, of any other the end moves on. They make no client anew that was removed meanwhile.
 */
export function keepClient(client: Client, at: EpochSeconds): readonly Statement[] {
  const delete_after = rounded(at + registrationMemory, at)
  if (client.provisional_until === undefined) {
    return [
      sql`
        update clients set delete_after = ${delete_after}
        where client_id = ${client.client_id} and delete_after is not null`,
    ]
  }
  checkKey('client_id', client.client_id)
  const kept = sql`${insertClient(client, { delete_after })}
    on conflict (client_id) do update set delete_after = excluded.delete_after`
  return [kept, ...insertOrigins(client)]
}

interface RegistrationColumns {
  readonly token_hash?: string
  readonly delete_after?: EpochSeconds
}

function insertClient(client: Client, { token_hash, delete_after }: RegistrationColumns = {}): Statement {
  return sql`
    insert into clients (client_id, metadata, secrets, profile, first_party, disabled, registered_by, created_at,
      refresh_replay_window, registration_token_hash, delete_after)
    values (${client.client_id}, ${toJson(client.metadata)}, ${toJson(client.secrets)}, ${client.profile},
      ${flag(client.first_party)}, ${flag(client.disabled)}, ${client.registered_by}, ${client.created_at},
      ${client.refresh_replay_window}, ${token_hash ?? null}, ${delete_after ?? null})`
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
