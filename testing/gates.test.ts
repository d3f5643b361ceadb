/**
 * Doors with one key. What mints, spends or leaves the house does so in one place, and these tables say where: a
 * second place is a hole, however well it is written, since nobody will look for it there.
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isTest, sourcesIn } from './source.ts'

/** Who may import what: a file or folder of ours, or somebody's module. A folder ends in a slash. */
const mayBeImportedBy: Readonly<Record<string, readonly string[]>> = {
  // Every token comes out of one function that has re-read what it stands for (`mint.ts`).
  'src/protocol/token/sign.ts': ['src/protocol/token/mint.ts', 'src/protocol/token/id-token.ts'],

  // Requests to others leave by one guard against private addresses.
  undici: ['src/outside/'],
  'node:http': ['src/outside/', 'src/server/'],
  'node:https': ['src/outside/', 'src/server/'],
  'node:http2': ['src/outside/', 'src/server/'],
  'node:net': ['src/outside/', 'src/server/'],
  'node:tls': ['src/outside/', 'src/server/'],
  'node:dns': ['src/outside/'],
  'node:dns/promises': ['src/outside/'],

  // Each dependency is met in one place, so that leaving it is work in one place.
  fastify: ['src/server/'],
  pg: ['src/storage/postgres.ts'],
  'node:sqlite': ['src/storage/sqlite.ts'],
  '@node-rs/argon2': ['src/identity/'],
  commander: ['src/cli/'],
  yaml: ['src/config/', 'src/cli/'],
  pino: ['src/outside/'],
  'prom-client': ['src/outside/'],
  cookie: ['src/http/'],

  'node:child_process': ['src/cli/'],
  'node:worker_threads': [],
  'node:vm': [],
}

/** Who may call what every file could reach without an import. A folder ends in a slash. */
const mayBeCalledBy: Readonly<Record<string, readonly string[]>> = {
  fetch: ['src/outside/'],
  WebSocket: [],
  EventSource: [],
  eval: [],
  Function: [],
}

/** Which files may write a column whose change spends, ends or admits something. Anyone in storage/ may read them. */
const mayBeWrittenBy: Readonly<Record<string, readonly string[]>> = {
  redeemed_at: ['src/storage/authorizations.ts'],
  code_hash: ['src/storage/authorizations.ts'],
  refresh_hash: ['src/storage/authorizations.ts'],
  previous_refresh_hash: ['src/storage/authorizations.ts'],
  ended_at: ['src/storage/'],
}

const sources = sourcesIn('src').filter(({ path }) => !isTest(path))
const within = (path: string, places: readonly string[]): boolean =>
  places.some((place) => (place.endsWith('/') ? path.startsWith(place) : path === place))

describe('gates', () => {
  for (const [target, places] of Object.entries(mayBeImportedBy)) {
    test(`${target} is imported by ${places.join(', ') || 'nobody'} only`, () => {
      const others = sources
        .filter(({ path }) => !within(path, places))
        .flatMap(({ path, imports }) =>
          imports.filter((one) => one.target === target && !one.typeOnly).map(({ line }) => `${path}:${line}`),
        )
      assert.deepEqual(others, [])
    })
  }

  for (const [name, places] of Object.entries(mayBeCalledBy)) {
    test(`${name} is called by ${places.join(', ') || 'nobody'} only`, () => {
      const others = sources
        .filter(({ path }) => !within(path, places))
        .flatMap(({ path, calls }) => calls(name).map(({ line }) => `${path}:${line}`))
      assert.deepEqual(others, [])
    })
  }

  for (const [column, places] of Object.entries(mayBeWrittenBy)) {
    test(`${column} is written by ${places.join(', ')} only`, () => {
      const others = sources
        .filter(
          ({ path, texts }) => !within(path, places) && texts().some((sql) => writtenColumns(sql).includes(column)),
        )
        .map(({ path }) => path)
      assert.deepEqual(others, [])
    })
  }
})

describe('the columns that a statement writes', () => {
  test('are those after set, up to its condition', () => {
    assert.deepEqual(writtenColumns('update codes set redeemed_at = …, x=1 where code_hash = … and y = 2'), [
      'redeemed_at',
      'x',
    ])
  })

  test('are those listed by an insert, and those its conflict changes', () => {
    const sql =
      'insert into codes (id, code_hash) values (…, …) on conflict (id) do update set code_hash = … where z = 1'
    assert.deepEqual(writtenColumns(sql), ['code_hash', 'id', 'code_hash'])
  })

  test('are none of a query', () => {
    assert.deepEqual(writtenColumns('select redeemed_at from codes where redeemed_at = 1'), [])
  })
})

/** The columns that a SQL text assigns or inserts; good enough for the SQL we write, no parser. */
function writtenColumns(sql: string): readonly string[] {
  const assignments = [...sql.matchAll(/\bset\s+(.*?)(?=\bwhere\b|\breturning\b|\bfrom\b|$)/gis)].map(
    ([, list = '']) => list,
  )
  const inserted = [...sql.matchAll(/\binsert\s+into\s+\S+\s*\(([^)]*)\)/gis)].map(([, list = '']) => list)
  return [
    ...assignments.flatMap((list) => [...list.matchAll(/([a-z_]+)\s*=/gi)].map(([, column = '']) => column)),
    ...inserted.flatMap((list) => list.split(',').map((column) => column.trim())),
  ]
}
