/**
 * Hashes of passwords as other systems stored them: argon2, bcrypt, scrypt, PBKDF2, each as the string that is common
 * for it (PHC, or bcrypt's own). They are read before they are computed: a string from elsewhere names its own cost,
 * and one that costs more than `bounds` would be a way to keep this server busy. After a right password the hash is
 * replaced by one of ours.
 */
import { pbkdf2, scrypt } from 'node:crypto'
import { promisify } from 'node:util'
import type { ParsedHashOptions } from '@node-rs/argon2'
import { sameSecret } from '../kernel/hash.ts'
import { argon2 } from './argon2.ts'

/** Why a hash cannot be computed here. */
export type HashFault = 'unknown_scheme' | 'damaged' | 'too_costly'

/** A hash that can be computed: tells whether a password is the right one, off the event loop. */
export interface ReadableHash {
  verify(password: string): Promise<boolean>
}

/** The most costly hash that is computed: some ten times what one of our own costs, a second of a core at the most. */
const bounds = {
  argon2: { memoryCost: 65_536, timeCost: 10, parallelism: 4 },
  bcrypt: { rounds: 13 },
  scrypt: { memory: 128 * 1024 * 1024, work: 2 ** 20 },
  pbkdf2: { iterations: 1_000_000 },
} as const

interface Scheme {
  readonly prefix: RegExp
  /** How many of its last fields, salt and digest, come out of a password, and what is zero in its base64. */
  readonly secrets: { readonly fields: 1 | 2; readonly zero: 'A' | '.' }
  readonly spelling: RegExp
  readonly read: (parts: readonly string[], whole: string) => ReadableHash | HashFault
}

const scryptOf = promisify<string, Buffer, number, { N: number; r: number; p: number; maxmem: number }, Buffer>(scrypt)
const pbkdf2Of = promisify(pbkdf2)

const schemes: readonly Scheme[] = [
  {
    prefix: /^\$argon2(?:id|i|d)\$/,
    secrets: { fields: 2, zero: 'A' },
    spelling: /^\$argon2(?:id|i|d)\$v=\d+\$[a-z0-9=,]+\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+$/,
    read(_parts, whole) {
      const made = argon2Parameters(whole)
      if (made === undefined) return 'damaged'
      const { memoryCost, timeCost, parallelism } = bounds.argon2
      const isDear = made.memoryCost > memoryCost || made.timeCost > timeCost || made.parallelism > parallelism
      return isDear ? 'too_costly' : { verify: (password) => argon2().verify(whole, password) }
    },
  },
  {
    prefix: /^\$2[abxy]?\$/,
    secrets: { fields: 1, zero: '.' },
    // The last character of salt and digest has bits to spare: where one is set, no password would ever be right.
    spelling: /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{30}[.CGKOSWaeimquy26]$/,
    read([rounds = ''], whole) {
      if (Number(rounds) < 4 || Number(rounds) > 31) return 'damaged'
      if (Number(rounds) > bounds.bcrypt.rounds) return 'too_costly'
      return { verify: async (password) => (await bcrypt()).verify(password, whole) }
    },
  },
  {
    prefix: /^\$scrypt\$/,
    secrets: { fields: 2, zero: 'A' },
    spelling: /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,4}),p=(\d{1,4})\$([A-Za-z0-9+/]{4,128})\$([A-Za-z0-9+/]{22,128})$/,
    read([ln = '', blocks = '', lanes = '', salt = '', hash = '']) {
      const [N, r, p] = [2 ** Number(ln), Number(blocks), Number(lanes)]
      if (N < 2 || r < 1 || p < 1) return 'damaged'
      if (128 * N * r > bounds.scrypt.memory || N * r * p > bounds.scrypt.work) return 'too_costly'
      const expected = Buffer.from(hash, 'base64')
      const maxmem = 2 * bounds.scrypt.memory
      const computed = (password: string) =>
        scryptOf(password, Buffer.from(salt, 'base64'), expected.length, { N, r, p, maxmem })
      return { verify: async (password) => isSame(await computed(password), expected) }
    },
  },
  {
    prefix: /^\$pbkdf2(?:-[a-z0-9]+)?\$/,
    secrets: { fields: 2, zero: 'A' },
    // Passlib writes the count alone and `.` for `+`; the PHC format writes `i=`.
    spelling:
      /^\$pbkdf2-?(sha1|sha256|sha512)?\$(?:i=)?(\d{1,9})(?:,l=\d{1,3})?\$([A-Za-z0-9+./]{4,128})\$([A-Za-z0-9+./]{22,128})$/,
    read([digest, count = '', salt = '', hash = '']) {
      const iterations = Number(count)
      if (iterations < 1) return 'damaged'
      if (iterations > bounds.pbkdf2.iterations) return 'too_costly'
      const [salted, expected] = [salt, hash].map((text) => Buffer.from(text.replaceAll('.', '+'), 'base64'))
      if (salted === undefined || expected === undefined) return 'damaged'
      const computed = (password: string) => pbkdf2Of(password, salted, iterations, expected.length, digest ?? 'sha1')
      return { verify: async (password) => isSame(await computed(password), expected) }
    },
  },
]

/** Loaded with the first hash of its kind: many servers have none, and it takes 3 MB of memory. */
const bcrypt = () => import('@node-rs/bcrypt')

/** Reads a stored hash, without computing anything: how to check a password with it, or why that cannot be done. */
export function readStoredHash(written: string): ReadableHash | HashFault {
  if (written.length > 1024) return 'damaged'
  const scheme = schemeOf(written)
  if (scheme === undefined) return 'unknown_scheme'
  const match = scheme.spelling.exec(written)
  return match === null ? 'damaged' : scheme.read(match.slice(1), written)
}

/**
 * Spells a hash that costs what another one does and that no password fits: it names the cost of the other one, and its
 * salt and digest are zeros. Undefined where there is no other one, or it cannot be computed here.
 */
export function nobodysHash(like = ''): string | undefined {
  const scheme = schemeOf(like)
  if (scheme === undefined || typeof readStoredHash(like) === 'string') return undefined
  const { fields: secret, zero } = scheme.secrets
  const fields = like.split('$')
  return fields.map((field, at) => (at < fields.length - secret ? field : zero.repeat(field.length))).join('$')
}

function schemeOf(written: string): Scheme | undefined {
  return schemes.find(({ prefix }) => prefix.test(written))
}

function isSame(computed: Buffer, expected: Buffer): boolean {
  return sameSecret(computed.toString('base64'), expected.toString('base64'))
}

/** Reads the parameters that an argon2 hash was made with; undefined where it is none. */
export function argon2Parameters(written: string): ParsedHashOptions | undefined {
  try {
    return argon2().parseOptions(written)
  } catch {
    return undefined // no PHC string
  }
}
