import { withHeaders, type Handler } from '../http/message.ts'
import { filling, type FeatureParts } from './feature.ts'
import type { ProtocolParts } from './parts.ts'

/** Adds what the features have to say to every answer of an endpoint that gives or takes tokens, errors too. */
export function withFeatureHeaders(handler: Handler, parts: FeatureParts & Pick<ProtocolParts, 'features'>): Handler {
  return async (request) => {
    const answer = await handler(request)
    const told = filling(parts.features, 'answerHeaders').map((feature) => feature.answerHeaders(request, parts))
    return withHeaders(answer, Object.assign({}, ...told))
  }
}
