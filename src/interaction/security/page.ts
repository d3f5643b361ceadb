import { html, type Html } from '../../kernel/html.ts'
import type { EpochSeconds } from '../../kernel/time.ts'
import { fact } from '../../ui/access.ts'
import { button } from '../../ui/button.ts'
import { hiddenFields } from '../../ui/field.ts'
import { inert } from '../../ui/inert.ts'
import { link } from '../../ui/href.ts'
import { moment } from '../../ui/moment.ts'
import { notice } from '../../ui/notice.ts'
import { ownPage, type OwnPageView } from '../../ui/own-pages.ts'
import { who } from '../../ui/who.ts'

/** One browser in which the person is signed in. */
export interface SessionView {
  readonly session_id: string
  /** `Firefox · Linux`. */
  readonly device: string
  /** The network address of the sign-in. */
  readonly address: string
  readonly signed_in_at: EpochSeconds
  readonly last_seen_at: EpochSeconds
  /** True for the browser that looks at the page. */
  readonly is_this: boolean
}

/** What the page about signing in shows. */
export interface SecurityView extends OwnPageView {
  /** At least one: that of this browser, which comes first. */
  readonly sessions: readonly SessionView[]
  /** The sections about what the person signs in with. */
  readonly factors: Html
  /** What they need at the end of the document. */
  readonly end: Html | false
  readonly notice?: SecurityNotice | undefined
  /** Further pages about the account. */
  readonly more: readonly { readonly href: string; readonly label: string; readonly id: string }[]
  /** What “today” is measured from. */
  readonly now: EpochSeconds
}

/** What has just happened to a factor. */
export type FactorNotice =
  | 'totp_added'
  | 'totp_removed'
  | 'totp_wrong'
  | 'totp_held'
  | 'recovery_renewed'
  | 'browser_forgotten'
  | 'passkey_added'
  | 'passkey_renamed'
  | 'passkey_removed'
  | 'passkey_refused'
  | 'upstream_removed'
  | 'upstream_last'
  | 'factor_unknown'

/** What has just happened. `session_unknown`: it had ended, or never was this person's; `form_expired`: nothing was done. */
export type SecurityNotice = 'session_ended' | 'others_ended' | 'session_unknown' | 'form_expired' | FactorNotice

const tones = {
  session_ended: 'done',
  others_ended: 'done',
  session_unknown: 'note',
  form_expired: 'note',
  totp_added: 'done',
  totp_removed: 'done',
  totp_wrong: 'error',
  totp_held: 'note',
  recovery_renewed: 'done',
  browser_forgotten: 'done',
  passkey_added: 'done',
  passkey_renamed: 'done',
  passkey_removed: 'done',
  passkey_refused: 'error',
  upstream_removed: 'done',
  upstream_last: 'error',
  factor_unknown: 'note',
} as const

/** Shows the signed-in person what they sign in with and where they are signed in, and lets them change and end it. */
export function securityPage(view: SecurityView): Html {
  const { csrf_token, sessions } = view
  const { security: words, account } = view.words
  return ownPage(view, {
    heading: words.heading,
    here: 'security',
    body: html`
      ${view.notice !== undefined && notice({ tone: tones[view.notice], text: { ...view.words.factors, ...words, ...account }[view.notice] })}
      ${view.factors}
      <section id="more" class="card">
        <h2>${view.words.more.heading}</h2>
        <ul>${view.more.map(({ href, label, id }) => html`<li>${link(href, label, id)}</li>`)}</ul>
      </section>
      <section id="sessions" class="card">
        <h2>${words.sessions}</h2>
        <p class="muted small">${words.explain}</p>
        <ul class="ended">${sessions.map((each) => session(each, view))}</ul>
        ${sessions.length > 1 && html`<form method="post">${hiddenFields({ csrf_token })}${button({ name: 'end_others', value: 'yes', look: 'quiet', label: words.end_others })}</form>`}
      </section>`,
    end: view.end,
  })
}

function session(each: SessionView, { csrf_token, now, words: everyWord }: SecurityView): Html {
  const { security: words } = everyWord
  const tag = each.is_this && html` <span class="tag">${words.this_one}</span>`
  return html`
    <li class="access">
      ${who('this_computer', html`<h3 class="name">${each.device}${tag}</h3>`, [])}
      <dl>
        ${fact(words.signed_in, moment(each.signed_in_at, now, everyWord))}
        ${fact(words.last_seen, moment(each.last_seen_at, now, everyWord))}
        ${fact(words.address, inert(each.address, 60))}
      </dl>
      ${!each.is_this && html`<form method="post">${hiddenFields({ csrf_token })}${button({ name: 'end_session', value: each.session_id, look: 'quiet', label: html`<span>${words.end(each.device)}</span>` })}</form>`}
    </li>`
}
