/** Programs that tests drive and that a machine may not have: found where they are, or brought by apt. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
let updated: Promise<void> | undefined

/**
 * Finds the first program there is.
 *
 * @param names what it may be called on the PATH
 * @param elsewhere absolute paths where it is looked for after that
 */
export function findProgram(names: readonly string[], elsewhere: readonly string[] = []): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  const onPath = folders.flatMap((folder) => names.map((name) => join(folder, name)))
  return [...onPath, ...elsewhere].find(isExecutable)
}

/** True where apt can bring what is missing: as root on Debian and its kin. */
export function hasApt(): boolean {
  return process.getuid?.() === 0 && spawnSync('apt-get', ['--version']).status === 0
}

/**
 * Installs packages of Debian, within ten minutes; whoever asks looks afterwards whether they came.
 *
 * @param company whether the packages come that they recommend
 */
export async function installPackages(packages: readonly string[], company: 'recommended' | 'alone'): Promise<void> {
  updated ??= ran('apt-get', ['update', '-q'])
  await updated
  const alone = company === 'alone' ? ['--no-install-recommends'] : []
  await ran('apt-get', ['install', '-qy', ...alone, '-o', 'DPkg::Lock::Timeout=300', ...packages])
}

/** What tests can do without, how it is found, and the packages of Debian that bring it. */
export interface Dispensable {
  readonly find: () => object | string | undefined
  readonly packages: readonly string[]
}

/**
 * Installs what tests can do without where apt can; where it cannot, they are skipped.
 *
 * @param say told what is being done, and what will be skipped
 */
export async function getDispensable(
  all: Readonly<Record<string, Dispensable>>,
  say: (line: string) => void,
): Promise<void> {
  for (const [name, { find, packages }] of Object.entries(all)) {
    if (find() !== undefined) continue
    if (hasApt()) {
      say(`${name} is missing: installing ${packages.join(' and ')} with apt-get`)
      // One after the other: apt does one thing at a time.
      await installPackages(packages, 'alone')
    }
    if (find() === undefined) say(`${name} is missing and apt-get cannot bring it: its tests are skipped`)
  }
}

/** Runs a program that brings others, within ten minutes, and awaits its end, whichever that is. */
export async function ran(program: string, given: readonly string[]): Promise<void> {
  const child = spawn(program, given, { env: environment, stdio: ['ignore', 'ignore', 'inherit'], timeout: 600_000 })
  await once(child, 'close')
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
