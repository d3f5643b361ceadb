/**
 * Recovery codes: ten for the day that the telephone is lost. 125 random bits each, in an alphabet without look-alikes
 * (Crockford's base 32); kept as a hash under a key of ours, so that a copy of the database opens no account (AC-25).
 */
import { randomBytes } from '../kernel/random.ts'
import type { Secrets } from '../kernel/secret.ts'

/** How many are made at once. */
const recoveryCodeCount = 10

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const length = 25
const shape = new RegExp(`^[${alphabet}]{${length}}$`)

/** Makes the codes, as they are shown: five groups of five. */
export function newRecoveryCodes(): readonly string[] {
  return Array.from({ length: recoveryCodeCount }, newRecoveryCode)
}

function newRecoveryCode(): string {
  // 32 divides 256: each character is as likely as any other.
  const characters = [...randomBytes(length)].map((byte) => alphabet[byte % alphabet.length] ?? '').join('')
  return characters.match(/.{5}/g)?.join('-') ?? ''
}

/** Reads a code as somebody typed it: in any case, with any gaps, with the letters for the digits they look like. */
export function readRecoveryCode(typed: string): string | undefined {
  if (typed.length > 100) return undefined
  const plain = typed.toUpperCase().replaceAll(/[\s-]/g, '').replaceAll('O', '0').replaceAll(/[IL]/g, '1')
  return shape.test(plain) ? plain : undefined
}

/** Hashes a code for the row of its account. */
export function recoveryCodeHash(code: string, account_id: string, { secrets }: { readonly secrets: Secrets }): string {
  return secrets.hash('recovery code', JSON.stringify([account_id, readRecoveryCode(code)]))
}
