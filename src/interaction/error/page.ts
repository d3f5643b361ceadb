import { html, type Html } from '../../kernel/html.ts'
import { card } from '../../ui/card.ts'
import { wayOn, type WayOn } from '../../ui/way-on.ts'
import type { Words } from '../../ui/words/en.ts'

/** What an error page shows. */
export interface ErrorView {
  /** The issuer: where every address of ours begins. */
  readonly home: string
  /** The language of the page. */
  readonly words: Words
  /** What happened in a few words: “This link does not work”. */
  readonly heading: string
  /** A plain sentence to someone who did nothing wrong, safe for a stranger to read. */
  readonly sentence: string
  /** The machine code, such as `invalid_request`: RFC 6749 §4.1.2.1. */
  readonly code: string
  /** Where the code is explained to whoever wrote the client. */
  readonly error_uri: string
  /** The id of the log line, for whoever is asked for help. */
  readonly reference: string
  /** What to do next; undefined = the person's own page, which always works. */
  readonly way_on?: WayOn | undefined
}

/** Says that something did not work, and what to do. */
export function errorPage({
  home,
  words: everyWord,
  heading,
  sentence,
  code,
  error_uri,
  reference,
  way_on,
}: ErrorView): Html {
  const { error: words } = everyWord
  return card({
    home,
    words: everyWord,
    heading,
    content: html`
      <p>${sentence}</p>
      ${wayOn(way_on, home, everyWord)}
      <div class="particulars">
        <p class="muted small">${words.help}</p>
        <dl>
          <div><dt>${words.code}</dt><dd><a href="${error_uri}"><code id="error-code">${code}</code></a></dd></div>
          <div><dt>${words.reference}</dt><dd><code id="error-reference">${reference}</code></dd></div>
        </dl>
      </div>`,
  })
}
