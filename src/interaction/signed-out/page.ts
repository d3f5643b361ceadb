import { html, type Html } from '../../kernel/html.ts'
import { layout } from '../../ui/layout.ts'
import { wayOn } from '../../ui/way-on.ts'

/** What the page after signing out shows. */
export interface SignedOutView {
  /** The issuer: where every address of ours begins. */
  readonly home: string
  /** Path to sign in again. */
  readonly sign_in: string
}

const words = {
  heading: 'You are signed out',
  sentence: 'This browser is no longer signed in here. Applications that may go on without you still can.',
  sign_in: 'Sign in again',
}

/** Confirms that nobody is signed in any more. */
export function signedOutPage({ home, sign_in }: SignedOutView): Html {
  return layout({
    home,
    title: words.heading,
    width: 'narrow',
    body: html`
      <section class="card">
        <h1>${words.heading}</h1>
        <p>${words.sentence}</p>
        ${wayOn({ href: sign_in, label: words.sign_in }, home)}
      </section>`,
  })
}
