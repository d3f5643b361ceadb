import { milliseconds, type Milliseconds } from '../kernel/time.ts'
import type { Database } from './database.ts'

/** How old what is held may be where nothing else is said: a change on one node is seen by all others within this. */
const usually: Milliseconds = 2000

/** How many values are held at most, however many are asked for. */
const most = 1000

/** Where what may be a moment old is read. */
export interface LenientReads {
  readonly read: Database['read']
  /** How old it may be. */
  readonly oldest: Milliseconds
  /** After a change of ours: what is read from now on has it. */
  forget(): void
}

/** Reads that are never old, where there is no other place to read. */
export const strictly = ({ read }: Pick<Database, 'read'>): LenientReads => ({
  read,
  oldest: 0,
  forget: () => undefined,
})

interface Held<Value> {
  readonly value: Value
  readonly since: Milliseconds
  /** Whether it is being read anew. */
  isRead: boolean
}

/** Values read a moment ago, by key. */
export interface Recent<Value> {
  /**
   * The value of a key, read by `read` unless what is held is young enough; what is not there is not remembered. What is
   * asked for again when half of its time is over is read anew meanwhile, so that nobody waits for what many ask for.
   */
  get(key: string, read: () => Promise<Value | undefined>): Promise<Value | undefined>
  /** Drops everything, after a change of ours: what is being read at the moment is not kept either. */
  forget(): void
}

/** How long what is read there may be held, so that what is held is nowhere older than usual. */
export const heldFor = ({ oldest }: LenientReads): Milliseconds => usually - oldest

/**
 * Opens an empty memory of values read a moment ago, counted from before they were read.
 *
 * @param oldest how old what is held may be. Default: two seconds
 */
export function openRecent<Value>(oldest: Milliseconds = usually): Recent<Value> {
  let held = new Map<string, Held<Value>>()

  async function readAnew(key: string, read: () => Promise<Value | undefined>): Promise<Value | undefined> {
    const since = milliseconds()
    const into = held
    const value = await read()
    if (value === undefined) {
      into.delete(key)
    } else {
      if (into.size >= most) into.clear()
      into.set(key, { value, since, isRead: false })
    }
    return value
  }

  return {
    async get(key, read) {
      const found = held.get(key)
      const age = found === undefined ? oldest : milliseconds() - found.since
      if (found === undefined || age >= oldest) return readAnew(key, read)
      if (age >= oldest / 2 && !found.isRead) {
        found.isRead = true
        // Where that fails, whoever asks when its time is over is told.
        readAnew(key, read).catch(() => undefined)
      }
      return found.value
    },
    forget() {
      held = new Map()
    },
  }
}
