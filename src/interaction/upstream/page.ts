import { html, type Html } from '../../kernel/html.ts'
import { button } from '../../ui/button.ts'
import { card } from '../../ui/card.ts'
import { hiddenFields, textField } from '../../ui/field.ts'
import { link } from '../../ui/href.ts'
import { inert } from '../../ui/inert.ts'
import type { PageView } from '../../ui/layout.ts'
import { notice } from '../../ui/notice.ts'
import { person, type PersonView } from '../../ui/person.ts'

interface Frame extends PageView {
  readonly csrf_token: string
  /** The account elsewhere: the provider's name, and what the person knows the account by. */
  readonly elsewhere: { readonly provider: string; readonly label: string }
  /** Which it is, whatever it is called: the answer is about this one, whoever has come from elsewhere meanwhile. */
  readonly arrival: string
}

/** What the page that asks whether two accounts are one person's shows. */
export interface ConnectView extends Frame {
  /** Whose account here, and which: the answer is about this one, whoever has signed in meanwhile. */
  readonly person: PersonView
  readonly account_id: string
  /** `taken`: the account elsewhere is connected to another one here. */
  readonly notice?: 'taken' | undefined
}

/** Asks whether an account elsewhere is to sign its person in here. Both answers weigh the same. */
export function connectPage(view: ConnectView): Html {
  const { csrf_token, elsewhere } = view
  const { upstream: words } = view.words
  return card(view, {
    heading: words.connect_heading(elsewhere.provider),
    content: html`
      ${view.notice !== undefined && notice({ tone: 'error', text: words.taken })}
      ${person(view.person)}
      <p>${words.connect_explain(elsewhere.provider, labelOf(elsewhere))}</p>
      <p class="muted small">${words.connect_own}</p>
      <form method="post">
        ${hiddenFields({ csrf_token, step: 'upstream-connect', account_id: view.account_id, arrival: view.arrival })}
        <div class="answers">
          ${button({ id: 'upstream-connect', name: 'decision', value: 'connect', label: words.connect, look: 'filled' })}
          ${button({ id: 'upstream-skip', name: 'decision', value: 'skip', label: words.skip, look: 'filled' })}
        </div>
      </form>`,
  })
}

/** What the page that makes an account of one elsewhere shows. */
export interface NewUpstreamAccountView extends Frame {
  /** What is suggested, or was typed before. */
  readonly username: string
  readonly notice?: 'malformed' | 'reserved' | 'taken' | undefined
  /** Where somebody who has an account goes on. */
  readonly sign_in: string
}

const noticeId = 'account-notice'

/** Asks for a user name; all else is known from elsewhere. */
export function newUpstreamAccountPage(view: NewUpstreamAccountView): Html {
  const { upstream: words, newAccount } = view.words
  const { elsewhere, notice: told } = view
  return card(view, {
    heading: newAccount.heading,
    content: html`
      ${told && notice({ id: noticeId, tone: 'error', text: newAccount.faults[told] })}
      <p>${words.signed_in_there(elsewhere.provider, labelOf(elsewhere))}</p>
      <form method="post">
        ${hiddenFields({ csrf_token: view.csrf_token, step: 'upstream-account', arrival: view.arrival })}
        ${textField({ id: 'username', name: 'username', label: newAccount.username, type: 'text', autocomplete: 'username', value: view.username, message_id: told && noticeId, wrong: told !== undefined, focused: true, hint: newAccount.username_rule })}
        ${button({ id: 'account-submit', label: newAccount.submit, look: 'filled' })}
      </form>
      <p>${link(view.sign_in, words.have_account, 'have-account')}</p>`,
  })
}

function labelOf({ label }: Frame['elsewhere']): Html {
  return html`<strong>${inert(label, 254)}</strong>`
}
