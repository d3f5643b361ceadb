/**
 * Protected resource metadata: RFC 9728. An API says with it which authorization server its tokens come from; most serve
 * it themselves (`packages/resource-server`). Here it is for every registered resource: at the well-known address of those
 * that share our origin, and by `?resource=` for the web server of any other API, which can pass its own address on.
 */
import { endpoint } from '../../http/errors.ts'
import type { Handler, HttpRequest } from '../../http/message.ts'
import { published } from '../../http/published.ts'
import { Parameters } from '../../kernel/parameters.ts'
import { refusal } from '../../kernel/refusal.ts'
import { enabledOf, type ProtectedResource } from '../../domain/protected-resource.ts'
import type { ProtocolParts } from '../parts.ts'

const unknown = refusal(
  'invalid_target',
  'protected_resource_unknown',
  'No protected resource of this server is at this address',
  404,
)

/** RFC 9728 §3. */
export const protectedResourceMetadataPath = '/.well-known/oauth-protected-resource'

/** Makes the handler of the metadata documents. */
export function protectedResourceMetadataEndpoint(parts: Pick<ProtocolParts, 'issuer' | 'resources' | 'log'>): Handler {
  return endpoint('protected_resource_metadata', parts, async (request) => {
    const enabled = enabledOf(await parts.resources.list())
    const wanted = indicatorIn(request, parts)
    const found = enabled.find(({ resource }) => resource === wanted || resource === `${wanted}/`)
    if (found === undefined) throw unknown({ resource: wanted.slice(0, 200) })
    return published(JSON.stringify(metadataOf(found, parts))).answer(request)
  })
}

/** RFC 9728 §3.1: the path of the resource follows the well-known one, on the same host. */
function indicatorIn(
  { query, params }: Pick<HttpRequest, 'query' | 'params'>,
  { issuer }: Pick<ProtocolParts, 'issuer'>,
): string {
  const { origin } = new URL(issuer)
  const { path } = params
  if (path !== undefined) return `${origin}/${path}`
  return Parameters.read(query).get('resource') ?? origin
}

/** RFC 9728 §2. */
function metadataOf(
  { resource, name, scopes }: ProtectedResource,
  { issuer }: Pick<ProtocolParts, 'issuer'>,
): Readonly<Record<string, unknown>> {
  return {
    resource,
    authorization_servers: [issuer],
    scopes_supported: Object.keys(scopes),
    bearer_methods_supported: ['header'],
    resource_name: name,
  }
}
