/** Mail on its way out, by SMTP. What is handed over here was made safe before; addresses and lines are checked again. */
import type { Transporter } from 'nodemailer'
import { isPlainAddress } from '../domain/mail-address.ts'
import type { Hidden } from '../kernel/hidden.ts'
import { loadedOnce } from '../kernel/loaded-once.ts'
import type { Milliseconds } from '../kernel/time.ts'

/** A letter to one person. */
export interface Letter {
  /** One plain address: nothing that a header could read as two, or as something else. */
  readonly to: string
  readonly subject: string
  readonly text: string
}

/** What became of something that was to be sent: `refused` for good, `failed` for now. */
export type Sent = { readonly outcome: 'delivered' } | { readonly outcome: 'refused' | 'failed'; readonly why: string }

/** Sends letters. */
export interface Mailer {
  /** @param message_id makes the `Message-ID`, so that a letter sent twice is known to be one */
  send(letter: Letter, message_id: string): Promise<Sent>
}

/** How long each step of handing a letter over may take: all together less than a message is claimed for. */
const patience: Milliseconds = 5_000

/**
 * Opens the way to the mail server.
 *
 * @param from `Licet <id@example.com>`, as configured
 * @param domain what is behind the `@` of a `Message-ID`
 */
export function openMailer({ smtp, from, domain }: { smtp: Hidden; from: string; domain: string }): Mailer {
  const transport = loadedOnce(() => openTransport(smtp))
  return {
    async send({ to, subject, text }, message_id) {
      if (!isPlainAddress(to)) return { outcome: 'refused', why: 'address_malformed' }
      try {
        const opened = await transport()
        await opened.sendMail({
          from,
          to: { name: '', address: to },
          subject: subject.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' '),
          text,
          messageId: `<${message_id}@${domain}>`,
          // RFC 3834 §5: no machine is to answer.
          headers: { 'Auto-Submitted': 'auto-generated' },
        })
        return { outcome: 'delivered' }
      } catch (error) {
        return failure(error)
      }
    },
  }
}

/** Loaded with the first letter, as the client of requests that leave is with the first of them (docs/decisions/0029). */
async function openTransport(smtp: Hidden): Promise<Transporter> {
  const { createTransport } = await import('nodemailer')
  return createTransport({
    url: smtp.reveal(),
    dnsTimeout: patience,
    connectionTimeout: patience,
    greetingTimeout: patience,
    socketTimeout: patience,
    // A letter is text that we wrote: nothing in it may ever name a file or an address to fetch.
    disableFileAccess: true,
    disableUrlAccess: true,
  })
}

/**
 * RFC 5321 §4.2.1: a reply that begins with 5 is final, unless it is about us: our sign-in to the mail server, or the
 * sender that the operator configured, which would lose every letter until somebody looks.
 */
function failure(error: unknown): Sent {
  const { code, responseCode, command } = error as Readonly<Record<'code' | 'responseCode' | 'command', unknown>>
  const why = typeof responseCode === 'number' ? `smtp_${responseCode}` : typeof code === 'string' ? code : 'unknown'
  const isOfLetter = code === 'EENVELOPE' && command !== 'MAIL FROM'
  const isFinal = isOfLetter && typeof responseCode === 'number' && responseCode >= 550
  return { outcome: isFinal ? 'refused' : 'failed', why }
}
