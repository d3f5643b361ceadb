/** `client_secret_post`: id and secret in the body, RFC 6749 §2.3.1. */
import { checkSecret } from './client-secret.ts'
import type { ClientAuthenticationMethod } from './method.ts'

export const clientSecretPost: ClientAuthenticationMethod = {
  method: 'client_secret_post',

  read(_request, parameters) {
    const proof = parameters.get('client_secret')
    return proof === undefined ? undefined : { client_id: parameters.get('client_id') ?? '', proof }
  },

  check: (credentials, client, parts) => Promise.resolve(checkSecret(credentials, client, parts)),
}
