/** Letters about a person's own account: those that carry a link good for one thing, and what they are told afterwards. */
import { ownAddress, type Account } from '../../domain/account.ts'
import { spellEmailCode } from '../../domain/email-code.ts'
import {
  isGood,
  mailTokenLifetimes,
  spellMailToken,
  type MailToken,
  type MailTokens,
  type TokenNotice,
} from '../../domain/mail-token.ts'
import type { AccountNotice } from '../../domain/notice.ts'
import type { ProtocolParts } from '../../protocol/parts.ts'
import { inertText } from '../../ui/inert.ts'
import { spellWait, spellWhole } from '../../ui/moment.ts'
import type { Words } from '../../ui/words/en.ts'
import { inZoneOf } from '../language.ts'
import { ownPaths } from '../paths.ts'

/** A letter, and to whom. */
export interface ComposedLetter {
  readonly to: string
  readonly subject: string
  readonly text: string
}

/** What these letters are composed with. */
export type AccountLetterParts = Pick<ProtocolParts, 'accounts' | 'issuer' | 'secrets' | 'clock' | 'settings'> & {
  readonly mailTokens: MailTokens
}

/** Ends a letter with the name of whoever runs the server, as pages begin; nothing where nobody named it (RFC 3676 §4.3). */
export function signature({ brand }: Words): readonly string[] {
  return brand.is_ours ? [] : ['-- ', inertText(brand.name, 60), '']
}

/** Where the link of a letter leads: the issuer as configured, whatever any request said (AC-12). */
const paths = {
  password_reset: ownPaths.newPassword,
  registration: ownPaths.newAccount,
  invitation: ownPaths.newAccount,
  address_change: ownPaths.newAddress,
  address_undo: ownPaths.undoAddress,
} as const satisfies Readonly<Record<Exclude<MailToken['purpose'], 'sign_in_code'>, string>>

/** Composes the letter that carries a token; undefined when there is nobody to write to, or it is good no more. */
export async function tokenLetter(
  { token_id }: TokenNotice,
  parts: AccountLetterParts,
): Promise<ComposedLetter | undefined> {
  const token = await parts.mailTokens.find(token_id)
  if (token?.address === undefined || !isGood(token, parts.clock())) return undefined
  const account = token.account_id === undefined ? undefined : await parts.accounts.find(token.account_id)
  if (token.account_id !== undefined && (account === undefined || account.disabled)) return undefined
  const words = parts.settings.brands.own[token.language]
  const { letter } = words
  const host = hostOf(parts)
  const body = (await instead(token, account, parts)) ?? [
    letter.asked[token.purpose](host, inertText(account?.username ?? '', 120)),
    '',
    ...codeOrLink(token, words, parts),
    ...(token.purpose === 'address_undo' ? [] : [letter.otherwise]),
  ]
  return {
    to: token.address,
    subject: letter.subjects[token.purpose](host),
    text: [...body, '', ...signature(words)].join('\n'),
  }
}

function codeOrLink(token: MailToken, words: Words, parts: AccountLetterParts): readonly string[] {
  const { purpose } = token
  const { letter } = words
  const wait = spellWait(mailTokenLifetimes[purpose], words)
  if (purpose === 'sign_in_code') return [spellEmailCode(token, parts), '', letter.code(wait)]
  return [
    purpose === 'address_undo' ? letter.undo : letter.open,
    `${parts.issuer}${paths[purpose]}/${spellMailToken(token, parts)}`,
    '',
    letter.good_for(wait),
  ]
}

/** What an address is told in place of a link, since it is somebody's already; undefined where it gets the link. */
async function instead(
  { purpose, account_id, address = '', language }: MailToken,
  account: Account | undefined,
  parts: AccountLetterParts,
): Promise<readonly string[] | undefined> {
  const words = parts.settings.brands.own[language]
  const isForNewcomers = purpose === 'registration' || purpose === 'invitation'
  if (isForNewcomers) return account && knownAlready(account, words, parts)
  const holder = purpose === 'address_change' ? await parts.accounts.findByLogin(address) : undefined
  if (holder === undefined || holder.account_id === account_id) return undefined
  return [words.letter.asked.address_taken(hostOf(parts), inertText(holder.username, 120))]
}

/** Who has an account needs no other: the page told them what it tells everybody, and the letter tells them the truth. */
function knownAlready({ username }: Account, { letter }: Words, parts: AccountLetterParts): readonly string[] {
  return [
    letter.asked.known(hostOf(parts), inertText(username, 120)),
    '',
    letter.sign_in_here,
    `${parts.issuer}${ownPaths.account}`,
    letter.forgotten_here,
    `${parts.issuer}${ownPaths.forgottenPassword}`,
    '',
    letter.otherwise,
  ]
}

/** Composes the letter that tells what became of an account; undefined when there is nobody to write to, or nothing to tell. */
export async function accountLetter(
  { type, account_id, language }: AccountNotice,
  parts: AccountLetterParts,
): Promise<ComposedLetter | undefined> {
  const account = await parts.accounts.find(account_id)
  const to = account && ownAddress(account)
  if (account === undefined || to === undefined) return undefined
  const words = parts.settings.brands.own[language]
  const { letter } = words
  const host = hostOf(parts)
  const ways = wayOn(type, account, words, parts)
  if (ways === undefined) return undefined
  const text = [letter.asked[type](host, inertText(account.username, 120)), '', ...ways, '', ...signature(words)]
  return { to, subject: letter.subjects[subjectOf(type)](host), text: text.join('\n') }
}

/**
 * What somebody can do about it: of what an operator does to an account, ask them. Undefined where there is nothing to do
 * any more: an account that was to be deleted has been kept.
 */
function wayOn(
  type: AccountNotice['type'],
  account: Account,
  words: Words,
  { issuer }: AccountLetterParts,
): readonly string[] | undefined {
  const { letter } = words
  if (type === 'account_disabled') return [letter.ask_them]
  if (type === 'account_enabled') return [letter.sign_in_here, `${issuer}${ownPaths.account}`]
  const notYou = [letter.not_you, `${issuer}${ownPaths.forgottenPassword}`]
  if (type !== 'deletion_asked') return notYou
  const { deletes_at } = account
  if (deletes_at === undefined) return undefined
  const end = spellWhole(deletes_at, inZoneOf(account, words))
  return [letter.keep(end), `${issuer}${ownPaths.deletion}`, '', ...notYou]
}

function subjectOf(type: AccountNotice['type']): 'deletion_asked' | 'password_changed' | 'account_state' | 'security' {
  if (type === 'deletion_asked') return type
  if (type === 'password_changed' || type === 'password_changed_here') return 'password_changed'
  return type === 'account_disabled' || type === 'account_enabled' ? 'account_state' : 'security'
}

function hostOf({ issuer }: AccountLetterParts): string {
  return new URL(issuer).host
}
