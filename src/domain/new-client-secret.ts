/** The one place where secrets of clients are made: R15. */
import { newId } from '../kernel/ids.ts'
import type { Secrets } from '../kernel/secret.ts'
import type { Clock } from '../kernel/time.ts'
import type { ClientSecret } from './client.ts'

/** A secret for its holder, and what is kept of it. */
export interface NewClientSecret {
  /** Shown now and never again. */
  readonly value: string
  readonly secret: ClientSecret
}

/** Makes a secret: 256 bits, with a prefix and a checksum that a scanner knows. */
export function newClientSecret({
  secrets,
  clock,
}: {
  readonly secrets: Secrets
  readonly clock: Clock
}): NewClientSecret {
  const { value } = secrets.issue('client_secret', newId())
  return { value, secret: { hash: secrets.hash('client_secret', value), created_at: clock() } }
}

/** Tells whether a client authenticates by a secret that it shares with us. */
export function usesSecret(method: unknown): method is 'client_secret_basic' | 'client_secret_post' {
  return method === 'client_secret_basic' || method === 'client_secret_post'
}
