/** Runs test files under Node's own runner and counts; what failed is told with what it printed. */
import { availableParallelism } from 'node:os'
import { relative, resolve } from 'node:path'
import { run } from 'node:test'
import { inspect } from 'node:util'
import { root } from './source.ts'

/** How many tests did what, and the story of those that failed. */
export interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  readonly report: readonly string[]
}

/** The longest a file may take, milliseconds: a test that hangs fails, and the others still run. */
const timeout = 10 * 60_000

/** How much of what a failing file printed is told, characters. */
const printedAtMost = 4000

/**
 * Runs files each in a process of its own, several at a time.
 *
 * @param files paths from the root
 * @param atOnce how many files at a time; as many as there are cores, by default
 */
export async function runTests(files: readonly string[], atOnce: number = availableParallelism()): Promise<Counts> {
  const counts = { passed: 0, failed: 0, skipped: 0 }
  const failures: string[] = []
  const failedFiles = new Set<string>()
  const printed = new Map<string, string>()
  const keep = ({ file, message }: { readonly file: string; readonly message: string }): void => {
    const path = resolve(root, file)
    printed.set(path, ((printed.get(path) ?? '') + message).slice(-printedAtMost))
  }

  const stream = run({ files: [...files], concurrency: atOnce, timeout, cwd: root, watch: false })
  stream.on('test:stdout', keep)
  stream.on('test:stderr', keep)
  // What happens after a test has ended is told here, and only here.
  stream.on('test:diagnostic', ({ file, message, level }) => {
    if (file !== undefined && (level !== 'info' || message.startsWith('Error'))) keep({ file, message: `${message}\n` })
  })
  stream.on('test:fail', ({ name, file = '', line, details, skip, todo }) => {
    // A suite or file fails with its tests: those have been told.
    if (skip !== undefined || todo !== undefined || failureType(details.error) === 'subtestsFailed') return
    failures.push(`✖ ${name}\n  ${relative(root, file)}:${line ?? 1}\n${indented(story(details.error))}`)
    failedFiles.add(resolve(root, file))
  })
  stream.on('test:summary', ({ file, counts: { tests, passed, skipped, todo } }) => {
    if (file !== undefined) return
    counts.passed = passed
    counts.skipped = skipped + todo
    counts.failed = tests - passed - skipped - todo
  })
  for await (const _event of stream) continue

  const prints = [...failedFiles].flatMap((file) => {
    const text = printed.get(file)?.trim()
    return text === undefined || text === '' ? [] : [`${relative(root, file)} printed:\n${indented(text)}`]
  })
  return { ...counts, report: [...failures, ...prints] }
}

function failureType(error: Error): unknown {
  return 'failureType' in error ? error.failureType : undefined
}

/** The runner wraps what a test threw; a reader wants what was inside, and where in our own code it happened. */
function story(error: Error): string {
  const thrown = error.cause ?? error
  // A file that fails without a test that fails: its process ended badly.
  if ('exitCode' in error && 'signal' in error && typeof thrown === 'string') {
    return `${thrown}: exit code ${String(error.exitCode)}, signal ${String(error.signal)}`
  }
  const whole =
    thrown instanceof Error && thrown.cause === undefined ? (thrown.stack ?? thrown.message) : inspect(thrown)
  return whole.replaceAll(/^ +at .*\(?node:internal.*\n?/gm, '').trimEnd()
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, '  ')
}
