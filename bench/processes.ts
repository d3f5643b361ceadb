/** The servers' processes: started with their output in a file, weighed by their CPU time, and never left behind. */
import { execFileSync, spawn, type ChildProcess, type SpawnOptions } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync, readdirSync, readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'

/** A process that is ended with ours, however ours ends. */
const started = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of started) child.kill('SIGKILL')
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(1))

/** How a server is started. */
export interface Program {
  readonly command: string
  readonly parameters: readonly string[]
  /** Where its output goes: nobody who measures reads from a pipe meanwhile. */
  readonly output: string
  readonly options?: SpawnOptions
  /** The words in its output that say it serves. */
  readonly ready: string
}

/** Starts a server and waits, at most a minute, until it says that it serves. */
export async function startServer({ command, parameters, output, options, ready }: Program): Promise<ChildProcess> {
  const file = openSync(output, 'w')
  const child = spawn(command, parameters, { ...options, stdio: ['ignore', file, file] })
  closeSync(file)
  started.add(child)
  child.once('exit', () => started.delete(child))
  let failure: unknown
  child.once('error', (error) => (failure = error))
  for (const until = performance.now() + 60_000; ; await wait(10)) {
    const said = readFileSync(output, 'utf8')
    if (said.includes(ready)) return child
    const ended = child.exitCode !== null || child.signalCode !== null || failure !== undefined
    if (!ended && performance.now() < until) continue
    child.kill('SIGKILL')
    throw new Error(`${command} ${parameters.join(' ')} does not serve:\n${said.slice(-4000)}`, { cause: failure })
  }
}

/** Ends a process: kindly, and after twelve seconds by force. */
export async function endServer(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill(signal)
  const force = setTimeout(() => child.kill('SIGKILL'), 12_000)
  await ended
  clearTimeout(force)
}

interface Weighed {
  readonly pid: number
  readonly parent: number
  /** Milliseconds of CPU, user and system; of children that ended too, where the system tells. */
  readonly cpu: number
  /** Bytes that are in memory. */
  readonly memory: number
}

/** The CPU time of processes and all that descends from them, in milliseconds. */
export function cpuOfTree(...roots: readonly number[]): number {
  return treeOf(roots).reduce((sum, { cpu }) => sum + cpu, 0)
}

/** The resident memory of processes and all that descends from them, in bytes. */
export function memoryOfTree(...roots: readonly number[]): number {
  return treeOf(roots).reduce((sum, { memory }) => sum + memory, 0)
}

/**
 * Holds processes, all that descends from them and all their threads to one core, until they end. What they start later
 * is held to it too.
 *
 * @param core counted from 0
 * @throws {Error} where the system has no `taskset`, or not so many cores
 */
export function pin(core: number, ...roots: readonly number[]): void {
  for (const { pid } of treeOf(roots)) {
    execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', String(core), String(pid)], { stdio: 'pipe' })
  }
}

function treeOf(roots: readonly number[]): readonly Weighed[] {
  const all = existsSync('/proc/self/stat') ? processesOfLinux() : processesOfPs()
  const inTree = (pid: number): boolean => {
    if (roots.includes(pid)) return true
    const parent = all.get(pid)?.parent ?? 0
    return parent > 1 && inTree(parent)
  }
  return [...all].filter(([pid]) => inTree(pid)).map(([, weighed]) => weighed)
}

/** Linux counts in hundredths of a second, whatever the kernel's own tick is, and memory in pages. */
const millisecondsOfTick = 10
const bytesOfPage = 4096

function processesOfLinux(): ReadonlyMap<number, Weighed> {
  const found = new Map<number, Weighed>()
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const stat = statOf(pid)
    if (stat === undefined) continue
    // After the name in brackets: state, ppid, …; utime, stime, cutime, cstime are fields 14 to 17 of the line, rss is 24.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0)
    const memory = Number(fields[21]) * bytesOfPage
    found.set(Number(pid), { pid: Number(pid), parent: Number(fields[1]), cpu: ticks * millisecondsOfTick, memory })
  }
  return found
}

function statOf(pid: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return undefined // it ended since we listed it
  }
}

function processesOfPs(): ReadonlyMap<number, Weighed> {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,rss=,time=']).toString().trim().split('\n')
  return new Map(
    lines.map((line): [number, Weighed] => {
      const [pid = '', parent = '', kilobytes = '', time = ''] = line.trim().split(/\s+/)
      const seconds = time.split(/[-:]/).reduce((sum, part, index, parts) => {
        return sum * (index === parts.length - 3 && parts.length === 4 ? 24 : 60) + Number(part)
      }, 0)
      return [
        Number(pid),
        { pid: Number(pid), parent: Number(parent), cpu: seconds * 1000, memory: Number(kilobytes) * 1024 },
      ]
    }),
  )
}
