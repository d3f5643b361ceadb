/** Empties the outbox: what is due is claimed, sent, and removed or put off. What cannot be delivered is given up in the end. */
import { findToTell } from '../domain/client.ts'
import { outboxPatience, pauseAfter, type ClaimedMessage, type Outbox, type OutboxKind } from '../domain/outbox.ts'
import type { EventLog } from '../domain/event-log.ts'
import { subjectFor } from '../domain/subject.ts'
import type { SystemNotice } from '../domain/notice.ts'
import type { Outbound } from '../domain/outbound.ts'
import { isPlainAddress } from '../domain/mail-address.ts'
import type { Mailer, Sent } from '../outside/mail.ts'
import { sendLogoutToken } from '../outside/logout-token.ts'
import { sendWebhook, type Webhook } from '../outside/webhook.ts'
import { composeLetter } from '../interaction/letter/compose.ts'
import { signLogoutToken } from '../protocol/logout/logout-token.ts'
import type { ProtocolParts } from '../protocol/parts.ts'
import { spellMoment, type Clock } from '../kernel/time.ts'

/** Sends one message; `nothing_to_send` when what it told of is over. */
export type Send = (message: ClaimedMessage) => Promise<Sent | { readonly outcome: 'nothing_to_send' }>

/** How each kind is sent; undefined: it is not configured, and what is queued waits. */
export type Senders = Readonly<Record<OutboxKind, Send | undefined>>

/** What deliveries take. */
export interface DeliveryParts {
  readonly outbox: Outbox
  readonly clock: Clock
  readonly log: EventLog
  readonly isStopping: () => boolean
}

/** Messages of one kind that are under way at once: a receiver that hangs holds up no more than these. */
const atOnce = 8

/** Sends what is due of one kind, until nothing is or somebody says to stop. */
export async function deliver(kind: OutboxKind, send: Send | undefined, parts: DeliveryParts): Promise<void> {
  if (send === undefined) return
  const sendOnce = passingOverTheSlow(send)
  while (!parts.isStopping()) {
    const claimed = await parts.outbox.claim(kind, atOnce, parts.clock())
    if (claimed.length === 0) return
    await Promise.all(claimed.map((message) => deliverOne(message, sendOnce, parts)))
  }
}

/** Sends nothing more to a receiver that did not answer in time: all others would wait for each of its messages. */
function passingOverTheSlow(send: Send): Send {
  const slow = new Set<string>()
  return async (message) => {
    const { client_id, url } = message.payload
    const receiver = JSON.stringify({ client_id, url })
    if (slow.has(receiver)) return { outcome: 'failed', why: 'too_slow' }
    const sent = await send(message)
    if ('why' in sent && sent.why === 'too_slow') slow.add(receiver)
    return sent
  }
}

async function deliverOne(message: ClaimedMessage, send: Send, { outbox, clock, log }: DeliveryParts): Promise<void> {
  const { message_id, kind, attempts, queued_at } = message
  const detail = { message_id, kind, attempts }
  // What goes wrong with one message is put off like any other that was not delivered: all behind it would wait for it.
  const sent = await send(message).catch((cause: unknown) => {
    log.error('notice_failed', detail, cause)
    return { outcome: 'failed', why: 'failed_here' } as const
  })
  if (sent.outcome === 'nothing_to_send') return outbox.remove(message)
  if (sent.outcome === 'delivered') {
    log.info('notice_delivered', detail)
    return outbox.remove(message)
  }
  const next_at = clock() + pauseAfter(attempts)
  if (sent.outcome === 'refused' || next_at > queued_at + outboxPatience) {
    const given_up = { ...detail, why: sent.why }
    // A mailbox that does not exist and a client that does not listen are named by strangers, who could have operators
    // called at night: only what our mail server or the operator's own systems would not take is a failure of ours.
    if (sent.outcome === 'refused' || kind === 'logout_token') log.warn('notice_given_up', given_up)
    else log.error('notice_given_up', given_up, undefined)
    return outbox.remove(message)
  }
  log.warn('notice_postponed', { ...detail, why: sent.why })
  return outbox.postpone(message, next_at)
}

/** Sends mail: text, recipient and link are composed now, so that the queue holds none of them. */
export function mailSender(mailer: Mailer, parts: Parameters<typeof composeLetter>[1]): Send {
  return async (message) => {
    const letter = await composeLetter(message, parts)
    if (letter === undefined || !isPlainAddress(letter.to)) return { outcome: 'nothing_to_send' }
    return mailer.send(letter, message.message_id)
  }
}

/** Sends logout tokens, newly signed for each attempt, to clients that are still there and still want to be told. */
export function logoutTokenSender(
  parts: { readonly outbound: Outbound } & Pick<
    ProtocolParts,
    'accounts' | 'clients' | 'clock' | 'issuer' | 'secrets' | 'sessions' | 'signer'
  >,
): Send {
  return async ({ message_id, payload, attempts }) => {
    const { account_id, client_id, sid } = payload as { account_id: string; client_id: string; sid: string }
    const client = await findToTell(client_id, parts)
    const uri = client?.metadata.backchannel_logout_uri
    if (client === undefined || client.disabled || uri === undefined) return { outcome: 'nothing_to_send' }
    const account = await parts.accounts.find(account_id)
    const jti = `${message_id}.${attempts}`
    const logout_token = await signLogoutToken(
      { client, sub: account && subjectFor(account, client, parts), sid, jti },
      parts,
    )
    const sent = await sendLogoutToken(uri, logout_token, parts)
    if (sent.outcome === 'delivered') await parts.sessions.confirm(message_id, parts.clock())
    return sent
  }
}

/** Sends events to the webhook whose URL they were queued for; one that is no longer configured is told nothing. */
export function webhookSender(
  webhooks: readonly Webhook[],
  parts: { readonly outbound: Outbound } & Pick<Parameters<typeof composeLetter>[1], 'accounts' | 'clock'>,
): Send {
  return async ({ message_id, payload }) => {
    const { url, type, account_id, grant, how, reason, at } = payload as unknown as SystemNotice
    const webhook = webhooks.find((one) => one.url === url)
    if (webhook === undefined) return { outcome: 'nothing_to_send' }
    const account = await parts.accounts.find(account_id)
    const about = {
      ...grant,
      ...(account && { sub: account.sub }),
      ...(how !== undefined && { how }),
      ...(reason !== undefined && { reason }),
    }
    const body = { type, timestamp: spellMoment(at), data: about }
    return sendWebhook(webhook, { id: message_id, body, at: parts.clock() }, parts)
  }
}
