/**
 * Limits of this node alone, in memory: for what is cheap to try and cheap to refuse, such as wrong client secrets. What
 * must hold across nodes and restarts is counted in the database instead.
 */
import { sha256base64url } from '../kernel/hash.ts'
import { networkKey } from '../kernel/network.ts'
import { Recent } from '../kernel/recent.ts'
import { milliseconds, type Milliseconds, type Seconds } from '../kernel/time.ts'

/** How often something may happen for one key. */
export interface RateOptions {
  /** How often at once, after a rest. */
  readonly burst: number
  /** How often a second in the long run; may be a fraction. */
  readonly perSecond: number
  /** How many keys are remembered; the one unused for longest is forgotten. Default 10,000, some 2 MB. */
  readonly most?: number
  /** Tells milliseconds. Default: this machine's. */
  readonly now?: () => Milliseconds
}

/** A bucket of tokens for each key. */
export interface RateLimit {
  /** Takes a token, or says how long until there is one. */
  take(key: string): { readonly allowed: true } | { readonly retry_after: Seconds }
  /** Puts a token back, after a rightful attempt. */
  giveBack(key: string): void
  /** How many keys are remembered: never more than `most`. */
  readonly size: number
}

interface Bucket {
  readonly tokens: number
  readonly at: Milliseconds
}

/** Makes a limit whose memory is bounded, however many keys come by. */
export function openRateLimit(options: RateOptions): RateLimit {
  const { burst, perSecond, most = 10_000, now = milliseconds } = options
  const buckets = new Recent<Bucket>(most)

  function filled(key: string, at: Milliseconds): number {
    const bucket = buckets.get(key)
    if (bucket === undefined) return burst
    // A clock that is put back fills nothing, and takes nothing away.
    return Math.min(burst, bucket.tokens + (Math.max(0, at - bucket.at) / 1000) * perSecond)
  }

  return {
    take(key) {
      const at = now()
      const tokens = filled(key, at)
      if (tokens < 1) return { retry_after: Math.max(1, Math.ceil((1 - tokens) / perSecond)) }
      buckets.set(key, { tokens: tokens - 1, at })
      return { allowed: true }
    },
    giveBack(key) {
      const at = now()
      buckets.set(key, { tokens: Math.min(burst, filled(key, at) + 1), at })
    },
    get size() {
      return buckets.size
    },
  }
}

/**
 * Names what is counted: a network, and what it does something to. The key is short, however long a name a stranger chose.
 *
 * @param of such as a `client_id`
 */
export function rateKey(address: string, of: string): string {
  return `${networkKey(address)} ${of.length > 64 ? sha256base64url(of) : of}`
}
