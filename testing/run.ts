/**
 * The test command: `sh testing/run.sh [stage …] [path …]`. A stage is one of testing/stages.ts, or `static` for all
 * that read the tree only; a path narrows the stages that run test files. Everything, without arguments.
 */
import { dirname, delimiter, join } from 'node:path'
import { globalTeardown } from './one-postgres.ts'
import { root } from './source.ts'
import { stages, type Stage } from './stages.ts'

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

const chosen = (stage: Stage): boolean => {
  if (words.length === 0) return paths.length === 0 || stage.group === 'running'
  return words.includes(stage.name) || (words.includes('static') && stage.group === 'static')
}

const say = (line: string): void => console.log(`  ${line}`)
const total = { passed: 0, failed: 0 }
const started = performance.now()

for (const stage of stages.filter(chosen)) {
  const begun = performance.now()
  const counts = await stage.run(paths, say).catch((error: unknown) => {
    return {
      passed: 0,
      failed: 1,
      skipped: 0,
      report: [`✖ ${stage.name}\n${error instanceof Error ? error.stack : String(error)}`],
    }
  })
  if (counts === undefined) continue
  total.passed += counts.passed
  total.failed += counts.failed
  const skipped = counts.skipped === 0 ? '' : `, ${counts.skipped} skipped`
  const outcome =
    counts.failed === 0
      ? `ok, ${counts.passed} passed${skipped}`
      : `FAILED, ${counts.failed} of ${counts.passed + counts.failed}${skipped}`
  console.log(`${stage.name.padEnd(12)} ${stage.proves}: ${outcome} (${seconds(begun)})`)
  for (const part of counts.report) console.log(part)
}

await globalTeardown()

if (total.passed + total.failed === 0) {
  console.error('testing: nothing was run')
  process.exitCode = 1
}
console.log(`in ${seconds(started)}`)
console.log(`${total.passed} passed, ${total.failed} failed`)
if (total.failed > 0) process.exitCode = 1

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`
}
