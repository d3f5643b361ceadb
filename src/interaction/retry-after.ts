import type { HttpResponse } from '../http/message.ts'
import type { Seconds } from '../kernel/time.ts'

/** Spells the header field that says when to try again (RFC 9110 §10.2.3), where a page tells its person so. */
export function retryAfter(
  notice: { readonly kind: string; readonly retry_after?: Seconds } | undefined,
): HttpResponse['headers'] {
  return notice?.retry_after === undefined ? {} : { 'retry-after': String(notice.retry_after) }
}
