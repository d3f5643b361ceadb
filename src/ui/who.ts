import { html, type Html } from '../kernel/html.ts'
import { icon, type IconName } from './icon.ts'

/**
 * Shows the tile that stands for someone: a drawing, or a logo in its place. Decoration: the words beside it say who.
 *
 * @param logo where a picture of ours is served
 */
export function tile(drawing: IconName, logo?: string): Html {
  if (logo === undefined) return html`<span class="tile">${icon(drawing)}</span>`
  return html`<span class="tile pictured"><img src="${logo}" alt="" width="44" height="44"></span>`
}

/** Shows someone, a person or a client, in a block: a tile, and beside it lines of which the first names them. */
export function who(drawing: IconName, name: Html, lines: readonly Html[], logo?: string): Html {
  return html`<div class="who">${tile(drawing, logo)}<div>${name}${lines.map((line) => html`<p class="muted">${line}</p>`)}</div></div>`
}
