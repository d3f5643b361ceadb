/** PgBouncer in transaction mode: each transaction may meet another session than the one before. */
import { chown, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { endServer, startServer } from '../../bench/processes.ts'
import { freePort } from '../../testing/free-port.ts'
import { identity } from './programs.ts'

/** A pooler that serves. */
export interface Pooler {
  /** The database, through it. */
  readonly url: string
  close(): Promise<void>
}

/**
 * Starts one.
 *
 * @param target where the database is, in PgBouncer's words: `host=… port=…`
 * @param sessions how many it keeps to that; 20 is its own default
 */
export async function startPooler(directory: string, target: string, sessions = 20): Promise<Pooler> {
  const port = await freePort()
  const own = join(directory, 'pgbouncer')
  await mkdir(own)
  const file = join(own, 'pgbouncer.ini')
  await writeFile(join(own, 'users'), '"licet" "licet"\n')
  await writeFile(
    file,
    `
[databases]
postgres = ${target} user=licet password=licet
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = trust
auth_file = ${join(own, 'users')}
pool_mode = transaction
default_pool_size = ${sessions}
server_login_retry = 1
server_connect_timeout = 3
`,
  )
  if (identity.uid !== undefined) await chown(own, identity.uid, identity.gid)
  const child = await startServer({
    ...{ command: 'pgbouncer', parameters: [file], output: join(directory, 'pgbouncer.log'), options: identity },
    ready: 'process up',
  })
  return { url: `postgres://licet:licet@127.0.0.1:${port}/postgres`, close: () => endServer(child) }
}
