/** How commands talk: results on standard output, everything else on standard error. */

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

/** Disarms what strangers wrote: it may hold control characters, which a terminal would obey. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}]/gu, '\ufffd')
}
