/**
 * What has nothing in it that cannot be seen, turns the writing round, or stands for no character: these would make two
 * names look like one.
 */
const alphabet = /^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+$/u

/** How long the names may be that operators give, in UTF-16 code units; an e-mail address has 254 at most, and no longer login is looked up. */
export const longestName = { client_id: 200, username: 320 } as const

/**
 * Tells whether a text may identify something that people or operators named: letters of any script, digits, signs and
 * spaces, and not spaces alone.
 *
 * @param longest how many UTF-16 code units it may have
 */
export function isPlainText(text: string, longest: number): boolean {
  return text.length <= longest && alphabet.test(text) && text.trim() !== ''
}

/** Says what `isPlainText` asks, after “must be”. */
export function plainTextForm(longest: number): string {
  return `1 to ${longest} letters, digits, signs or spaces`
}
