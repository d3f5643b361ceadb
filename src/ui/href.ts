import { html, type Html, type Piece } from '../kernel/html.ts'

/**
 * Lets an address through when following it is harmless, as it was written.
 *
 * @returns the address when it is `http(s)://…` or a path of our own (`/account`, never `//host`); undefined for all
 *   else: `javascript:` and `data:` would run in our origin, a backslash or a control character is read differently by
 *   browsers than by us, and credentials before the host hide where it leads
 */
export function safeHref(address: string): string | undefined {
  if (/[\p{Cc}\p{Z}\\]/u.test(address)) return undefined
  if (/^\/(?!\/)/.test(address)) return address
  if (!/^https?:\/\/[^/?#]/i.test(address)) return undefined
  const url = URL.parse(address)
  return url === null || url.username !== '' || url.password !== '' ? undefined : address
}

/** Links a text to an address, or leaves the text alone when `safeHref` does not let the address through. */
export function link(address: string, text: Piece, id?: string): Html {
  const href = safeHref(address)
  if (href === undefined) return html`${text}`
  return html`<a ${id !== undefined && html`id="${id}"`} href="${href}" ${!href.startsWith('/') && html`rel="noreferrer"`}>${text}</a>`
}
