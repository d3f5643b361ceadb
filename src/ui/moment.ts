import { html, type Html } from '../kernel/html.ts'
import { spellMoment, type EpochSeconds, type Seconds } from '../kernel/time.ts'

const locale = 'en-GB'
const words = { yesterday: 'yesterday', today: 'today', tomorrow: 'tomorrow', at: 'at' }

const date = new Intl.DateTimeFormat(locale, { timeZone: 'UTC', day: 'numeric', month: 'long', year: 'numeric' })
const time = new Intl.DateTimeFormat(locale, { timeZone: 'UTC', hour: '2-digit', minute: '2-digit', hour12: false })

const day: Seconds = 86_400
const near: ReadonlyMap<number, string> = new Map([
  [-1, words.yesterday],
  [0, words.today],
  [1, words.tomorrow],
])

/** Spells a moment as a person would say it, for text that is no page. */
export function spellNear(at: EpochSeconds, now: EpochSeconds): string {
  const nearby = near.get(Math.floor(at / day) - Math.floor(now / day))
  return nearby === undefined ? date.format(at * 1000) : `${nearby} ${words.at} ${time.format(at * 1000)} UTC`
}

/**
 * Shows a moment as a person would say it: “today at 14:05 UTC”, “12 September 2026”.
 *
 * Times are in UTC and say so, since nothing that reaches us tells the person's time zone.
 *
 * @param now what “today” is measured from
 */
export function moment(at: EpochSeconds, now: EpochSeconds): Html {
  return html`<time datetime="${spellMoment(at)}">${spellNear(at, now)}</time>`
}

const units = [
  ['year', 365 * day],
  ['day', day],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const

/** Spells a length of time in its largest whole unit: 2592000 is “30 days”, 5400 “90 minutes”. */
export function spellDuration(length: Seconds): string {
  const [unit, size] = units.find(([, seconds]) => length >= seconds && length % seconds === 0) ?? ['second', 1]
  return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }).format(length / size)
}

/** Spells a time to wait: exact below two minutes, else rounded up to whole minutes. */
export function spellWait(length: Seconds): string {
  return spellDuration(length < 120 ? Math.max(1, length) : Math.ceil(length / 60) * 60)
}
