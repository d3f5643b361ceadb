/**
 * Passwords: argon2id (RFC 9106), on the thread pool, behind a door of bounded width.
 *
 * A hash costs 19 MiB and some 13 ms of one core. Without the door, a flood of sign-ins would take all memory and all
 * cores; with it, the flood is answered `busy` and tokens go on being minted. The rules for choosing a password are not
 * here, and neither is the counting of attempts (`throttle.ts`), which comes before any of this.
 */
import type { Options } from '@node-rs/argon2'
import { longestPassword } from '../domain/password-rules.ts'
import { randomBytes } from '../kernel/random.ts'
import { admission, type AdmissionOptions, type Rank } from './admission.ts'
import { argon2 } from './argon2.ts'
import { argon2Parameters, nobodysHash, readStoredHash } from './stored-hash.ts'

/** A password's hash as it is stored: a PHC string. */
export type PasswordHash = `$argon2id$${string}`

/**
 * What a typed password is compared with: an account's hash, or where there is none, a computation that costs what
 * another account's hash costs and that nobody's password fits. Without that other one it costs what ours do.
 */
export type Compared = { readonly hash: string } | { readonly costs_like: string | undefined }

/** Who asks: a device that this very account has signed in from comes before strangers. */
export type Asker = 'known_device' | 'stranger'

/** Hashes and verifies passwords. Everything takes equally long, whatever the answer is and whoever asks. */
export interface Passwords {
  /** The hash to store; `busy`: answer 503 with Retry-After; `too_long`: more than `longestPassword`. */
  hash(password: string): Promise<PasswordHash | 'busy' | 'too_long'>
  /**
   * Compares a password with a stored hash, or seems to: where there is none, the answer is `wrong` after as much work.
   * `unreadable_hash`: `wrong` to the person, and something for the operator to mend.
   */
  verify(
    compared: Compared,
    password: string,
    asker?: Asker,
  ): Promise<'right' | 'wrong' | 'busy' | 'too_long' | 'unreadable_hash'>
  /** Tells whether a caller who asks now is told `busy` at once, so that nothing need be done first, and counts it if so. */
  turnsAway(asker: Asker): boolean
  /** Tells whether so many are told `busy` that what each of them is told must cost little. */
  isFlooded(): boolean
  /** Tells whether a stored hash was made with other parameters than today's: hash again after the next right password. */
  needsRehash(hash: string): boolean
}

// Argon2id by number: the package declares its enum `const`, which type stripping cannot read.
const argon2id = 2
/** RFC 9106 has larger ones too; these are OWASP's least, and what the door's width is reckoned by. */
const parameters = {
  algorithm: argon2id,
  memoryCost: 19_456,
  timeCost: 2,
  parallelism: 1,
  outputLen: 32,
} satisfies Options
const parameterNames = Object.keys(parameters) as readonly (keyof typeof parameters)[]

/** Tells how many hashes at once a machine with so many cores bears: all but one core, and one thread of the pool left over. */
export function hashingPlaces(cores: number): number {
  return Math.max(1, Math.min(cores - 1, 3))
}

/** Makes the door and what is behind it. One for the whole process. */
export function passwords(options: AdmissionOptions): Passwords {
  const { admit, turnsAway, isFlooded } = admission(options)
  // Nobody has the password of this one: it is computed where there is no other hash to go by.
  const nobody = `$argon2id$v=19$m=${parameters.memoryCost},t=${parameters.timeCost},p=${parameters.parallelism}$${base64(16)}$${base64(32)}`

  return {
    async hash(password) {
      if (password.length > longestPassword) return 'too_long'
      return admit(async () => (await argon2().hash(composed(password), parameters)) as PasswordHash)
    },
    async verify(compared, password, asker = 'stranger') {
      if (password.length > longestPassword) return 'too_long'
      const isSomebodys = 'hash' in compared
      const stored = readStoredHash(isSomebodys ? compared.hash : (nobodysHash(compared.costs_like) ?? nobody))
      const readable = typeof stored === 'object' ? stored : undefined
      const answer = await admit(
        () => readable?.verify(composed(password)) ?? argon2().verify(nobody, composed(password)),
        rankOf(asker),
      )
      if (answer === 'busy') return 'busy'
      if (readable === undefined) return 'unreadable_hash'
      return isSomebodys && answer ? 'right' : 'wrong'
    },
    turnsAway: (asker) => turnsAway(rankOf(asker)),
    isFlooded,
    needsRehash(hash) {
      const made = hash.startsWith('$argon2id$') ? argon2Parameters(hash) : undefined
      return made === undefined || parameterNames.some((name) => made[name] !== parameters[name])
    },
  }
}

const rankOf = (asker: Asker): Rank => (asker === 'known_device' ? 'preferred' : 'ordinary')

/** The same password, typed on two systems, may come in two compositions: NFC makes them one (NIST SP 800-63B §3.1.1.2). */
function composed(password: string): string {
  return password.normalize('NFC')
}

function base64(length: number): string {
  return randomBytes(length).toString('base64').replace(/=+$/, '')
}
