import { readDuration } from '../kernel/duration.ts'
import type { Kind } from '../kernel/setting.ts'
import { shown } from '../kernel/setting-kinds.ts'
import type { Seconds } from '../kernel/time.ts'

/** The longest that has an end: beyond some lengths there is no date to show, and nobody means them. */
const longest = '36500d'
const most: Seconds = readDuration(longest) ?? 0

/** One of the lengths of time a person can choose from. */
export interface ConfiguredAccessFor {
  /** As written: `once`, `1h`, `30d`, `until_removed`. */
  readonly value: string
  /** Absent for `once` and `until_removed`. */
  readonly seconds?: Seconds
}

/** How long a person lets a client in: `once`, a duration, or `until_removed`. */
export const accessFor: Kind<ConfiguredAccessFor> = {
  name: '`once`, duration, or `until_removed`',
  read(raw, at) {
    if (raw === 'once' || raw === 'until_removed') return { value: raw }
    const seconds = typeof raw === 'string' ? readDuration(raw) : undefined
    if (typeof raw !== 'string' || seconds === undefined || seconds === 0) {
      return at.mistake(`must be once, until_removed or a duration such as 1h or 30d, not ${shown(raw)}`)
    }
    if (seconds <= most) return { value: raw, seconds }
    return at.mistake(`must be ${longest} at most; until_removed has no end`)
  },
}

/** How long access lasts when nobody says otherwise, in seconds. */
const usual: Seconds = 30 * 86_400

/**
 * What is chosen at first where the operator does not say: thirty days where they are offered, else what is offered first.
 *
 * @param offered at least one
 */
export function usualOf(offered: readonly ConfiguredAccessFor[]): ConfiguredAccessFor {
  const [first] = offered
  if (first === undefined) throw new Error('no length of time is offered')
  return offered.find(({ seconds }) => seconds === usual) ?? first
}
