/** How results are shown: to a person as YAML or as a table, with moments spelled out, to a script as JSON. */
import { stringify } from 'yaml'
import { isMapping } from '../kernel/mapping.ts'
import { spellMoment } from '../kernel/time.ts'
import { printable, say, type OutputOptions } from './console.ts'

/** Shows one record: as YAML to a person, as JSON to a script. */
export function showRecord(record: object, { json }: OutputOptions): void {
  say(json === true ? JSON.stringify(record) : stringify(spelledOut(record), { lineWidth: 0 }).trimEnd())
}

/** Shows a list: some columns of each record to a person, all of it as JSON to a script. */
export function showList(records: readonly object[], columns: readonly string[], { json }: OutputOptions): void {
  if (json === true) return say(JSON.stringify(records))
  const cells = records.map((record) => {
    const values = new Map<string, unknown>(Object.entries(record))
    return columns.map((column) => cell(spelledOut(values.get(column), column)))
  })
  const rows = [columns, ...cells]
  const widths = columns.map((_, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0)))
  for (const row of rows) {
    const padded = row.map((text, index) => text.padEnd(widths[index] ?? 0))
    say(padded.join('  ').trimEnd())
  }
}

function cell(value: unknown): string {
  if (value === undefined || value === null) return '-'
  if (Array.isArray(value)) return printable(value.join(' '))
  return printable(typeof value === 'string' ? value : JSON.stringify(value))
}

/** Spells the moments in what is shown, as their names tell them: `created_at`, `active_from`. */
function spelledOut(value: unknown, name = ''): unknown {
  if (Array.isArray(value)) return value.map((one: unknown) => spelledOut(one))
  if (isMapping(value)) {
    return Object.fromEntries(Object.entries(value).map(([member, one]) => [member, spelledOut(one, member)]))
  }
  if (typeof value !== 'number' || !/_(?:at|from)$/.test(name)) return value
  // What comes from the file has no `created_at`.
  return value === 0 ? 'with the configuration' : spellMoment(value)
}
