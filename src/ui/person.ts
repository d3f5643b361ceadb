import { html, type Html } from '../kernel/html.ts'
import { icon } from './icon.ts'
import { inert } from './inert.ts'

/** The signed-in person, as the page names them to themselves. */
export interface PersonView {
  /** What they sign in with; shown when there is no name. */
  readonly username: string
  /** The `name` claim of the account. */
  readonly name?: string | undefined
  /** The `email` claim of the account. */
  readonly email?: string | undefined
}

/** How much of a name or an address is shown, in code points: 254 is the longest e-mail address. */
const longest = 254

/** Shows which account is in use. */
export function person({ username, name, email }: PersonView): Html {
  return html`<div class="who"><span class="tile">${icon('person')}</span><p><strong>${inert(name ?? username, longest)}</strong>${email !== undefined && html`<br><span class="muted">${inert(email, longest)}</span>`}</p></div>`
}
