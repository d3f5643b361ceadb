/** People whose passwords came from several systems, and what a stranger reads of them in the time of answers. */
import { randomBytes } from 'node:crypto'
import { newId, newOpaqueId } from '../src/kernel/ids.ts'
import type { World } from '../testing/world.ts'
import { median } from './generator.ts'

/** The kinds of hash that people here have in equal parts, each of a password that nobody knows. */
export const kinds = {
  'argon2id of ours': () => `$argon2id$v=19$m=19456,t=2,p=1$${base64(16)}$${base64(32)}`,
  'scrypt, 16 MiB': () => `$scrypt$ln=14,r=8,p=1$${base64(16)}$${base64(32)}`,
  'bcrypt, 2^10': () => `$2b$10$${bcryptBase64(21)}.${bcryptBase64(30)}.`,
  'PBKDF2-SHA-256, 600,000': () => `$pbkdf2-sha256$i=600000$${base64(16)}$${base64(32)}`,
} as const satisfies Readonly<Record<string, () => string>>

type Kind = keyof typeof kinds

const all = Object.keys(kinds) as readonly Kind[]

/** Tells which kind of hash has who came as number so many. */
export function kindOf(who: number): Kind {
  return all[who % all.length] ?? 'argon2id of ours'
}

/** Makes an account, of people who have nothing but a name unless one says more of them. */
export async function create({ ground, clock }: World, username: string, otherwise: object): Promise<string> {
  const at = clock()
  const own = { account_id: newId(), sub: newOpaqueId(), username, claims: {}, disabled: false }
  await ground.stores.accounts.create({ ...own, created_at: at, updated_at: at, ...otherwise })
  return username
}

/** Makes so many people of each sort, each with a name of their own: of each kind of hash, shut out, without a password. */
export async function seatMany(here: World, count: number): Promise<void> {
  for (let who = 0; who < count; who += 1) {
    await create(here, `somebody-${who}`, { password_hash: kinds[kindOf(who)]() })
    await create(here, `shut-out-${who}`, { password_hash: kinds[kindOf(who)](), disabled: true })
    await create(here, `without-${who}`, {})
  }
}

/**
 * Guesses by its time which kind of hash each answer took, and tells how many of a hundred took each.
 *
 * @param known times of answers of which the kind is known, by kind
 */
export function sharesOfKinds(took: readonly number[], known: readonly (readonly number[])[]): readonly number[] {
  const middles = known.map((times) => Math.log(median(times)))
  const guesses = took.map((ms) => {
    const distances = middles.map((middle) => Math.abs(middle - Math.log(ms)))
    return distances.indexOf(Math.min(...distances))
  })
  return known.map((_, place) => (100 * guesses.filter((guess) => guess === place).length) / guesses.length)
}

function base64(length: number): string {
  return randomBytes(length).toString('base64').replace(/=+$/, '')
}

function bcryptBase64(length: number): string {
  return randomBytes(length).toString('base64').slice(0, length).replaceAll('+', '.')
}
