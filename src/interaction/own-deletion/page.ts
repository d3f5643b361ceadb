import { html, type Html } from '../../kernel/html.ts'
import type { EpochSeconds, Seconds } from '../../kernel/time.ts'
import { button } from '../../ui/button.ts'
import { hiddenFields } from '../../ui/field.ts'
import { moment, spellDuration } from '../../ui/moment.ts'
import { notice } from '../../ui/notice.ts'
import { confirmFirst, ownPage, type OwnPageView } from '../../ui/own-pages.ts'

/** What has just happened. */
export type OwnDeletionNotice = 'form_expired' | 'kept'

/** What the page shows on which somebody deletes their own account. */
export interface OwnDeletionView extends OwnPageView {
  /** `locked`: the sign-in was too long ago, or proved too little; `going`: it is deleted unless the person keeps it. */
  readonly state: 'open' | 'locked' | 'going'
  /** When it goes; with `going`. */
  readonly deletes_at?: EpochSeconds | undefined
  /** How long one can think otherwise. */
  readonly wait: Seconds
  readonly notice?: OwnDeletionNotice | undefined
  /** What “today” is measured from. */
  readonly now: EpochSeconds
}

/** Says what goes with an account and when, and asks; or lets the person keep it. */
export function ownDeletionPage(view: OwnDeletionView): Html {
  const { state, deletes_at, words: everyWord, notice: told, now } = view
  const { ownDeletion: words, account } = everyWord
  const isGoing = state === 'going' && deletes_at !== undefined
  return ownPage(view, {
    heading: words.heading,
    here: 'elsewhere',
    body: html`
      ${told !== undefined && notice({ tone: told === 'kept' ? 'done' : 'note', text: told === 'kept' ? words.kept : account.form_expired })}
      ${isGoing && notice({ tone: 'warning', text: words.going(moment(deletes_at, now, everyWord)) })}
      ${isGoing ? question(view, 'keep') : html`<section class="card"><p>${words.explain(spellDuration(view.wait, everyWord))}</p></section>`}
      ${state === 'locked' && confirmFirst(words.confirm, view)}
      ${state === 'open' && question(view, 'delete')}`,
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
