import { html, type Html } from '../../kernel/html.ts'
import type { EpochSeconds, Seconds } from '../../kernel/time.ts'
import {
  endedAccess,
  fact,
  permissionTitles,
  useFacts,
  type EndedView,
  type PermissionTitles,
  type UseView,
} from '../../ui/access.ts'
import { button, noDefault } from '../../ui/button.ts'
import { clientBlock, clientName, hasName, type ClientView } from '../../ui/client.ts'
import { destinationName } from '../../ui/destination.ts'
import { choice, hiddenFields } from '../../ui/field.ts'
import { link } from '../../ui/href.ts'
import { icon } from '../../ui/icon.ts'
import { inert } from '../../ui/inert.ts'
import { moment, spellDuration } from '../../ui/moment.ts'
import { notice } from '../../ui/notice.ts'
import { ownPage, type OwnPageView } from '../../ui/own-pages.ts'
import type { Words } from '../../ui/words/en.ts'

/** What one answer of the person lets a client do. */
export interface AccessView {
  /** The titles of the permissions, grouped by where they apply. */
  readonly permissions: readonly PermissionTitles[]
  readonly granted_at: EpochSeconds
  /** `once`: given for one time only. */
  readonly kind: 'standing' | 'once'
  /** When it ends by itself; undefined = only by removing it. */
  readonly expires_at?: EpochSeconds | undefined
  /** Since when it is paused; undefined = it is not. */
  readonly paused_at?: EpochSeconds | undefined
  /** How the person can change it; undefined for what is given for one time. */
  readonly change?: ChangeView | undefined
  /** When it ends if nobody uses it; undefined = its time is over before. */
  readonly unused_until?: EpochSeconds | undefined
  readonly use: UseView
  /** Where the receipt of the decision is downloaded. */
  readonly receipt: string
}

/** The form that changes an access. */
export interface ChangeView {
  readonly grant_id: string
  /** Sent along, so that a change made in another tab is not lost. */
  readonly revision: number
  /** Undefined where it can be paused only. */
  readonly choices?: ChangeChoices | undefined
}

/** What can be chosen when an access is changed. */
export interface ChangeChoices {
  /** The permissions that can be dropped, as they are sent and as they are titled. */
  readonly optional: readonly { readonly value: string; readonly title: string }[]
  /** The lengths to choose from, counted from now; without `seconds` until it is removed. */
  readonly lengths: readonly {
    readonly value: string
    readonly seconds?: Seconds | undefined
    readonly ends_at?: EpochSeconds | undefined
  }[]
}

/** A client that holds access. */
export interface ApplicationView {
  readonly client_id: string
  readonly client: ClientView
  /** True: it belongs to whoever runs this server and was allowed without asking. */
  readonly first_party: boolean
  /** Where signing in at the application begins, where it said so and may be believed. */
  readonly opens?: string | undefined
  /** Usually one; an access given for one time stands next to the remembered one. Newest first. */
  readonly access: readonly AccessView[]
}

/** What has just happened. */
export type AccountNotice =
  | {
      readonly kind: 'access_ended'
      readonly client: ClientView
      /** When the last signed token already handed out stops being accepted; undefined = none was out. */
      readonly signed_tokens_until?: EpochSeconds | undefined
    }
  | {
      /** What the person did to an access that goes on, or will. */
      readonly kind: 'changed' | 'paused' | 'resumed'
      readonly client: ClientView
      /** When the last signed token that says more than is allowed now stops being accepted; undefined = none is out. */
      readonly signed_tokens_until?: EpochSeconds | undefined
    }
  /** Changed in another tab since the page was shown: nothing was changed by this one. */
  | { readonly kind: 'stale' }
  /** The form asked for what is so already. */
  | { readonly kind: 'same' }
  /** Everything was unticked: nothing was changed, since there is a button for removing. */
  | { readonly kind: 'nothing_left' }
  /** Back from signing in once more: more time can be given now. */
  | { readonly kind: 'signed_in_again' }
  /** Removed in another tab, or ended by itself. */
  | { readonly kind: 'already_ended' }
  /** The form was too old or came without its cookie: nothing was changed. */
  | { readonly kind: 'form_expired' }

