/** `client_secret_basic`: id and secret in the Authorization header, RFC 6749 §2.3.1 and RFC 7617. */
import { decoded } from '../../kernel/parameters.ts'
import { refusal } from '../../kernel/refusal.ts'
import { checkSecret } from './client-secret.ts'
import { authenticationFailed, type ClientAuthenticationMethod, type Credentials } from './method.ts'

const basicMalformed = refusal('invalid_client', 'basic_credentials_malformed', authenticationFailed)
const schemeUnsupported = refusal('invalid_client', 'authorization_scheme_unsupported', authenticationFailed)

const scheme = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) +([A-Za-z0-9+/]+={0,2})$/
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const control = /[\p{Cc}]/u

export const clientSecretBasic: ClientAuthenticationMethod = {
  method: 'client_secret_basic',

  read({ headers }) {
    const { authorization } = headers
    if (authorization === undefined) return undefined
    const [, name, encoded] = scheme.exec(authorization.trim()) ?? []
    if (name !== undefined && name.toLowerCase() !== 'basic') throw schemeUnsupported({ scheme: name.slice(0, 20) })
    const credentials = encoded === undefined ? undefined : readBasic(encoded)
    if (credentials === undefined) throw basicMalformed()
    return credentials
  },

  check: (credentials, client, parts) => Promise.resolve(checkSecret(credentials, client, parts)),
}

/**
 * Reads `base64(id ":" secret)`, each half form-encoded before (RFC 6749 §2.3.1), cut at the first colon. Undefined for
 * anything looser: what one lenient reader mends one way, another mends differently.
 */
function readBasic(encoded: string): Credentials | undefined {
  const bytes = Buffer.from(encoded, 'base64')
  if (bytes.toString('base64') !== encoded) return undefined
  let text: string
  try {
    text = utf8.decode(bytes)
  } catch {
    return undefined // no UTF-8
  }
  const colon = text.indexOf(':')
  const client_id = decoded(text.slice(0, Math.max(colon, 0)))
  const proof = decoded(text.slice(colon + 1))
  if (client_id === undefined || client_id === '' || proof === undefined) return undefined
  return control.test(client_id) || control.test(proof) ? undefined : { client_id, proof }
}
