import { html, type Html } from '../../kernel/html.ts'
import { layout } from '../../ui/layout.ts'
import { wayOn } from '../../ui/way-on.ts'
import type { Words } from '../../ui/words/en.ts'

/** What the page after signing out shows. */
export interface SignedOutView {
  /** The issuer: where every address of ours begins. */
  readonly home: string
  /** The language of the page. */
  readonly words: Words
  /** Path to sign in again. */
  readonly sign_in: string
}

/** Confirms that nobody is signed in any more. */
export function signedOutPage({ home, words: everyWord, sign_in }: SignedOutView): Html {
  const { signedOut: words } = everyWord
  return layout({
    home,
    words: everyWord,
    title: words.heading,
    width: 'narrow',
    body: html`
      <section class="card">
        <h1>${words.heading}</h1>
        <p>${words.sentence}</p>
        ${wayOn({ href: sign_in, label: words.sign_in }, home, everyWord)}
      </section>`,
  })
}
