/** `none`: a public client names itself and proves nothing, RFC 6749 §2.1. What protects it is PKCE and its redirect URI. */
import type { ClientAuthenticationMethod } from './method.ts'

export const none: ClientAuthenticationMethod = {
  method: 'none',

  read({ certificate }, parameters) {
    const client_id = parameters.get('client_id')
    return client_id === undefined ? undefined : { client_id, proof: '', ...(certificate && { certificate }) }
  },

  check: () => Promise.resolve(undefined),
}
