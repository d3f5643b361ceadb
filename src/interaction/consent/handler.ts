/** The consent step: the question, and what becomes of its answer. */
import type { Parameters } from '../../kernel/parameters.ts'
import type { Account } from '../../domain/account.ts'
import { seeOther, type HttpResponse } from '../../http/message.ts'
import { page } from '../../http/page.ts'
import { allow, deny, type Answerer, type Decided } from '../../protocol/authorize/answer.ts'
import type { AccessFor, ProtocolParts } from '../../protocol/parts.ts'
import { covers } from '../../protocol/authorize/next-step.ts'
import type { PermissionGroup } from '../../ui/permission.ts'
import { closed, sendDecided } from '../closing.ts'
import { atLeast, permissionGroups } from '../permission-words.ts'
import { inZoneOf } from '../language.ts'
import { addressOf, wordsOf, type AuthorizationVisit } from '../visit.ts'
import { anotherAccount } from '../way-back.ts'
import { askerView, personView } from '../who.ts'
import { acquaintanceWith } from './acquaintance.ts'
import { consentPage, type ConsentView, type DurationChoice } from './page.ts'
import { allowed, isLasting, longestUnused, questionFor, questionId, type Question } from './question.ts'
import { shown } from './shown.ts'

/**
 * Puts the question to the signed-in person.
 *
 * @param told `form_expired`: an answer came that was not to this question, or not from this browser; it is put again
 */
export async function askForConsent(
  visit: AuthorizationVisit,
  account: Account,
  parts: ProtocolParts,
  told?: 'form_expired',
): Promise<HttpResponse> {
  const question = await questionFor(visit.authorizationRequest, account, parts)
  const acquaintance = await acquaintanceWith(question, parts)
  const view = consentView(question, visit, parts)
  const isAgain = told === 'form_expired'
  return page(isAgain ? 403 : 200, consentPage({ ...view, acquaintance, form_expired: isAgain }), {
    formAction: 'anywhere',
  })
}

/**
 * Takes the answer. It counts where it was given to this very question, even when another tab was quicker and there is
 * a grant by now: a no stays a no, and a shorter time a shorter time.
 */
export async function takeDecision(
  visit: AuthorizationVisit,
  answerer: Answerer,
  form: Parameters,
  parts: ProtocolParts,
): Promise<HttpResponse> {
  if (form.has('switch_account')) return seeOther(`${addressOf(visit, parts)}?${anotherAccount}`)
  const { authorizationRequest } = visit
  const question = await questionFor(authorizationRequest, answerer.account, parts)
  const isThisQuestion = form.get('question') === questionId(question, parts)
  const decided = isThisQuestion ? await decide(question, { visit, answerer, form }, parts) : undefined
  if (decided === undefined) return askForConsent(visit, answerer.account, parts, 'form_expired')
  return sendDecided(decided, visit, authorizationRequest.target, parts)
}

/** Records the decision; undefined when the form holds none. */
async function decide(
  question: Question,
  { visit, answerer, form }: { visit: AuthorizationVisit; answerer: Answerer; form: Parameters },
  parts: ProtocolParts,
): Promise<Decided | undefined> {
  const { authorizationRequest, request } = visit
  const { session, account } = answerer
  const answering = { request: authorizationRequest, session, account, origin: request, closed: closed(visit, parts) }
  const words = wordsOf(visit, parts)
  const decision = form.get('decision')
  if (decision === 'deny') return deny(answering, shown(question, words, parts), parts)
  // Only what was configured can be chosen: nobody can be led into giving more time than the page offers. Where the form
  // does not say, it is the length that was chosen at first.
  const chosenFor = form.get('access_for') ?? question.access_for
  const access_for = parts.settings.access_for.find(({ value }) => value === chosenFor)
  if (decision !== 'allow' || access_for === undefined) return undefined
  const chosen = { permissions: allowed(question, form.all('scope')), access_for }
  return allow(answering, { ...chosen, shown: shown(question, words, parts, chosen) }, parts)
}

function consentView(
  question: Question,
  visit: AuthorizationVisit,
  parts: ProtocolParts,
): Omit<ConsentView, 'acquaintance' | 'form_expired'> {
  const { request, account, asks, holds, held, resources, at } = question
  const words = inZoneOf(account, wordsOf(visit, parts))
  const sources = { words, resources, claims: parts.settings.claims, account, client: request.client }
  return {
    home: parts.issuer,
    words,
    csrf_token: visit.csrf_token,
    question: questionId(question, parts),
    client: askerView(request, words.tag, parts),
    account: personView(account),
    deletes_at: account.deletes_at,
    asks: marked(permissionGroups(atLeast(asks), sources), question),
    holds: permissionGroups(holds, sources),
    standing: held && {
      ends_at: held.expires_at,
      covers: covers(held, request.permissions),
      paused_at: held.paused_at,
    },
    lasting: isLasting(request),
    idle: longestUnused(parts),
    durations: parts.settings.access_for.map((choice) => durationChoice(choice, question, parts)),
    access_for: question.access_for,
    now: at,
  }
}

/** Marks the places where a client that holds something had nothing to do until now. */
function marked(groups: readonly PermissionGroup[], { held }: Question): readonly PermissionGroup[] {
  if (held === undefined) return groups
  const known = new Set(held.permissions.map(({ resource }) => resource))
  return groups.map((group) => ({ ...group, is_new: !known.has(group.resource) }))
}

function durationChoice({ value, seconds }: AccessFor, { at }: Question, { settings }: ProtocolParts): DurationChoice {
  if (value === 'until_removed') return { value, lasts: value }
  const { authorization_code, access_token } = settings.lifetimes
  if (seconds === undefined) return { value, lasts: 'once', ends_at: at + authorization_code + access_token }
  return { value, lasts: seconds, ends_at: at + seconds }
}
