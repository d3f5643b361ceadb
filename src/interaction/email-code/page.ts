import { html, type Html } from '../../kernel/html.ts'
import type { Seconds } from '../../kernel/time.ts'
import { button } from '../../ui/button.ts'
import { card } from '../../ui/card.ts'
import { hiddenFields, textField } from '../../ui/field.ts'
import { link } from '../../ui/href.ts'
import type { PageView } from '../../ui/layout.ts'
import { spellWait } from '../../ui/moment.ts'
import { notice } from '../../ui/notice.ts'
import type { Words } from '../../ui/words/en.ts'

/** Why the page is shown to somebody who has tried already. */
export type EmailCodeNotice =
  { readonly kind: 'malformed' | 'wrong_code' } | { readonly kind: 'throttled'; readonly retry_after: Seconds }

/** What the pages for signing in by a code from a letter show. */
export interface EmailCodeView extends PageView {
  readonly csrf_token: string
  /** `address`: asks where the letter is to go; a letter: asks for its code. */
  readonly asks: 'address' | { readonly token_id: string }
  readonly notice?: EmailCodeNotice | undefined
  /** What was typed before. */
  readonly email?: string | undefined
  /** How long a code works. */
  readonly lasts: Seconds
  /** The address of the sign-in page. */
  readonly back: string
}

const noticeId = 'code-notice'

/** Asks for an e-mail address, or for the code that was sent to it, if any was (AC-02). */
export function emailCodePage(view: EmailCodeView): Html {
  const { words: everyWord, notice: told, back } = view
  const { emailCode: words } = everyWord
  return card(view, {
    heading: words.heading,
    content: html`
      ${told && notice({ id: noticeId, tone: 'error', text: sentenceOf(told, everyWord) })}
      ${view.asks === 'address' ? askForAddress(view) : askForCode(view, view.asks.token_id)}
      <p>${link(back, words.back, 'other-way')}</p>`,
  })
}

function askForAddress({ words, csrf_token, email, notice: told }: EmailCodeView): Html {
  const wrong = told?.kind === 'malformed'
  return html`
    <p class="muted">${words.emailCode.ask}</p>
    <form method="post">
      ${hiddenFields({ csrf_token, step: 'email-code-letter' })}
      ${textField({ id: 'email', name: 'email', label: words.byMail.email, type: 'email', autocomplete: 'email', value: email, message_id: told && noticeId, wrong, focused: true })}
      ${button({ id: 'letter-submit', label: words.emailCode.send, look: 'filled' })}
    </form>`
}

function askForCode({ words, csrf_token, notice: told, lasts }: EmailCodeView, token_id: string): Html {
  const wrong = told?.kind === 'wrong_code'
  return html`
    <p>${words.emailCode.sent(spellWait(lasts, words))}</p>
    <form method="post">
      ${hiddenFields({ csrf_token, step: 'email-code', token_id })}
      ${textField({ id: 'email-code', name: 'email_code', label: words.emailCode.code, type: 'text', autocomplete: 'one-time-code', message_id: told && noticeId, wrong, focused: true })}
      ${button({ id: 'email-code-submit', label: words.signIn.submit, look: 'filled' })}
    </form>`
}

function sentenceOf(told: EmailCodeNotice, words: Words): string {
  if (told.kind === 'throttled') return words.signIn.throttled(spellWait(told.retry_after, words))
  return told.kind === 'malformed' ? words.byMail.malformed : words.emailCode.wrong_code
}
