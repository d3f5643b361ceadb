import { html, type Html } from '../../kernel/html.ts'
import { layout, type PageView } from '../../ui/layout.ts'
import type { Advice } from '../../ui/words/advice.ts'

/** One reason that may be behind what was told. */
export interface ExplainedReason {
  readonly reason: string
  /** Undefined where the description says it all. */
  readonly advice: Advice | undefined
}

/**
 * What the explanation of an error shows: nothing of any request, and nothing that is registered.
 * The page is in the reader's language; what a developer is told stays English, as `error_description` is.
 */
export interface ExplanationView extends PageView {
  /** `error` on the wire. */
  readonly error: string
  /** `error_description` on the wire. */
  readonly tell: string
  /** Every reason for which exactly this is told, at least one. */
  readonly reasons: readonly ExplainedReason[]
}

/** Explains to the author of a client what an error of ours means, and how to mend it. */
export function explanationPage(view: ExplanationView): Html {
  const { error, tell, reasons } = view
  const { explanation: words } = view.words
  return layout(view, {
    title: words.heading,
    width: 'wide',
    body: html`
      <div class="card sections">
        <div>
          <h1>${words.heading}</h1>
          <p>${words.audience}</p>
          <p lang="en" dir="ltr"><code id="explained-error">${error}</code> ${tell}.</p>
          ${reasons.length > 1 && html`<p>${words.several}</p>`}
        </div>
        ${reasons.map(explained)}
        <p class="muted small">${words.log}</p>
      </div>`,
  })
}

function explained({ reason, advice }: ExplainedReason): Html {
  return html`
    <section lang="en" dir="ltr">
      <h2><code>${reason}</code></h2>
      ${advice && html`<p>${advice.means}</p><p>${advice.mend}</p>`}
    </section>`
}
