/**
 * Argon2, loaded with the first password: it takes 8 MB of a process, and many servers only ever see machines.
 *
 * By `require`, which blocks for 4 ms once: what reads a stored hash answers at once, and is not asked to wait for this.
 */
import { createRequire } from 'node:module'
import type * as Argon2 from '@node-rs/argon2'

const require = createRequire(import.meta.url)

/** Answers the package, which is loaded the first time. */
export const argon2 = (): typeof Argon2 => require('@node-rs/argon2')
