/** Webhooks on their way out: signed as Standard Webhooks has it, through the one guard. */
import { createHmac } from 'node:crypto'
import type { Outbound } from '../domain/outbound.ts'
import type { Json } from '../kernel/binding.ts'
import type { Hidden } from '../kernel/hidden.ts'
import type { EpochSeconds } from '../kernel/time.ts'
import type { Sent } from './mail.ts'

/** Where events are sent. */
export interface Webhook {
  readonly url: string
  readonly secret: Hidden
}

/** One event, as often as it is sent. */
export interface WebhookEvent {
  /** The same at each attempt, so that a receiver can tell a repetition. */
  readonly id: string
  readonly body: Json
  /** When it is sent: signed, so that a receiver can refuse what is old. */
  readonly at: EpochSeconds
}

/** Posts an event. A receiver that answers anything but 2xx did not take it. */
export async function sendWebhook(
  { url, secret }: Webhook,
  { id, body, at }: WebhookEvent,
  { outbound }: { readonly outbound: Outbound },
): Promise<Sent> {
  const text = JSON.stringify(body)
  const headers = {
    'webhook-id': id,
    'webhook-timestamp': String(at),
    'webhook-signature': `v1,${signature(`${id}.${at}.${text}`, secret.reveal())}`,
  }
  const answer = await outbound.post(
    url,
    { type: 'application/json', text, headers },
    { accept: '*/*', timeout: 5_000 },
  )
  if ('refused' in answer) return { outcome: 'failed', why: answer.why }
  return answer.status >= 200 && answer.status < 300
    ? { outcome: 'delivered' }
    : { outcome: 'failed', why: `status_${answer.status}` }
}

/** HMAC-SHA256. A secret spelled `whsec_…` is base64, as Standard Webhooks has it; any other is its own bytes. */
function signature(text: string, secret: string): string {
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : Buffer.from(secret)
  return createHmac('sha256', key).update(text).digest('base64')
}
