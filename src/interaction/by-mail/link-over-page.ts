import { html, type Html } from '../../kernel/html.ts'
import { card } from '../../ui/card.ts'
import type { PageView } from '../../ui/layout.ts'
import { particulars, type Particulars } from '../../ui/particulars.ts'
import { wayOn } from '../../ui/way-on.ts'

/** What the page behind a link that is no longer good shows. */
export interface LinkOverView extends PageView {
  /** Where another letter can be asked for. */
  readonly again: string | undefined
  readonly particulars: Particulars
}

/** Tells that a link no longer works, and leads on. */
export function linkOverPage(view: LinkOverView): Html {
  const { again, particulars: told } = view
  const { linkOver: words } = view.words
  return card(view, {
    heading: words.heading,
    content: html`
      <p>${words.sentence}</p>
      ${wayOn(again === undefined ? undefined : { href: again, label: words.again }, view)}
      ${particulars(told, view.words)}`,
  })
}
