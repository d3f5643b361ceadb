/**
 * What one read, write and transaction cost on both databases: `node bench/storage.ts [rounds]`.
 *
 * Each line is the median of the rounds, alternatives interleaved: processor time of this process and of PostgreSQL's,
 * and commits. 64 callers ask again as soon as they are answered, then the same with pauses in between, which makes the
 * groups small.
 */
import { randomInt } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { newId } from '../src/kernel/ids.ts'
import { decisive, type Database } from '../src/storage/database.ts'
import { openDatabase } from '../src/storage/open.ts'
import { sql } from '../src/storage/sql.ts'
import { startPostgres } from '../testing/postgres.ts'
import { median } from './generator.ts'
import { cpuOfTree } from './processes.ts'

const callers = 64
const operations = 8000
const rounds = Number(process.argv[2] ?? 5)

interface Subject {
  readonly name: string
  readonly database: Database
  readonly commits: () => number
}

type Operation = (database: Database, ids: string[]) => Promise<unknown>

let next = 0
const pick = (ids: readonly string[]): string => ids[(next += 7919) % ids.length] ?? ''
const recent = (ids: readonly string[]): string => pick(ids.slice(-2000))

const workloads: Readonly<Record<string, Operation>> = {
  async insert(database, ids) {
    const id = newId()
    await database.write(sql`
      insert into bench (id, a, b, c, d, e) values (${id}, ${'a'.repeat(22)}, ${'b'.repeat(22)}, ${1}, ${2}, ${null})`)
    ids.push(id)
  },
  read: async (database, ids) => database.read(sql`select id, a, b, c, d, e from bench where id = ${pick(ids)}`),
  update: async (database, ids) =>
    database.write(sql`update bench set d = d + 1 where id = ${recent(ids)} and c is not null returning d`),
  transaction: async (database, ids) =>
    database.transaction([
      decisive(sql`update bench set d = d + 1 where id = ${recent(ids)} and c is not null returning d`),
      sql`insert into bench (id) values (${newId()})`,
    ]),
}

const directory = await mkdtemp(join(tmpdir(), 'licet-bench-'))
const server = await startPostgres()
const subjects = [await subject('SQLite', `sqlite:${join(directory, 'bench.db')}`)]
for (const connections of [2, 4, 10, 20]) {
  subjects.push(await subject(`PostgreSQL ${connections}`, server.url, connections))
}
const ids = new Map<Database['kind'], string[]>([
  ['sqlite', []],
  ['postgres', []],
])
for (const { database } of [subjects[0], subjects[1]].filter((one) => one !== undefined)) {
  await database.write(sql`create table bench (id text primary key, a text, b text, c bigint, d bigint, e text)`)
}

const found = new Map<string, number[][]>()
for (let round = 0; round <= rounds; round++) {
  for (const pause of [0, 10]) {
    for (const [workload, operation] of Object.entries(workloads)) {
      for (const subject of subjects) {
        const measured = await measure(subject, operation, pause)
        const key = `${workload}${pause > 0 ? ', paused' : ''}`.padEnd(22) + subject.name
        // The first round warms up.
        found.set(key, round === 0 ? [] : [...(found.get(key) ?? []), measured])
      }
    }
  }
}

process.stdout.write(`${''.padEnd(40)}client µs  server µs    wall µs    commits\n`)
for (const [key, rows] of found) {
  const medians = [0, 1, 2, 3].map((column) => median(rows.map((row) => row[column] ?? 0)))
  process.stdout.write(`${key.padEnd(38)}${medians.map((value) => value.toFixed(1).padStart(11)).join('')}\n`)
}
await Promise.all(subjects.map(async ({ database }) => database.close()))
await server.stop()
await rm(directory, { recursive: true })

async function subject(name: string, url: string, connections = 10): Promise<Subject> {
  let commits = 0
  const database = await openDatabase(url, { connections, patience: 10_000, committed: () => (commits += 1) })
  return { name, database, commits: () => commits }
}

/** Processor time of this process and of the server's and time that passed, each per operation, and commits. */
async function measure({ database, commits }: Subject, operation: Operation, pause: number): Promise<number[]> {
  const known = ids.get(database.kind) ?? []
  const before = { commits: commits(), cpu: process.cpuUsage(), server: await serverCpu(), at: performance.now() }
  let left = operations
  const caller = async (): Promise<void> => {
    while (left-- > 0) {
      await operation(database, known)
      if (pause > 0) await wait(randomInt(pause))
    }
  }
  await Promise.all(Array.from({ length: callers }, caller))
  const { user, system } = process.cpuUsage(before.cpu)
  const server = (await serverCpu()) - before.server
  const passed = (performance.now() - before.at) * 1000
  return [(user + system) / operations, server / operations, passed / operations, commits() - before.commits]
}

/** Processor time of the server and all its children, in microseconds. */
async function serverCpu(): Promise<number> {
  return cpuOfTree(await server.pid()) * 1000
}
