/**
 * How often a network may fail to prove something for a client: RFC 6749 §2.3.1 asks for protection against guessing, and
 * a signature that nobody made costs us as much as a rightful one (SECURITY: DS-06).
 */
import { openRateLimit, rateKey } from '../../http/rate.ts'
import { inNetworks, type Networks } from '../../kernel/network.ts'
import { OAuthError, refusal, type Refusal } from '../../kernel/refusal.ts'
import type { Milliseconds } from '../../kernel/time.ts'

const authenticationLimited = refusal(
  'temporarily_unavailable',
  'client_authentication_limited',
  'Too many failed attempts to authenticate: try again later',
  429,
)
const requestObjectLimited = refusal(
  'temporarily_unavailable',
  'request_object_limited',
  'Too many request objects that this client did not sign: try again later',
  429,
)

/** Counts failures for a client from one network, apart from those of every other client and network (CA-08). */
export interface ClientFailures {
  /**
   * Does the work of a try, or refuses it before it costs anything. Work that throws an `OAuthError` has failed. A success
   * costs nothing, so that a busy client is never slowed down. Once only so many failures are left, further tries wait for
   * those under way: many at once cannot fail more often than one after the other.
   *
   * @throws {OAuthError} `temporarily_unavailable` (429, `Retry-After`), and whatever the work throws
   */
  attempt<Result>(address: string, client_id: string, work: () => Promise<Result>): Promise<Result>
}

/** The tries of one network for one client that are under way, and those that wait for one of them to end. */
interface UnderWay {
  running: number
  readonly waiting: (() => void)[]
}

/**
 * Opens the count of failures to authenticate, one for the process: a secret of 256 bits needs no count across nodes.
 * Twenty at once, more than a person who is fixing a configuration needs, then one more every ten seconds.
 *
 * @param exempt networks that are not counted
 * @param now tells milliseconds; default: this machine's clock
 */
export function openClientFailures(exempt: Networks, now?: () => Milliseconds): ClientFailures {
  return openFailures(authenticationLimited, { burst: 20, perSecond: 0.1, ...(now && { now }) }, exempt)
}

/**
 * Opens the count of request objects that their client did not sign, which anybody can send a browser here with. It is
 * wider, so that an office whose application signs wrongly goes on seeing its own error.
 *
 * @param exempt networks that are not counted
 * @param now tells milliseconds; default: this machine's clock
 */
export function openRequestObjectFailures(exempt: Networks, now?: () => Milliseconds): ClientFailures {
  return openFailures(requestObjectLimited, { burst: 120, perSecond: 2, ...(now && { now }) }, exempt)
}

function openFailures(limited: Refusal, rate: Parameters<typeof openRateLimit>[0], exempt: Networks): ClientFailures {
  const limit = openRateLimit(rate)
  const underWay = new Map<string, UnderWay>()

  async function enter(key: string, client_id: string): Promise<UnderWay> {
    for (;;) {
      const taken = limit.take(key)
      const others = underWay.get(key)
      if (!('retry_after' in taken)) {
        const mine = others ?? { running: 0, waiting: [] }
        mine.running += 1
        underWay.set(key, mine)
        return mine
      }
      if (others === undefined) throw limited({ client_id: client_id.slice(0, 200), retry_after: taken.retry_after })
      await new Promise<void>((resolve) => void others.waiting.push(resolve))
    }
  }

  function leave(key: string, mine: UnderWay, outcome: 'failed' | 'not_failed'): void {
    if (outcome === 'not_failed') limit.giveBack(key)
    mine.running -= 1
    if (mine.running === 0) underWay.delete(key)
    // What was given back is for one of them; when nobody is left who could give back, each looks for itself.
    const woken = mine.running === 0 ? mine.waiting.length : outcome === 'failed' ? 0 : 1
    for (const wake of mine.waiting.splice(0, woken)) wake()
  }

  return {
    async attempt(address, client_id, work) {
      if (inNetworks(address, exempt)) return work()
      const key = rateKey(address, client_id)
      const mine = await enter(key, client_id)
      let outcome: 'failed' | 'not_failed' = 'not_failed'
      try {
        return await work()
      } catch (error) {
        if (error instanceof OAuthError) outcome = 'failed'
        throw error
      } finally {
        leave(key, mine, outcome)
      }
    },
  }
}
