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
  /** Set where the form may be sent although a required field is empty. */
  readonly sends?: 'as_it_is'
}

/**
 * Takes the place of a form's default button, so that the Enter key on a box or a choice sends nothing: a person
 * reading on with the keyboard has not answered yet. Stands first in its form. Its method closes a dialog, and does
 * nothing outside of one (HTML §4.10.22.3); a disabled button would do by the standard, but Chromium skips it.
 */
export const noDefault: Html = html`<button type="submit" formmethod="dialog" hidden></button>`

/** Shows a button. */
export function button({ id, name, value, label, look, sends }: Button): Html {
  const named = name !== undefined && html`name="${name}" value="${value ?? ''}"`
  return html`<button ${id !== undefined && html`id="${id}"`} ${named} type="submit" ${sends === 'as_it_is' && html`formnovalidate`} class="button ${look}">${label}</button>`
}
