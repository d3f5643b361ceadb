/** What a client that no operator registered may be: the policy under which the one check judges it (DR-05). */
import type { ClientMetadataPolicy } from '../../domain/client-metadata.ts'
import { enabledOf } from '../../domain/protected-resource.ts'
import { identityScopes } from '../authorize/scope.ts'
import { offeredMethods } from '../client-authentication/authenticate.ts'
import type { ProtocolParts } from '../parts.ts'

/** What the policy is made of. */
export type RegistrationPolicyParts = Pick<ProtocolParts, 'settings' | 'resources'>

/**
 * The grant types that a stranger's client may have: those in which a person decides. What a client gets for itself
 * (`client_credentials`) or by what it found elsewhere is an operator's to give.
 */
const grant_types = ['authorization_code', 'refresh_token']

/** Makes the policy for whoever sends a registration; its scope values are those there are now. */
export async function registrationPolicy({
  settings,
  resources,
}: RegistrationPolicyParts): Promise<ClientMetadataPolicy> {
  const { registration } = settings
  const enabled = enabledOf(await resources.list())
  const known = new Set([...identityScopes(settings), ...enabled.flatMap(({ scopes }) => Object.keys(scopes))])
  const scopes = registration.scopes?.filter((scope) => known.has(scope)) ?? [...known]
  return {
    author: 'stranger',
    unknown: 'ignore',
    grant_types,
    token_endpoint_auth_methods: offeredMethods(settings.mtls),
    scopes,
    ...registration.uris,
  }
}

/**
 * Makes the policy for whoever hosts a metadata document: as `registrationPolicy`, but there is nobody with whom a
 * secret could be shared (draft-ietf-oauth-client-id-metadata-document-01 §4.1).
 */
export async function documentPolicy(parts: RegistrationPolicyParts): Promise<ClientMetadataPolicy> {
  const policy = await registrationPolicy(parts)
  const methods = policy.token_endpoint_auth_methods.filter((method) => !method.startsWith('client_secret_'))
  return { ...policy, token_endpoint_auth_methods: methods }
}
