import { createHash } from 'node:crypto'
import { html, render, type Html } from '../kernel/html.ts'
import { button } from './button.ts'
import { destinationName, destinationOf } from './destination.ts'
import { hiddenFields, type HiddenFields } from './field.ts'
import { safeHref } from './href.ts'
import { layout, type PageView } from './layout.ts'

/** An authorization response on its way by form, OAuth 2.0 Form Post Response Mode §2. */
export interface FormPostView extends PageView {
  /** The redirect URI, already proved to be the client's; `http` or `https`. */
  readonly redirect_uri: string
  /** The response parameters: `code`, `state`, `iss`, or `error` and what goes with it. */
  readonly parameters: HiddenFields
}

const script = html`document.forms[0].submit()`

/** What `script-src` of the content security policy must hold for the page to send itself; nothing else may run. */
export const formPostScriptSource = `'sha256-${createHash('sha256').update(render(script)).digest('base64')}'`

/**
 * Shows the page that carries a response to the client: it sends itself, and has a button where scripts are off.
 *
 * @throws TypeError when the redirect URI is not `http` or `https`: a form cannot be posted anywhere else, and
 *   `javascript:` here would run with the code at hand
 */
export function formPostPage(view: FormPostView): Html {
  const { words: everyWord, redirect_uri, parameters } = view
  const { formPost: words } = everyWord
  const action = safeHref(redirect_uri)
  if (action === undefined) throw new TypeError('A form can only be posted to an http or https address')
  return layout(view, {
    title: words.title,
    width: 'narrow',
    body: html`
      <section class="card">
        <h1>${words.heading(destinationName(destinationOf(redirect_uri), everyWord))}</h1>
        <p>${words.explain}</p>
        <form method="post" action="${action}">${hiddenFields(parameters)}${button({ label: words.go, look: 'filled' })}</form>
      </section>`,
    end: html`<script>${script}</script>`,
  })
}
