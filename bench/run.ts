/**
 * Measures Licet beside node-oidc-provider: `bin/runtime bench/run.ts`, or with `--smoke` in a few seconds and only to
 * see that everything does its work.
 *
 * This process is the load generator; each server is a process of its own. All are set up with the same scene
 * (`scene.ts`), show that they do the work (`checks.ts`), and are then measured in turn, round after round, so that
 * what else the machine does hits them alike. The medians over the rounds are printed. Believe the ratios.
 */
import { rmSync } from 'node:fs'
import { mkdir, mkdtemp } from 'node:fs/promises'
import { availableParallelism, cpus, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { check } from './checks.ts'
import { measure, median, type Measurement, type Operation, type Span } from './generator.ts'
import { seat, type Person } from './people.ts'
import { floor } from './peers/floor.ts'
import { onPostgres, onSqlite } from './peers/licet.ts'
import { inMemory, onSqlite as providerOnSqlite, onSqliteGrouped } from './peers/oidc-provider.ts'
import type { Peer, RunningPeer } from './peers/peer.ts'
import { newScene } from './scene.ts'
import { printTables, type Cell } from './table.ts'
import { workloads as allWorkloads, type Workload } from './workloads.ts'

const allPeers: readonly Peer[] = [onSqlite, onPostgres, inMemory, providerOnSqlite, onSqliteGrouped, floor]

const { values: asked } = parseArgs({
  options: {
    smoke: { type: 'boolean', default: false },
    peers: { type: 'string', default: allPeers.map(({ name }) => name).join() },
    workloads: { type: 'string', default: allWorkloads.map(({ name }) => name).join() },
    concurrent: { type: 'string' },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    profiles: { type: 'string' },
  },
})
const peers = named(allPeers, asked.peers)
const workloads = named(allWorkloads, asked.workloads)
const concurrencies = (asked.concurrent ?? (asked.smoke ? '4' : '16,64')).split(',').map(Number)
const rounds = Number(asked.rounds ?? (asked.smoke ? 1 : 5))
const measured = Number(asked.seconds ?? (asked.smoke ? 0.2 : 2)) * 1000
// The first round teaches the compilers of all servers what is hot; it counts for nobody.
const rehearsals = asked.smoke ? 0 : 1
const span: Span = { warmUp: measured / 3, measured }
const profiles = asked.profiles === undefined ? undefined : resolve(asked.profiles)

/** One server with the people before it. */
interface Seated {
  readonly peer: Peer
  readonly server: RunningPeer
  readonly people: readonly Person[]
}

const scene = newScene(Math.max(...concurrencies) + 1)
const results = new Map<string, Measurement[]>()
const counts = { passed: 0, failed: 0 }
const broken = new Set<Peer>()
const directory = await mkdtemp(join(tmpdir(), 'licet-bench-'))
process.on('exit', () => rmSync(directory, { recursive: true, force: true }))
const seated: Seated[] = []
try {
  for (const peer of peers) {
    await attempt(`${peer.name} starts`, peer, async () => {
      const own = join(directory, peer.name)
      await mkdir(own)
      const server = await peer.start({ scene, directory: own, profiles })
      const one = { peer, server, people: seat(scene, server) }
      seated.push(one)
      await checkWork(one)
    })
  }
  const cells = workloads.flatMap((workload) => concurrencies.map((concurrency) => ({ workload, concurrency })))
  for (const { workload, concurrency } of Array.from({ length: rehearsals + rounds }, () => cells).flat()) {
    for (const one of seated.filter(({ peer }) => !broken.has(peer))) {
      await attempt(`${one.peer.name} ${workload.name}`, one.peer, () => measureOne(one, workload, concurrency))
    }
  }
} finally {
  for (const { server, people } of seated) {
    await Promise.all(people.map(({ connection }) => connection.close()))
    await server.stop()
  }
}

// A smoke test measures cold servers: its numbers are nobody's.
if (!asked.smoke) console.log(summary())
console.log(`${counts.passed} passed, ${counts.failed} failed`)
process.exitCode = counts.failed === 0 ? 0 : 1

/** The tables, with the day and the machine. */
function summary(): string {
  const [{ model } = { model: 'unknown' }] = cpus()
  const generatorCpu = median([...results.values()].flat().map((one) => one.generatorCpu))
  return `
${new Date().toISOString().slice(0, 10)}, ${process.platform} ${process.arch}, ${availableParallelism()} cores of ${model.trim()}, Node ${process.version}.
Medians of ${rounds} interleaved rounds of ${measured / 1000} s, after one that does not count; the load generator, on the same machine, cost ${generatorCpu.toFixed(2)} ms an operation.
Every access token is an ES256 JWT for one resource; every virtual user has an account, a browser and a consent of its own.

${printTables({ peers, workloads, concurrencies, cell })}
`
}

function cell(peer: Peer, workload: Workload, concurrency: number): Cell {
  const counted = results.get(cellName(peer, workload, concurrency))?.slice(rehearsals) ?? []
  return broken.has(peer) || counted.length === 0 ? 'failed' : counted
}

async function checkWork({ peer, server, people }: Seated): Promise<void> {
  const person = people.at(-1)
  if (person === undefined) throw new Error('nobody is there to check with')
  const { passed, failed } = await check(peer, { peer: server, scene, person })
  counts.passed += passed.length
  for (const { sentence, error } of failed) report(`${peer.name}: ${sentence}`, peer, error)
}

async function measureOne({ peer, server, people }: Seated, workload: Workload, concurrency: number): Promise<void> {
  const operations: Operation[] = []
  // One after the other: all at once, people who sign in would wait for each other's password hashes.
  for (const person of people.slice(0, concurrency)) {
    operations.push(await workload.prepare(person, scene, server.endpoints))
  }
  const measurement = await measure(operations, span, () => server.cpu())
  const name = cellName(peer, workload, concurrency)
  results.set(name, [...(results.get(name) ?? []), measurement])
  const { throughput, serverCpu } = measurement
  console.error(`${name}: ${Math.round(throughput)}/s, ${serverCpu.toFixed(3)} ms`)
}

/** Counts what is tried; a peer that does not do its work is measured no further. */
async function attempt(sentence: string, peer: Peer, act: () => Promise<void>): Promise<void> {
  try {
    await act()
    counts.passed += 1
  } catch (error) {
    report(sentence, peer, error)
  }
}

function report(sentence: string, peer: Peer, error: unknown): void {
  counts.failed += 1
  broken.add(peer)
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
