/** What people get by mail while a test goes through the pages: over a real mail server, from the outbox to the reader. */
import { deliver, mailSender } from '../src/server/deliveries.ts'
import { Hidden } from '../src/kernel/hidden.ts'
import { openMailer } from '../src/outside/mail.ts'
import { openMailbox, type Received } from './mailbox.ts'
import type { Steps } from './steps.ts'

/** The mail of a test. */
export interface Letters {
  /** Delivers what waits, and answers what came since the last time, oldest first. */
  arrived(): Promise<readonly Received[]>
  close(): Promise<void>
}

/** Lets the pages send mail. Done to the steps themselves: their pages read their parts at each visit. */
export async function openLetters({ parts, stores }: Steps): Promise<Letters> {
  const mailbox = await openMailbox()
  Object.assign(parts, { audience: { mail: true, webhooks: [] } })
  const mailer = openMailer({ smtp: new Hidden(mailbox.url), from: 'Licet <id@example.com>', domain: 'id.test' })
  const send = mailSender(mailer, parts)
  let read = 0
  return {
    async arrived() {
      await deliver('mail', send, {
        outbox: stores.outbox,
        clock: parts.clock,
        log: parts.log,
        isStopping: () => false,
      })
      const since = mailbox.letters.slice(read)
      read = mailbox.letters.length
      return since
    },
    close: () => mailbox.close(),
  }
}

/** The first link of a letter that leads to a path of ours. */
export function linkIn({ text }: Pick<Received, 'text'>, path: string): string {
  const found = text.split(/\s+/).find((word) => word.startsWith(`https://id.test${path}/`))
  if (found === undefined) throw new Error(`There is no link to ${path} in: ${text}`)
  return found
}
