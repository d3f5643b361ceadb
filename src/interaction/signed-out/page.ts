import { html, type Html } from '../../kernel/html.ts'
import { card } from '../../ui/card.ts'
import { clientBlock, type ClientView } from '../../ui/client.ts'
import { destinationName, destinationOf } from '../../ui/destination.ts'
import { goingOn } from '../../ui/going-on.ts'
import type { PageView } from '../../ui/layout.ts'
import { notice } from '../../ui/notice.ts'
import { wayOn } from '../../ui/way-on.ts'
import type { Words } from '../../ui/words/en.ts'

/** What the page after signing out shows. */
export interface SignedOutView extends PageView {
  /** Path to sign in again. */
  readonly sign_in: string
  /** The applications that were told and have not confirmed that they signed the person out as well. */
  readonly unconfirmed?: readonly ClientView[]
  /** Addresses at which applications are told through this browser. */
  readonly frames?: readonly string[]
  /** Where the application that asked for it wants the browser back; `goes_on`: by itself, once the frames are loaded. */
  readonly returns?: { readonly href: string; readonly goes_on: boolean } | undefined
}

/** Confirms that nobody is signed in any more, and says which applications did not confirm it. */
export function signedOutPage(view: SignedOutView): Html {
  const { words: everyWord, sign_in, unconfirmed = [], frames = [], returns } = view
  const { signedOut: words } = everyWord
  return card(view, {
    heading: words.heading,
    content: html`
      <p>${words.sentence}</p>
      ${unconfirmed.length > 0 && silent(unconfirmed, everyWord)}
      ${
        returns === undefined
          ? wayOn({ href: sign_in, label: words.sign_in }, view)
          : html`<p><a id="continue" class="button filled" href="${returns.href}" rel="noreferrer"><span>${words.on(destinationName(destinationOf(returns.href), everyWord))}</span></a></p>`
      }
      ${frames.map((address) => html`<iframe hidden title="${words.frame}" src="${address}"></iframe>`)}`,
    end: returns?.goes_on === true && goingOn,
  })
}

function silent(clients: readonly ClientView[], words: Words): Html {
  return html`
    ${notice({ tone: 'warning', text: words.signedOut.unconfirmed })}
    <ul id="unconfirmed" class="clients">${clients.map((client) => html`<li>${clientBlock(client, 'paragraph', words)}</li>`)}</ul>`
}
