/** Setting up an authenticator app, and the codes that can replace it: on the person's own page, and during a sign-in. */
import { html, type Html } from '../kernel/html.ts'
import { hiddenFields, textField } from './field.ts'
import { qrCode } from './qr-code.ts'
import type { Words } from './words/en.ts'

/** An authenticator app that is being set up. */
export interface EnrolmentView {
  /** Base32, as a person types it. */
  readonly secret: string
  /** What the picture holds. */
  readonly uri: string
  /** What travels with the form. */
  readonly sealed: string
  /** `wrong`: the code that came was not right. */
  readonly state: 'new' | 'wrong'
}

/** Shows the key of a new app, as a picture and in letters, and asks for its first code: the contents of a form. */
export function authenticatorFields({ secret, uri, sealed, state }: EnrolmentView, words: Words['factors']): Html {
  const wrong = state === 'wrong'
  return html`
    ${hiddenFields({ enrolment: sealed })}
    <p>${words.totp_scan}</p>
    ${qrCode(uri, words.totp_picture)}
    <p>${words.totp_key}: <code id="totp-secret" class="secret">${secret}</code></p>
    ${textField({ id: 'one-time-code', name: 'one_time_code', label: words.totp_code, type: 'text', autocomplete: 'one-time-code', wrong, focused: wrong })}`
}

/** Shows new recovery codes, for the one time that they are shown. */
export function recoveryCodes(codes: readonly string[], words: Words['factors']): Html {
  const file = `data:text/plain;charset=utf-8,${encodeURIComponent(`${codes.join('\n')}\n`)}`
  return html`
    <p>${words.recovery_shown}</p>
    <ol class="codes">${codes.map((code) => html`<li><code>${code}</code></li>`)}</ol>
    <p><a id="recovery-download" href="${file}" download="recovery-codes.txt">${words.recovery_download}</a></p>`
}
