/**
 * Lets the event loop go before the thread pool. Password hashes are computed there, 13 ms of a core each: where all
 * cores are taken, a flood of wrong passwords would otherwise take as much time as everybody's requests get (RL-23).
 */
import { readdir, readFile } from 'node:fs/promises'
import { getPriority, setPriority } from 'node:os'

/** How far they step back: on a core that both want, the loop gets nine tenths. Somebody who signs in still gets in. */
const niceness = 10

const tasks = '/proc/self/task'

/**
 * Has the threads of the pool step back behind the event loop, for as long as this process lives. Only Linux has a
 * priority for each thread; elsewhere, and where the names of threads cannot be read, all stays as it is.
 *
 * @returns how many threads step back
 */
export async function stepBackPool(): Promise<number> {
  // To read a folder is the pool's work: from here on, all its threads are there.
  const threads = await readdir(tasks).catch(() => [])
  const names = await Promise.all(threads.map((thread) => readFile(`${tasks}/${thread}/comm`, 'utf8').catch(() => '')))
  const pool = threads.filter((_, index) => names[index]?.trim() === 'libuv-worker')
  return pool.filter((thread) => stepBack(Number(thread))).length
}

/** Tells whether it stepped back: some machines forbid it, which is no reason not to serve. */
function stepBack(thread: number): boolean {
  try {
    // A process that was itself told to step back may not step forward.
    setPriority(thread, Math.max(niceness, getPriority(thread)))
    return true
  } catch {
    return false
  }
}
