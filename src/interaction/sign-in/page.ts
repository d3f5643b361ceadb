import { html, type Html } from '../../kernel/html.ts'
import type { Seconds } from '../../kernel/time.ts'
import { button } from '../../ui/button.ts'
import { clientBlock, clientLinks, type ClientView } from '../../ui/client.ts'
import { hiddenFields, textField } from '../../ui/field.ts'
import { link } from '../../ui/href.ts'
import { layout, type PageView } from '../../ui/layout.ts'
import { spellWait } from '../../ui/moment.ts'
import { notice, type Notice } from '../../ui/notice.ts'
import { passkeyPart, passkeyScriptFor } from '../../ui/passkey.ts'
import type { Words } from '../../ui/words/en.ts'
import { inert } from '../../ui/inert.ts'

/** Why the page is shown to someone who has tried already, or was signed in before. */
export type SignInNotice =
  /** User name and password do not belong together; which of them is wrong is never said. */
  | { readonly kind: 'wrong_credentials' }
  /** The passkey is not known here, or belongs to another account than was meant. */
  | { readonly kind: 'passkey_refused' }
  /** Too many attempts; the next one is looked at after `retry_after`. */
  | { readonly kind: 'throttled'; readonly retry_after: Seconds }
  /** No room to check a password right now; worth another try after `retry_after`. */
  | { readonly kind: 'busy'; readonly retry_after: Seconds }
  /** The form was older than its session or came without its cookie; nothing was checked. */
  | { readonly kind: 'form_expired' }
  /** Back from another provider without having signed in there. */
  | { readonly kind: 'elsewhere'; readonly failed: keyof Words['upstream']['failed'] }
  /** Someone is signed in, yet has to prove it again. */
  | { readonly kind: 'again'; readonly because: SignInAgain }

/** What makes a signed-in person sign in again: `prompt=login`, `max_age`, a session past its end, or their own wish. */
export type SignInAgain = 'client_asks' | 'too_long_ago' | 'session_ended' | 'another_account'

/** What waits behind a sign-in for which no client asked: what was allowed, a device, or another page of the person's own. */
export type OwnGoal = keyof Words['signIn']['own']

/** What the sign-in page shows. */
export interface SignInView extends PageView {
  readonly csrf_token: string
  /** What waits behind the sign-in: a client, or a page of ours. */
  readonly goal: ClientView | OwnGoal
  /** What stands in the user name field: what was typed before, or `login_hint`. */
  readonly username?: string | undefined
  readonly notice?: SignInNotice | undefined
  /** True where this browser never signed in here before: one sentence says what happens next. */
  readonly first_visit: boolean
  /** What the browser is asked for to sign in with a passkey; undefined: there are none here. */
  readonly passkey?: string | undefined
  /** Path of the page for a forgotten password; undefined = there is none. */
  readonly forgot_password?: string | undefined
  /** Where a code is asked for by mail; undefined = nobody signs in so. */
  readonly email_code?: string | undefined
  /** The other providers that one can sign in at, in their order. */
  readonly upstreams: readonly { readonly id: string; readonly name: string }[]
  /** Who signed in at another provider, and is connected to no account here yet. */
  readonly arrival?: {
    readonly provider: string
    readonly label: string
    /** Where they make an account; undefined = they cannot. */
    readonly make_account: string | undefined
  }
  /** Where somebody makes an account; undefined = nobody can. */
  readonly register?: string | undefined
}

const noticeId = 'sign-in-notice'

