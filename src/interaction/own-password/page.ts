import { html, type Html } from '../../kernel/html.ts'
import { button } from '../../ui/button.ts'
import { choice, hiddenFields, textField } from '../../ui/field.ts'
import { spellWait } from '../../ui/moment.ts'
import { notice } from '../../ui/notice.ts'
import { confirmFirst, ownPage, type OwnPageView } from '../../ui/own-pages.ts'
import { passwordSentence, type PasswordNotice } from '../../ui/password-notice.ts'
import type { Seconds } from '../../kernel/time.ts'

/** What has just happened, or why nothing has. */
export type OwnPasswordNotice =
  | PasswordNotice
  | { readonly kind: 'wrong' | 'changed' | 'changed_alone' }
  | { readonly kind: 'throttled'; readonly retry_after: Seconds }

/** What the page on which somebody changes their own password shows. */
export interface OwnPasswordView extends OwnPageView {
  /**
   * `open`: the new one is enough, since the person has just signed in; `asks_current`: the current one is asked for
   * as well; `locked`: they sign in again first; `done`: there is nothing to ask.
   */
  readonly state: 'open' | 'asks_current' | 'locked' | 'done'
  /** The fewest characters. */
  readonly minimum: number
  /** Whether the box is ticked that ends what else the person is signed in to. */
  readonly end_others: boolean
  readonly notice?: OwnPasswordNotice | undefined
}

const noticeId = 'password-notice'

/** Asks for a new password, and for the current one where the sign-in was too long ago. */
export function ownPasswordPage(view: OwnPasswordView): Html {
  const { ownPassword: words } = view.words
  const told = view.notice
  const isDone = told?.kind === 'changed' || told?.kind === 'changed_alone'
  return ownPage(view, {
    heading: words.heading,
    here: 'elsewhere',
    body: html`
      ${told && notice({ id: noticeId, tone: isDone ? 'done' : 'error', text: sentenceOf(told, view) })}
      ${view.state === 'locked' && confirmFirst(words.confirm, view)}
      ${(view.state === 'open' || view.state === 'asks_current') && form(view)}`,
  })
}

function form(view: OwnPasswordView): Html {
  const { csrf_token, person, words: everyWord, state, notice: told, minimum } = view
  const { ownPassword: words, newPassword, newAccount } = everyWord
  const isAsked = state === 'asks_current'
  const wrong = told?.kind === 'wrong' ? 'current' : told !== undefined && told.kind !== 'form_expired' && 'new'
  const message_id = told && noticeId
  return html`
    <section class="card">
      <form method="post">
        ${hiddenFields({ csrf_token })}
        ${textField({ id: 'username', name: 'username', label: newAccount.username, type: 'text', autocomplete: 'username', value: person.username, fixed: true })}
        ${isAsked && textField({ id: 'current-password', name: 'current_password', label: words.current, type: 'password', autocomplete: 'current-password', message_id, wrong: wrong === 'current', focused: true })}
        ${textField({ id: 'new-password', name: 'new_password', label: newPassword.label, type: 'password', autocomplete: 'new-password', message_id, wrong: wrong === 'new', focused: !isAsked, hint: newPassword.rule(String(minimum)) })}
        ${choice({ id: 'end-others', name: 'end_others', value: 'yes', type: 'checkbox', checked: view.end_others, label: html`<span>${words.end_others}</span>` })}
        ${button({ id: 'password-submit', label: newPassword.submit, look: 'filled' })}
      </form>
    </section>`
}

function sentenceOf(told: OwnPasswordNotice, { words, minimum }: OwnPasswordView): string {
  switch (told.kind) {
    case 'wrong':
    case 'changed':
    case 'changed_alone':
      return words.ownPassword[told.kind]
    case 'form_expired':
      return words.account.form_expired
    case 'throttled':
      return words.signIn.throttled(spellWait(told.retry_after, words))
    default:
      return passwordSentence(told, minimum, words)
  }
}
