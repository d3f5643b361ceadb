/** Runs one scenario in a folder of its own, where the machine has what it needs. */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { postgresPrograms } from './cluster/programs.ts'
import type { Length, Need, Outcome, Scenario } from './scenario.ts'

const found: Readonly<Record<Need, () => boolean>> = {
  haproxy: () => runs('haproxy', '-v'),
  patroni: () => runs('patroni', '--version'),
  etcd: () => runs('etcd', '--version'),
  pgbouncer: () => runs('pgbouncer', '--version'),
  postgresql: () => postgresPrograms() !== undefined,
  libfaketime: () => runs('faketime', '--version'),
  mount: () => process.getuid?.() === 0 && existsSync('/proc/self/mounts') && runs('unshare', '-m', 'true'),
}

/** What a scenario needs and this machine does not have. */
export function missing({ needs = [] }: Scenario): readonly Need[] {
  return needs.filter((need) => !found[need]())
}

/** Runs a scenario; its folder is removed afterwards, however it ends. */
export async function rehearse(
  scenario: Scenario,
  length: Length,
  say: (line: string) => void = () => undefined,
): Promise<Outcome> {
  const directory = await mkdtemp(join(tmpdir(), 'licet-faults-'))
  try {
    return await scenario.run({ length, directory, say })
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

function runs(program: string, ...parameters: readonly string[]): boolean {
  try {
    execFileSync(program, parameters, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