/** Asks for user name and password. */
export function signInPage(view: SignInView): Html {
  const { signIn: words } = view.words
  const told = view.notice && noticeOf(view.notice, view.words)
  const message_id = told === undefined ? undefined : noticeId
  const wrong = view.notice?.kind === 'wrong_credentials'
  const known = view.username !== undefined && view.username !== ''
  const client = typeof view.goal === 'string' ? undefined : view.goal
  return layout(view, {
    title: words.heading,
    width: 'narrow',
    body: html`
      <section class="card">
        <h1>${words.heading}</h1>
        ${spelledGoal(view)}
        ${view.arrival !== undefined && arrived(view.arrival, view)}
        ${told && notice({ ...told, id: noticeId })}
        <form method="post">
          ${hiddenFields({ csrf_token: view.csrf_token, step: 'sign-in' })}
          ${textField({ id: 'username', name: 'username', label: words.username, type: 'text', autocomplete: view.passkey === undefined ? 'username' : 'username webauthn', value: view.username, message_id, wrong, focused: !known })}
          ${textField({ id: 'password', name: 'password', label: words.password, type: 'password', autocomplete: 'current-password', message_id, wrong, focused: known })}
          ${button({ id: 'login-submit', label: words.submit, look: 'filled' })}
          ${view.passkey !== undefined && passkeyPart({ options: view.passkey, offer: view.notice?.kind === 'passkey_refused' ? 'button' : 'autofill', button_id: 'passkey-login', label: words.passkey, failed: words.passkey_refused })}
          ${view.upstreams.length > 0 && upstreamButtons(view)}
        </form>
        ${view.email_code !== undefined && html`<p>${link(view.email_code, view.words.emailCode.offer, 'by-email')}</p>`}
        ${view.forgot_password !== undefined && html`<p>${link(view.forgot_password, words.forgot_password, 'forgot-password')}</p>`}
        ${view.register !== undefined && html`<p>${link(view.register, words.register, 'register')}</p>`}
        ${view.words.brand.sign_in_help !== undefined && html`<p id="sign-in-help" class="muted small" dir="auto">${view.words.brand.sign_in_help}</p>`}
        ${view.first_visit && client !== undefined && html`<p class="muted small">${words.first_visit}</p>`}
      </section>
      ${client && clientLinks(client, view.words)}`,
    end: view.passkey !== undefined && passkeyScriptFor(view.home),
  })
}

function arrived(
  { provider, label, make_account }: NonNullable<SignInView['arrival']>,
  { words: { upstream: words }, csrf_token }: SignInView,
): Html {
  return html`
    ${notice({ tone: 'note', text: html`${words.signed_in_there(provider, html`<strong>${inert(label, 254)}</strong>`)} ${words.not_connected}` })}
    ${make_account !== undefined && html`<p>${link(make_account, words.make_account, 'make-account')}</p>`}
    <form method="post">
      ${hiddenFields({ csrf_token, step: 'upstream-connect' })}
      ${button({ id: 'upstream-forget', name: 'decision', value: 'skip', label: words.skip, look: 'quiet' })}
    </form>`
}

/** Which button was pressed says where to. */
function upstreamButtons({ upstreams, words: { upstream: words } }: SignInView): Html {
  const each = ({ id, name }: SignInView['upstreams'][number]) =>
    button({
      id: `upstream-${id}`,
      name: 'provider',
      value: id,
      label: words.with(name),
      look: 'quiet',
      sends: 'as_it_is',
    })
  return html`<div class="ways">${upstreams.map(each)}</div>`
}

function spelledGoal({ goal, words }: SignInView): Html {
  const { goal: towards, own } = words.signIn
  if (typeof goal === 'string') return html`<p class="muted">${own[goal]}</p>`
  return html`<div class="goal"><p class="muted">${towards}</p>${clientBlock(goal, 'paragraph', words)}</div>`
}

function noticeOf(told: SignInNotice, everyWord: Words): Notice {
  const { signIn: words } = everyWord
  switch (told.kind) {
    case 'wrong_credentials':
      return { tone: 'error', text: words.wrong_credentials }
    case 'passkey_refused':
      return { tone: 'error', text: words.passkey_refused }
    case 'throttled':
      return { tone: 'error', text: words.throttled(spellWait(told.retry_after, everyWord)) }
    case 'busy':
      return { tone: 'warning', text: words.busy(spellWait(told.retry_after, everyWord)) }
    case 'form_expired':
      return { tone: 'note', text: words.form_expired }
    case 'elsewhere':
      return { tone: told.failed === 'denied' ? 'note' : 'error', text: everyWord.upstream.failed[told.failed] }
    case 'again':
      return { tone: 'note', text: words.again[told.because] }
  }
}
