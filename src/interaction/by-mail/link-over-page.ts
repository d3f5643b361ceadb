import { html, type Html } from '../../kernel/html.ts'
import { layout } from '../../ui/layout.ts'
import { wayOn } from '../../ui/way-on.ts'
import type { Words } from '../../ui/words/en.ts'

/** What the page shows behind a link that is good no more. */
export interface LinkOverView {
  /** The issuer: where every address of ours begins. */
  readonly home: string
  /** The language of the page. */
  readonly words: Words
  /** Where another letter can be asked for. */
  readonly again: string | undefined
}

/** Tells that a link works no more, and leads on. */
export function linkOverPage({ home, words: everyWord, again }: LinkOverView): Html {
  const { linkOver: words } = everyWord
  return layout({
    home,
    words: everyWord,
    title: words.heading,
    width: 'narrow',
    body: html`
      <section class="card">
        <h1>${words.heading}</h1>
        <p>${words.sentence}</p>
        ${wayOn(again === undefined ? undefined : { href: again, label: words.again }, home, everyWord)}
      </section>`,
  })
}
