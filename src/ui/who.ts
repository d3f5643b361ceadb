import { html, type Html } from '../kernel/html.ts'
import { icon, type IconName } from './icon.ts'

/** Shows someone, a person or a client, in a block: a tile, and beside it lines of which the first names them. */
export function who(drawing: IconName, name: Html, lines: readonly Html[]): Html {
  return html`<div class="who"><span class="tile">${icon(drawing)}</span><div>${name}${lines.map((line) => html`<p class="muted">${line}</p>`)}</div></div>`
}
