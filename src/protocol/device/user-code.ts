/** User codes, RFC 8628 §6.1: eight of twenty letters, which is more than 2^34, without vowels and so without words. */
import { randomBytes } from '../../kernel/random.ts'
import type { Secrets } from '../../kernel/secret.ts'

const letters = 'BCDFGHJKLMNPQRSTVWXZ'
const length = 8
const syntax = new RegExp(`^[${letters}]{${length}}$`)
/** From here on a byte is drawn again, or the first letters would come more often. */
const evenly = 256 - (256 % letters.length)

/** Draws a user code, without a separator. */
export function newUserCode(): string {
  let code = ''
  while (code.length < length) {
    const [byte = evenly] = randomBytes(1)
    if (byte < evenly) code += letters.charAt(byte % letters.length)
  }
  return code
}

/** Spells a user code as people read and type it: `XXXX-XXXX`. */
export function spelledUserCode(code: string): string {
  return `${code.slice(0, length / 2)}-${code.slice(length / 2)}`
}

/**
 * Reads what a person typed: in any case and width, with whatever between the letters.
 *
 * @returns the code without separators; undefined when it cannot be one of ours
 */
export function normalizedUserCode(typed: string): string | undefined {
  if (typed.length > 100) return undefined
  // A keyboard for Japanese types letters of full width.
  const code = typed
    .normalize('NFKC')
    .toUpperCase()
    .replaceAll(/[^A-Z0-9]/g, '')
  return syntax.test(code) ? code : undefined
}

/** Hashes a user code for its row. */
export function userCodeHash(code: string, { secrets }: { readonly secrets: Secrets }): string {
  return secrets.hash('user_code', code)
}
