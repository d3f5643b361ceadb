import type { EpochSeconds } from '../kernel/time.ts'
import { isWithin, type AuthorizationDetail } from './authorization-detail.ts'
import type { AuditEvent } from './audit-event.ts'
import type { News } from './news.ts'
import type { OutboxMessage } from './outbox.ts'

/**
 * One thing a client may do: a scope value, on one protected resource or, without one, about the person's identity; or
 * to learn one claim about the person that no scope value of the request opens.
 */
export interface Permission {
  /** A scope value; empty for a resource that was named without any scope of its own, and for a claim. */
  readonly scope: string
  /** Resource indicator; absent for scopes of our own such as `openid` and `email`. */
  readonly resource?: string
  /** The name of a claim that was asked for by itself, OpenID Connect Core §5.5. */
  readonly claim?: string
  /** Set when the client says that it cannot do without the claim: then the person cannot leave it out. */
  readonly essential?: true
  /** What exactly, where no scope value says it (RFC 9396); `scope` is empty then. */
  readonly detail?: AuthorizationDetail
}

/** A permission that says exactly what: on one protected resource, without a scope value. */
export interface DetailedPermission extends Permission {
  readonly resource: string
  readonly detail: AuthorizationDetail
}

/**
 * Spells a permission as one text, for comparing. No two collide: neither half has a space in it, `claim x` names no
 * resource, since it has no scheme, and no scope value has a quotation mark, which every detail has.
 */
export function permissionKey({ scope, resource, claim, detail }: Permission): string {
  if (claim !== undefined) return `claim ${claim}`
  if (detail !== undefined) return `${JSON.stringify(detail)} ${resource}`
  return resource === undefined ? scope : `${scope} ${resource}`
}

/** Lists the claims that are allowed by their names. */
export function claimsAllowed(permissions: readonly Permission[]): readonly string[] {
  return permissions.flatMap(({ claim }) => claim ?? [])
}

/**
 * Makes the test whether a permission is among those held: itself, or a detail that allows at least as much.
 *
 * @param held the permissions of a grant as they are now, so that what the person took back no longer counts; default: none
 */
export function heldBy(held: readonly Permission[] = []): (permission: Permission) => boolean {
  const keys = new Set(held.map(permissionKey))
  return (permission) => {
    if (keys.has(permissionKey(permission))) return true
    const { detail, resource } = permission
    if (detail === undefined) return false
    return held.some((one) => one.detail !== undefined && one.resource === resource && isWithin(detail, one.detail))
  }
}

/** Why a grant ended. */
export type GrantEnd =
  | 'removed_by_person'
  | 'ended_by_operator'
  /** Nobody used it for `consent.idle`. */
  | 'unused'
  /** Its time was over; noted only where somebody had to be told. */
  | 'expired'
  | 'client_deleted'
  | 'account_deleted'

/** What was changed of a grant that goes on. */
export type GrantChange = 'widened' | 'narrowed' | 'shortened' | 'lengthened' | 'paused' | 'resumed'

/** What one account allowed one client, until when. Codes and tokens belong to it: ending it ends them. */
export interface Grant {
  readonly grant_id: string
  readonly account_id: string
  readonly client_id: string
  readonly permissions: readonly Permission[]
  /** `standing`: remembered, at most one per account and client. `once`: for one answer. */
  readonly kind: 'standing' | 'once'
  /** The person's choice, as `consent.access_for` spells it. */
  readonly access_for: string
  readonly granted_at: EpochSeconds
  /** The moment at which everything that belongs to it ends at the latest; undefined = until removed. */
  readonly expires_at?: EpochSeconds
  /** Since when the person has it paused: its codes and tokens are good for nothing until they resume it. */
  readonly paused_at?: EpochSeconds
  readonly ended_at?: EpochSeconds
  readonly end_reason?: GrantEnd
  /** Raised by each change, so that two tabs deciding at once do not lose one another's answer. */
  readonly revision: number
}

/** Tells whether a grant still stands. */
export function grantIsLive(grant: Pick<Grant, 'ended_at' | 'expires_at'>, at: EpochSeconds): boolean {
  return grant.ended_at === undefined && (grant.expires_at === undefined || at < grant.expires_at)
}

