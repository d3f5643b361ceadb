import { html, type Html } from '../kernel/html.ts'
import { spellMoment, type EpochSeconds, type Seconds } from '../kernel/time.ts'
import type { Words } from './words/en.ts'

const day: Seconds = 86_400

/** How moments are written in a language. */
interface Formats {
  readonly date: Intl.DateTimeFormat
  readonly time: Intl.DateTimeFormat
  readonly both: Intl.DateTimeFormat
}

/** Made when first needed, and kept: there are as many as languages. */
const formats = new Map<string, Formats>()

function formatsOf({ locale }: Words): Formats {
  const known = formats.get(locale)
  if (known !== undefined) return known
  const date = { timeZone: 'UTC', day: 'numeric', month: 'long', year: 'numeric' } as const
  const time = { timeZone: 'UTC', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const
  const made = {
    date: new Intl.DateTimeFormat(locale, date),
    time: new Intl.DateTimeFormat(locale, time),
    both: new Intl.DateTimeFormat(locale, { ...date, ...time, timeZoneName: 'short' }),
  }
  formats.set(locale, made)
  return made
}

/** Spells a moment for who may read it on another day, as letters are: “12 September 2026 at 14:05 UTC”. */
export function spellWhole(at: EpochSeconds, words: Words): string {
  return formatsOf(words).both.format(at * 1000)
}

function spellNear(at: EpochSeconds, now: EpochSeconds, words: Words): string {
  const { yesterday, today, tomorrow } = words.moment
  const { date, time } = formatsOf(words)
  const nearby = [yesterday, today, tomorrow][Math.floor(at / day) - Math.floor(now / day) + 1]
  return nearby === undefined ? date.format(at * 1000) : nearby(time.format(at * 1000))
}

/**
 * Shows a moment as a person would say it: “today at 14:05 UTC”, “12 September 2026”.
 *
 * Times are in UTC and say so, since nothing that reaches us tells the person's time zone.
 *
 * @param now what “today” is measured from
 */
export function moment(at: EpochSeconds, now: EpochSeconds, words: Words): Html {
  return html`<time datetime="${spellMoment(at)}">${spellNear(at, now, words)}</time>`
}

const units = [
  ['year', 365 * day],
  ['day', day],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const

/** Spells a length of time in its largest whole unit: 2592000 is “30 days”, 5400 “90 minutes”. */
export function spellDuration(length: Seconds, { locale }: Pick<Words, 'locale'>): string {
  const [unit, size] = units.find(([, seconds]) => length >= seconds && length % seconds === 0) ?? ['second', 1]
  return spellerOf(locale, unit).format(length / size)
}

/** By language and unit: there are a few of each, and making one costs as much as the rest of a page that uses it. */
const spellers = new Map<string, Intl.NumberFormat>()

function spellerOf(locale: string, unit: string): Intl.NumberFormat {
  const key = `${locale} ${unit}`
  const known = spellers.get(key) ?? new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' })
  spellers.set(key, known)
  return known
}

/** Spells a time to wait: exact below two minutes, else rounded up to whole minutes. */
export function spellWait(length: Seconds, words: Pick<Words, 'locale'>): string {
  return spellDuration(length < 120 ? Math.max(1, length) : Math.ceil(length / 60) * 60, words)
}
