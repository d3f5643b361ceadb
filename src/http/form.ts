/** Reads the form bodies of machine endpoints: RFC 6749 §3.2 and appendix B. */
import { Parameters } from '../kernel/parameters.ts'
import { refusal } from '../kernel/refusal.ts'
import { hasMediaType } from './media-type.ts'
import type { HttpRequest } from './message.ts'

const postOnly = refusal('invalid_request', 'method_not_allowed', 'This endpoint takes POST', 405)
const wrongType = refusal(
  'invalid_request',
  'content_type_unsupported',
  'The body must be application/x-www-form-urlencoded in UTF-8',
  415,
)
const malformed = refusal('invalid_request', 'form_malformed', 'The body is not a well-formed form in UTF-8')
const tooLarge = refusal('invalid_request', 'form_too_large', 'The body is too large', 413)
const repeated = refusal('invalid_request', 'form_parameter_repeated', 'A parameter came more than once')

/** No honest request comes near these: a client assertion with its chain of claims has some 2,000 characters. */
const longestForm = 65_536
const mostParameters = 200

/**
 * Reads the form that a request carries. The query is not looked at: RFC 6749 §2.3.1 keeps secrets out of URLs, and so
 * a parameter there is none.
 *
 * @param repeatable the parameters that may come several times, such as `resource`; `any` where the endpoint decides
 * @throws {OAuthError} `invalid_request`: 405 for another method than POST, 415 for another content type, 413 for a
 *   body of more than 65,536 characters or 200 parameters, 400 for what is malformed or repeated (RFC 6749 §3.2)
 */
export function readForm(request: HttpRequest, repeatable: readonly string[] | 'any' = []): Parameters {
  if (request.method !== 'POST') throw postOnly({ allow: 'POST', method: request.method })
  if (!hasMediaType(request, 'application/x-www-form-urlencoded'))
    throw wrongType({ content_type: request.headers['content-type']?.slice(0, 100) })
  if (request.body.length > longestForm) throw tooLarge({ length: request.body.length })
  const parameters = Parameters.read(request.body)
  // U+FFFD is what became of bytes that were not UTF-8 before they reached us.
  if (parameters.malformed || request.body.includes('\ufffd')) throw malformed()
  if (parameters.names().length > mostParameters) throw tooLarge({ parameters: parameters.names().length })
  const twice = repeatable === 'any' ? [] : parameters.repeated(repeatable)
  if (twice.length > 0) throw repeated({ parameters: twice.slice(0, 5).map((name) => name.slice(0, 100)) })
  return parameters
}
