import { readFileSync } from 'node:fs'
import { html, type Html } from '../kernel/html.ts'
import { asset, type Asset } from './asset.ts'
import { button } from './button.ts'
import { hiddenFields, type HiddenFields } from './field.ts'

/** The one script of ours that pages load, read when the process starts. */
export const passkeyScript: Asset = asset(
  readFileSync(new URL('passkey.js', import.meta.url), 'utf8'),
  'js',
  'text/javascript; charset=utf-8',
)

/** What `script-src` of the content security policy must hold for the script to run. */
export const passkeyScriptSource = "'self'"

/** A form that a passkey answers. */
export interface PasskeyForm {
  /** `get`: sign in with one; `create`: make one. */
  readonly kind: 'get' | 'create'
  /** `PublicKeyCredentialRequestOptionsJSON` or its kin for creation, Web Authentication Level 3 §5.1. */
  readonly options: string
  /** `autofill`: it is also offered where the user name is typed (§5.1.4). */
  readonly offer: 'autofill' | 'button'
  readonly fields: HiddenFields
  /** What is typed besides. */
  readonly more?: Html
  readonly button_id: string
  readonly label: string
  /** What is said where the browser found none, or the person said no. */
  readonly failed: string
}

/** Shows a form that is hidden until the script finds that this browser has passkeys. */
export function passkeyForm({ kind, options, offer, fields, more, button_id, label, failed }: PasskeyForm): Html {
  return html`
    <form method="post" hidden data-passkey="${kind}" data-options="${options}" ${offer === 'autofill' && html`data-autofill="yes"`}>
      ${hiddenFields({ ...fields, credential: '' })}
      ${more}
      ${button({ id: button_id, label, look: 'quiet' })}
      <p class="small" role="alert" data-failed hidden>${failed}</p>
    </form>`
}

/** Loads the script, at the end of a document that has such a form. */
export function passkeyScriptFor(home: string): Html {
  return html`<script type="module" src="${home + passkeyScript.path}"></script>`
}
