import { html, type Html } from '../kernel/html.ts'
import { safeHref } from './href.ts'
import type { PageView } from './layout.ts'

/** A link that leads out of a page: no page is a dead end. */
export interface WayOn {
  /** Path of ours, or an `http(s)` address; anything else is replaced by the person's own page. */
  readonly href: string
  readonly label: string
  readonly id?: string
}

/** Shows the way on as the thing to press; without one, it is the person's own page, which always works. */
export function wayOn(way: WayOn | undefined, { home, words: { wayOn: words } }: PageView): Html {
  const href = way && safeHref(way.href)
  if (way === undefined || href === undefined)
    return html`<p><a class="button quiet" href="${home}/account">${words.own_page}</a></p>`
  return html`<p><a ${way.id !== undefined && html`id="${way.id}"`} class="button filled" href="${href}" rel="noreferrer">${way.label}</a></p>`
}
