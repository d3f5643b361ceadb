import { html, type Html } from '../../kernel/html.ts'
import { button } from '../../ui/button.ts'
import { card } from '../../ui/card.ts'
import { hiddenFields, textField } from '../../ui/field.ts'
import type { PageView } from '../../ui/layout.ts'
import { notice } from '../../ui/notice.ts'
import { passwordSentence, type PasswordNotice } from '../../ui/password-notice.ts'
import { wayOn } from '../../ui/way-on.ts'

/** What the page on which a new password is chosen shows. */
export interface NewPasswordView extends PageView {
  readonly csrf_token: string
  /** Whose password it is, for the person and for their password manager. */
  readonly username: string
  /** The fewest characters. */
  readonly minimum: number
  readonly notice?: PasswordNotice | undefined
}

const noticeId = 'password-notice'

/** Asks for a new password. */
export function newPasswordPage(view: NewPasswordView): Html {
  const { words: everyWord, csrf_token, username } = view
  const { newPassword: words } = everyWord
  const told = view.notice
  return card(view, {
    heading: words.heading,
    content: html`
      ${told && notice({ id: noticeId, tone: 'error', text: passwordSentence(told, view.minimum, everyWord) })}
      <form method="post">
        ${hiddenFields({ csrf_token })}
        ${textField({ id: 'username', name: 'username', label: everyWord.newAccount.username, type: 'text', autocomplete: 'username', value: username, fixed: true })}
        ${textField({ id: 'new-password', name: 'new_password', label: words.label, type: 'password', autocomplete: 'new-password', message_id: told && noticeId, wrong: told !== undefined, focused: true, hint: words.rule(String(view.minimum)) })}
        ${button({ id: 'password-submit', label: words.submit, look: 'filled' })}
      </form>`,
  })
}

/** What the page shows once it is done. */
export interface DoneView extends PageView {
  /** What is done: a password was set, or an account was made. */
  readonly done: 'password' | 'account'
  /** Where the person goes on. */
  readonly onward: string
}

/** Tells that it is done, and leads on to the sign-in, where everything else that is asked of a person is asked. */
export function donePage(view: DoneView): Html {
  const { words, done, onward } = view
  const [heading, sentence] =
    done === 'password'
      ? [words.newPassword.done, words.newPassword.ended]
      : [words.newAccount.done, words.newAccount.next]
  return card(view, {
    heading,
    content: html`
      <p>${sentence}</p>
      ${wayOn({ href: onward, label: words.newPassword.sign_in, id: 'go-on' }, view)}`,
  })
}
