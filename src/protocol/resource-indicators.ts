/** Resource indicators: RFC 8707. The protected resource of a token is named, shown, recorded, and from then on only narrowed. */
import { refusal } from '../kernel/refusal.ts'
import type { ProtectedResource } from '../domain/protected-resource.ts'
import type { AuthorizationRequestDraft, Feature } from './feature.ts'

const resourceUnknown = refusal(
  'invalid_target',
  'resource_unknown',
  'resource names no protected resource of this server',
)
const resourceNotApproved = refusal(
  'invalid_target',
  'resource_not_approved',
  'resource was not part of what was authorized',
)
const resourceSeveral = refusal(
  'invalid_target',
  'resource_several',
  'one access token is for one resource: send one resource',
)

/** Finds each named resource; RFC 8707 §2: one that is unknown, relative or has a fragment is `invalid_target`. */
function named(indicators: readonly string[], known: readonly ProtectedResource[]): readonly ProtectedResource[] {
  return indicators.map((indicator) => {
    const found = known.find(({ resource }) => resource === indicator || resource === `${indicator}/`)
    if (found === undefined) throw resourceUnknown({ resource: indicator.slice(0, 200) })
    return found
  })
}

function nameResources(draft: AuthorizationRequestDraft): void {
  const indicators = draft.parameters.all('resource')
  if (indicators.length > 0) draft.resources = [...new Set(named(indicators, draft.knownResources))]
}

export const resourceIndicators = {
  name: 'resource indicators',
  spec: ['RFC 8707'],
  refusals: [resourceUnknown, resourceNotApproved, resourceSeveral],
  repeatable: ['resource'],

  // RFC 8707 §2.1: the request names where the tokens will be used; the person is shown it.
  authorizationRequest: nameResources,
  deviceAuthorizationRequest: nameResources,

  // RFC 8707 §2.2: the token request chooses among what was authorized, and can name nothing else.
  tokenRequest(draft) {
    const [target, ...others] = new Set(named(draft.parameters.all('resource'), draft.knownResources))
    if (others.length > 0) throw resourceSeveral({ client_id: draft.client.client_id })
    if (target === undefined) return
    if (!draft.resources.includes(target))
      throw resourceNotApproved({ resource: target.resource, client_id: draft.client.client_id })
    draft.target = target
  },
} satisfies Feature
