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

/** What a passkey is asked for with. */
interface PasskeyQuestion {
  /** `PublicKeyCredentialRequestOptionsJSON`, or the one for creation, Web Authentication Level 3 §5.1. */
  readonly options: string
  readonly button_id: string
  readonly label: string
  /** What is said where the browser found none, or the person said no. */
  readonly failed: string
}

/** A passkey that is one of the ways to answer a form. */
export interface PasskeySignIn extends PasskeyQuestion {
  /** `autofill`: it is also offered where the user name is typed (§5.1.4). */
  readonly offer: 'autofill' | 'button'
}

/** A form that makes a passkey. */
export interface NewPasskey extends PasskeyQuestion {
  readonly fields: HiddenFields
  /** What is typed besides. */
  readonly more: Html
}

/**
 * Shows the part of a form that signs in with a passkey, hidden until the script finds that this browser has some. The
 * form is sent with `credential` then, whatever else is typed in it.
 */
export function passkeyPart({ options, offer, button_id, label, failed }: PasskeySignIn): Html {
  return html`
    <div class="ways" hidden data-passkey="get" data-options="${options}" ${offer === 'autofill' && html`data-autofill="yes"`}>
      ${hiddenFields({ credential: '' })}
      ${button({ id: button_id, label, look: 'quiet', sends: 'as_it_is' })}
      ${failure(failed)}
    </div>`
}

/** Shows a form that makes a passkey, hidden in the same way. */
export function passkeyForm({ options, fields, more, button_id, label, failed }: NewPasskey): Html {
  return html`
    <form method="post" hidden data-passkey="create" data-options="${options}">
      ${hiddenFields({ ...fields, credential: '' })}
      ${more}
      ${button({ id: button_id, label, look: 'quiet' })}
      ${failure(failed)}
    </form>`
}

function failure(failed: string): Html {
  return html`<p class="small" role="alert" data-failed hidden>${failed}</p>`
}

/** Loads the script, at the end of a document that has such a form. */
export function passkeyScriptFor(home: string): Html {
  return html`<script type="module" src="${home + passkeyScript.path}"></script>`
}
