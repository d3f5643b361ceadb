/** Authorization server issuer identification: RFC 9207. */
import type { Feature } from './feature.ts'

export const issuerIdentification = {
  name: 'issuer identification',
  spec: ['RFC 9207'],
  refusals: [],

  metadata: () => ({ authorization_response_iss_parameter_supported: true }),

  // RFC 9207 §2: in every answer, errors too, so that a client can tell which server it talked to.
  authorizationResponse: ({ issuer }) => ({ iss: issuer }),
} satisfies Feature
