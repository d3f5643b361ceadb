/**
 * Writes lines to a file descriptor without ever waiting for it: what cannot be written is lost, and counted.
 *
 * It is our own because pino's destination tries for ever when a disk is full or a reader is gone, and holds up the
 * process while it does; a log must not stop the server (RL-10).
 */
import { write as writeTo } from 'node:fs'
import { milliseconds, type Milliseconds } from '../kernel/time.ts'

/** Takes lines, each with its newline. */
export interface LineWriter {
  write(line: string): void
  /** Resolves when everything taken so far is written or lost, after a second at the latest. Never rejects. */
  flush(): Promise<void>
}

/** The most that waits in memory, in UTF-16 code units: beyond it lines are lost. */
const most = 4_000_000
/** How long to wait before asking again a reader that is full. */
const pause: Milliseconds = 10
/** Least time from the end of one write to the next: handing one to the system costs as much as making some ten lines. */
const breath: Milliseconds = 20
/** How long `flush` waits. */
const patience: Milliseconds = 1000

/**
 * Opens a writer.
 *
 * @param spellLoss makes the line that tells of lost ones, once others can be written again
 */
export function lineWriter(descriptor: number, spellLoss: (lost: number) => string): LineWriter {
  let waiting: string[] = []
  let size = 0
  let lost = 0
  let writing = false
  let wrote: Milliseconds = 0
  let drained: (() => void)[] = []

  function start(): void {
    if (writing) return
    if (waiting.length === 0) {
      drained.forEach((tell) => tell())
      drained = []
      return
    }
    const lines = waiting
    waiting = []
    size = 0
    writing = true
    proceed(Buffer.from((lost > 0 ? spellLoss(lost) : '') + lines.join('')), lines.length, lost)
  }

  function proceed(bytes: Buffer, lines: number, told: number): void {
    writeTo(descriptor, bytes, (error, written) => {
      if (error?.code === 'EAGAIN') {
        setTimeout(() => proceed(bytes, lines, told), pause)
        return
      }
      if (error === null && written < bytes.length) return proceed(bytes.subarray(written), lines, told)
      if (error === null) lost -= told
      else lost += lines
      writing = false
      wrote = milliseconds()
      if (drained.length > 0) start()
      else if (waiting.length > 0) schedule()
    })
  }

  /** Writes in one go all lines of this turn, and of the turns until the pause after the last write is over. */
  function schedule(): void {
    const rest = breath - (milliseconds() - wrote)
    // A clock that was set back would have us wait for ever.
    if (rest > 0 && rest <= breath) setTimeout(start, rest)
    else setImmediate(start)
  }

  return {
    write(line) {
      if (size > most) {
        lost += 1
        return
      }
      waiting.push(line)
      size += line.length
      if (waiting.length === 1) schedule()
    },
    flush() {
      return new Promise((resolve) => {
        const timer = setTimeout(resolve, patience)
        drained.push(() => {
          clearTimeout(timer)
          resolve()
        })
        start()
      })
    },
  }
}
