import { html, type Html } from '../../kernel/html.ts'
import type { Seconds } from '../../kernel/time.ts'
import { button } from '../../ui/button.ts'
import { card } from '../../ui/card.ts'
import { hiddenFields, textField } from '../../ui/field.ts'
import type { PageView } from '../../ui/layout.ts'
import { spellWait } from '../../ui/moment.ts'
import { notice } from '../../ui/notice.ts'
import { wayOn } from '../../ui/way-on.ts'
import type { Words } from '../../ui/words/en.ts'

/** Why the page is shown to somebody who has tried already. */
export type AddressNotice =
  | { readonly kind: 'malformed' | 'form_expired' | 'not_admitted' }
  | { readonly kind: 'throttled'; readonly retry_after: Seconds }

/** What the page that begins something by a letter shows. */
export interface AddressView extends PageView {
  /** What the letter is for. */
  readonly goal: 'forgotten' | 'registration'
  readonly csrf_token: string
  /** What was typed before. */
  readonly email?: string | undefined
  readonly notice?: AddressNotice | undefined
  /** Set once the letter was asked for: how long its link will work, whoever asked. */
  readonly sent?: Seconds | undefined
  /** Where the person came from. */
  readonly back: string
}

const noticeId = 'address-notice'

/** Asks for an e-mail address, or tells that a letter to it was asked for: the same for every address (AC-02). */
export function addressPage(view: AddressView): Html {
  const { words, goal, sent } = view
  const { byMail } = words
  return card(view, {
    heading: sent === undefined ? byMail[goal].heading : byMail.sent,
    content: html`
      ${sent === undefined ? question(view) : html`<p>${byMail[goal].sent(spellWait(sent, words))}</p>`}
      ${sent !== undefined && wayOn({ href: view.back, label: words.newPassword.sign_in }, view)}`,
  })
}

function question({ words, goal, csrf_token, email, notice: told }: AddressView): Html {
  const { byMail } = words
  return html`
    ${told && notice({ id: noticeId, tone: 'error', text: sentenceOf(told, words) })}
    <p class="muted">${byMail[goal].ask}</p>
    <form method="post">
      ${hiddenFields({ csrf_token })}
      ${textField({ id: 'email', name: 'email', label: byMail.email, type: 'email', autocomplete: 'email', value: email, message_id: told && noticeId, wrong: told?.kind === 'malformed', focused: true })}
      ${button({ id: 'letter-submit', label: byMail[goal].submit, look: 'filled' })}
    </form>`
}

function sentenceOf(told: AddressNotice, words: Words): string {
  return told.kind === 'throttled'
    ? words.signIn.throttled(spellWait(told.retry_after, words))
    : words.byMail[told.kind]
}
