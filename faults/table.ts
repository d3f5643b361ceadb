/** The table that the scenarios are printed as. */
import type { Outcome, Scenario } from './scenario.ts'

/** A scenario with what came of it: its outcome, why it failed, or what is missing to run it. */
export interface Rehearsed {
  readonly scenario: Scenario
  readonly result: Outcome | { readonly failure: unknown } | { readonly skipped: readonly string[] }
}

/** Refused is what the people of the load had just taken away themselves; unknown is 429, 503 and no answer at all. */
const heads = ['', 'fault', 'operations', 'acknowledged', 'refused', 'unknown', 'lost', 'doubled', 'figures']

const empty = Array<string>(6).fill('')

/** Prints the outcomes as one Markdown table. */
export function printTable(rehearsed: readonly Rehearsed[]): string {
  return [heads, heads.map(() => '---'), ...rehearsed.map(rowOf)].map((row) => `| ${row.join(' | ')} |`).join('\n')
}

function rowOf({ scenario: { id, fault }, result }: Rehearsed): readonly string[] {
  if ('failure' in result) return [id, fault, ...empty, '**FAILED**']
  if ('skipped' in result) return [id, fault, ...empty, `not run: no ${result.skipped.join(', ')}`]
  const { verdict, figures } = result
  const told = Object.entries(figures).map(([name, value]) => `${name} ${value}`)
  if (verdict === undefined) return [id, fault, ...empty, told.join('; ')]
  const { operations, acknowledged, refused, away, unknown, lost, doubled } = verdict
  const counts = [operations, acknowledged, refused, away + unknown, lost.length, doubled.length]
  return [id, fault, ...counts.map((count) => count.toLocaleString('en')), told.join('; ')]
}
