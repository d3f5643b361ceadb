/** Reads the JSON bodies of machine endpoints: RFC 8259, and of what that leaves open only what all readers take alike. */
import type { Json } from '../kernel/binding.ts'
import { isMapping } from '../kernel/mapping.ts'
import { refusal } from '../kernel/refusal.ts'
import { readUnambiguousJson } from '../kernel/unambiguous-json.ts'
import { hasMediaType } from './media-type.ts'
import type { HttpRequest } from './message.ts'

const wrongType = refusal('invalid_request', 'json_expected', 'The body must be application/json in UTF-8', 415)
const malformed = refusal(
  'invalid_request',
  'json_malformed',
  'The body is not a JSON object in UTF-8 in which each name comes once',
)

/**
 * Reads the JSON object that a request carries (PX-08).
 *
 * The media type is asked for: a page of another site can make a browser send JSON as `text/plain` without asking, and
 * `application/json` it cannot (BR-31).
 *
 * @throws {OAuthError} `invalid_request`: 415 for another content type, 400 for what is not an object, or ambiguous
 */
export function readJsonObject(request: HttpRequest): Readonly<Record<string, Json>> {
  if (!hasMediaType(request, 'application/json')) {
    throw wrongType({ content_type: request.headers['content-type']?.slice(0, 100) })
  }
  // U+FFFD is what became of bytes that were not UTF-8 before they reached us.
  const value = request.body.includes('\ufffd') ? undefined : readUnambiguousJson(request.body)
  if (!isMapping(value)) throw malformed()
  return value
}
