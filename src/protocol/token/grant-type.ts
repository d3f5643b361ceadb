import type { Parameters } from '../../kernel/parameters.ts'
import type { Bindings } from '../../kernel/binding.ts'
import { refusal } from '../../kernel/refusal.ts'
import type { Authorization } from '../../domain/authorization.ts'
import type { Client } from '../../domain/client.ts'
import type { Permission } from '../../domain/grant.ts'
import { enabledOf, type ProtectedResource } from '../../domain/protected-resource.ts'
import type { HttpRequest } from '../../http/message.ts'
import type { TokenResponse } from '../../vocabulary/token-response.ts'
import { provePossession } from '../confirmation.ts'
import type { FeatureParts, TokenRequestDraft } from '../feature.ts'
import type { ProtocolParts } from '../parts.ts'

const noResourceLeft = refusal(
  'invalid_target',
  'no_resource_left',
  'None of the authorized protected resources is served any more',
)

/** A token request whose client is authenticated. */
export interface TokenRequest {
  readonly request: HttpRequest
  readonly parameters: Parameters
  readonly client: Client
}

/** One way to get tokens, by its registered `grant_type`. */
export interface GrantType {
  readonly grant_type: string
  /** Answers, or throws the refusal. Every check comes before anything is spent. */
  answer(request: TokenRequest, parts: ProtocolParts): Promise<TokenResponse>
}

/**
 * Drafts the token request for the features' seams; its bindings then tell which keys it proved to hold.
 *
 * @throws `invalid_target` when resources were authorized and none of them is served any more; what a feature
 *   refuses of its proof of possession
 */
export async function draftTokenRequest(
  { request, parameters, client }: TokenRequest,
  grant_type: string,
  on: {
    readonly authorization?: Authorization
    readonly permissions: readonly Permission[]
    readonly bindings: Bindings
  },
  parts: FeatureParts & Pick<ProtocolParts, 'resources' | 'features'>,
): Promise<TokenRequestDraft> {
  const knownResources = enabledOf(await parts.resources.list())
  const authorized = new Set(on.permissions.flatMap(({ resource }) => resource ?? []))
  const resources = knownResources.filter(({ resource }) => authorized.has(resource))
  if (authorized.size > 0 && resources.length === 0) throw noResourceLeft({ client_id: client.client_id })
  const { authorization, bindings, permissions } = on
  await provePossession({ request, client, bindings }, parts)
  return {
    request,
    parameters,
    client,
    grant_type,
    bindings,
    knownResources,
    resources,
    permissions,
    ...(authorization && { authorization }),
  }
}

/**
 * Chooses the resource that the access token is for: the one asked for, or the first that a permission asked for belongs
 * to, or the first that was authorized (R12).
 */
export function chosenTarget({ target, resources, permissions }: TokenRequestDraft): ProtectedResource | undefined {
  const asked = new Set(permissions.map((permission) => permission.resource))
  return target ?? resources.find(({ resource }) => asked.has(resource)) ?? resources[0]
}
