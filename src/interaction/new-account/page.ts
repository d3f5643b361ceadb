import { html, type Html } from '../../kernel/html.ts'
import { button } from '../../ui/button.ts'
import { card } from '../../ui/card.ts'
import { hiddenFields, textField } from '../../ui/field.ts'
import { inert } from '../../ui/inert.ts'
import type { PageView } from '../../ui/layout.ts'
import { notice } from '../../ui/notice.ts'
import { passwordSentence, type PasswordNotice } from '../../ui/password-notice.ts'
import type { Words } from '../../ui/words/en.ts'

/** Why an account was not made. */
export type NewAccountNotice = PasswordNotice | NameNotice | ElsewhereNotice

/** Back from another provider without having signed in there. */
interface ElsewhereNotice {
  readonly kind: 'elsewhere'
  readonly failed: keyof Words['upstream']['failed']
}

interface NameNotice {
  readonly kind: 'malformed' | 'reserved' | 'taken'
}

/** What the page on which somebody makes their account shows. */
export interface NewAccountView extends PageView {
  readonly csrf_token: string
  /** The address that the letter went to, and that the account will have. */
  readonly email: string
  /** What was typed before. */
  readonly username?: string | undefined
  /** The fewest characters of the password. */
  readonly minimum: number
  readonly notice?: NewAccountNotice | undefined
  /** The other providers where one can prove who one is, instead of choosing a password. */
  readonly upstreams: readonly { readonly id: string; readonly name: string }[]
}

const noticeId = 'account-notice'

/** Asks for a user name and a password. */
export function newAccountPage(view: NewAccountView): Html {
  const { words: everyWord, csrf_token, email } = view
  const { newAccount: words, byMail, newPassword } = everyWord
  const told = view.notice
  const wrong = told && wrongField(told)
  return card(view, {
    heading: words.heading,
    content: html`
      ${told && notice({ id: noticeId, tone: told.kind === 'elsewhere' && told.failed === 'denied' ? 'note' : 'error', text: sentenceOf(told, view.minimum, everyWord) })}
      <p>${byMail.email}: <strong>${inert(email, 254)}</strong></p>
      <form method="post">
        ${hiddenFields({ csrf_token })}
        ${textField({ id: 'username', name: 'username', label: words.username, type: 'text', autocomplete: 'username', value: view.username, message_id: told && noticeId, wrong: wrong === 'username', focused: wrong !== 'password', hint: words.username_rule })}
        ${textField({ id: 'new-password', name: 'new_password', label: words.password, type: 'password', autocomplete: 'new-password', message_id: told && noticeId, wrong: wrong === 'password', focused: wrong === 'password', hint: newPassword.rule(String(view.minimum)) })}
        ${button({ id: 'account-submit', label: words.submit, look: 'filled' })}
      </form>
      ${view.upstreams.length > 0 && elsewhereForm(view.upstreams, csrf_token, everyWord)}`,
  })
}

/** One form for all of them, as on the sign-in page. */
function elsewhereForm(upstreams: NewAccountView['upstreams'], csrf_token: string, { upstream: words }: Words): Html {
  const each = ({ id, name }: NewAccountView['upstreams'][number]) =>
    button({ id: `upstream-${id}`, name: 'provider', value: id, label: words.with(name), look: 'quiet' })
  return html`
    <form method="post" class="ways">
      ${hiddenFields({ csrf_token })}
      ${upstreams.map(each)}
    </form>`
}

function wrongField(told: NewAccountNotice): 'username' | 'password' | undefined {
  if (told.kind === 'elsewhere') return undefined
  return isOfName(told) ? 'username' : 'password'
}

function sentenceOf(told: NewAccountNotice, minimum: number, words: Words): string {
  if (told.kind === 'elsewhere') return words.upstream.failed[told.failed]
  return isOfName(told) ? words.newAccount.faults[told.kind] : passwordSentence(told, minimum, words)
}

function isOfName(told: NewAccountNotice): told is NameNotice {
  return told.kind === 'malformed' || told.kind === 'reserved' || told.kind === 'taken'
}
