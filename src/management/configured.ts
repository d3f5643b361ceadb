/**
 * What the configuration holds, laid over what the database holds. A configured client or resource comes first under its
 * name and cannot be changed from here: the file is its only place, so that file and database never overwrite each
 * other silently.
 */
import { originsOf } from '../domain/browser-origin.ts'
import type { Client, Clients } from '../domain/client.ts'
import type { ProtectedResource, ProtectedResources } from '../domain/protected-resource.ts'

/** Lays configured clients over stored ones. */
export function layeredClients(configured: readonly Client[], stored: Clients): Clients {
  const held = new Map(configured.map((client) => [client.client_id, client]))
  const origins = new Set(configured.filter(({ disabled }) => !disabled).flatMap(originsOf))
  const beside = (stored: readonly Client[]) => [
    ...configured,
    ...stored.filter(({ client_id }) => !held.has(client_id)),
  ]
  return {
    ...stored,
    find: async (client_id) => held.get(client_id) ?? stored.find(client_id),
    findStored: async (client_id) => (held.has(client_id) ? undefined : stored.findStored(client_id)),
    list: async () => beside(await stored.list()),
    listNotable: async (strangers) => beside(await stored.listNotable(strangers)),
    hasOrigin: async (origin) => origins.has(origin) || stored.hasOrigin(origin),
    create: async (client, news) => (held.has(client.client_id) ? 'exists' : stored.create(client, news)),
    update: async (client, change) => (held.has(client.client_id) ? 'unknown' : stored.update(client, change)),
    delete: async (client_id, at, news) => (held.has(client_id) ? 'unknown' : stored.delete(client_id, at, news)),
  }
}

/** Lays configured protected resources before stored ones. */
export function layeredResources(
  configured: readonly ProtectedResource[],
  stored: ProtectedResources,
): ProtectedResources {
  const held = new Set(configured.map(({ resource }) => resource))
  let seen: readonly ProtectedResource[] | undefined
  let merged = configured
  return {
    async list() {
      const others = await stored.list()
      // The stored list is the same object until it is read again; so is what is made of it.
      if (others !== seen) {
        merged = [...configured, ...others.filter(({ resource }) => !held.has(resource))]
        seen = others
      }
      return merged
    },
    create: async (resource) => (held.has(resource.resource) ? 'exists' : stored.create(resource)),
    update: async (resource) => (held.has(resource.resource) ? 'unknown' : stored.update(resource)),
    delete: async (resource) => (held.has(resource) ? 'unknown' : stored.delete(resource)),
  }
}
