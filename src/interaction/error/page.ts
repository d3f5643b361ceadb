import { html, type Html } from '../../kernel/html.ts'
import { card } from '../../ui/card.ts'
import type { PageView } from '../../ui/layout.ts'
import { particulars, type Particulars } from '../../ui/particulars.ts'
import { wayOn, type WayOn } from '../../ui/way-on.ts'

/** What an error page shows. */
export interface ErrorView extends PageView {
  /** What happened in a few words: “This link does not work”. */
  readonly heading: string
  /** A plain sentence to someone who did nothing wrong, safe for a stranger to read. */
  readonly sentence: string
  readonly particulars: Particulars
  /** What to do next; undefined = the person's own page, which always works. */
  readonly way_on?: WayOn | undefined
}

/** Says that something did not work, and what to do. */
export function errorPage(view: ErrorView): Html {
  const { heading, sentence, particulars: told, way_on } = view
  return card(view, {
    heading,
    content: html`
      <p>${sentence}</p>
      ${wayOn(way_on, view)}
      ${particulars(told, view.words)}`,
  })
}
