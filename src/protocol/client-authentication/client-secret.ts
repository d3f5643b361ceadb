/** Checks a client's secret, however it was sent. */
import { sameSecret } from '../../kernel/hash.ts'
import { refusal, type OAuthError } from '../../kernel/refusal.ts'
import { secretPrefixes } from '../../kernel/secret.ts'
import type { Client } from '../../domain/client.ts'
import { authenticationFailed, type ClientAuthenticationParts, type Credentials } from './method.ts'

const secretWrong = refusal('invalid_client', 'client_secret_wrong', authenticationFailed)
const secretExpired = refusal('invalid_client', 'client_secret_expired', authenticationFailed)
// The two mistakes that cost people hours (R15); the same words to strangers, a reason of their own in the log.
const secretDamaged = refusal('invalid_client', 'client_secret_damaged', authenticationFailed)
const secretIsHash = refusal('invalid_client', 'client_secret_is_hash', authenticationFailed)

/** Stands in for the secrets of a client that has none, so that it takes as long to be refused. */
const nobodys: Client['secrets'] = [{ hash: 'A'.repeat(43), created_at: 0 }]

/** Compares a presented secret with every one that the client has, by keyed hash: long secrets count to the last byte. */
export function checkSecret(
  { proof }: Credentials,
  client: Client | undefined,
  { secrets, clock }: ClientAuthenticationParts,
): OAuthError | undefined {
  const hash = secrets.hash('client_secret', proof)
  const held = client === undefined || client.secrets.length === 0 ? nobodys : client.secrets
  // All are compared, not just up to the first that fits. Two may be live while one replaces the other.
  const [found] = held.filter((secret) => sameSecret(secret.hash, hash))
  const detail = { client_id: client?.client_id }
  if (found === undefined) return mistaken(proof, held, secrets)(detail)
  return found.expires_at !== undefined && found.expires_at <= clock() ? secretExpired(detail) : undefined
}

/** Tells which mistake a wrong secret is: our checksum says when one of ours lost characters on its way. */
function mistaken(
  proof: string,
  held: Client['secrets'],
  secrets: ClientAuthenticationParts['secrets'],
): typeof secretWrong {
  if (held.some((secret) => sameSecret(secret.hash, proof))) return secretIsHash
  return proof.startsWith(secretPrefixes.client_secret) && secrets.read('client_secret', proof) === undefined
    ? secretDamaged
    : secretWrong
}
