/** What fields of OpenID Connect mean together in client metadata; only `checkClientMetadata` calls it. */
import { refusal, type OAuthError } from '../kernel/refusal.ts'
import type { ClientMetadata } from '../vocabulary/client-metadata.ts'
import type { Profile } from './client.ts'
import { profiles } from './profile.ts'
import { sectorOf } from './subject.ts'

const sectorMissing = refusal(
  'invalid_client_metadata',
  'sector_identifier_uri_missing',
  'Redirect URIs of several hosts, or of none, need a sector_identifier_uri for the subject_type pairwise',
)
const encryptionWithoutAlgorithm = refusal(
  'invalid_client_metadata',
  'encrypted_response_alg_missing',
  'An encrypted_response_enc needs the encrypted_response_alg that goes with it',
)
const encryptionWithoutKeys = refusal(
  'invalid_client_metadata',
  'encryption_keys_missing',
  'Encrypted responses need jwks or jwks_uri',
)
const profileContradicted = refusal(
  'invalid_client_metadata',
  'client_profile_contradicted',
  'The profile of this client does not allow this value',
)

/** Finds what contradicts itself. */
export function findOpenIdMistakes(metadata: ClientMetadata, profile: Profile): readonly OAuthError[] {
  return [...sectorMistakes(metadata), ...encryptionMistakes(metadata), ...profileMistakes(metadata, profile)]
}

/** OpenID Connect Core §8.1 */
function sectorMistakes(metadata: ClientMetadata): readonly OAuthError[] {
  const lacksSector = metadata.subject_type === 'pairwise' && sectorOf(metadata) === undefined
  return lacksSector ? [sectorMissing({ parameter: 'sector_identifier_uri' })] : []
}

/** OpenID Connect Registration §2, JARM §3: `enc` alone says nothing, and nothing is encrypted without a client's key. */
function encryptionMistakes(metadata: ClientMetadata): readonly OAuthError[] {
  const pairs = [
    [metadata.id_token_encrypted_response_alg, metadata.id_token_encrypted_response_enc, 'id_token'],
    [metadata.userinfo_encrypted_response_alg, metadata.userinfo_encrypted_response_enc, 'userinfo'],
    [metadata.authorization_encrypted_response_alg, metadata.authorization_encrypted_response_enc, 'authorization'],
  ] as const
  const hasKeys = metadata.jwks !== undefined || metadata.jwks_uri !== undefined
  return pairs.flatMap(([alg, enc, place]) => {
    if (alg === undefined) {
      return enc === undefined ? [] : [encryptionWithoutAlgorithm({ parameter: `${place}_encrypted_response_alg` })]
    }
    return hasKeys ? [] : [encryptionWithoutKeys({ parameter: `${place}_encrypted_response_alg` })]
  })
}

function profileMistakes(metadata: ClientMetadata, profile: Profile): readonly OAuthError[] {
  const { signing_algorithms, token_endpoint_auth_methods } = profiles[profile]
  const allowed = [
    ['id_token_signed_response_alg', signing_algorithms],
    ['userinfo_signed_response_alg', signing_algorithms],
    ['authorization_signed_response_alg', signing_algorithms],
    ['token_endpoint_auth_signing_alg', signing_algorithms],
    ['token_endpoint_auth_method', token_endpoint_auth_methods],
  ] as const
  return allowed.flatMap(([name, values]) => {
    const value: string | undefined = metadata[name]
    const isAllowed = value === undefined || values === undefined || values.some((one) => one === value)
    return isAllowed ? [] : [profileContradicted({ parameter: name, given: value, offered: [...values] })]
  })
}
