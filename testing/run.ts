/**
 * The test command: `sh testing/run.sh [stage …] [path …]`. A stage is one of testing/stages.ts, or `static` for all
 * that read the tree only; a path narrows the stages that run test files. Everything, without arguments.
 */
import { existsSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, delimiter, join } from 'node:path'
import { globalTeardown } from './one-postgres.ts'
import { root } from './source.ts'
import { stages, type Stage } from './stages.ts'
import type { Counts } from './node-tests.ts'

const asked = process.argv.slice(2)
const paths = asked.filter((word) => word.includes('/')).map((path) => path.replace(/^\.\//, ''))
const words = asked.filter((word) => !paths.includes(word) && !word.includes('/'))
const known = [...stages.map(({ name }) => name), 'static']
const unknown = words.filter((word) => !known.includes(word))
if (unknown.length > 0) {
  console.error(`testing: no stage ${unknown.join(', ')}; there are: ${known.join(' ')}`)
  process.exit(2)
}

// Programs of node_modules begin with `#!/usr/bin/env node`: the Node that runs this is the one they find.
process.env['PATH'] = [join(root, 'node_modules/.bin'), dirname(process.execPath), process.env['PATH']].join(delimiter)
// A test runner inside a test runner reports to it instead of running.
delete process.env['NODE_TEST_CONTEXT']

// Each test file is a process, and reads the same hundreds of modules: compiled once for all of them, by content.
process.env['NODE_COMPILE_CACHE'] ??= join(root, 'node_modules/.cache/compiled')

const chosen = (stage: Stage): boolean => {
  if (words.length === 0) return paths.length === 0 || stage.group === 'running'
  return words.includes(stage.name) || (words.includes('static') && stage.group === 'static')
}

const say = (line: string): void => console.log(`  ${line}`)
const total = { passed: 0, failed: 0 }
const started = performance.now()

const asking = stages.filter(chosen)
const fetching = new Map(asking.map((stage) => [stage, stage.fetch?.(paths, say)]))
// The stage that needs it is told of the failure.
for (const fetched of fetching.values()) fetched?.catch(() => undefined)

// Several at a time take from one list.
const beside = asking.filter((stage) => stage.beside).values()
await Promise.all(Array.from({ length: availableParallelism() }, () => runEach(beside)))
await runEach(asking.filter((stage) => !stage.beside))
await globalTeardown()

if (total.passed + total.failed === 0) {
  console.error('testing: nothing was run')
  process.exitCode = 1
}
console.log(`in ${seconds(started)}${cpuSince(0)}`)
console.log(`${total.passed} passed, ${total.failed} failed`)
if (total.failed > 0) process.exitCode = 1

async function runEach(some: Iterable<Stage>): Promise<void> {
  for (const stage of some) await runOne(stage)
}

async function runOne(stage: Stage): Promise<void> {
  const begun = performance.now()
  const used = cpuSeconds()
  const counts = await ran(stage).catch((error: unknown) => {
    return {
      passed: 0,
      failed: 1,
      skipped: 0,
      report: [`✖ ${stage.name}\n${error instanceof Error ? error.stack : String(error)}`],
    }
  })
  if (counts === undefined) return
  total.passed += counts.passed
  total.failed += counts.failed
  const skipped = counts.skipped === 0 ? '' : `, ${counts.skipped} skipped`
  const outcome =
    counts.failed === 0
      ? `ok, ${counts.passed} passed${skipped}`
      : `FAILED, ${counts.failed} of ${counts.passed + counts.failed}${skipped}`
  const cost = seconds(begun) + (stage.beside ? '' : cpuSince(used))
  console.log(`${stage.name.padEnd(12)} ${stage.proves}: ${outcome} (${cost})`)
  for (const part of counts.report) console.log(part)
}

async function ran(stage: Stage): Promise<Counts | undefined> {
  await fetching.get(stage)
  return stage.run(paths, say)
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`
}

function cpuSince(used: number): string {
  const now = cpuSeconds()
  return now === 0 ? '' : `, ${(now - used).toFixed(0)} s of CPU`
}

/** What this process and all that it waited for, and they, have used of the cores; 0 where the system does not tell. */
function cpuSeconds(): number {
  const path = '/proc/self/stat'
  if (!existsSync(path)) return 0
  const text = readFileSync(path, 'utf8')
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  // proc(5): utime, stime, cutime and cstime, in hundredths of a second.
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / 100
}
