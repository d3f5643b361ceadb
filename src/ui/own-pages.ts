import { html, type Html } from '../kernel/html.ts'
import type { Words } from './words/en.ts'

/** Where the person's own pages are. */
export interface OwnLinks {
  readonly account: string
  readonly security: string
  /** Everything about the person, as a file. */
  readonly download: string
}

/** Shows the way from one of the person's own pages to the others. */
export function ownNavigation(
  { account, security, download }: OwnLinks,
  here: 'account' | 'security',
  words: Words,
): Html {
  const place = (name: 'account' | 'security', href: string) =>
    html`<a href="${href}" ${name === here && html`aria-current="page"`}>${words[name].heading}</a>`
  return html`<nav class="own" aria-label="${words.own.navigation}">${place('account', account)}${place('security', security)}<a id="download" href="${download}" download>${words.own.download}</a></nav>`
}
