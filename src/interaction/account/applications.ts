/** The applications that hold access, each with what it may do and until when, and those that held it. */
import type { EpochSeconds, Seconds } from '../../kernel/time.ts'
import { withQuery } from '../../kernel/with-query.ts'
import { findToTell, registeredItself, type Client } from '../../domain/client.ts'
import { permissionKey, type GrantUse } from '../../domain/grant.ts'
import { isOptional } from '../../domain/optional-permission.ts'
import { recentlyUsed, recentUses, unwrittenFor } from '../../domain/grant-use.ts'
import type { AccessFor, ProtocolParts } from '../../protocol/parts.ts'
import type { Words } from '../../ui/words/en.ts'
import { inOneLine } from '../detail-words.ts'
import { atLeast, permissionGroups, type WordSources } from '../permission-words.ts'
import { ownPaths } from '../paths.ts'
import { mentionedView } from '../who.ts'
import type { EndedView, PermissionTitles, UseView } from '../../ui/access.ts'
import type { AccessView, ApplicationView, ChangeChoices } from './page.ts'

/** Gathers grants by client, in the order they come. */
export async function applications(
  grants: readonly GrantUse[],
  sources: AccessSources,
  parts: ProtocolParts,
): Promise<readonly ApplicationView[]> {
  const byClient = Map.groupBy(grants, ({ client_id }) => client_id)
  return Promise.all(
    [...byClient].map(async ([client_id, held]) => {
      const client = await findToTell(client_id, parts)
      return {
        client_id,
        client: mentionedView(client_id, client, sources.words.tag, parts),
        first_party: client?.first_party ?? false,
        opens: client && loginAddress(client, parts.issuer),
        access: held.map((grant) => accessView(grant, client, sources)),
      }
    }),
  )
}

/**
 * Says where signing in at an application begins, with whom it is to sign in (OpenID Connect Core §4). One that nobody
 * here vouches for is believed only about the origins that its person has been sent to already: our page is not to send
 * them anywhere else.
 */
function loginAddress(client: Client, issuer: string): string | undefined {
  const { initiate_login_uri, redirect_uris } = client.metadata
  if (initiate_login_uri === undefined || client.disabled) return undefined
  const origin = URL.parse(initiate_login_uri)?.origin
  if (registeredItself(client) && !redirect_uris.some((uri) => URL.parse(uri)?.origin === origin)) return undefined
  return withQuery(initiate_login_uri, { iss: issuer })
}

/** Lists the lengths of time that an access can be given on the person's own page: all but for once. */
export function changeableLengths({ settings }: Pick<ProtocolParts, 'settings'>): readonly AccessFor[] {
  return settings.access_for.filter(({ value }) => value !== 'once')
}

/**
 * Tells until when signed access tokens of grants that end now may still be taken at their word, by an API that does
 * not ask us. Opaque tokens, refresh tokens and codes are dead at once. It is when the last one that was made ends;
 * after a use so late that another node may not have written all of it yet, it is the latest moment possible.
 *
 * @param grants as they were read a moment ago, with the permissions that are lost
 * @returns undefined when no signed token lives
 */
export async function signedTokensUntil(
  grants: readonly GrantUse[],
  now: EpochSeconds,
  { resources, settings }: Pick<ProtocolParts, 'resources' | 'settings'>,
): Promise<EpochSeconds | undefined> {
  const signed = (await resources.list()).filter(({ access_token_format }) => access_token_format === 'jwt')
  const ends = grants.flatMap(({ permissions, expires_at = Infinity, last_used_at, signed_until = 0 }) =>
    signed
      .filter(({ resource }) => permissions.some((permission) => permission.resource === resource))
      .map(({ access_token_lifetime = settings.lifetimes.access_token }) => {
        const isAllKnown = last_used_at === undefined || last_used_at <= now - unwrittenFor
        return isAllKnown ? signed_until : Math.min(now + access_token_lifetime, expires_at)
      }),
  )
  const last = Math.max(0, ...ends)
  return last <= now ? undefined : last
}

/** What an access is shown with: the words, where receipts are, and the lengths to choose from. */
export type AccessSources = WordSources & {
  readonly receipts: string
  readonly lengths: readonly AccessFor[]
  readonly grant_idle: Seconds
  readonly now: EpochSeconds
}

function accessView(grant: GrantUse, client: Client | undefined, sources: AccessSources): AccessView {
  const { grant_id, revision, granted_at, kind, expires_at, paused_at } = grant
  return {
    permissions: titlesOf(grant, sources),
    granted_at,
    kind,
    expires_at,
    paused_at,
    unused_until: unusedUntil(grant, sources.grant_idle),
    use: useOf(grant, sources.now),
    change:
      kind === 'once'
        ? undefined
        : { grant_id, revision, choices: client?.first_party === true ? undefined : choices(grant, client, sources) },
    receipt: `${sources.receipts}/${grant_id}`,
  }
}

/** When an access ends if nobody uses it, where that comes before its time is over. */
function unusedUntil({ kind, idle_since, expires_at = Infinity }: GrantUse, grant_idle: Seconds) {
  const end = idle_since + grant_idle
  return kind === 'standing' && end < expires_at ? end : undefined
}

function useOf(grant: GrantUse, now: EpochSeconds): UseView {
  return { last_at: grant.last_used_at, from: grant.last_used_from, times: recentUses(grant, now) }
}

/** The titles of what is allowed, each with whether it was used of late. */
function titlesOf(grant: GrantUse, sources: AccessSources): readonly PermissionTitles[] {
  const used = recentlyUsed(grant, sources.now)
  const held = atLeast(grant.permissions)
  return permissionGroups(held, sources).map(({ name, resource, permissions }) => {
    // In the order in which they are worded.
    const isUsed = held.filter((one) => one.resource === resource).map((one) => used.has(permissionKey(one)))
    return { name, titles: permissions.map((words, at) => ({ title: inOneLine(words), used: isUsed[at] === true })) }
  })
}

/** Shows accesses that are over, in the order they come. */
export async function history(
  grants: readonly GrantUse[],
  sources: AccessSources,
  parts: ProtocolParts,
): Promise<readonly EndedView[]> {
  return Promise.all(
    grants.map(async (grant): Promise<EndedView> => {
      const client = await findToTell(grant.client_id, parts)
      return {
        client: mentionedView(grant.client_id, client, sources.words.tag, parts),
        first_party: client?.first_party ?? false,
        permissions: titlesOf(grant, sources),
        granted_at: grant.granted_at,
        ended_at: grant.ended_at ?? grant.expires_at ?? sources.now,
        because: endOf(grant),
        use: useOf(grant, sources.now),
        receipt: `${sources.receipts}/${grant.grant_id}`,
      }
    }),
  )
}

/** Why an access is over; what nobody ended ran out. */
function endOf({ end_reason = 'expired' }: GrantUse): EndedView['because'] {
  // Whoever sees this page has not been deleted.
  return end_reason === 'account_deleted' ? 'ended_by_operator' : end_reason
}

/** Gathers what accesses are shown with now. */
export async function accessSources(words: Words, parts: ProtocolParts): Promise<AccessSources> {
  return {
    words,
    resources: await parts.resources.list(),
    claims: parts.settings.claims,
    receipts: parts.issuer + ownPaths.receipts,
    lengths: changeableLengths(parts),
    grant_idle: parts.settings.lifetimes.grant_idle,
    now: parts.clock(),
  }
}

/**
 * What can be changed about an access, besides pausing it. (Not of a first-party one: what it asks for is recorded
 * without asking, so that a narrower one would be as wide as before when it is used next.)
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
