/** The table that the measurements are printed as. */
import { median, type Measurement } from './generator.ts'
import type { Peer } from './peers/peer.ts'
import type { Workload } from './workloads.ts'

/** The measurements of one cell, a round each; a word instead when there are none. */
export type Cell = readonly Measurement[] | 'failed'

/** Everything that was measured. */
export interface Measured {
  readonly peers: readonly Peer[]
  readonly workloads: readonly Workload[]
  readonly concurrencies: readonly number[]
  readonly cell: (peer: Peer, workload: Workload, concurrency: number) => Cell
}

/** Prints the measurements as Markdown: a table for each concurrency, then how we stand to each durable other. */
export function printTables(measured: Measured): string {
  const { workloads, concurrencies } = measured
  const legend = workloads.map(({ name, title }) => `- **${name}** ${title}`)
  const how =
    'Operations a second · server CPU milliseconds an operation · p50 / p99 in milliseconds. One operation of W2 is both requests.'
  const tables = concurrencies.flatMap((concurrency) => [
    '',
    `### ${concurrency} concurrent`,
    '',
    ...table(measured, concurrency),
  ])
  return [how, '', ...legend, ...tables].join('\n')
}

function table(measured: Measured, concurrency: number): readonly string[] {
  const { peers, workloads, cell } = measured
  const rows = peers.map((peer) => [
    peer.title,
    ...workloads.map((workload) => show(cell(peer, workload, concurrency))),
  ])
  const durable = (side: Peer['side']) => peers.filter((peer) => peer.keeps === 'durable' && peer.side === side)
  const pairs = durable('ours').flatMap((ours) => durable('theirs').map((theirs) => ({ ours, theirs })))
  const beside = pairs.map(({ ours, theirs }) => [
    `**${ours.title}: its throughput beside ${theirs.title}**`,
    ...workloads.map((workload) => ratio(cell(ours, workload, concurrency), cell(theirs, workload, concurrency))),
  ])
  const heads = ['', ...workloads.map(({ name }) => name)]
  return [heads, heads.map(() => '---'), ...rows, ...beside].map((row) => `| ${row.join(' | ')} |`)
}

function ratio(ours: Cell, theirs: Cell): string {
  if (ours === 'failed' || theirs === 'failed') return '–'
  return `× ${(middle(ours, 'throughput') / middle(theirs, 'throughput')).toFixed(1)}`
}

function show(cell: Cell): string {
  if (cell === 'failed') return 'does not do the work'
  const throughput = Math.round(middle(cell, 'throughput')).toLocaleString('en')
  const latency = `${middle(cell, 'p50').toFixed(1)} / ${middle(cell, 'p99').toFixed(1)}`
  return `${throughput} · ${middle(cell, 'serverCpu').toFixed(3)} · ${latency}`
}

function middle(measurements: readonly Measurement[], of: keyof Measurement): number {
  return median(measurements.map((one) => one[of]))
}
