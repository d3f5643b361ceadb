/**
 * JWT Secured Authorization Response Mode (JARM): the response parameters travel in one signed envelope, encrypted where
 * the client registered that. Which clients may have it their metadata says; where it goes is decided elsewhere.
 */
import type { Seconds } from '../kernel/time.ts'
import { contentEncryptionAlgorithms, keyManagementAlgorithms, signingAlgorithms } from '../vocabulary/algorithms.ts'
import type { Client } from '../domain/client.ts'
import type { Feature, ResponseMode, ResponseModeParts } from './feature.ts'
import { encryptedFor } from './token/encrypt.ts'

/**
 * RFC 8725 §3.11: an envelope is never taken for an id_token, which has the same `iss` and `aud` and the same keys.
 */
const envelopeType = 'authorization-response+jwt'

/** How long an envelope may be opened; JARM §2.1 allows ten minutes at most. */
const lifetime: Seconds = 300

/** JARM §3: a client that wants envelopes says by which algorithm; one that says only how to encrypt has them by RS256. */
function wantsEnvelopes({ metadata }: Client): boolean {
  return (
    metadata.authorization_signed_response_alg !== undefined ||
    metadata.authorization_encrypted_response_alg !== undefined
  )
}

async function envelope(
  parameters: Readonly<Record<string, string>>,
  client: Client,
  parts: ResponseModeParts,
): Promise<Readonly<Record<string, string>>> {
  const {
    authorization_signed_response_alg: signedBy = 'RS256',
    authorization_encrypted_response_alg: alg,
    authorization_encrypted_response_enc: enc,
  } = client.metadata
  // The claims of the envelope come last: no parameter can overwrite them.
  const claims = { ...parameters, iss: parts.issuer, aud: client.client_id, exp: parts.clock() + lifetime }
  const text = await parts.signer.sign(envelopeType, signedBy, claims)
  return { response: alg === undefined ? text : await encryptedFor(client, { text, cty: 'JWT', alg, enc }, parts) }
}

const packed = { suits: wantsEnvelopes, pack: envelope } satisfies Partial<ResponseMode>

export const jarm = {
  name: 'jarm',
  spec: ['JARM'],
  refusals: [],

  metadata: () => ({
    authorization_signing_alg_values_supported: signingAlgorithms,
    authorization_encryption_alg_values_supported: keyManagementAlgorithms,
    authorization_encryption_enc_values_supported: contentEncryptionAlgorithms,
  }),

  responseModes: {
    jwt: { carrier: 'by_type', ...packed },
    'query.jwt': { carrier: 'query', ...packed },
    'fragment.jwt': { carrier: 'fragment', ...packed },
    'form_post.jwt': { carrier: 'form_post', ...packed },
  },
} satisfies Feature
