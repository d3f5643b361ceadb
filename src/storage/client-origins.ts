/** The origins at which stored public clients run: one row for each client and origin. */
import { originsOf } from '../domain/browser-origin.ts'
import type { Client } from '../domain/client.ts'
import { sql, type Statement } from './sql.ts'

/** The statements that note where a client runs that was just stored; none for one that is not there. */
export function insertOrigins(client: Client): readonly Statement[] {
  return originsOf(client).map(
    (origin) => sql`
      insert into client_origins (client_id, origin)
      select client_id, ${origin} from clients where client_id = ${client.client_id}
      on conflict (client_id, origin) do nothing`,
  )
}

/** The statements that note where a client runs that has changed. */
export function replaceOrigins(client: Client): readonly Statement[] {
  return [sql`delete from client_origins where client_id = ${client.client_id}`, ...insertOrigins(client)]
}

/** Asks whether an enabled client runs at an origin, as `originKey` names it. */
export function selectOrigin(origin: string): Statement {
  return sql`
    select clients.client_id from client_origins join clients on clients.client_id = client_origins.client_id
    where client_origins.origin = ${origin} and clients.disabled = 0 limit 1`
}
