import { html, type Html } from '../../kernel/html.ts'
import { button } from '../../ui/button.ts'
import { card } from '../../ui/card.ts'
import { clientBlock, type ClientView } from '../../ui/client.ts'
import type { PageView } from '../../ui/layout.ts'
import { wayOn } from '../../ui/way-on.ts'

/** What the page behind the link in a letter shows. */
export interface StopView extends PageView {
  /** `ask`: nothing has been done yet. `ended`: just now. `already_ended`: earlier, or by itself. */
  readonly state: 'ask' | 'ended' | 'already_ended'
  readonly client: ClientView
}

/** Asks for the one confirmation, or tells that it is done. */
export function stopPage(view: StopView): Html {
  const { words: everyWord, state, client } = view
  const { stop: words } = everyWord
  return card(view, {
    heading: words.heading[state],
    content: html`
      ${clientBlock(client, 'paragraph', everyWord)}
      <p>${words.sentence[state]}</p>
      ${state === 'ask' && html`<form method="post">${button({ id: 'stop-confirm', label: words.confirm, look: 'filled' })}</form>`}
      ${wayOn(undefined, view)}`,
  })
}
