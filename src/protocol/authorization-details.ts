/**
 * Rich authorization requests: RFC 9396. Each type belongs to a protected resource, whose owner says which fields it has
 * and what they are to a person. What is allowed is a permission like any other: the grant holds it, the person sees it,
 * and whoever asks for another one is asked about again.
 */
import { refusal } from '../kernel/refusal.ts'
import { heldBy, type DetailedPermission, type Permission } from '../domain/grant.ts'
import type { ProtectedResource } from '../domain/protected-resource.ts'
import { readDetails } from './authorization-details-syntax.ts'
import type { AuthorizationRequestDraft, Feature } from './feature.ts'

const typeNotAllowed = refusal(
  'invalid_authorization_details',
  'authorization_details_type_not_allowed',
  'authorization_details has a type that is not among the authorization_details_types of this client',
)
const notGranted = refusal(
  'invalid_authorization_details',
  'authorization_details_not_granted',
  'authorization_details has something that was not authorized',
)
const elsewhere = refusal(
  'invalid_authorization_details',
  'authorization_details_elsewhere',
  'One access token is for one resource: send authorization_details of that resource alone',
)

const isDetailed = (permission: Permission): permission is DetailedPermission => permission.detail !== undefined

/** RFC 9396 §2: the types of this server, each at the resource that has it; a resource that was named narrows them. */
function takeDetails(draft: AuthorizationRequestDraft): void {
  const text = draft.parameters.get('authorization_details')
  if (text === undefined) return
  const { client, knownResources } = draft
  const detail = { client_id: client.client_id }
  const resources = draft.parameters.has('resource') ? draft.resources : knownResources
  const details = readDetails(text, resources)
  for (const { type } of details.map((one) => one.detail)) {
    if (client.metadata.authorization_details_types?.includes(type) !== true)
      throw typeNotAllowed({ ...detail, typ: type })
  }
  draft.details = details
  const named = new Set(details.map(({ resource }) => resource))
  draft.resources = knownResources.filter((one) => draft.resources.includes(one) || named.has(one.resource))
}

export const authorizationDetails = {
  name: 'authorization details',
  spec: ['RFC 9396'],
  refusals: [typeNotAllowed, notGranted, elsewhere],

  authorizationRequest: takeDetails,
  // RFC 8628 §3.1 leaves room for it: what a device asks for is decided by a person as well.
  deviceAuthorizationRequest: takeDetails,

  // RFC 9396 §6: a token request chooses among what was authorized, and refreshing never loses what it did not choose.
  tokenRequest(draft) {
    const text = draft.parameters.get('authorization_details')
    if (text === undefined) return
    const detail = { client_id: draft.client.client_id }
    const asked = readDetails(text, draft.resources)
    if (!asked.every(heldBy(draft.permissions))) throw notGranted(detail)
    const [first] = asked
    const target: ProtectedResource | undefined =
      draft.target ?? draft.resources.find(({ resource }) => resource === first?.resource)
    if (target === undefined || asked.some(({ resource }) => resource !== target.resource)) throw elsewhere(detail)
    draft.target = target
    draft.permissions = [...draft.permissions.filter((one) => !isDetailed(one)), ...asked]
  },

  // RFC 9396 §9.1, §9.2: in the token itself and in its introspection.
  tokenClaims: ({ permissions }) => inToken(permissions),

  // RFC 9396 §7: and beside it, so that the client learns what it was given.
  tokenMembers: ({ permissions }) => inToken(permissions),
} satisfies Feature

function inToken(permissions: readonly Permission[]): Readonly<Record<string, unknown>> {
  const details = permissions.flatMap(({ detail }) => detail ?? [])
  return details.length === 0 ? {} : { authorization_details: details }
}
