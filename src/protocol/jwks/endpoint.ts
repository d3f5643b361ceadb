/** The published keys, RFC 7517 §5: whoever checks our tokens fetches them here. */
import { endpoint } from '../../http/errors.ts'
import type { Handler } from '../../http/message.ts'
import { published, type PublishedDocument } from '../../http/published.ts'
import type { ProtocolParts } from '../parts.ts'

/** Makes the handler of the key set; a key that is made or removed changes it at once. */
export function jwksEndpoint(parts: Pick<ProtocolParts, 'issuer' | 'log' | 'signer'>): Handler {
  let document: PublishedDocument | undefined
  return endpoint('jwks', parts, (request) => {
    const body = JSON.stringify(parts.signer.jwks())
    if (document?.body !== body) document = published(body)
    return Promise.resolve(document.answer(request))
  })
}
