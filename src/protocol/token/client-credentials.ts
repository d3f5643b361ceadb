/** The client credentials grant: RFC 6749 §4.4. The client acts for itself; no person and no grant is behind it. */
import { Bindings } from '../../kernel/binding.ts'
import { refusal } from '../../kernel/refusal.ts'
import { identityScopes, permissionsFor, requestedScope } from '../authorize/scope.ts'
import { chosenTarget, draftTokenRequest, type GrantType } from './grant-type.ts'
import { mint, nothingToSpend } from './mint.ts'
import { filling } from '../feature.ts'
import { enabledOf, ownersOf } from '../../domain/protected-resource.ts'

const publicClient = refusal(
  'unauthorized_client',
  'client_not_confidential',
  'A client without credentials cannot use them',
)
const scopeOfPerson = refusal('invalid_scope', 'scope_of_person', 'scope has a value that only a person can grant')
const scopeLeftEmpty = refusal(
  'invalid_scope',
  'scope_left_empty',
  'scope has no value that a client can have for itself',
)

export const clientCredentials = {
  grant_type: 'client_credentials',

  async answer({ request, parameters, client }, parts) {
    const detail = { client_id: client.client_id }
    // RFC 6749 §4.4: it must only be used by confidential clients.
    if (client.metadata.token_endpoint_auth_method === 'none') throw publicClient(detail)
    const known = enabledOf(await parts.resources.list())
    const asked = parameters.get('scope')
    const ofPerson = identityScopes(parts.settings)
    const scope = requestedScope(asked, client, known, parts.settings).filter((value) => {
      if (!ofPerson.has(value)) return true
      if (asked !== undefined && value !== 'offline_access') throw scopeOfPerson({ ...detail, scope: value })
      return false
    })
    // OpenID Connect Core §11: it is passed over beside others; alone it would leave an answer without scope.
    if (scope.length === 0 && asked !== undefined) throw scopeLeftEmpty({ ...detail, scope: asked.slice(0, 100) })
    const owners = ownersOf(scope, known)
    const permissions = permissionsFor({ scope, resources: owners, knownResources: known, details: [] })
    const bindings = new Bindings()
    const draft = await draftTokenRequest(
      { request, parameters, client },
      'client_credentials',
      { permissions, bindings },
      parts,
    )
    for (const feature of filling(parts.features, 'tokenRequest')) await feature.tokenRequest(draft, parts)
    const asks = {
      client,
      grant_type: 'client_credentials',
      from: request,
      permissions: draft.permissions,
      target: chosenTarget(draft),
      bindings,
    }
    const minted = await mint(asks, nothingToSpend, parts)
    if (minted === 'lost') throw new Error('Nothing was to be spent')
    return minted
  },
} satisfies GrantType
