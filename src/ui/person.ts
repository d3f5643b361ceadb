import { html, type Html } from '../kernel/html.ts'
import { inert } from './inert.ts'
import { who } from './who.ts'

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
  const lines = email === undefined ? [] : [inert(email, longest)]
  return who('person', html`<p class="name">${inert(name ?? username, longest)}</p>`, lines)
}
