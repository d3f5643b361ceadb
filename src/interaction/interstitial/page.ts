import { html, type Html } from '../../kernel/html.ts'
import { button } from '../../ui/button.ts'
import { card } from '../../ui/card.ts'
import { clientClaim, type ClientView } from '../../ui/client.ts'
import { destinationName, destinationText } from '../../ui/destination.ts'
import { hiddenFields } from '../../ui/field.ts'
import type { PageView } from '../../ui/layout.ts'

/** What the page before leaving towards a client that registered itself shows. */
export interface InterstitialView extends PageView {
  readonly csrf_token: string
  readonly client: ClientView
  /** What is taken along: the person's denial, or an error about the request. Never a code. */
  readonly answer: 'denied' | 'error'
}

/** Names the host before the browser is sent to it. */
export function interstitialPage(view: InterstitialView): Html {
  const { home, words: everyWord, csrf_token, client, answer } = view
  const { interstitial: words } = everyWord
  return card(view, {
    title: words.title(destinationText(client.destination, everyWord)),
    heading: words.heading(destinationName(client.destination, everyWord)),
    content: html`
      ${clientClaim(client, everyWord)}
      <p>${words.sentence[answer]}</p>
      <form method="post">
        ${hiddenFields({ csrf_token, step: 'continue' })}
        ${button({ id: 'continue', label: words.leave, look: 'filled' })}
      </form>
      <p><a class="button quiet" href="${home}/account">${words.stay}</a></p>`,
  })
}
