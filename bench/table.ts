/** The tables that the measurements are printed as, in Markdown. */
import { cpus } from 'node:os'
import { median, type Measurement } from './generator.ts'
import type { Peer } from './peers/peer.ts'
import type { Weight } from './weights.ts'
import type { Workload } from './workloads.ts'

/** The measurements of one cell, a round each; a word instead when there are none. */
export type Cell = readonly Measurement[] | 'failed' | 'not its work' | 'not measured'

/** Everything that was measured. */
export interface Measured {
  readonly peers: readonly Peer[]
  /** Those that could have been. */
  readonly absent: readonly Peer[]
  readonly workloads: readonly Workload[]
  readonly concurrencies: readonly number[]
  readonly rounds: number
  /** Milliseconds of each. */
  readonly measured: number
  /** Milliseconds that each flush to the disk took longer than the disk does. */
  readonly flush: number
  /** Whether each server had one core, and the load generator another. */
  readonly pinned: boolean
  readonly cell: (peer: Peer, workload: Workload, concurrency: number) => Cell
  readonly weights: ReadonlyMap<Peer, Weight>
  /** What failed, by peer or cell. */
  readonly broken: ReadonlyMap<string, string>
}

/** Prints the day, the machine, a table for each concurrency with how we stand to others, and what each server weighs. */
export function printReport(report: Measured): string {
  const { workloads, concurrencies, rounds, measured, flush, pinned } = report
  const cores = cpus()
  const [{ model } = { model: 'unknown' }] = cores
  const lines = [
    `${new Date().toISOString().slice(0, 10)}, ${process.platform} ${process.arch}, ${cores.length} cores of ${model.trim()}, Node ${process.version}.`,
    `Medians of ${rounds} interleaved rounds of ${measured / 1000} s, after two that do not count; the load generator, on the same machine, cost ${generatorCpu(report).toFixed(2)} ms an operation.`,
    ...(flush === 0 ? [] : [`Each flush to the disk took ${flush} ms longer than it does on this machine.`]),
    ...(pinned ? ['Each server, with its database, was held to one core, and the load generator to another.'] : []),
    'Every virtual user has an account, a browser and a consent of its own.',
    'Operations a second · server CPU milliseconds an operation · p50 / p99 in milliseconds. One operation of W2, W3, W7 and W8 is both requests.',
    '',
    ...workloads.map(({ name, title }) => `- **${name}** ${title}`),
    ...concurrencies.flatMap((concurrency) => ['', `### ${concurrency} concurrent`, '', ...table(report, concurrency)]),
    '',
    '### At rest',
    '',
    ...weightTable(report),
    '',
    ...notes(report),
  ]
  return lines.join('\n')
}

function table(report: Measured, concurrency: number): readonly string[] {
  const { workloads, cell } = report
  const peers = report.peers.filter(({ measuredAt }) => measuredAt === 'all' || concurrency === report.concurrencies[0])
  const rows = peers.map((peer) => [
    peer.title,
    ...workloads.map((workload) => show(cell(peer, workload, concurrency))),
  ])
  const found = (rows: Ratios) =>
    rows.pairs.map(([one, other]) => [
      `**${one.title}: ${rows.title} ${other.title}**`,
      ...workloads.map((workload) => {
        const value = ratio(cell(one, workload, concurrency), cell(other, workload, concurrency), rows.of)
        return value === undefined ? '–' : rows.spell(value)
      }),
    ])
  const pairs = (ofOthers: (peer: Peer) => boolean) =>
    peers
      .filter(({ side }) => side === 'ours')
      .flatMap((one) => peers.filter(ofOthers).map((other): Pair => [one, other]))
      .filter(([one, other]) => one.over === other.over && one !== other)
  return spelled([
    ['', ...workloads.map(({ name }) => name)],
    ...rows,
    ...found({
      title: 'its throughput beside',
      pairs: pairs(({ side, keeps }) => side === 'theirs' && keeps === 'durable'),
      of: 'throughput',
      spell: (value) => `× ${value.toFixed(1)}`,
    }),
    ...found({
      title: 'of the throughput of the',
      pairs: pairs(({ side }) => side === 'floor'),
      of: 'throughput',
      spell: (value) => `${Math.round(100 * value)} %`,
    }),
    ...found({
      title: 'its CPU time beside',
      pairs: pairs(({ side }) => side === 'before'),
      of: 'serverCpu',
      spell: (value) => `× ${value.toFixed(2)}`,
    }),
  ])
}

type Pair = readonly [Peer, Peer]

/** Rows that compare two servers. */
interface Ratios {
  readonly title: string
  readonly pairs: readonly Pair[]
  readonly of: keyof Measurement
  readonly spell: (value: number) => string
}

function weightTable({ peers, weights }: Measured): readonly string[] {
  const rows = peers.flatMap((peer) => {
    const weight = weights.get(peer)
    if (weight === undefined || peer.side === 'floor') return []
    const { start, memory, flow } = weight
    const kept = flow === undefined ? '–' : Math.round(flow).toLocaleString('en')
    return [[peer.title, (start / 1000).toFixed(2), String(Math.round(memory / 1_048_576)), kept]]
  })
  return spelled([
    ['', 'start to first answer, s', 'idle memory, MB', 'database bytes a flow (W3, or W2 where there is none)'],
    ...rows,
  ])
}

function notes({ peers, absent, broken }: Measured): readonly string[] {
  return [
    ...peers.flatMap(({ title, side, lacks = {} }) =>
      side === 'floor' ? [] : Object.entries(lacks).map(([name, why]) => `- ${title}, ${name}: ${why}`),
    ),
    ...absent.map(({ title }) => `- ${title}: not measured this time`),
    ...[...broken.values()].map((sentence) => `- failed: ${sentence}`),
  ]
}

function spelled(rows: readonly (readonly string[])[]): readonly string[] {
  const [heads = []] = rows
  return [heads, heads.map(() => '---'), ...rows.slice(1)].map((row) => `| ${row.join(' | ')} |`)
}

/** The median of what each round came to: what else the machine did in a round, it did to both. */
function ratio(one: Cell, other: Cell, of: keyof Measurement): number | undefined {
  if (typeof one === 'string' || typeof other === 'string') return undefined
  return median(one.map((round, at) => round[of] / (other[at]?.[of] ?? Number.NaN)).filter(Number.isFinite))
}

const words = { failed: 'does not do the work', 'not its work': '–', 'not measured': '·' } as const

function show(cell: Cell): string {
  if (typeof cell === 'string') return words[cell]
  const throughput = Math.round(middle(cell, 'throughput')).toLocaleString('en')
  const latency = `${middle(cell, 'p50').toFixed(1)} / ${middle(cell, 'p99').toFixed(1)}`
  return `${throughput} · ${middle(cell, 'serverCpu').toFixed(3)} · ${latency}`
}

function generatorCpu({ peers, workloads, concurrencies, cell }: Measured): number {
  const cells = peers.flatMap((peer) =>
    workloads.flatMap((workload) => concurrencies.map((concurrency) => cell(peer, workload, concurrency))),
  )
  return median(cells.flatMap((one) => (typeof one === 'string' ? [] : one.map((each) => each.generatorCpu))))
}

function middle(measurements: readonly Measurement[], of: keyof Measurement): number {
  return median(measurements.map((one) => one[of]))
}