/** What the signed-in person's page shows. */
export interface AccountView extends OwnPageView {
  readonly applications: readonly ApplicationView[]
  /** Where the accesses are that were given before these; undefined = there are none. */
  readonly older?: string | undefined
  /** What is over, the last one first. */
  readonly history: readonly EndedView[]
  readonly notice?: AccountNotice | undefined
  /** Set while the account waits to be deleted: when that is, and where its person can keep it. */
  readonly going?: { readonly deletes_at: EpochSeconds; readonly keep: string } | undefined
  /** What “today” is measured from. */
  readonly now: EpochSeconds
}

/** Shows the signed-in person what they allowed, and lets them end it. */
export function accountPage(view: AccountView): Html {
  const { applications } = view
  const { account: words } = view.words
  return ownPage(view, {
    heading: words.heading,
    here: 'account',
    lead: applications.length > 0 && html`<p class="muted">${words.explain}</p>`,
    body: html`
      ${view.going && going(view.going, view)}
      ${view.notice && told(view.notice, view)}
      ${applications.length === 0 ? empty(words) : html`<ul class="applications">${applications.map((each) => application(each, view))}</ul><p class="muted small">${words.counted}</p>`}
      ${view.older !== undefined && html`<p>${link(view.older, words.older, 'older')}</p>`}
      ${view.history.length > 0 && ended(view)}`,
  })
}

function going({ deletes_at, keep }: NonNullable<AccountView['going']>, { now, words }: AccountView): Html {
  const { ownDeletion } = words
  return notice({
    id: 'account-going',
    tone: 'warning',
    text: html`${ownDeletion.going(moment(deletes_at, now, words))} ${link(keep, ownDeletion.keep, 'keep-account')}`,
  })
}

/** What the parts of the page need of all of it. */
type Shared = Pick<AccountView, 'csrf_token' | 'now' | 'words'>

function ended({ history, now, words }: AccountView): Html {
  return html`
    <section id="history" class="card">
      <h2>${words.account.history}</h2>
      <p class="muted small">${words.account.history_more}</p>
      <ul class="ended">${history.map((each) => endedAccess(each, now, words))}</ul>
    </section>`
}

function empty(words: Words['account']): Html {
  return html`<section class="card empty">${icon('note')}<p><strong>${words.empty}</strong></p><p class="muted">${words.empty_more}</p></section>`
}

function told(what: AccountNotice, page: Shared): Html {
  const { account: words } = page.words
  switch (what.kind) {
    case 'access_ended':
    case 'changed':
    case 'paused':
    case 'resumed': {
      const { client, signed_tokens_until } = what
      const say = words[what.kind === 'paused' ? 'paused_now' : what.kind]
      const said = say(named(client, page.words))
      const stopped = what.kind === 'access_ended' && words.stopped
      return notice({ tone: 'done', text: html`${said} ${tokensUntil(signed_tokens_until, page) || stopped}` })
    }
    case 'same':
      return notice({ tone: 'note', text: page.words.ownProfile.same })
    case 'signed_in_again':
      return notice({ tone: 'done', text: words.signed_in_again })
    case 'stale':
    case 'nothing_left':
    case 'already_ended':
    case 'form_expired':
      return notice({ tone: 'note', text: words[what.kind] })
  }
}

function named(client: ClientView, words: Words): Html {
  const where = destinationName(client.destination, words)
  return hasName(client) ? html`${clientName(client, words)} (${where})` : where
}

function tokensUntil(end: EpochSeconds | undefined, { now, words }: Shared): Html | false {
  return end !== undefined && words.account.signed_tokens(moment(end, now, words))
}

