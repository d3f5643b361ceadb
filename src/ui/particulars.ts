import { html, type Html } from '../kernel/html.ts'
import type { Words } from './words/en.ts'

/** What a helper needs to know of something that did not work. */
export interface Particulars {
  /** The machine code, such as `invalid_request`: RFC 6749 §4.1.2.1. */
  readonly code: string
  /** Where the code is explained to the author of the client. */
  readonly error_uri: string
  /** The id of the log line. */
  readonly reference: string
}

/** Shows them at the end of a page, for whoever asks for help to read out. */
export function particulars({ code, error_uri, reference }: Particulars, { error: words }: Words): Html {
  return html`
    <div class="particulars">
      <p class="muted small">${words.help}</p>
      <dl>
        <div><dt>${words.code}</dt><dd><a href="${error_uri}"><code id="error-code">${code}</code></a></dd></div>
        <div><dt>${words.reference}</dt><dd><code id="error-reference">${reference}</code></dd></div>
      </dl>
    </div>`
}
