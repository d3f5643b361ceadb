import { html, type Html } from '../../kernel/html.ts'
import { card } from '../../ui/card.ts'
import { clientBlock, type ClientView } from '../../ui/client.ts'
import type { PageView } from '../../ui/layout.ts'
import { particulars, type Particulars } from '../../ui/particulars.ts'
import { wayOn } from '../../ui/way-on.ts'

/** What the page for a lost thread shows. */
export interface ExpiredView extends PageView {
  /** `cookie_lost`: this browser did not begin it, or lost its cookie; `finished`: it was answered already. */
  readonly because: 'expired' | 'cookie_lost' | 'finished'
  /** Where the same thing begins again; undefined = only the client can begin it, or nothing is known of it any more. */
  readonly start_again?: string | undefined
  /** Whom it was for, when known. */
  readonly client?: ClientView | undefined
  readonly particulars: Particulars
}

/** Says that the thread is lost, and picks it up. */
export function expiredPage(view: ExpiredView): Html {
  const { words: everyWord, because, start_again, client } = view
  const { expired: words } = everyWord
  const way = start_again === undefined ? undefined : { id: 'start-again', href: start_again, label: words.start_again }
  return card(view, {
    heading: words.heading[because],
    content: html`
      <p>${words.sentence[because]}</p>
      ${client && start_again === undefined && html`<p>${words.in_application}</p>`}
      ${client && html`<div class="goal">${clientBlock(client, 'paragraph', everyWord)}</div>`}
      ${wayOn(way, view)}
      ${particulars(view.particulars, everyWord)}`,
  })
}
