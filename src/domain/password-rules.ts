/**
 * What may be chosen as a password: long enough, nothing that guessers try first, and no rule about which characters it is
 * made of (NIST SP 800-63B §3.1.1.2). Every place where somebody sets one asks here; `identity/` hashes it whole.
 */
import { loadedOnce } from '../kernel/loaded-once.ts'
import { refusal } from '../kernel/refusal.ts'
import type { Seconds } from '../kernel/time.ts'

/** Why a password may not be chosen. `about_you`: it is little more than a name of the account or of this server. */
export type PasswordFault = 'too_short' | 'too_long' | 'common' | 'about_you'

/** What a password is judged by. */
export interface PasswordRules {
  /** The fewest characters, 8 to 64; 15 where a password alone is enough to sign in. */
  readonly minimum: number
  /** What this server is called: nobody's password. */
  readonly server_names: readonly string[]
}

/** The longest password that is taken, in UTF-16 units; some 3,000 bytes at the most. */
export const longestPassword = 1024

/** When to try again while there is no room to hash or check one. */
export const busyRetry: Seconds = 5

/** There is no room for a password; told with `busyRetry`. */
export const passwordBusy = refusal(
  'temporarily_unavailable',
  'password_busy',
  'There is no room to check a password just now',
)

/**
 * Finds what is wrong with a password that somebody chose.
 *
 * Characters are counted as people see them, composed (NFC), whatever they are: spaces and emoji are as good as letters. A
 * password is common when it is on the list of those that leaked most, when it is a run of digits or of one character, or
 * when it is one of these repeated, or with nothing but digits and signs around it.
 *
 * @param names what the account is called: user name, e-mail address
 */
export async function passwordFault(
  password: string,
  names: readonly string[],
  { minimum, server_names }: PasswordRules,
): Promise<PasswordFault | undefined> {
  if (password.length > longestPassword) return 'too_long'
  if (Array.from(password.normalize('NFC')).length < minimum) return 'too_short'
  const cores = coresOf(password)
  const own = new Set([...names, ...server_names].flatMap(wordsOf))
  if (cores.some((core) => own.has(core))) return 'about_you'
  if (cores.some(isRun)) return 'common'
  const common = await leaked()
  return cores.some((core) => common.has(core)) ? 'common' : undefined
}

/** What a guesser takes a password for: itself, and what is left without the usual ornaments. */
function coresOf(password: string): readonly string[] {
  const whole = password.normalize('NFKC').toLowerCase()
  const [start, end] = [startOfWord(whole), endOfWord(whole)]
  const bare = whole.slice(start, end)
  // Where most of it is digits that follow no rule, they are the secret and the word in them is the ornament.
  const isWord = bare.length * 2 >= whole.length || [whole.slice(0, start), whole.slice(end)].every(isRun)
  const joined = whole.replaceAll(/[^\p{L}\p{N}]+/gu, '')
  const forms = [whole, joined, ...(isWord ? [bare] : [])].filter(({ length }) => length > 2)
  return forms.flatMap((form) => [form, repeatedIn(form)])
}

function startOfWord(text: string): number {
  return Math.max(0, text.search(/\p{L}/u))
}

function endOfWord(text: string): number {
  let end = text.length
  while (end > 0 && !/\p{L}/u.test(text.charAt(end - 1))) end -= 1
  return end
}

/** The shortest piece of which a text is a repetition, the last one perhaps cut off; the text itself where there is none. */
function repeatedIn(text: string): string {
  for (let length = 1; length <= text.length / 2; length += 1) {
    const piece = text.slice(0, length)
    if (text === piece.repeat(Math.ceil(text.length / length)).slice(0, text.length)) return piece
  }
  return text
}

/** Tells whether each character follows the one before it by the same step, digits from nine on to zero. */
function isRun(text: string): boolean {
  const steps = new Set(
    Array.from(text)
      .slice(1)
      .map((character, place) => stepBetween(text.charAt(place), character)),
  )
  const [step] = steps
  return steps.size <= 1 && (step === undefined || Math.abs(step) <= 1)
}

function stepBetween(before: string, after: string): number {
  const step = (after.codePointAt(0) ?? 0) - (before.codePointAt(0) ?? 0)
  if (before === '9' && after === '0') return 1
  return before === '0' && after === '9' ? -1 : step
}

/** A name, and each word of it that is long enough to be one. */
function wordsOf(name: string): readonly string[] {
  const whole = name.normalize('NFKC').trim().toLowerCase()
  return [whole, ...whole.split(/[^\p{L}\p{N}]+/u)].filter((word) => word.length > 2)
}

/** The passwords that leaked most, 49,000 of them; read when the first is asked for, and kept: 5 MB. */
const leaked = loadedOnce(async (): Promise<ReadonlySet<string>> => {
  const { dictionary } = await import('@zxcvbn-ts/language-common')
  return new Set(dictionary['passwords-common'].map((password) => String(password)))
})
