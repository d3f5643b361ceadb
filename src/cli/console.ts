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

let unsaid: NodeJS.ErrnoException | undefined
// Nobody listening would end the process: a server, too, whose log is on a disk that is full when it starts (RL-10).
process.stdout.on('error', (error) => {
  unsaid = error
})
process.stderr.on('error', () => undefined)

/** Tells whether all that was said until now was written, or whoever read it has gone, as `head` does when it has enough. */
export async function said(): Promise<'written' | 'reader_gone' | NodeJS.ErrnoException> {
  await new Promise<void>((resolve) => process.stdout.write('', () => resolve()))
  if (unsaid === undefined) return 'written'
  return unsaid.code === 'EPIPE' ? 'reader_gone' : unsaid
}

/** Writes a line to standard error. */
export function complain(line: string): void {
  process.stderr.write(`${line}\n`)
}

/** Disarms what strangers wrote: it may hold control characters, which a terminal would obey. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}]/gu, '\ufffd')
}
