/**
 * Nonces for DPoP proofs, RFC 9449 §8 and §9. Nobody remembers them: each is a keyed hash of the minute it belongs to,
 * so that every node knows those of every other, and an old one is worth nothing.
 */
import { sameSecret } from '../../kernel/hash.ts'
import type { Seconds } from '../../kernel/time.ts'
import type { HttpRequest } from '../../http/message.ts'
import type { FeatureParts } from '../feature.ts'
import { paths } from '../paths.ts'

/** How often there is a new nonce; each is accepted for one to two periods. */
const period: Seconds = 60

type NonceParts = Pick<FeatureParts, 'clock' | 'secrets'>

/** Makes the nonce to give to whoever sent this request. */
export function currentNonce(request: Pick<HttpRequest, 'path'>, parts: NonceParts): string {
  return nonceOf(request, periodAt(parts), parts)
}

/**
 * Tells whether a nonce is one of now: of this period or the one before, or the next for a node whose clock is behind.
 * One that was given out where tokens are made does not count where they are used, nor the other way round.
 */
export function isCurrentNonce(nonce: string, request: Pick<HttpRequest, 'path'>, parts: NonceParts): boolean {
  const now = periodAt(parts)
  return [now, now - 1, now + 1].some((one) => sameSecret(nonce, nonceOf(request, one, parts)))
}

function periodAt({ clock }: NonceParts): number {
  return Math.floor(clock() / period)
}

function nonceOf({ path }: Pick<HttpRequest, 'path'>, at: number, { secrets }: NonceParts): string {
  const role = path.endsWith(paths.userinfo_endpoint) ? 'protected resource' : 'authorization server'
  return secrets.hash('dpop nonce', `${role} ${at}`)
}
