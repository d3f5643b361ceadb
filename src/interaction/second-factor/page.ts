import { html, type Html } from '../../kernel/html.ts'
import type { Seconds } from '../../kernel/time.ts'
import { button } from '../../ui/button.ts'
import { card } from '../../ui/card.ts'
import { choice, hiddenFields, textField } from '../../ui/field.ts'
import type { PageView } from '../../ui/layout.ts'
import { spellWait } from '../../ui/moment.ts'
import { notice, type Notice } from '../../ui/notice.ts'
import { passkeyPart, passkeyScriptFor } from '../../ui/passkey.ts'
import { person, type PersonView } from '../../ui/person.ts'
import type { Words } from '../../ui/words/en.ts'

/** Why the page is shown once more. */
export type SecondFactorNotice =
  /** Not a current code, or one that was used. */
  | { readonly kind: 'wrong_code' }
  | { readonly kind: 'passkey_refused' }
  /** Too many attempts; the next one is looked at after `retry_after`. */
  | { readonly kind: 'throttled'; readonly retry_after: Seconds }
  /** The form came without its token; nothing was checked. */
  | { readonly kind: 'form_expired' }

/** What the page shows. */
export interface SecondFactorView extends PageView {
  readonly csrf_token: string
  /** Whose password was right; the answer is about this one, whoever has signed in meanwhile. */
  readonly person: PersonView
  readonly account_id: string
  /** Whether a code is enough. */
  readonly takes_code: boolean
  /** What the browser is asked for; undefined: the account has no passkey. */
  readonly passkey?: string | undefined
  readonly notice?: SecondFactorNotice | undefined
}

const noticeId = 'second-factor-notice'

/** Asks for one more proof of who somebody is. */
export function secondFactorPage(view: SecondFactorView): Html {
  const { home, words: everyWord, csrf_token, passkey } = view
  const { secondFactor: words } = everyWord
  const told = view.notice && noticeOf(view.notice, everyWord)
  return card(view, {
    heading: words.heading,
    content: html`
      ${person(view.person)}
      <p class="muted">${words.explain}</p>
      ${told && notice({ ...told, id: noticeId })}
      <form method="post">
        ${hiddenFields({ csrf_token, step: 'second-factor', account_id: view.account_id })}
        ${view.takes_code && codeFields(view)}
        ${
          passkey !== undefined &&
          html`
            ${!view.takes_code && html`<p>${words.passkey_needed}</p><noscript><p>${words.no_script}</p></noscript>`}
            ${passkeyPart({ options: passkey, offer: 'button', button_id: 'passkey-login', label: words.passkey, failed: words.passkey_refused })}`
        }
        ${button({ id: 'start-again', name: 'start_again', value: 'yes', label: words.start_again, look: 'plain', sends: 'as_it_is' })}
      </form>`,
    end: passkey !== undefined && passkeyScriptFor(home),
  })
}

function codeFields({ words: everyWord, notice: told }: SecondFactorView): Html {
  const { secondFactor: words } = everyWord
  const message_id = told === undefined ? undefined : noticeId
  const wrong = told?.kind === 'wrong_code'
  const remember = html`<span>${words.remember}<br><span class="muted small">${words.remember_hint}</span></span>`
  return html`
    ${textField({ id: 'one-time-code', name: 'one_time_code', label: words.code, type: 'text', autocomplete: 'one-time-code', message_id, wrong, focused: true })}
    ${choice({ id: 'remember-browser', name: 'remember_browser', value: 'yes', type: 'checkbox', checked: false, label: remember })}
    ${button({ id: 'second-factor-submit', label: words.submit, look: 'filled' })}`
}

function noticeOf(told: SecondFactorNotice, everyWord: Words): Notice {
  const { secondFactor: words, signIn } = everyWord
  switch (told.kind) {
    case 'wrong_code':
      return { tone: 'error', text: words.wrong_code }
    case 'passkey_refused':
      return { tone: 'error', text: words.passkey_refused }
    case 'throttled':
      return { tone: 'error', text: signIn.throttled(spellWait(told.retry_after, everyWord)) }
    case 'form_expired':
      return { tone: 'note', text: words.form_expired }
  }
}
