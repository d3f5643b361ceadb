import { reachableAcrValues } from '../../domain/authentication-context.ts'
import { openToSomebody } from '../../domain/legacy-fence.ts'
import { enabledOf, type ProtectedResource } from '../../domain/protected-resource.ts'
import { contentEncryptionAlgorithms, keyManagementAlgorithms, signingAlgorithms } from '../../vocabulary/algorithms.ts'
import type { ServerMetadata } from '../../vocabulary/server-metadata.ts'
import type { BrandLink } from '../../kernel/branding.ts'
import { languages } from '../../kernel/language.ts'
import { promptsOf } from '../authorize/demands.ts'
import { supportedResponseModes } from '../authorize/response-modes.ts'
import { assertionAlgorithms } from '../client-authentication/assertion-algorithms.ts'
import { offeredMethods } from '../client-authentication/authenticate.ts'
import type { ProtocolParts } from '../parts.ts'
import { paths } from '../paths.ts'
import { registrationPath } from '../registration/paths.ts'
import { grantTypes } from '../token/endpoint.ts'

/**
 * Says what this server does: RFC 8414 §2, OpenID Connect Discovery §3. Each value comes from the table that makes it
 * true, so that what is advertised and what is answered cannot drift apart (JK-06). Every URL comes from the issuer.
 */
export function serverMetadata(
  parts: Pick<ProtocolParts, 'issuer' | 'settings' | 'features' | 'clock'>,
  resources: readonly ProtectedResource[],
): Partial<ServerMetadata> {
  const { issuer, settings, features } = parts
  const legacy = openToSomebody(settings.legacy, parts.clock())
  const enabled = enabledOf(resources)
  const detailsTypes = distinct(
    enabled.flatMap(({ authorization_details_types = {} }) => Object.keys(authorization_details_types)),
  )
  const methods = offeredMethods(settings.mtls)
  // A public client proves nothing, and may not introspect.
  const proving = methods.filter((method) => method !== 'none')
  const { links } = settings.brands.own[settings.language].brand
  const linked = (wanted: BrandLink): string | undefined => links.find(({ name }) => name === wanted)?.href
  const [op_policy_uri, op_tos_uri] = [linked('privacy'), linked('terms')]
  const endpoints = Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, issuer + path])) as Record<
    keyof typeof paths,
    string
  >
  return {
    issuer,
    ...endpoints,
    ...(settings.registration.dynamic !== 'off' && { registration_endpoint: issuer + registrationPath }),
    scopes_supported: distinct([
      'openid',
      'offline_access',
      ...settings.claims.map(({ scope }) => scope),
      ...enabled.flatMap(({ scopes }) => Object.keys(scopes)),
    ]),
    response_types_supported: ['code', ...legacy.response_types],
    response_modes_supported: supportedResponseModes(parts),
    grant_types_supported: [...grantTypes.keys(), ...legacy.grant_types],
    subject_types_supported: ['public', 'pairwise'],
    id_token_signing_alg_values_supported: signingAlgorithms,
    id_token_encryption_alg_values_supported: keyManagementAlgorithms,
    id_token_encryption_enc_values_supported: contentEncryptionAlgorithms,
    userinfo_signing_alg_values_supported: signingAlgorithms,
    userinfo_encryption_alg_values_supported: keyManagementAlgorithms,
    userinfo_encryption_enc_values_supported: contentEncryptionAlgorithms,
    token_endpoint_auth_methods_supported: methods,
    token_endpoint_auth_signing_alg_values_supported: assertionAlgorithms,
    revocation_endpoint_auth_methods_supported: methods,
    revocation_endpoint_auth_signing_alg_values_supported: assertionAlgorithms,
    introspection_endpoint_auth_methods_supported: proving,
    introspection_endpoint_auth_signing_alg_values_supported: assertionAlgorithms,
    // OpenID Connect Core §5.6: all claims are our own; none is aggregated or distributed.
    claim_types_supported: ['normal'],
    claims_supported: distinct([...idTokenClaimNames, ...settings.claims.flatMap(({ claims }) => claims)]),
    acr_values_supported: reachableAcrValues,
    // Every window gets the same pages, which fit it.
    display_values_supported: ['page', 'popup', 'touch', 'wap'],
    ui_locales_supported: languages,
    // What the pages link to, at the bottom of each.
    ...(op_policy_uri !== undefined && { op_policy_uri }),
    ...(op_tos_uri !== undefined && { op_tos_uri }),
    prompt_values_supported: promptsOf(settings),
    request_parameter_supported: true,
    // OpenID Connect Discovery §3: left out, it would mean yes.
    request_uri_parameter_supported: settings.authorization_requests.by_reference,
    // There is nothing to register where none is taken: a client that would do as it is told could not.
    require_request_uri_registration: settings.authorization_requests.by_reference,
    request_object_signing_alg_values_supported: assertionAlgorithms,
    require_pushed_authorization_requests: settings.authorization_requests.require_pushed,
    ...(detailsTypes.length > 0 && { authorization_details_types_supported: detailsTypes }),
    client_id_metadata_document_supported: settings.registration.metadata_documents !== 'off',
    protected_resources: enabled.map(({ resource }) => resource),
    ...Object.assign({}, ...features.map((feature) => feature.metadata?.({ issuer, settings }) ?? {})),
  }
}

/**
 * Members that a draft names and no registry has yet. OpenID Connect Discovery §3 lets a server add members, yet the suite
 * of the OpenID Foundation takes those it does not know for misunderstandings.
 */
export const draftMembers: ReadonlySet<string> = new Set(['refresh_token_expiration_types_supported'])

/** What every id_token says, or may say: OpenID Connect Core §2. */
const idTokenClaimNames = ['iss', 'sub', 'aud', 'exp', 'iat', 'auth_time', 'nonce', 'acr', 'amr', 'sid', 'at_hash']

function distinct(values: readonly string[]): readonly string[] {
  return [...new Set(values)]
}
