import { html, type Html } from '../../kernel/html.ts'
import type { EpochSeconds, Seconds } from '../../kernel/time.ts'
import { button } from '../../ui/button.ts'
import { hiddenFields } from '../../ui/field.ts'
import { moment, spellDuration } from '../../ui/moment.ts'
import { notice } from '../../ui/notice.ts'
import { confirmFirst, ownPage, type OwnPageView } from '../../ui/own-pages.ts'

/** What has just happened. */
export type OwnDeletionNotice = 'form_expired' | 'kept'

/**
 * How it stands with an account. `locked`: the sign-in was too long ago, or proved too little; `going`: it is deleted
 * unless the person keeps it; `kept`: it stays, and people can no longer delete their own.
 */
export type DeletionState =
  | { readonly is: 'open' | 'locked'; /** How long one can think otherwise. */ readonly wait: Seconds }
  | { readonly is: 'going'; readonly deletes_at: EpochSeconds }
  | { readonly is: 'kept' }

/** What the page on which somebody deletes their own account shows. */
export interface OwnDeletionView extends OwnPageView {
  readonly state: DeletionState
  readonly notice?: OwnDeletionNotice | undefined
  /** What “today” is measured from. */
  readonly now: EpochSeconds
}

/** Says what goes with an account and when, and asks; or lets the person keep it. */
export function ownDeletionPage(view: OwnDeletionView): Html {
  const { state, words: everyWord, notice: told, now } = view
  const { ownDeletion: words, account } = everyWord
  return ownPage(view, {
    heading: words.heading,
    here: 'elsewhere',
    body: html`
      ${told !== undefined && notice({ tone: told === 'kept' ? 'done' : 'note', text: told === 'kept' ? words.kept : account.form_expired })}
      ${state.is === 'going' && notice({ tone: 'warning', text: words.going(moment(state.deletes_at, now, everyWord)) })}
      ${state.is === 'going' && question(view, 'keep')}
      ${'wait' in state && html`<section class="card"><p>${words.explain(spellDuration(state.wait, everyWord))}</p></section>`}
      ${state.is === 'locked' && confirmFirst(words.confirm, view)}
      ${state.is === 'open' && question(view, 'delete')}`,
  })
}

function question({ csrf_token, words: { ownDeletion: words } }: OwnDeletionView, answer: 'delete' | 'keep'): Html {
  const [id, label] = answer === 'delete' ? ['account-delete', words.submit] : (['account-keep', words.keep] as const)
  return html`
    <section class="card">
      <form method="post">
        ${hiddenFields({ csrf_token })}
        ${button({ id, name: 'answer', value: answer, label, look: answer === 'keep' ? 'filled' : 'quiet' })}
      </form>
    </section>`
}
