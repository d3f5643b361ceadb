import { html, type Html, type Piece } from '../kernel/html.ts'

/** A button that sends the form it stands in. */
export interface Button {
  readonly id?: string
  /** With a name, `name=value` is part of what is sent. */
  readonly name?: string
  readonly value?: string
  readonly label: Piece
  /** `filled`: an answer the page is there for; `quiet`: something one can also do. */
  readonly look: 'filled' | 'quiet'
}

/** Shows a button. */
export function button({ id, name, value, label, look }: Button): Html {
  const named = name !== undefined && html`name="${name}" value="${value ?? ''}"`
  return html`<button ${id !== undefined && html`id="${id}"`} ${named} type="submit" class="button ${look}">${label}</button>`
}
