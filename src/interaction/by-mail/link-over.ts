/** What is shown behind a link that is no longer good, and how a link that we never made is refused. */
import type { HttpRequest, HttpResponse } from '../../http/message.ts'
import { page } from '../../http/page.ts'
import { refusal } from '../../kernel/refusal.ts'
import type { EventLog } from '../../domain/event-log.ts'
import { logRefusal, particularsOf } from '../error/handler.ts'
import { wordsFor, type LanguageParts } from '../language.ts'
import { linkOverPage } from './link-over-page.ts'

/** Refuses a link that none of our letters had, or that is for something else. */
export const mailLinkUnknown = refusal('invalid_request', 'mail_link_unknown', 'This link is not one of ours', 404)

const mailLinkOver = refusal('invalid_request', 'mail_link_over', 'This link was used already, or is too old', 410)

/**
 * Answers a visit to a link that was used or is too old.
 *
 * @param again the path under which another letter can be asked for; undefined where that is somebody else's to do
 */
export function linkOver(
  request: HttpRequest,
  again: string | undefined,
  parts: LanguageParts & { readonly issuer: string; readonly log: EventLog },
): HttpResponse {
  const words = wordsFor(request, parts)
  const refused = mailLinkOver()
  logRefusal('letter', refused, request, parts.log)
  const particulars = particularsOf(refused, request, parts.issuer)
  return page(
    refused.status,
    linkOverPage({ home: parts.issuer, words, again: again && parts.issuer + again, particulars }),
  )
}
