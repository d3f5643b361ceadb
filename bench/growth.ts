/**
 * Measures what a server costs over a database that has grown, beside one over an empty database:
 * `bin/runtime bench/growth.ts --grants 1000000 --refreshes 10000000 --database sqlite`.
 *
 * The rows are those that the server itself wrote for one person, multiplied within the database (`grown-rows.ts`). A
 * refresh is simulated by all that it leaves: another version of its row. Both servers are in this process, without a
 * network, and are measured in turn. In the end everybody's time is over, and the sweeper is measured.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Client } from 'pg'
import { openDatabase } from '../src/storage/open.ts'
import { startPostgres, type PostgresServer } from '../testing/postgres.ts'
import { world, type World } from '../testing/world.ts'
import { median } from './generator.ts'
import { growBy, refreshAll, sizeOf } from './grown-rows.ts'
import { grownOperations } from './grown-operations.ts'

const { values: asked } = parseArgs({
  options: {
    grants: { type: 'string', default: '1000000' },
    refreshes: { type: 'string', default: '10000000' },
    database: { type: 'string', default: 'sqlite' },
    rounds: { type: 'string', default: '500' },
  },
})
const [grants, refreshes, rounds] = [Number(asked.grants), Number(asked.refreshes), Number(asked.rounds)]
const day = 86_400

const directory = await mkdtemp(join(tmpdir(), 'licet-growth-'))
const servers: PostgresServer[] = []
const [{ model } = { model: 'unknown' }] = cpus()
say(`${new Date().toISOString().slice(0, 10)}, ${availableParallelism()} cores of ${model.trim()}, ${asked.database}`)
const [empty, grown] = [await opened('empty'), await opened('grown')]
const { database, stores } = grown.ground
try {
  const [ofEmpty, ofGrown] = [await grownOperations(empty), await grownOperations(grown)]
  const before = await sizeOf(database)
  await timed(`${grants} grants, each with account, session, decision, authorization and events`, () =>
    growBy(grown, grants),
  )
  await timed(`${refreshes} refreshes`, () => refreshAll(database, refreshes / grants))
  const [, server] = servers
  if (server !== undefined) await timed('what autovacuum is behind with', () => vacuum(server))
  const size = await sizeOf(database)
  say(`${megabytes(size)}: ${((size - before) / grants).toFixed(0)} bytes a grant with all that hangs on it`)

  say('\n| | empty: ms, of which CPU | grown | times |\n| --- | ---: | ---: | ---: |')
  for (const [name, operation] of Object.entries(ofGrown)) {
    const [one, other] = await compared([ofEmpty[name] ?? operation, operation])
    say(`| ${name} | ${spelled(one)} | ${spelled(other)} | ${(other.median / one.median).toFixed(2)} |`)
  }

  grown.wait(3 * 365 * day)
  say(
    `\nwhen everybody's time is over, the oldest row has waited ${await stores.expiredRows.oldestExpired(grown.clock())} s`,
  )
  const begun = performance.now()
  let swept = 0
  for (let rows = 1; rows > 0; swept += rows) rows = await stores.expiredRows.sweep(grown.clock(), 1000)
  const took = (performance.now() - begun) / 1000
  say(`${swept} rows swept in ${took.toFixed(0)} s, ${(swept / took).toFixed(0)} a second`)
  say(
    `then it has waited ${await stores.expiredRows.oldestExpired(grown.clock())} s; ${megabytes(await sizeOf(database))}`,
  )
} finally {
  await Promise.all([empty.close(), grown.close()])
  await Promise.all(servers.map((server) => server.stop()))
  await rm(directory, { recursive: true })
}

async function opened(name: string): Promise<World> {
  const patience = { patience: 3_600_000 }
  if (asked.database === 'postgres') {
    const server = await startPostgres()
    servers.push(server)
    return world({}, await openDatabase(server.url, patience))
  }
  await mkdir(join(directory, name))
  return world({}, await openDatabase(`sqlite:${join(directory, name, 'licet.db')}`, patience))
}

/** Refreshes come faster here than anybody's, and what has to be cleared up after them would be measured as well. */
async function vacuum({ url }: PostgresServer): Promise<void> {
  const client = new Client(url)
  await client.connect()
  await client.query('vacuum analyze')
  await client.end()
}

/** What one operation took, in milliseconds. */
interface Cost {
  readonly median: number
  readonly p99: number
  readonly cpu: number
}

/** Measures in turn, so that what else the machine does hits both alike; the first tenth counts for nobody. */
async function compared(operations: readonly [Operation, Operation]): Promise<readonly [Cost, Cost]> {
  const took: readonly (readonly [number[], number[]])[] = [
    [[], []],
    [[], []],
  ]
  for (let round = -rounds / 10; round < rounds; round += 1) {
    for (const [place, operation] of operations.entries()) {
      const [begun, cpu] = [performance.now(), process.cpuUsage()]
      await operation()
      const [passed, { user, system }] = [performance.now() - begun, process.cpuUsage(cpu)]
      if (round < 0) continue
      took[place]?.[0].push(passed)
      took[place]?.[1].push((user + system) / 1000)
    }
  }
  const costs = took.map(([passed, cpu]): Cost => {
    const p99 = passed.toSorted((one, other) => one - other)[Math.floor(passed.length * 0.99)] ?? Number.NaN
    return { median: median(passed), p99, cpu: median(cpu) }
  })
  const [one, other] = costs
  if (one === undefined || other === undefined) throw new Error('nothing was measured')
  return [one, other]
}

type Operation = () => Promise<unknown>

async function timed(what: string, act: () => Promise<void>): Promise<void> {
  const begun = performance.now()
  await act()
  say(`${what}: ${((performance.now() - begun) / 1000).toFixed(0)} s`)
}

function spelled({ median: passed, p99, cpu }: Cost): string {
  return `${passed.toFixed(2)}, ${cpu.toFixed(2)} (p99 ${p99.toFixed(1)})`
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`
}

function say(line: string): void {
  console.log(line)
}
