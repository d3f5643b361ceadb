/**
 * The floor: what remains when nothing is judged. Our own listener answers constants of the right length; what a token is
 * signed with is signed, and what must be durable is one row, committed with all others of its turn. Nobody who gives such
 * answers from one Node process over such a database gets far below it.
 */
import { nodeProgram, programReady } from './node-program.ts'
import type { Peer, Setting } from './peer.ts'
import { run } from './running.ts'

const floor = {
  side: 'floor',
  keeps: 'durable',
  measuredAt: 'all',
  lacks: { W9: 'it has no pages', 'W1-RS': 'Licet’s access tokens are ES256' },
} as const

/** The floor of SQLite. */
export const onSqlite: Peer = {
  ...floor,
  name: 'floor-sqlite',
  title: 'floor: our listener, constants, the signatures, one row in a grouped commit of SQLite',
  over: 'sqlite',
  start: (setting) => startFloor(setting, 'sqlite'),
}

/** The floor of PostgreSQL. */
export const onPostgres: Peer = {
  ...floor,
  name: 'floor-postgres',
  title: 'floor: the same over PostgreSQL',
  over: 'postgres',
  start: (setting) => startFloor(setting, 'postgres'),
}

function startFloor(setting: Setting, over: Peer['over']) {
  return run({
    setting,
    over,
    ready: programReady,
    program: (where) => nodeProgram('floor-server.ts', setting, where),
    fill: (_browser, page) => Promise.resolve(page),
  })
}
