import type { ProtectedResource, ProtectedResources } from '../domain/protected-resource.ts'
import { newId } from '../kernel/ids.ts'
import { canBeKey, checkKey, flag, fromJson, present, toJson } from './column.ts'
import type { Database, Row } from './database.ts'
import { heldFor, openRecent, strictly } from './recent.ts'
import { integer, optionalInteger, text } from './row.ts'
import { sql } from './sql.ts'

const columns = sql`resource, name, names, access_token_format, access_token_lifetime, introspection_clients, scopes,
  authorization_details_types, disabled, registered_by`

/**
 * Opens the stored protected resources, in the order they were made. What `list` tells is at most two seconds old.
 *
 * @param reads where `list` reads
 */
export function openProtectedResources(database: Database, reads = strictly(database)): ProtectedResources {
  const recent = openRecent<readonly ProtectedResource[]>(heldFor(reads))
  const changed = (): void => {
    recent.forget()
    reads.forget()
  }

  return {
    async list() {
      const held = await recent.get('all', async () => {
        const rows = await reads.read(sql`select ${columns} from protected_resources order by entry_id`)
        return rows.map(resourceFrom)
      })
      return held ?? []
    },

    async create(resource) {
      checkKey('resource', resource.resource)
      const rows = await database.write(sql`
        insert into protected_resources (resource, entry_id, name, names, access_token_format, access_token_lifetime,
          introspection_clients, scopes, authorization_details_types, disabled, registered_by)
        values (${resource.resource}, ${newId()}, ${resource.name}, ${toJson(resource.names ?? {})},
          ${resource.access_token_format}, ${resource.access_token_lifetime ?? null},
          ${toJson(resource.introspection_clients)}, ${toJson(resource.scopes)},
          ${toJson(resource.authorization_details_types ?? {})}, ${flag(resource.disabled)}, ${resource.registered_by})
        on conflict (resource) do nothing returning resource`)
      changed()
      return rows.length === 0 ? 'exists' : 'created'
    },

    async update(resource) {
      if (!canBeKey(resource.resource)) return 'unknown'
      const rows = await database.write(sql`
        update protected_resources set name = ${resource.name}, names = ${toJson(resource.names ?? {})},
          access_token_format = ${resource.access_token_format},
          access_token_lifetime = ${resource.access_token_lifetime ?? null},
          introspection_clients = ${toJson(resource.introspection_clients)}, scopes = ${toJson(resource.scopes)},
          authorization_details_types = ${toJson(resource.authorization_details_types ?? {})},
          disabled = ${flag(resource.disabled)}
        where resource = ${resource.resource} returning resource`)
      changed()
      return rows.length === 0 ? 'unknown' : 'updated'
    },

    async delete(resource) {
      if (!canBeKey(resource)) return 'unknown'
      const rows = await database.write(
        sql`delete from protected_resources where resource = ${resource} returning resource`,
      )
      changed()
      return rows.length === 0 ? 'unknown' : 'deleted'
    },
  }
}

function resourceFrom(row: Row): ProtectedResource {
  return {
    resource: text(row, 'resource'),
    name: text(row, 'name'),
    ...present('names', filled(fromJson<NonNullable<ProtectedResource['names']>>(text(row, 'names')))),
    access_token_format: text(row, 'access_token_format') as ProtectedResource['access_token_format'],
    ...present('access_token_lifetime', optionalInteger(row, 'access_token_lifetime')),
    introspection_clients: fromJson(text(row, 'introspection_clients')),
    scopes: fromJson(text(row, 'scopes')),
    ...present('authorization_details_types', filled(fromJson<Types>(text(row, 'authorization_details_types')))),
    disabled: integer(row, 'disabled') === 1,
    registered_by: text(row, 'registered_by') as ProtectedResource['registered_by'],
  }
}

type Types = NonNullable<ProtectedResource['authorization_details_types']>

/** Nothing in it is no field, as in a resource that was never given any. */
function filled<T extends object>(members: T): T | undefined {
  return Object.keys(members).length === 0 ? undefined : members
}
