import { html, type Html } from '../../kernel/html.ts'
import type { Seconds } from '../../kernel/time.ts'
import { button } from '../../ui/button.ts'
import { hiddenFields, textField } from '../../ui/field.ts'
import { inert } from '../../ui/inert.ts'
import { spellWait } from '../../ui/moment.ts'
import { notice } from '../../ui/notice.ts'
import { confirmFirst, ownPage, type OwnPageView } from '../../ui/own-pages.ts'

/** What has just happened, or why nothing has. */
export type OwnAddressNotice =
  | { readonly kind: 'malformed' | 'already' | 'form_expired' }
  | { readonly kind: 'throttled'; readonly retry_after: Seconds }
  /** A letter to this address was asked for; its link works for so long. */
  | { readonly kind: 'sent'; readonly address: string; readonly lasts: Seconds }

/** What the page on which somebody changes or confirms their own address shows. */
export interface OwnAddressView extends OwnPageView {
  /** `locked`: the sign-in was too long ago, or proved too little. */
  readonly state: 'open' | 'locked'
  /** The address on file. */
  readonly address?: string | undefined
  /** Whether it is known to be the person's own. */
  readonly proof: 'confirmed' | 'unconfirmed'
  /** What was typed before. */
  readonly typed?: string | undefined
  readonly notice?: OwnAddressNotice | undefined
}

const noticeId = 'address-notice'
/** The longest e-mail address there is. */
const longest = 254

/** Shows the address on file, and asks for another one. */
export function ownAddressPage(view: OwnAddressView): Html {
  const { ownAddress: words } = view.words
  const told = view.notice
  return ownPage(view, {
    heading: words.heading,
    here: 'elsewhere',
    body: html`
      ${told && notice({ id: noticeId, tone: tones[told.kind], text: sentenceOf(told, view) })}
      ${held(view)}
      ${view.state === 'locked' ? confirmFirst(words.confirm, view) : form(view)}`,
  })
}

const tones = { malformed: 'error', already: 'note', form_expired: 'note', throttled: 'error', sent: 'done' } as const

function held({ address, proof, state, csrf_token, words: everyWord }: OwnAddressView): Html {
  const { ownAddress: words } = everyWord
  if (address === undefined) return html`<section class="card"><p>${words.none}</p></section>`
  const canConfirm = state === 'open' && proof === 'unconfirmed'
  return html`
    <section class="card">
      <p><strong>${inert(address, longest)}</strong> <span class="tag">${words[proof]}</span></p>
      ${canConfirm && html`<form method="post">${hiddenFields({ csrf_token, email: address })}${button({ id: 'address-confirm', label: words.confirm_this, look: 'quiet' })}</form>`}
    </section>`
}

function form({ csrf_token, typed, notice: told, words: everyWord }: OwnAddressView): Html {
  const { ownAddress: words } = everyWord
  const wrong = told?.kind === 'malformed'
  return html`
    <section class="card">
      <form method="post">
        ${hiddenFields({ csrf_token })}
        ${textField({ id: 'email', name: 'email', label: words.new_address, type: 'email', autocomplete: 'email', value: typed, message_id: told && noticeId, wrong, focused: wrong, hint: words.explain })}
        ${button({ id: 'address-submit', label: words.submit, look: 'filled' })}
      </form>
    </section>`
}

function sentenceOf(told: OwnAddressNotice, { words }: OwnAddressView): Html | string {
  switch (told.kind) {
    case 'sent':
      return words.ownAddress.sent(html`<strong>${inert(told.address, longest)}</strong>`, spellWait(told.lasts, words))
    case 'already':
      return words.ownAddress.already
    case 'throttled':
      return words.signIn.throttled(spellWait(told.retry_after, words))
    case 'form_expired':
      return words.account.form_expired
    default:
      return words.byMail[told.kind]
  }
}
