import { html, type Html, type Piece } from '../kernel/html.ts'
import { icon } from './icon.ts'

/** Something the page has to say before all else. */
export interface Notice {
  /** For a field's `aria-describedby`. */
  readonly id?: string
  /** `error`: it did not work; `warning`: think first; `done`: it worked; `note`: know this. */
  readonly tone: 'error' | 'warning' | 'done' | 'note'
  readonly text: Piece
}

const icons = { error: 'warning', warning: 'warning', done: 'tick', note: 'note' } as const

/** Shows a notice; an error interrupts a screen reader, the others wait their turn. */
export function notice({ id, tone, text }: Notice): Html {
  return html`<div ${id !== undefined && html`id="${id}"`} class="notice ${tone}" role="${tone === 'error' ? 'alert' : 'status'}">${icon(icons[tone])}<p>${text}</p></div>`
}
