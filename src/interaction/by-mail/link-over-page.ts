import { html, type Html } from '../../kernel/html.ts'
import { card } from '../../ui/card.ts'
import { particulars, type Particulars } from '../../ui/particulars.ts'
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
  readonly particulars: Particulars
}

/** Tells that a link works no more, and leads on. */
export function linkOverPage({ home, words: everyWord, again, particulars: told }: LinkOverView): Html {
  const { linkOver: words } = everyWord
  return card({
    home,
    words: everyWord,
    heading: words.heading,
    content: html`
      <p>${words.sentence}</p>
      ${wayOn(again === undefined ? undefined : { href: again, label: words.again }, home, everyWord)}
      ${particulars(told, everyWord)}`,
  })
}
