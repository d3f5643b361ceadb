/** How commands talk: results on standard output, as a table or as JSON, and everything else on standard error. */
import { stringify } from 'yaml'

/** Ends a command with an exit code: 1 failed, 2 wrong usage or configuration. */
export class Exit extends Error {
  override readonly name = 'Exit'
  readonly code: 1 | 2
  readonly lines: readonly string[]

  constructor(code: 1 | 2, ...lines: readonly string[]) {
    super(lines.join('\n'))
    this.code = code
    this.lines = lines
  }
}

/** Options that every command with an output has. */
export interface OutputOptions {
  readonly json?: boolean
}

/** Writes a line to standard output. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

/** Writes a line to standard error. */
export function complain(line: string): void {
  process.stderr.write(`${line}\n`)
}

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

/** Disarms what strangers wrote: it may hold control characters, which a terminal would obey. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}]/gu, '\ufffd')
}
