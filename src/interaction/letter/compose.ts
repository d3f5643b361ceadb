/** The letter that tells a person what an application may do, with the link that ends it, or that it may do so no more. */
import { ownAddress, type Account } from '../../domain/account.ts'
import { grantIsLive, type Grant } from '../../domain/grant.ts'
import type { TokenNotice } from '../../domain/mail-token.ts'
import { accountNews, type AccountNotice, type LetterNotice } from '../../domain/notice.ts'
import type { ClaimedMessage } from '../../domain/outbox.ts'
import { isLanguage } from '../../kernel/language.ts'
import type { ProtocolParts } from '../../protocol/parts.ts'
import { destinationText } from '../../ui/destination.ts'
import type { ClientView } from '../../ui/client.ts'
import { inertText } from '../../ui/inert.ts'
import { spellDuration, spellWhole } from '../../ui/moment.ts'
import type { Words } from '../../ui/words/en.ts'
import { inOneLine } from '../detail-words.ts'
import { inZoneOf } from '../language.ts'
import { ownPaths } from '../paths.ts'
import { atLeast, permissionGroups } from '../permission-words.ts'
import { stopLink } from '../stop/link.ts'
import { clientViewOf } from '../who.ts'
import {
  accountLetter,
  signature,
  tokenLetter,
  type AccountLetterParts,
  type ComposedLetter,
} from './account-letters.ts'

/**
 * Composes the letter that a message of the outbox stands for.
 *
 * @returns undefined when there is nobody to write to, or nothing to tell any more: the account has no address that was
 *   verified, or the grant has ended, or did not
 */
export async function composeLetter(
  message: ClaimedMessage,
  parts: GrantLetterParts & AccountLetterParts,
): Promise<ComposedLetter | undefined> {
  const { payload } = message
  const { type } = payload
  if (type === 'mail_token') return tokenLetter(payload as unknown as TokenNotice, parts)
  const isNews = accountNews.some((news) => news === type)
  return isNews ? accountLetter(payload as unknown as AccountNotice, parts) : grantLetter(message, parts)
}

type GrantLetterParts = Pick<
  ProtocolParts,
  'grants' | 'consents' | 'accounts' | 'clients' | 'resources' | 'settings' | 'issuer' | 'secrets' | 'clock'
>

async function grantLetter(
  { payload, queued_at }: ClaimedMessage,
  parts: GrantLetterParts,
): Promise<ComposedLetter | undefined> {
  const { type, grant_id, permissions } = payload as unknown as LetterNotice
  const grant = await parts.grants.find(grant_id)
  const account = grant && (await parts.accounts.find(grant.account_id))
  const to = account && addressOf(account)
  if (grant === undefined || account === undefined || to === undefined) return undefined
  const isOver = type === 'grant_unused' || type === 'grant_expired'
  if (grantIsLive(grant, parts.clock()) === isOver) return undefined
  const everyWord = inZoneOf(account, await wordsOfGrant(grant, parts))
  const { letter: words } = everyWord
  const client = await clientViewOf(grant.client_id, everyWord.tag, parts)
  const sources = { words: everyWord, resources: await parts.resources.list(), claims: parts.settings.claims }
  const told = permissionGroups(atLeast(permissions), sources).flatMap(({ name, permissions: worded }) =>
    worded.map((permission) => words.permission(inertText(name, 120), inertText(inOneLine(permission), 500))),
  )
  const host = destinationText(client.destination, everyWord)
  const lines = [
    words.first[type](
      host,
      inertText(account.username, 120),
      spellDuration(parts.settings.lifetimes.grant_idle, everyWord),
    ),
    ...nameLines(client, words),
    '',
    words.may[type],
    ...told,
    '',
    ...(isOver
      ? [words.asks_again]
      : [words.until(endOf(grant, everyWord)), '', words.stop, stopLink(grant.grant_id, queued_at, parts)]),
    '',
    words.all,
    `${parts.issuer}${ownPaths.account}`,
    '',
    ...signature(everyWord),
  ]
  return { to, subject: words.subject[type](host), text: lines.join('\n') }
}

/** The language in which the person was asked last; the operator's where nobody was asked. */
async function wordsOfGrant(
  { account_id, grant_id }: Grant,
  { consents, settings }: Pick<ProtocolParts, 'consents' | 'settings'>,
): Promise<Words> {
  const consent = await consents.findNewest(account_id, grant_id)
  const language = consent?.shown['language']
  return settings.brands.own[isLanguage(language) ? language : settings.language]
}

/** Only an address that is known to be the person's: anybody else would learn what they use, and could end it. */
function addressOf(account: Account): string | undefined {
  return account.disabled ? undefined : ownAddress(account)
}

function nameLines(
  { client_name = '', verified, described_at }: ClientView,
  words: Words['letter'],
): readonly string[] {
  const described = described_at === undefined ? [] : [words.described_at(described_at)]
  if (client_name === '') return described
  const name = inertText(client_name, 60)
  return [...described, verified ? words.registered(name) : words.claimed(name)]
}

function endOf({ expires_at }: Grant, words: Words): string {
  return expires_at === undefined ? words.letter.never_ends : spellWhole(expires_at, words)
}