function application(each: ApplicationView, page: Shared): Html {
  const { csrf_token } = page
  const { account: words } = page.words
  const { client_id, client, first_party, opens, access } = each
  const where = destinationName(client.destination, page.words)
  return html`
    <li class="card application" data-client-id="${client_id}">
      ${clientBlock(client, 'heading', page.words, first_party ? words.first_party : undefined)}
      ${opens !== undefined && html`<p>${link(opens, words.open(hasName(client) ? clientName(client, page.words) : where))}</p>`}
      ${access.map((one) => accessOf(one, each, page))}
      <form method="post">${hiddenFields({ csrf_token, step: 'remove' })}${button({ name: 'remove', value: client_id, look: 'quiet', label: html`<span>${words.remove(where)}</span>` })}</form>
    </li>`
}

function accessOf(access: AccessView, { client }: ApplicationView, page: Shared): Html {
  const { account: words } = page.words
  const spelled = (at: EpochSeconds) => moment(at, page.now, page.words)
  const { paused_at, change, permissions, granted_at, kind, expires_at, unused_until, use, receipt } = access
  const end = expires_at === undefined ? words.never_ends : spelled(expires_at)
  return html`
    <div class="access">
      ${kind === 'once' && html`<p class="tag">${words.once}</p>`}
      ${paused_at !== undefined && html`<p class="tag">${words.paused(spelled(paused_at))}</p>`}
      ${permissions.map((place) => permissionTitles(place, page.words))}
      <dl>
        ${fact(words.granted, spelled(granted_at))}
        ${fact(words.ends, end)}
        ${unused_until !== undefined && fact(words.unused_until, spelled(unused_until))}
        ${useFacts(use, page.now, page.words)}
      </dl>
      <p class="small"><a href="${receipt}">${words.receipt}</a></p>
      ${change && changeForm(change, { ...access, client }, page)}
    </div>`
}

function changeForm(
  { grant_id, revision, choices }: ChangeView,
  { client, paused_at }: Pick<AccessView, 'paused_at'> & Pick<ApplicationView, 'client'>,
  page: Shared,
): Html {
  const { account: words } = page.words
  const isPaused = paused_at !== undefined
  const pausing = isPaused ? 'resume' : 'pause'
  return html`
    <details class="change" ${isPaused && html`open`}>
      <summary>${words.change(destinationName(client.destination, page.words))}</summary>
      <form method="post" class="sections">
        ${hiddenFields({ csrf_token: page.csrf_token, step: 'change', revision: String(revision) })}
        ${noDefault}
        ${choices && choiceFields(grant_id, choices, page)}
        <p class="muted small">${words.pausing}</p>
        <div class="answers">
          ${choices && button({ name: 'change', value: grant_id, look: 'quiet', label: words.save })}
          ${button({ name: pausing, value: grant_id, look: 'quiet', label: words[pausing] })}
        </div>
      </form>
    </details>`
}

function choiceFields(grant_id: string, { optional, lengths }: ChangeChoices, page: Shared): Html {
  const { account: words } = page.words
  const radio = (value: string, checked: boolean, label: Html) =>
    choice({ id: `${grant_id}-${value}`, name: 'access_for', value, type: 'radio', checked, label })
  return html`
    ${optional.length > 0 && html`<fieldset><legend>${words.keep}</legend>${optional.map(({ value, title }, index) => choice({ id: `${grant_id}-may-${index + 1}`, name: 'permission', value, type: 'checkbox', checked: true, label: inert(title, 120) }))}</fieldset>`}
    <fieldset>
      <legend>${words.until_when}</legend>
      ${radio('', true, html`<span>${words.as_it_is}</span>`)}
      ${lengths.map(({ value, seconds, ends_at }) => radio(value, false, html`<span class="told"><span>${seconds === undefined ? words.until_removed : words.from_now(spellDuration(seconds, page.words))}</span>${ends_at !== undefined && html`<span class="muted small">${words.until(moment(ends_at, page.now, page.words))}</span>`}</span>`))}
      <p class="muted small">${words.more_time}</p>
    </fieldset>`
}
