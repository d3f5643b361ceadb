/** What a command is given: a name, standard input, something typed unseen, a file. */
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { InvalidArgumentError } from 'commander'
import { parse } from 'yaml'
import { isMapping } from '../kernel/mapping.ts'
import { isPlainText, plainTextForm } from '../kernel/plain-text.ts'
import { complain, Exit } from './console.ts'

/**
 * Makes the reader of an argument that names something new.
 *
 * @throws {InvalidArgumentError} when nobody could tell it from another, or write it
 */
export function readName(longest: number): (text: string) => string {
  return (text) => {
    if (!isPlainText(text, longest)) throw new InvalidArgumentError(`It is ${plainTextForm(longest)}.`)
    return text
  }
}

/**
 * Reads all of standard input as text, without one newline at its end.
 *
 * @throws {Exit} 2, when there is none
 */
export async function readStandardInput(): Promise<string> {
  return present((await text(process.stdin)).replace(/\r?\n$/, ''))
}

/**
 * Reads a secret from standard input; at a terminal a line that is asked for and not shown.
 *
 * @param asked what to ask for: `Password`
 * @throws {Exit} 2, when there is none
 */
export async function readSecret(asked: string): Promise<string> {
  if (!process.stdin.isTTY) return readStandardInput()
  const unseen = new Writable({ write: (_chunk, _encoding, done) => done() })
  const terminal = createInterface({ input: process.stdin, output: unseen, terminal: true })
  const leave = new AbortController()
  terminal.on('SIGINT', () => leave.abort())
  complain(`${asked}, which is not shown:`)
  try {
    return present(await terminal.question('', { signal: leave.signal }))
  } catch (error) {
    throw leave.signal.aborted ? new Exit(1, 'Nothing was done') : error
  } finally {
    terminal.close()
  }
}

/**
 * Reads a file of text, or standard input where it is `-`.
 *
 * @throws {Exit} 2, when it cannot be read
 */
export async function readGiven(file: string): Promise<string> {
  if (file === '-') return readStandardInput()
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new Exit(2, `${file} cannot be read: ${error instanceof Error ? error.message : ''}`)
  }
}

/**
 * Reads a mapping of names to values, as YAML or JSON, and lays over it those of the flags that were given; there are
 * these alone where no file is named.
 *
 * @throws {Exit} 2, when the file is no mapping
 */
export async function readMapping(
  file: string | undefined,
  flags: Readonly<Record<string, unknown>>,
): Promise<Readonly<Record<string, unknown>>> {
  const given = file === undefined ? '{}' : await readGiven(file)
  const mapping = parsed(given)
  if (!isMapping(mapping))
    throw new Exit(2, `${file === '-' ? 'Standard input' : file} holds no mapping of names to values`)
  return { ...mapping, ...Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined)) }
}

function parsed(given: string): unknown {
  try {
    return parse(given)
  } catch (error) {
    throw new Exit(2, `This is not YAML: ${error instanceof Error ? error.message : ''}`)
  }
}

function present(given: string): string {
  if (given === '') throw new Exit(2, 'Nothing came on standard input')
  return given
}
