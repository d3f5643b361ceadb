/**
 * Discovery: the metadata at the places where OpenID Connect Discovery §4 and RFC 8414 §3 look for it. It says the same
 * whatever the request's headers say (R4), and goes on saying it while the database is away.
 */
import { setTimeout as wait } from 'node:timers/promises'
import { endpoint } from '../../http/errors.ts'
import type { Handler } from '../../http/message.ts'
import { published, type PublishedDocument } from '../../http/published.ts'
import type { EpochSeconds, Milliseconds, Seconds } from '../../kernel/time.ts'
import type { ProtocolParts } from '../parts.ts'
import { draftMembers, serverMetadata } from './metadata.ts'

/** How old the document may be: a new protected resource is in it after that. */
const freshFor: Seconds = 2
/** Where OpenID Connect looks. */
const openidConfiguration = '/.well-known/openid-configuration'

/** How long a request waits for a newer document when there is one to answer with. */
const patience: Milliseconds = 10

/** Makes the handler of the metadata document. */
export function discoveryEndpoint(
  parts: Pick<ProtocolParts, 'issuer' | 'settings' | 'features' | 'resources' | 'clock' | 'log'>,
): Handler {
  let documents: Documents | undefined
  let made_at: EpochSeconds = 0
  let making: Promise<Documents> | undefined

  const make = async (): Promise<Documents> => {
    const at = parts.clock()
    // Without the database there are still the endpoints to publish; the next request tries again.
    const resources = await parts.resources.list().catch(() => undefined)
    making = undefined
    if (documents !== undefined && resources === undefined) return documents
    const metadata = serverMetadata(parts, resources ?? [])
    if (resources !== undefined) made_at = at
    documents = {
      oauth: publishedAs(JSON.stringify(metadata), documents?.oauth),
      openid: publishedAs(
        JSON.stringify(metadata, (name, value: unknown) => (draftMembers.has(name) ? undefined : value)),
        documents?.openid,
      ),
    }
    return documents
  }

  return endpoint('discovery', parts, async (request) => {
    const at = parts.clock()
    const place = request.path.includes(openidConfiguration) ? 'openid' : 'oauth'
    if (documents !== undefined && at >= made_at && at < made_at + freshFor) return documents[place].answer(request)
    making ??= make()
    const found = documents === undefined ? await making : await Promise.race([making, wait(patience, documents)])
    return found[place].answer(request)
  })
}

/** The same metadata for two kinds of readers: those of OpenID Connect are told of nothing that is a draft yet. */
interface Documents {
  readonly oauth: PublishedDocument
  readonly openid: PublishedDocument
}

function publishedAs(body: string, before: PublishedDocument | undefined): PublishedDocument {
  return before?.body === body ? before : published(body)
}

/**
 * The paths where the document is, from the root of the host. For an issuer with a path both forms of each: inserted
 * before the path (RFC 8414 §3.1) and appended to it (OpenID Connect Discovery §4.1).
 */
export function discoveryPaths(issuer: string): readonly string[] {
  const path = new URL(issuer).pathname.replace(/\/$/, '')
  const names = [openidConfiguration, '/.well-known/oauth-authorization-server']
  return [...new Set(names.flatMap((name) => [name + path, path + name]))]
}
