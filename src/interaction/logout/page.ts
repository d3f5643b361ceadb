import { html, type Html } from '../../kernel/html.ts'
import { button } from '../../ui/button.ts'
import { card } from '../../ui/card.ts'
import { clientBlock, type ClientView } from '../../ui/client.ts'
import { hiddenFields } from '../../ui/field.ts'
import type { PageView } from '../../ui/layout.ts'
import { person, type PersonView } from '../../ui/person.ts'

/** What the question before signing out shows. */
export interface LogoutView extends PageView {
  readonly csrf_token: string
  readonly person: PersonView
  /** The client that asks for it; undefined when the person does. */
  readonly client?: ClientView | undefined
}

/** Asks whether the person wants to sign out. */
export function logoutPage(view: LogoutView): Html {
  const { home, words: everyWord, csrf_token, person: signedIn, client } = view
  const { logout: words } = everyWord
  return card(view, {
    heading: words.heading,
    content: html`
      <p>${words.sentence}</p>
      ${person(signedIn)}
      ${client && html`<div class="goal"><p class="muted">${words.asked}</p>${clientBlock(client, 'paragraph', everyWord)}</div>`}
      <form method="post">
        ${hiddenFields({ csrf_token, step: 'logout' })}
        ${button({ id: 'logout-confirm', label: words.confirm, look: 'filled' })}
      </form>
      <p><a class="button quiet" href="${home}/account">${words.stay}</a></p>`,
  })
}
