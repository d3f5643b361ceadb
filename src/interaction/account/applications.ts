/** The applications that hold access, each with what it may do and until when. */
import type { EpochSeconds } from '../../kernel/time.ts'
import type { Client } from '../../domain/client.ts'
import { permissionKey, type GrantUse } from '../../domain/grant.ts'
import type { AccessFor, ProtocolParts } from '../../protocol/parts.ts'
import type { Language } from '../../kernel/language.ts'
import type { ClientView } from '../../ui/client.ts'
import type { Words } from '../../ui/words/en.ts'
import { inOneLine } from '../detail-words.ts'
import { atLeast, isOptional, permissionGroups, type WordSources } from '../permission-words.ts'
import { ownPaths } from '../paths.ts'
import { clientView } from '../who.ts'
import type { AccessView, ApplicationView, ChangeChoices } from './page.ts'

/** Gathers grants by client, in the order they come. */
export async function applications(
  grants: readonly GrantUse[],
  words: Words,
  parts: ProtocolParts,
): Promise<readonly ApplicationView[]> {
  const resources = await parts.resources.list()
  const sources = {
    words,
    resources,
    claims: parts.settings.claims,
    receipts: parts.issuer + ownPaths.receipts,
    lengths: changeableLengths(parts),
    now: parts.clock(),
  }
  const byClient = Map.groupBy(grants, ({ client_id }) => client_id)
  return Promise.all(
    [...byClient].map(async ([client_id, held]) => {
      const client = await parts.clients.find(client_id)
      return {
        client_id,
        client: await clientViewOf(client_id, words.tag, parts),
        first_party: client?.first_party ?? false,
        access: held.map((grant) => accessView(grant, client, sources)),
      }
    }),
  )
}

/** Lists the lengths of time that an access can be given on the person's own page: all but for once. */
export function changeableLengths({ settings }: Pick<ProtocolParts, 'settings'>): readonly AccessFor[] {
  return settings.access_for.filter(({ value }) => value !== 'once')
}

/** Shows a client by its first redirect URI; by its id where it has none, as devices, or was deleted meanwhile. */
export async function clientViewOf(
  client_id: string,
  language: Language,
  parts: Pick<ProtocolParts, 'clients' | 'issuer'> & Partial<Pick<ProtocolParts, 'logos'>>,
): Promise<ClientView> {
  const client = await parts.clients.find(client_id)
  const destination = { kind: 'web', host: client_id } as const
  if (client === undefined) return { destination, verified: false }
  const [redirect_uri] = client.metadata.redirect_uris
  const view = clientView(client, redirect_uri ?? '', language, parts)
  return redirect_uri === undefined ? { ...view, destination } : view
}

/**
 * Tells until when signed access tokens of grants that end now may still be taken at their word, by an API that does not
 * ask us. Opaque tokens, refresh tokens and codes are dead at once. It is the latest moment possible: when a token was
 * last minted is known to the minute or two only.
 *
 * @returns undefined when the grants are good for no signed token
 */
export async function signedTokensUntil(
  grants: readonly GrantUse[],
  now: EpochSeconds,
  { resources, settings }: Pick<ProtocolParts, 'resources' | 'settings'>,
): Promise<EpochSeconds | undefined> {
  const signed = (await resources.list()).filter(({ access_token_format }) => access_token_format === 'jwt')
  const ends = grants.flatMap(({ permissions, expires_at = Infinity }) =>
    signed
      .filter(({ resource }) => permissions.some((permission) => permission.resource === resource))
      .map(({ access_token_lifetime = settings.lifetimes.access_token }) =>
        Math.min(now + access_token_lifetime, expires_at),
      ),
  )
  return ends.length === 0 ? undefined : Math.max(...ends)
}

/** What an access is shown with: the words, where receipts are, and the lengths to choose from. */
type AccessSources = WordSources & {
  readonly receipts: string
  readonly lengths: readonly AccessFor[]
  readonly now: EpochSeconds
}

function accessView(grant: GrantUse, client: Client | undefined, sources: AccessSources): AccessView {
  const { grant_id, revision, permissions, granted_at, kind, expires_at, paused_at, last_used_at } = grant
  const groups = permissionGroups(atLeast(permissions), sources)
  return {
    permissions: groups.map(({ name, permissions: worded }) => ({ name, titles: worded.map(inOneLine) })),
    granted_at,
    kind,
    expires_at,
    paused_at,
    last_used_at,
    change:
      kind === 'once'
        ? undefined
        : { grant_id, revision, choices: client?.first_party === true ? undefined : choices(grant, client, sources) },
    receipt: `${sources.receipts}/${grant_id}`,
  }
}

/**
 * What can be changed of an access, beside pausing it. (Not of a first-party one: what it asks for is recorded without
 * asking, so that a narrower one would be as wide as before when it is used next.)
 */
function choices({ permissions }: GrantUse, client: Client | undefined, sources: AccessSources): ChangeChoices {
  const optional = permissions.filter((permission) => isOptional(permission, sources.resources, client))
  return {
    optional: optional.map((permission) => {
      const [group] = permissionGroups([permission], sources)
      const title = group?.permissions[0]?.title ?? permission.scope
      return { value: permissionKey(permission), title }
    }),
    lengths: sources.lengths.map(({ value, seconds }) => ({
      value,
      seconds,
      ends_at: seconds && sources.now + seconds,
    })),
  }
}