/** Lists what a grant has that it did not have before. */
export function addedBy(before: Grant, after: Grant): readonly Permission[] {
  const held = new Set(before.permissions.map(permissionKey))
  return after.permissions.filter((permission) => !held.has(permissionKey(permission)))
}

/** Names what was changed of a grant, in all that counts. */
export function changesBetween(before: Grant, after: Grant): readonly GrantChange[] {
  const [endedBefore, endsNow] = [before.expires_at ?? Infinity, after.expires_at ?? Infinity]
  const changes: readonly (readonly [GrantChange, boolean])[] = [
    ['widened', addedBy(before, after).length > 0],
    ['narrowed', addedBy(after, before).length > 0],
    ['shortened', endsNow < endedBefore],
    ['lengthened', endsNow > endedBefore],
    ['paused', after.paused_at !== undefined && before.paused_at === undefined],
    ['resumed', after.paused_at === undefined && before.paused_at !== undefined],
  ]
  return changes.filter(([, is]) => is).map(([change]) => change)
}

/** A grant with how it was used, for the person's own page. `grant-use.ts` reads the counts. */
export interface GrantUse extends Grant {
  /** When it was last used, right to a minute; undefined = never. */
  readonly last_used_at?: EpochSeconds
  /** The network its client last came from, as `coarseNetwork` spells it. */
  readonly last_used_from?: string
  /** When the last signed access token ends that an API may take at its word; undefined = none was made. */
  readonly signed_until?: EpochSeconds
  /** Since when nobody has used it, rounded up to a day. */
  readonly idle_since: EpochSeconds
  /** How often it was used on which of the last days. */
  readonly used_days: readonly (readonly [day: number, uses: number])[]
  /** For which permissions, spelled by `permissionKey`, and on which day last. */
  readonly used_for: readonly (readonly [permission: string, day: number])[]
}

/** Which grants are over by themselves. */
export interface DueGrants {
  readonly at: EpochSeconds
  /** Standing ones that nobody has used since then are due, and paused ones whose time is over at `at`. */
  readonly idle_since: EpochSeconds
  readonly limit: number
}

/** Port: where grants live. Made and widened only through `Consents.record`; the person changes them by `change`. */
export interface Grants {
  find(grant_id: string): Promise<Grant | undefined>
  /** The live or expired standing grant of an account for a client, not an ended one. */
  findStanding(account_id: string, client_id: string): Promise<Grant | undefined>
  /** Every grant of an account, or those of one client, that has not ended, newest first. */
  listByAccount(account_id: string, client_id?: string): Promise<readonly GrantUse[]>
  /**
   * The grants of an account that live, newest first: at most `limit` of them, after the newest `skip`. Whoever has an
   * account may have allowed any number of applications.
   */
  listLive(
    account_id: string,
    at: EpochSeconds,
    part: { readonly skip: number; readonly limit: number },
  ): Promise<readonly GrantUse[]>
  /** The grants of an account that ended or whose time is over, the last one first, for as long as they are kept. */
  listEnded(account_id: string, at: EpochSeconds, limit: number): Promise<readonly GrantUse[]>
  list(limit: number, client_id?: string): Promise<readonly GrantUse[]>
  /** Grants to be ended because nobody used them, or because they ran out while paused: none while another node is at it. */
  listDue(due: DueGrants): Promise<readonly GrantUse[]>
  /**
   * Stores a grant as its person changed it, narrowed, with another end, paused or resumed, with its audit event.
   *
   * @param grant as it will be, its revision the one that was read, plus one
   * @param notices what others are told of it, queued with it
   * @returns `stale` when it changed or ended since it was read
   */
  change(grant: Grant, event: AuditEvent, notices?: readonly OutboxMessage[]): Promise<'changed' | 'stale'>
  /**
   * Ends a grant that is due, if it still is: where a use and the end race, one of them wins.
   *
   * @param due a grant as `listDue` told it
   */
  endDue(
    due: GrantUse,
    reason: Extract<GrantEnd, 'unused' | 'expired'>,
    news: Required<Omit<News, 'proved'>>,
  ): Promise<'ended' | 'not_due'>
  /**
   * Ends a grant; of racing callers one is told `ended`.
   *
   * @param news what goes on record with it, and who is told; the losers' is dropped
   */
  end(grant_id: string, reason: GrantEnd, at: EpochSeconds, news?: News): Promise<'ended' | 'already_ended'>
}
