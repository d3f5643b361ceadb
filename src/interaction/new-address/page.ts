import { html, type Html } from '../../kernel/html.ts'
import { button } from '../../ui/button.ts'
import { card } from '../../ui/card.ts'
import { hiddenFields } from '../../ui/field.ts'
import { inert } from '../../ui/inert.ts'
import type { PageView } from '../../ui/layout.ts'
import { notice } from '../../ui/notice.ts'
import { wayOn } from '../../ui/way-on.ts'
import type { Words } from '../../ui/words/en.ts'

/** Why an address was not made somebody's own. */
export type NewAddressNotice = 'form_expired' | 'taken' | 'stale'

/** What the page behind the link in a letter about an address shows. */
export interface NewAddressView extends PageView {
  /** `link`: it is to become the account's; `undo`: it was, and is to be again. */
  readonly goal: 'link' | 'undo'
  readonly address: string
  readonly username: string
  readonly csrf_token: string
  readonly notice?: NewAddressNotice | undefined
}

/** The longest e-mail address, and the longest user name that is shown. */
const longest = 254

/** Asks for the one press that makes an address the account's: opening a link does nothing (AC-16). */
export function newAddressPage(view: NewAddressView): Html {
  const { words: everyWord, goal, csrf_token } = view
  const words = everyWord.ownAddress[goal]
  return card(view, {
    heading: words.heading,
    content: html`
      ${view.notice !== undefined && notice({ tone: 'error', text: sentenceOf(view.notice, goal, everyWord) })}
      <p>${words.sentence(strong(view.address), strong(view.username))}</p>
      <form method="post">
        ${hiddenFields({ csrf_token })}
        ${button({ id: 'address-submit', label: words.submit, look: 'filled' })}
      </form>`,
  })
}

/** What the page shows once it is done. */
export type AddressDoneView = Pick<NewAddressView, 'home' | 'words' | 'goal' | 'address'> & {
  /** Where the person goes on. */
  readonly onward: string
}

/** Tells that an address is the account's, and leads on: to a new password, where somebody else had changed it. */
export function addressDonePage(view: AddressDoneView): Html {
  const { goal, address, onward } = view
  const { ownAddress, more } = view.words
  const [sentence, label] =
    goal === 'undo'
      ? [ownAddress.undo.done_more, ownAddress.undo.go_on]
      : [ownAddress.link.done_more(strong(address)), more.back]
  return card(view, {
    heading: ownAddress[goal].done,
    content: html`
      <p>${sentence}</p>
      ${wayOn({ href: onward, label, id: 'go-on' }, view)}`,
  })
}

function strong(text: string): Html {
  return html`<strong>${inert(text, longest)}</strong>`
}

function sentenceOf(told: NewAddressNotice, goal: 'link' | 'undo', { byMail, ownAddress }: Words): string {
  if (told === 'form_expired') return byMail.form_expired
  return told === 'taken' ? ownAddress[goal].taken : ownAddress.link.stale
}
