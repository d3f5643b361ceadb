import { html, type Html } from '../kernel/html.ts'
import { Recent } from '../kernel/recent.ts'
import { daysBetween, spellMoment, type EpochSeconds, type Seconds } from '../kernel/time.ts'
import type { Words } from './words/en.ts'

const day: Seconds = 86_400

/** How moments are written in a language, for a time zone. */
interface Formats {
  readonly date: Intl.DateTimeFormat
  readonly time: Intl.DateTimeFormat
  readonly both: Intl.DateTimeFormat
  /** 2026-09-12, in any language. */
  readonly day: Intl.DateTimeFormat
}

/** Made when first needed, and kept: making one costs as much as the rest of a page that uses it. */
const formats = new Recent<Formats>(200)

function formatsOf({ locale, time_zone = 'UTC' }: Words): Formats {
  const key = `${locale} ${time_zone}`
  const known = formats.get(key) ?? makeFormats(locale, time_zone)
  formats.set(key, known)
  return known
}

function makeFormats(locale: string, time_zone: string): Formats {
  const timeZone = isTimeZone(time_zone) ? time_zone : 'UTC'
  const date = { timeZone, day: 'numeric', month: 'long', year: 'numeric' } as const
  const time = { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZoneName: 'short' } as const
  return {
    date: new Intl.DateTimeFormat(locale, date),
    time: new Intl.DateTimeFormat(locale, time),
    both: new Intl.DateTimeFormat(locale, { ...date, ...time }),
    day: new Intl.DateTimeFormat('en-CA', { timeZone, day: '2-digit', month: '2-digit', year: 'numeric' }),
  }
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

/** Spells a moment for who may read it on another day, as letters are: “12 September 2026 at 14:05 UTC”. */
export function spellWhole(at: EpochSeconds, words: Words): string {
  return formatsOf(words).both.format(at * 1000)
}

function spellNear(at: EpochSeconds, now: EpochSeconds, words: Words): string {
  const { yesterday, today, tomorrow } = words.moment
  const { date, time, day } = formatsOf(words)
  const nearby = [yesterday, today, tomorrow][daysBetween(day.format(now * 1000), day.format(at * 1000)) + 1]
  return nearby === undefined ? date.format(at * 1000) : nearby(time.format(at * 1000))
}

/**
 * Shows a moment as a person would say it: “today at 14:05 UTC”, “12 September 2026”.
 *
 * Times are in the zone that the person said they live in, else in UTC, and say which: nothing that a browser sends
 * tells it.
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
