/** What a first start makes that later ones find: the secret, and the accounts that the configuration names. */
import { chmodSync, existsSync, linkSync, readFileSync, statSync, unlinkSync, writeFileSync } from 'node:fs'
import type { ServerSecret } from '../config/server-secret.ts'
import type { Configuration } from '../config/settings.ts'
import { signingKeyPurpose } from '../domain/new-signing-key.ts'
import type { SigningKeys } from '../domain/signing-key.ts'
import { newOpaqueId } from '../kernel/ids.ts'
import { randomBytes } from '../kernel/random.ts'
import { secretsUnder, type Secrets } from '../kernel/secret.ts'
import { createAccount, type AccountManagementParts } from '../management/accounts.ts'

/**
 * Opens what is kept under the configured secret. Where its file is missing and the database holds nothing that another
 * one has sealed, the file is made: 32 random bytes, readable by its owner alone. Of processes that start together one
 * makes it, and all use that one.
 *
 * @throws {Error} when the database was begun under another secret: whatever was hashed or sealed under this one beside
 *   it would be of use to nobody, and a signing key of that kind would keep servers from starting
 */
export async function openServerSecrets(
  { secret }: Pick<Configuration, 'secret'>,
  { signingKeys }: { readonly signingKeys: SigningKeys },
): Promise<Secrets> {
  const keys = await signingKeys.list()
  if (keys.length > 0 && secret.value === undefined && secret.file !== undefined && !existsSync(secret.file)) {
    throw new Error(`There is no file ${secret.file}, and the database was begun under the secret that it held`)
  }
  const secrets = secretsUnder(serverSecretOf(secret))
  const opens = ({ sealed_private_jwk }: (typeof keys)[number]): boolean =>
    secrets.openAtRest(signingKeyPurpose, sealed_private_jwk) !== undefined
  if (keys.length > 0 && !keys.some(opens)) {
    throw new Error(
      'No signing key of the database opens: they were sealed under another secret than the configured one',
    )
  }
  return secrets
}

function serverSecretOf({ value, file }: ServerSecret): Uint8Array {
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
