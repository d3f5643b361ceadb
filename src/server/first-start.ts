/** What a first start makes that later ones find: the secret, and the accounts that the configuration names. */
import { chmodSync, existsSync, linkSync, readFileSync, statSync, unlinkSync, writeFileSync } from 'node:fs'
import type { ServerSecret } from '../config/server-secret.ts'
import type { Configuration } from '../config/settings.ts'
import { newOpaqueId } from '../kernel/ids.ts'
import { randomBytes } from '../kernel/random.ts'
import { createAccount, type AccountManagementParts } from '../management/accounts.ts'

/**
 * Gives the configured secret, making its file where it is missing: 32 random bytes, readable by its owner alone. Of
 * processes that start together one makes it, and all use that one.
 */
export function openServerSecret({ value, file }: ServerSecret): Uint8Array {
  if (value !== undefined) return Buffer.from(value.reveal(), 'base64url')
  if (file === undefined) throw new Error('There is neither a secret nor a file for one')
  if (!existsSync(file)) makeServerSecret(file)
  return Buffer.from(readFileSync(file, 'utf8').trim(), 'base64url')
}

function makeServerSecret(file: string): void {
  const temporary = `${file}.${newOpaqueId()}`
  writeFileSync(temporary, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flag: 'wx', flush: true })
  chmodSync(temporary, 0o600)
  try {
    // A link, not a rename: it fails where another process was first, and nobody ever sees half a file.
    linkSync(temporary, file)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  } finally {
    unlinkSync(temporary)
  }
}

/** Tells whether a file is readable by more people than its owner. */
export function isReadByOthers(file: string): boolean {
  return (statSync(file).mode & 0o077) !== 0
}

/** Makes the configured accounts that are missing. One that is there is left as it is, whatever the file says now. */
export async function createMissingAccounts(
  accounts: Configuration['accounts'],
  parts: Omit<AccountManagementParts, 'actor'>,
): Promise<number> {
  let created = 0
  for (const { password, ...account } of accounts) {
    const given = { ...account, ...(password !== undefined && { password: password.reveal() }) }
    if ((await createAccount(given, { ...parts, actor: 'server' })) !== 'login_taken') created += 1
  }
  return created
}
