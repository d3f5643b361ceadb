import { sha256base64url } from '../kernel/hash.ts'
import { refusal } from '../kernel/refusal.ts'
import type { Seconds } from '../kernel/time.ts'
import type { HttpRequest, HttpResponse } from './message.ts'

const readOnly = refusal('invalid_request', 'document_read_only', 'This document can only be read', 405)

/** How long anyone may keep what we publish: far less than a new key waits before it signs, so that everybody knows it by then. */
const publishedFor: Seconds = 900

/** A JSON document that is the same for everybody, ready to be sent. */
export interface PublishedDocument {
  readonly body: string
  /**
   * Answers with it, or with 304 to whoever has it already.
   *
   * @throws {OAuthError} `invalid_request` (405) for another method than GET and HEAD
   */
  answer(request: HttpRequest): HttpResponse
}

/** Makes a published document of a JSON text: caches may keep it for 15 minutes. */
export function published(body: string): PublishedDocument {
  const etag = `"${sha256base64url(body).slice(0, 22)}"`
  const headers = {
    'content-type': 'application/json',
    'cache-control': `public, max-age=${String(publishedFor)}`,
    etag,
  }
  return {
    body,
    answer({ method, headers: { 'if-none-match': known } }) {
      if (method !== 'GET' && method !== 'HEAD') throw readOnly({ allow: 'GET, HEAD' })
      const isKnown = known === '*' || known?.split(',').some((one) => one.trim().replace(/^W\//, '') === etag) === true
      return isKnown ? { status: 304, headers, body: '' } : { status: 200, headers, body }
    },
  }
}
