/**
 * Measures Licet beside other servers: `npm run bench`, or with `-- --smoke` in a minute and only to see that everything
 * does its work.
 *
 * This process is the load generator; each server is a process of its own. All are set up with the same scene
 * (`scene.ts`), show that they do the work (`checks.ts`), and are then measured in turn, round after round, so that
 * what else the machine does hits them alike. The medians over the rounds are printed. Believe the ratios, and the CPU
 * time an operation.
 *
 * `--before <clone>` measures Licet as another clone of this repository has it, too: so is a change judged. `--peers`,
 * `--workloads`, `--concurrent` and `--rounds` narrow the run; `--profiles <folder>` keeps CPU profiles of the servers.
 * `--flush <milliseconds>` has each flush to the disk take so much longer, for all of them; `--pinned` holds each server,
 * with its database, to the first core and the load generator to the second. `--help` lists whom and what.
 */
import { rmSync } from 'node:fs'
import { mkdir, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { check } from './checks.ts'
import { measure, type Measurement, type Operation, type Span } from './generator.ts'
import { seat, type Person } from './people.ts'
import { betterAuth } from './peers/better-auth.ts'
import { onPostgres as floorOnPostgres, onSqlite as floorOnSqlite } from './peers/floor.ts'
import { installed, installPeers } from './peers/installed.ts'
import { licetOf, onPostgres, onSqlite, twoOnPostgres, twoOnSqlite } from './peers/licet.ts'
import { overSqlite as oauth2Server } from './peers/oauth2-server.ts'
import {
  inMemory,
  onPostgres as providerOnPostgres,
  onSqlite as providerOnSqlite,
  onSqliteGrouped,
} from './peers/oidc-provider.ts'
import type { Peer, RunningPeer } from './peers/peer.ts'
import { pin } from './processes.ts'
import { newScene } from './scene.ts'
import { slowFlushes } from './slower-disk.ts'
import { printReport, type Cell } from './table.ts'
import { weigh, type Weight } from './weights.ts'
import { workloads as allWorkloads, type Workload } from './workloads.ts'

const { values: asked } = parseArgs({
  options: {
    smoke: { type: 'boolean', default: false },
    peers: { type: 'string' },
    /** Another clone of this repository, whose server is measured too. */
    before: { type: 'string' },
    workloads: { type: 'string', default: allWorkloads.map(({ name }) => name).join() },
    concurrent: { type: 'string' },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    profiles: { type: 'string' },
    flush: { type: 'string' },
    pinned: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
const allPeers: readonly Peer[] = [
  onSqlite,
  onPostgres,
  twoOnSqlite,
  twoOnPostgres,
  providerOnSqlite,
  providerOnPostgres,
  onSqliteGrouped,
  inMemory,
  betterAuth,
  oauth2Server,
  floorOnSqlite,
  floorOnPostgres,
  ...(asked.before === undefined ? [] : licetOf(resolve(asked.before))),
]
if (asked.help) {
  console.log('npm run bench [-- --peers A,B] [--workloads W1,W2] [--concurrent 16,64] [--rounds 3] [--seconds 0.6]')
  console.log('              [--before CLONE] [--profiles FOLDER] [--flush MILLISECONDS] [--pinned] [--smoke]\n')
  for (const { name, title } of allPeers) console.log(`  ${name.padEnd(28)}  ${title}`)
  console.log()
  for (const { name, title } of allWorkloads) console.log(`  ${name.padEnd(28)}  ${title}`)
  process.exit()
}
if (!asked.smoke) installPeers()
const flush = asked.flush === undefined ? 0 : Number(asked.flush)
if (flush !== 0) slowFlushes(flush)
const peers = asked.peers === undefined ? allPeers.filter(installed) : named(allPeers, asked.peers)
const workloads = named(allWorkloads, asked.workloads)
const concurrencies = (asked.concurrent ?? (asked.smoke ? '4' : '16,64')).split(',').map(Number)
const rounds = Number(asked.rounds ?? (asked.smoke ? 1 : 3))
const measured = Number(asked.seconds ?? (asked.smoke ? 0.1 : 0.6)) * 1000
// The first rounds teach the compilers of all servers what is hot: some thousand requests of a kind. They count for nobody.
const rehearsals = asked.smoke ? 0 : 2
const spanOf = ({ spans = 1 }: Workload): Span => ({
  warmUp: measured / 4,
  measured: measured * spans,
  patience: 30_000,
})
const profiles = asked.profiles === undefined ? undefined : resolve(asked.profiles)

/** One server with the people before it. */
interface Seated {
  readonly peer: Peer
  readonly server: RunningPeer
  readonly people: readonly Person[]
}

/** One thing to be measured. */
interface Task {
  readonly one: Seated
  readonly workload: Workload
  readonly concurrency: number
}

const scene = newScene(Math.max(...concurrencies) + 1)
const results = new Map<string, Measurement[]>()
const weights = new Map<Peer, Weight>()
const counts = { passed: 0, failed: 0 }
/** What a server or a cell failed at: it is measured no further. */
const broken = new Map<string, string>()
const directory = await mkdtemp(join(tmpdir(), 'licet-bench-'))
process.on('exit', () => rmSync(directory, { recursive: true, force: true }))
const seated: Seated[] = []
try {
  for (const peer of peers) await attempt(`${peer.name} starts`, peer.name, () => start(peer))
  if (asked.pinned) pinAll()
  const tasks = seated.flatMap(tasksOf)
  // Each workload goes around all servers before the next begins.
  const order = (task: Task) => concurrencies.indexOf(task.concurrency) * 100 + workloads.indexOf(task.workload)
  tasks.sort((one, other) => order(one) - order(other))
  for (const task of Array.from({ length: rehearsals + rounds }, () => tasks).flat()) {
    const name = cellName(task.one.peer, task.workload, task.concurrency)
    if (broken.has(name) || broken.has(task.one.peer.name)) continue
    await attempt(name, name, () => measureOne(task, name))
  }
} finally {
  for (const { server, people } of seated) {
    await Promise.all(people.map(({ connection }) => connection.close()))
    await server.stop()
  }
}

// A smoke test measures cold servers: its numbers are nobody's.
if (!asked.smoke) {
  const absent = allPeers.filter((peer) => !peers.includes(peer))
  console.log(
    printReport({
      peers,
      absent,
      workloads,
      concurrencies,
      rounds,
      measured,
      flush,
      pinned: asked.pinned,
      cell,
      weights,
      broken,
    }),
  )
}
console.log(`${counts.passed} passed, ${counts.failed} failed`)
process.exitCode = counts.failed === 0 ? 0 : 1

function pinAll(): void {
  // First ourselves: the servers are our children, and would be held to the same core.
  pin(1, process.pid)
  for (const { server } of seated) server.pin(0)
}

async function start(peer: Peer): Promise<void> {
  const own = join(directory, peer.name)
  await mkdir(own)
  const server = await peer.start({ scene, directory: own, profiles })
  const one = { peer, server, people: seat(scene, server) }
  seated.push(one)
  await checkWork(one)
  if (asked.smoke || broken.has(peer.name)) return
  const [person] = one.people
  if (person !== undefined) weights.set(peer, await weigh(peer, { server, person, scene }))
}

function tasksOf(one: Seated): readonly Task[] {
  const { lacks = {}, measuredAt } = one.peer
  const at = measuredAt === 'all' ? concurrencies : concurrencies.slice(0, 1)
  return workloads
    .filter(({ name }) => !(name in lacks))
    .flatMap((workload) => at.map((concurrency) => ({ one, workload, concurrency })))
}

function cell(peer: Peer, workload: Workload, concurrency: number): Cell {
  if (peer.lacks?.[workload.name] !== undefined) return 'not its work'
  const name = cellName(peer, workload, concurrency)
  if (broken.has(name) || broken.has(peer.name)) return 'failed'
  const counted = results.get(name)?.slice(rehearsals) ?? []
  return counted.length === 0 ? 'not measured' : counted
}

async function checkWork({ peer, server, people }: Seated): Promise<void> {
  const person = people.at(-1)
  if (person === undefined) throw new Error('nobody is there to check with')
  const { passed, failed } = await check(peer, { peer: server, scene, person })
  counts.passed += passed.length
  for (const { sentence, error } of failed) report(`${peer.name}: ${sentence}`, peer.name, error)
}

async function measureOne({ one, workload, concurrency }: Task, name: string): Promise<void> {
  const { server, people } = one
  const operations: Operation[] = []
  // One after the other: all at once, people who sign in would wait for each other's password hashes.
  for (const person of people.slice(0, concurrency)) {
    operations.push(await workload.prepare({ person, scene, to: server.endpoints }))
  }
  const measurement = await measure(operations, spanOf(workload), () => server.cpu())
  results.set(name, [...(results.get(name) ?? []), measurement])
  const { throughput, serverCpu } = measurement
  console.error(`${name}: ${Math.round(throughput)}/s, ${serverCpu.toFixed(3)} ms`)
}

/** Counts what is tried; what does not do its work is measured no further. */
async function attempt(sentence: string, what: string, act: () => Promise<void>): Promise<void> {
  try {
    await act()
    counts.passed += 1
  } catch (error) {
    report(sentence, what, error)
  }
}

function report(sentence: string, what: string, error: unknown): void {
  counts.failed += 1
  broken.set(what, sentence)
  console.error(`✖ ${sentence}:`, error)
}

function cellName(peer: Peer, workload: Workload, concurrency: number): string {
  return `${peer.name} ${workload.name} at ${concurrency}`
}

function named<Named extends { readonly name: string }>(all: readonly Named[], names: string): readonly Named[] {
  return names.split(',').map((name) => {
    const found = all.find((one) => one.name === name)
    if (found === undefined) throw new Error(`there is no ${name}, only ${all.map((one) => one.name).join()}`)
    return found
  })
}
