/** Peers that are a Node program of ours, in this folder, around somebody's library. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import type { Program } from '../processes.ts'
import type { Scene } from '../scene.ts'
import type { Setting } from './peer.ts'
import type { Where } from './running.ts'

/** What such a program is told, as JSON in a file whose path is its only argument. */
export interface ProgramSetting extends Where {
  readonly scene: Scene
}

/** Writes the setting of a program of this folder, and says how it is launched. */
export async function nodeProgram(
  name: string,
  { scene, directory, profiles }: Setting,
  told: Where & object,
): Promise<Pick<Program, 'command' | 'parameters' | 'options'>> {
  const file = join(directory, 'setting.json')
  await writeFile(file, JSON.stringify({ scene, ...told }))
  return {
    command: process.execPath,
    parameters: [...profiling(profiles), fileURLToPath(import.meta.resolve(`./${name}`)), file],
    options: { env: { ...process.env, NODE_ENV: 'production' } },
  }
}

/** The switches of Node that take a CPU profile, when one is asked for. */
export function profiling(profiles: string | undefined): readonly string[] {
  return profiles === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profiles}`]
}

/** The words with which these programs say that they serve. */
export const programReady = 'the server is ready'
/** What a connection to SQLite says of itself when each commit is synced: WAL, and `synchronous` 2, which is FULL. */
export const sqliteSynced = '{"journal_mode":"wal","synchronous":2}'

/** Opens a file of SQLite that syncs each commit, and answers what the connection says of that. */
export function openSynced(path: string): { readonly database: DatabaseSync; readonly says: string } {
  const database = new DatabaseSync(path)
  database.exec('pragma journal_mode = wal; pragma synchronous = full; pragma busy_timeout = 5000')
  const pragma = (name: string): unknown => database.prepare(`pragma ${name}`).get()?.[name]
  return {
    database,
    says: JSON.stringify({ journal_mode: pragma('journal_mode'), synchronous: pragma('synchronous') }),
  }
}
