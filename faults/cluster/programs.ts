/** Where PostgreSQL's own programs are on this machine, and who may run them. */
import { existsSync, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** PostgreSQL refuses to run as root; this is `nobody`. */
export const identity = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}

const debian = '/usr/lib/postgresql'

/** The folder of the programs: the newest of Debian's, which it keeps from the PATH; undefined where there is no server. */
export function postgresPrograms(): string | undefined {
  const versions = existsSync(debian) ? readdirSync(debian).toSorted((one, other) => Number(other) - Number(one)) : []
  const folders = versions.map((version) => join(debian, version, 'bin'))
  const onPath = (process.env['PATH'] ?? '').split(delimiter)
  return [...folders, ...onPath].find((folder) => existsSync(join(folder, 'pg_rewind')))
}
