import { html, type Html } from '../kernel/html.ts'
import { choice } from './field.ts'
import { icon } from './icon.ts'
import { inert } from './inert.ts'
import type { Words } from './words/en.ts'

/** One thing a client asks for, in words. */
export interface Permission {
  /** The scope value, or what names a claim. */
  readonly scope: string
  /** What its box sends when it can be left out; `scope` where nothing is said. */
  readonly value?: string | undefined
  /** One line: “See your postcards”. */
  readonly title: string
  readonly description?: string | undefined
  /** True: a box that is ticked at first, `name=scope`. False: it comes with the rest. */
  readonly optional: boolean
  /** What the client cannot do when it is left out, after “cannot”. */
  readonly without?: string | undefined
  /** True: its owner says that it does harm in the wrong hands. */
  readonly sensitive?: boolean | undefined
  /** What the client says it wants it for. */
  readonly purpose?: string | undefined
  /** The person's own particulars that would be handed over, as they are on file. */
  readonly values?: readonly Particular[] | undefined
  /** What exactly was asked for, where a scope value does not say it: shown as plainly as the title. */
  readonly terms?: readonly Term[] | undefined
}

/** One term of what is asked for: “For at most: 2.50 EUR”. */
export interface Term {
  readonly label: string
  readonly value: string
}

/** One particular of the person: “E-mail: alice@example.com”. */
export interface Particular {
  readonly label: string
  /** As it is on file; undefined = none on file. */
  readonly value?: string | undefined
}

/** What is asked for in one place. */
export interface PermissionGroup {
  /** Of the protected resource, or of the person's identity: “Postcards API”, “About you”. */
  readonly name: string
  /** The resource indicator, RFC 8707 §2; undefined for what is ours to tell, the person's identity. */
  readonly resource?: string | undefined
  /** True: the client holds something elsewhere, and had nothing to do here until now. */
  readonly is_new?: boolean | undefined
  readonly permissions: readonly Permission[]
}

/** How much is shown of a particular, of a resource's address and of what others wrote, in code points. */
const longest = { particular: 254, term: 1000, resource: 500, title: 120, description: 400, purpose: 300 }

/**
 * Shows what is asked for in one place.
 *
 * @param id begins the ids in it, so that two groups on a page differ
 * @param asker the client, as a sentence names it
 */
export function permissionGroup(group: PermissionGroup, id: string, asker: Html, { permission: words }: Words): Html {
  const { name, resource, is_new, permissions } = group
  return html`
    <div class="group" role="group" aria-labelledby="${id}">
      <h3 id="${id}">${inert(name, longest.title)}${is_new === true && html` <span class="tag">${words.is_new}</span>`}</h3>
      ${resource !== undefined && html`<p class="muted small host">${inert(resource, longest.resource)}</p>`}
      <ul class="permissions">${permissions.map((permission, index) => html`<li>${item(permission, `${id}-${index + 1}`, asker, words)}</li>`)}</ul>
    </div>`
}

function item(permission: Permission, id: string, asker: Html, words: Words['permission']): Html {
  const { scope, value = scope, optional } = permission
  const label = told(permission, asker, words)
  if (optional) return choice({ id, name: 'scope', value, type: 'checkbox', checked: true, label })
  return html`<div class="choice">${icon('tick')}${label}</div>`
}

function told(
  { title, description, without, sensitive, purpose, values = [], terms = [] }: Permission,
  asker: Html,
  words: Words['permission'],
): Html {
  const particulars = values.map(({ label, value }) =>
    words.particular(label, value === undefined ? html`<i>${words.none}</i>` : inert(value, longest.particular)),
  )
  const asked = terms.map(({ label, value }) => words.particular(label, inert(value, longest.term)))
  const lines = [
    description !== undefined && inert(description, longest.description),
    ...particulars,
    purpose !== undefined && words.purpose(inert(purpose, longest.purpose)),
    without !== undefined && words.without(asker, inert(without, longest.description)),
  ]
  return html`<span class="told"><span>${inert(title, longest.title)}${sensitive === true && html` <span class="tag sensitive">${words.sensitive}</span>`}</span>${asked.map((term) => html`<span>${term}</span>`)}${lines.map((line) => line !== false && html`<span class="muted small">${line}</span>`)}</span>`
}
