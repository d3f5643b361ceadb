import type { ProtectedResource } from '../../domain/protected-resource.ts'
import type { ServerMetadata } from '../../vocabulary/server-metadata.ts'
import { languages } from '../../kernel/language.ts'
import { prompts } from '../authorize/request.ts'
import { assertionAlgorithms } from '../client-authentication/assertion-algorithms.ts'
import { clientAuthenticationMethods } from '../client-authentication/authenticate.ts'
import type { ProtocolParts } from '../parts.ts'
import { paths } from '../paths.ts'
import { grantTypes } from '../token/endpoint.ts'

/**
 * Says what this server does: RFC 8414 §2, OpenID Connect Discovery §3. Each value comes from the table that makes it
 * true, so that what is advertised and what is answered cannot part (JK-06). Every URL comes from the issuer.
 */
export function serverMetadata(
  { issuer, settings, features }: Pick<ProtocolParts, 'issuer' | 'settings' | 'features'>,
  resources: readonly ProtectedResource[],
): Partial<ServerMetadata> {
  const enabled = resources.filter(({ disabled }) => !disabled)
  const detailsTypes = distinct(
    enabled.flatMap(({ authorization_details_types = {} }) => Object.keys(authorization_details_types)),
  )
  const methods = clientAuthenticationMethods.map(({ method }) => method)
  // A public client proves nothing, and is not told of tokens.
  const proving = methods.filter((method) => method !== 'none')
  const endpoints = Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, issuer + path])) as Record<
    keyof typeof paths,
    string
  >
  return {
    issuer,
    ...endpoints,
    scopes_supported: distinct([
      'openid',
      'offline_access',
      ...settings.claims.map(({ scope }) => scope),
      ...enabled.flatMap(({ scopes }) => Object.keys(scopes)),
    ]),
    response_types_supported: ['code'],
    response_modes_supported: ['query', 'form_post'],
    grant_types_supported: [...grantTypes.keys()],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256', 'ES256'],
    token_endpoint_auth_methods_supported: methods,
    token_endpoint_auth_signing_alg_values_supported: assertionAlgorithms,
    revocation_endpoint_auth_methods_supported: methods,
    revocation_endpoint_auth_signing_alg_values_supported: assertionAlgorithms,
    introspection_endpoint_auth_methods_supported: proving,
    introspection_endpoint_auth_signing_alg_values_supported: assertionAlgorithms,
    claims_supported: distinct(['sub', ...settings.claims.flatMap(({ claims }) => claims)]),
    ui_locales_supported: languages,
    prompt_values_supported: prompts,
    claims_parameter_supported: false,
    request_parameter_supported: true,
    // OpenID Connect Discovery §3: left out, it would mean yes.
    request_uri_parameter_supported: settings.authorization_requests.by_reference,
    require_request_uri_registration: true,
    request_object_signing_alg_values_supported: assertionAlgorithms,
    require_pushed_authorization_requests: settings.authorization_requests.require_pushed,
    ...(detailsTypes.length > 0 && { authorization_details_types_supported: detailsTypes }),
    protected_resources: enabled.map(({ resource }) => resource),
    ...Object.assign({}, ...features.map((feature) => feature.metadata?.() ?? {})),
  }
}

function distinct(values: readonly string[]): readonly string[] {
  return [...new Set(values)]
}
