/** What people may say of themselves: the standard claims that are theirs to write, and how each is read. */

/** Which claims people may not write although they are theirs by nature: some, or all. */
export type FixedClaims = 'all' | readonly string[]

/** The longest text, in code points. */
const longest = 200
// Control, private-use and surrogate code points, line and paragraph separators, and what turns the direction of writing.
const deceptive = /[\p{Cc}\p{Cn}\p{Co}\p{Cs}\p{Zl}\p{Zp}\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/u
const stacked = /\p{M}{4}/u

type Reader = (written: string) => string | undefined

/** What makes a value of each out of a text, in the order of the page; undefined = that is no value of it. */
const readers = {
  name: readText,
  given_name: readText,
  middle_name: readText,
  family_name: readText,
  nickname: readText,
  gender: readText,
  birthdate: readBirthdate,
  phone_number: readPhoneNumber,
  locale: readLocale,
  zoneinfo: readZone,
  profile: readWebAddress,
  picture: readWebAddress,
  website: readWebAddress,
} satisfies Readonly<Record<string, Reader>>

/** A claim that a person may write, OpenID Connect Core §5.1. The e-mail address has a page of its own: it is proved. */
export type OwnClaim = keyof typeof readers

/** Every claim that people may write, in the order of the page. */
export const ownClaims = Object.keys(readers) as readonly OwnClaim[]

/** Which of them people write here: those that some scope value releases, except what is kept elsewhere. */
export function editableClaims(released: readonly string[], fixed: FixedClaims): readonly OwnClaim[] {
  if (fixed === 'all') return []
  return ownClaims.filter((name) => released.includes(name) && !fixed.includes(name))
}

/**
 * Reads what a person wrote for a claim, in Unicode's composed form: null = nothing, undefined = no value of that claim.
 * What is read is inert in itself (no control characters, no address but a web address) and never longer than 512 units.
 */
export function readOwnClaim(name: OwnClaim, written: string): string | null | undefined {
  // Before normalising, so that a megabyte of text costs nothing.
  if (written.length > 4 * longest) return undefined
  const composed = written.normalize('NFC').trim()
  if (composed === '') return null
  return deceptive.test(composed) || stacked.test(composed) ? undefined : readers[name](composed)
}

function readText(written: string): string | undefined {
  const spaced = written.replaceAll(/\p{Zs}+/gu, ' ')
  return Array.from(spaced).length > longest || spaced.length > 512 ? undefined : spaced
}

const daysOfMonths = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/** `1990-12-31`, `0000-12-31` where the year is left out, or the year alone (ISO 8601-1). */
function readBirthdate(written: string): string | undefined {
  if (/^(?:1[89]|20)\d\d$/.test(written)) return written
  const [, year, month, day] = /^(0000|(?:1[89]|20)\d\d)-(\d\d)-(\d\d)$/.exec(written) ?? []
  const last = daysOfMonths[Number(month) - 1] ?? 0
  const isDay = Number(day) >= 1 && Number(day) <= last && (month !== '02' || day !== '29' || hasLeapDay(Number(year)))
  return isDay ? written : undefined
}

/** The year 0, which stands for none, has one: somebody was born on a 29 February. */
function hasLeapDay(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
}

/** E.164, as OpenID Connect Core §5.1 recommends it; what people put between the digits is left out. */
function readPhoneNumber(written: string): string | undefined {
  const plain = written.replaceAll(/[\s()./-]/g, '')
  return /^\+[1-9]\d{6,14}$/.test(plain) ? plain : undefined
}

function readLocale(written: string): string | undefined {
  if (!/^[a-z]{2,8}(?:-[a-z0-9]{1,8}){0,4}$/i.test(written)) return undefined
  try {
    return Intl.getCanonicalLocales(written)[0]
  } catch {
    return undefined // no language tag
  }
}

function readZone(written: string): string | undefined {
  if (!/^[a-z]+(?:[/_+-][a-z0-9]+)*$/i.test(written) || written.length > 64) return undefined
  try {
    return new Intl.DateTimeFormat('en', { timeZone: written }).resolvedOptions().timeZone
  } catch {
    return undefined // no time zone
  }
}

function readWebAddress(written: string): string | undefined {
  if (!/^https?:\/\/[^/?#@\\\s]+(?:[/?#][\x21-\x7e]*)?$/i.test(written) || written.length > 512) return undefined
  const url = URL.parse(written)
  return url === null || url.username !== '' || url.password !== '' ? undefined : url.href
}
