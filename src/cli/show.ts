/** How results are shown: to a person as YAML or as a table, to a script as JSON. */
import { stringify } from 'yaml'
import { printable, say, type OutputOptions } from './console.ts'

/** Shows one record: as YAML to a person, as JSON to a script. */
export function showRecord(record: Readonly<Record<string, unknown>>, { json }: OutputOptions): void {
  say(json === true ? JSON.stringify(record) : stringify(record, { lineWidth: 0 }).trimEnd())
}

/** Shows a list: some columns of each record to a person, all of it as JSON to a script. */
export function showList(
  records: readonly Readonly<Record<string, unknown>>[],
  columns: readonly string[],
  { json }: OutputOptions,
): void {
  if (json === true) return say(JSON.stringify(records))
  const rows = [columns, ...records.map((record) => columns.map((column) => cell(record[column])))]
  const widths = columns.map((_, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0)))
  for (const row of rows)
    say(
      row
        .map((text, index) => text.padEnd(widths[index] ?? 0))
        .join('  ')
        .trimEnd(),
    )
}

function cell(value: unknown): string {
  if (value === undefined || value === null) return '-'
  const text = typeof value === 'string' ? value : Array.isArray(value) ? value.join(' ') : JSON.stringify(value)
  return printable(text)
}
