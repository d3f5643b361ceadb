/**
 * The logos of clients. What a stranger names is fetched through the guard, decoded within bounds and redrawn: what is
 * served is a PNG of ours, and nothing of the file that came is in it.
 */
import { createHash } from 'node:crypto'
import type { EventLog } from '../domain/event-log.ts'
import type { Logos } from '../domain/logos.ts'
import type { Outbound } from '../domain/outbound.ts'
import { Recent } from '../kernel/recent.ts'
import type { Detail } from '../kernel/refusal.ts'
import type { Clock, EpochSeconds, Seconds } from '../kernel/time.ts'
import { drawnAnew } from './picture.ts'

/** Most bytes of a file. */
const mostBytes = 1_048_576
/** Width and height of what is served at most, pixels: three times what is shown. */
const side = 128
const freshFor: Seconds = 86_400
const retryAfter: Seconds = 600
/** How many logos are held at most, each 66 KB at most. */
const held = 500
/** How many are fetched and drawn at once; whoever asks for another one meanwhile sees no logo yet. */
const atOnce = 2

interface Logo {
  readonly again_at: EpochSeconds
  readonly file?: string | undefined
}

/** Opens the logos, one memory for the process. */
export function openLogos(parts: {
  readonly outbound: Outbound
  readonly clock: Clock
  readonly log: EventLog
}): Logos {
  const logos = new Recent<Logo>(held)
  const pictures = new Recent<Uint8Array>(held)
  let running = 0

  async function get(logo_uri: string, at: EpochSeconds): Promise<void> {
    const before = logos.get(logo_uri)?.file
    logos.set(logo_uri, { again_at: at + retryAfter, file: before })
    running += 1
    try {
      const png = await fetched(logo_uri, parts)
      if (png === undefined) return
      const file = `${createHash('sha256').update(png).digest('base64url').slice(0, 22)}.png`
      pictures.set(file, png)
      logos.set(logo_uri, { again_at: at + freshFor, file })
    } finally {
      running -= 1
    }
  }

  return {
    pathOf({ metadata: { logo_uri } }) {
      if (logo_uri === undefined) return undefined
      const known = logos.get(logo_uri)
      const at = parts.clock()
      if (running < atOnce && (known === undefined || at >= known.again_at)) void get(logo_uri, at)
      const file = known?.file
      return file !== undefined && pictures.get(file) !== undefined ? `/logos/${file}` : undefined
    },
    find: (file) => pictures.get(file),
  }
}

async function fetched(
  logo_uri: string,
  { outbound, log }: { readonly outbound: Outbound; readonly log: EventLog },
): Promise<Uint8Array | undefined> {
  const failed = (detail: Detail): undefined => {
    log.info('logo_failed', { uri: logo_uri, ...detail })
  }
  try {
    const accept = 'image/png, image/webp, image/jpeg, image/gif'
    const answer = await outbound.get(logo_uri, { accept, maximum: mostBytes })
    if ('refused' in answer) return failed({ why: answer.why })
    if (answer.status !== 200) return failed({ status: answer.status })
    return (await drawnAnew(answer.body, { width: side, height: side })).bytes
  } catch (cause) {
    return failed({ why: cause instanceof Error ? cause.message.slice(0, 200) : 'undecodable' })
  }
}
