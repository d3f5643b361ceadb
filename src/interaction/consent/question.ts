/** What the person is asked: what the client wants now and does not hold yet, for which account, for how long. */
import type { EpochSeconds, Seconds } from '../../kernel/time.ts'
import type { Account } from '../../domain/account.ts'
import { grantIsLive, heldBy, permissionKey, type Grant, type Permission } from '../../domain/grant.ts'
import { isOptional } from '../../domain/optional-permission.ts'
import type { ProtectedResource } from '../../domain/protected-resource.ts'
import { isSessionBound } from '../../protocol/authorize/answer.ts'
import { covers, presentationOf } from '../../protocol/authorize/next-step.ts'
import type { AuthorizationRequest } from '../../protocol/authorize/request.ts'
import type { AccessFor, ProtocolParts } from '../../protocol/parts.ts'
import { brings } from '../../vocabulary/response-types.ts'
import { formValue } from '../permission-words.ts'

/** One question to one person. */
export interface Question {
  readonly request: AuthorizationRequest
  readonly account: Account
  /** What is decided now. */
  readonly asks: readonly Permission[]
  /** What the client holds and keeps whatever is answered. */
  readonly holds: readonly Permission[]
  /** The grant that stands, if one does. */
  readonly held?: Grant | undefined
  /** Every resource, for its words. */
  readonly resources: readonly ProtectedResource[]
  /** The `access_for` chosen at first. */
  readonly access_for: string
  readonly at: EpochSeconds
}

/** Puts the question: only the difference where a grant stands, everything where none does or all of it is asked again. */
export async function questionFor(
  request: AuthorizationRequest,
  account: Account,
  parts: ProtocolParts,
): Promise<Question> {
  const at = parts.clock()
  const [grant, resources] = await Promise.all([
    parts.grants.findStanding(account.account_id, request.client.client_id),
    parts.resources.list(),
  ])
  const held = grant !== undefined && grantIsLive(grant, at) ? grant : undefined
  const asks = asked(request, held)
  const keys = new Set(asks.map(permissionKey))
  return {
    request,
    account,
    asks,
    held,
    holds: held?.permissions.filter((permission) => !keys.has(permissionKey(permission))) ?? [],
    resources,
    access_for: chosenAtFirst(held, parts),
    at,
  }
}

function asked({ permissions }: AuthorizationRequest, held: Grant | undefined): readonly Permission[] {
  if (held === undefined || covers(held, permissions)) return permissions
  const isHeld = heldBy(held.permissions)
  return permissions.filter((permission) => !isHeld(permission))
}

/** As it was chosen last time, where that can still be chosen. */
function chosenAtFirst(held: Grant | undefined, { settings }: Pick<ProtocolParts, 'settings'>): string {
  const again = settings.access_for.find(({ value }) => value === held?.access_for)
  return (again ?? settings.access_for_default).value
}

/**
 * Names a question, so that an answer given to one is never taken for another: another account signed in meanwhile,
 * other permissions than the page showed, others that could be left out, since a box that was not there says nothing, a
 * client that calls itself something else by now, or an access that was paused meanwhile, which a yes would resume.
 */
export function questionId(question: Question, { secrets }: Pick<ProtocolParts, 'secrets'>): string {
  const { account, asks, held } = question
  const { client } = question.request
  const permissions = [asks, optionalOf(question)].map((some) => some.map(permissionKey).sort())
  const about = [account.account_id, client.client_id, presentationOf(client), held?.paused_at ?? null]
  return secrets.hash('question', JSON.stringify([...about, ...permissions]))
}

/**
 * Reads which permissions are allowed: what is required, what is held already, and each optional one that stayed
 * ticked.
 *
 * @param ticked the values of `scope` that the form sent
 */
export function allowed(question: Question, ticked: readonly string[]): readonly Permission[] {
  const left = new Set(
    optionalOf(question)
      .filter((permission) => !ticked.includes(formValue(permission, question.asks)))
      .map(permissionKey),
  )
  return question.request.permissions.filter((permission) => !left.has(permissionKey(permission)))
}

function optionalOf({ request, asks, resources }: Question): readonly Permission[] {
  return asks.filter((permission) => isOptional(permission, resources, request.client))
}

/** Tells whether a refresh token is part of it: the client can go on while the person is away. */
export function isLasting(request: AuthorizationRequest): boolean {
  const { client, response_type, permissions } = request
  const canRefresh = brings(response_type, 'code') && client.metadata.grant_types.includes('refresh_token')
  return canRefresh && !isSessionBound(request, permissions)
}

/** Tells how long an access may stay unused, where a length that can be chosen is longer. */
export function longestUnused({ settings }: Pick<ProtocolParts, 'settings'>): Seconds | undefined {
  const { grant_idle } = settings.lifetimes
  const outlasts = ({ value, seconds = value === 'once' ? 0 : Infinity }: AccessFor) => seconds > grant_idle
  return settings.access_for.some(outlasts) ? grant_idle : undefined
}
