/** A clock that a test sets while a process goes by it: libfaketime, which reads a file each time it is asked. */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A clock of its own for one process. */
export interface ShiftedClock {
  /** What the process is started with. */
  readonly environment: Readonly<Record<string, string>>
  /** Sets the clock so many seconds ahead of what it is, or back. */
  shift(seconds: number): void
}

/** Makes a clock that is right until somebody shifts it. What counts only the time that passes is left alone. */
export function openShiftedClock(directory: string, name: string): ShiftedClock {
  const file = join(directory, `clock-${name}`)
  const library = execFileSync('faketime', ['-f', '+0', 'printenv', 'LD_PRELOAD']).toString().trim()
  const shift = (seconds: number): void => writeFileSync(file, `${seconds < 0 ? '' : '+'}${seconds}\n`)
  shift(0)
  return {
    environment: {
      // The one for programs with threads lies beside the one that `faketime` loads.
      LD_PRELOAD: library.replace('libfaketime.so', 'libfaketimeMT.so'),
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    },
    shift,
  }
}
