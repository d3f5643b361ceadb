import { html, type Html, type Piece } from '../kernel/html.ts'

/** A button that sends the form it stands in. */
export interface Button {
  readonly id?: string
  /** With a name, `name=value` is part of what is sent. */
  readonly name?: string
  readonly value?: string
  readonly label: Piece
  /** `filled`: an answer the page is there for; `quiet`: something one can also do; `plain`: the same, in a line of text. */
  readonly look: 'filled' | 'quiet' | 'plain'
  /** False: sends the form as it is, also where a field of it that must be filled in is empty. */
  readonly whole?: boolean
}

/**
 * Takes the place of a form's default button, so that the Enter key on a box or a choice sends nothing: whoever reads on
 * with the keyboard must not have answered. Stands first in its form. It works by a method that closes a dialog, and
 * does nothing outside of one (HTML §4.10.22.3); a disabled button would do by the book, yet Chromium passes it over.
 */
export const noDefault: Html = html`<button type="submit" formmethod="dialog" hidden></button>`

/** Shows a button. */
export function button({ id, name, value, label, look, whole }: Button): Html {
  const named = name !== undefined && html`name="${name}" value="${value ?? ''}"`
  return html`<button ${id !== undefined && html`id="${id}"`} ${named} type="submit" ${whole === false && html`formnovalidate`} class="button ${look}">${label}</button>`
}
