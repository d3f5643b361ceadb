import type { Parameters } from '../../kernel/parameters.ts'
import type { Bindings } from '../../kernel/binding.ts'
import { refusal } from '../../kernel/refusal.ts'
import type { Standing } from '../../domain/authorization.ts'
import type { Client } from '../../domain/client.ts'
import { heldBy, type Permission } from '../../domain/grant.ts'
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
 * Drafts the token request for the features' seams; its bindings then tell which keys it proved to hold. A resource at
 * which the person has taken back everything is none of those that may be asked for.
 *
 * @throws `invalid_target` when resources were authorized and none of them is served any more; what a feature
 *   refuses of its proof of possession
 */
export async function draftTokenRequest(
  { request, parameters, client }: TokenRequest,
  grant_type: string,
  on: {
    /** Absent where nothing was authorized before. */
    readonly standing?: Standing
    readonly permissions: readonly Permission[]
    readonly bindings: Bindings
  },
  parts: FeatureParts & Pick<ProtocolParts, 'resources' | 'features'>,
): Promise<TokenRequestDraft> {
  const knownResources = enabledOf(await parts.resources.list())
  const { standing, bindings, permissions } = on
  const authorized = new Set(stillHeld(permissions, standing).flatMap(({ resource }) => resource ?? []))
  const resources = knownResources.filter(({ resource }) => authorized.has(resource))
  if (authorized.size > 0 && resources.length === 0) throw noResourceLeft({ client_id: client.client_id })
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
    ...(standing && { authorization: standing.authorization }),
  }
}

/**
 * Chooses the resource that the access token is for: the one asked for, or the first that a permission asked for belongs
 * to, or the first that was authorized (R12). A permission that the person has taken back since does not decide it.
 */
export function chosenTarget(
  { target, resources, permissions }: TokenRequestDraft,
  standing?: Standing,
): ProtectedResource | undefined {
  const asked = new Set(stillHeld(permissions, standing).map((permission) => permission.resource))
  return target ?? resources.find(({ resource }) => asked.has(resource)) ?? resources[0]
}

/** What the grant still has of it. That there is none any more is the gate's to say. */
function stillHeld(permissions: readonly Permission[], standing: Standing | undefined): readonly Permission[] {
  const grant = standing?.grant
  return grant === undefined ? permissions : permissions.filter(heldBy(grant.permissions))
}
