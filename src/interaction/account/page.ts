import { html, type Html, type Piece } from '../../kernel/html.ts'
import type { EpochSeconds, Seconds } from '../../kernel/time.ts'
import { button, noDefault } from '../../ui/button.ts'
import { clientBlock, clientName, type ClientView } from '../../ui/client.ts'
import { destinationName } from '../../ui/destination.ts'
import { choice, hiddenFields } from '../../ui/field.ts'
import { icon } from '../../ui/icon.ts'
import { inert } from '../../ui/inert.ts'
import { layout } from '../../ui/layout.ts'
import { moment, spellDuration } from '../../ui/moment.ts'
import { notice } from '../../ui/notice.ts'
import { person, type PersonView } from '../../ui/person.ts'

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
  /** When the client last got a token under it; undefined = never. */
  readonly last_used_at?: EpochSeconds | undefined
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

/** Titles of permissions in one place. */
export interface PermissionTitles {
  /** Name of the protected resource, or of the person's identity. */
  readonly name: string
  /** “See your postcards”, each as the consent page worded it. */
  readonly titles: readonly string[]
}

/** A client that holds access. */
export interface ApplicationView {
  readonly client_id: string
  readonly client: ClientView
  /** True: it belongs to whoever runs this server and was allowed without asking. */
  readonly first_party: boolean
  /** Usually one; an access given for one time stands beside the remembered one. Newest first. */
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
  /** Everything was unticked: nothing was changed, since that is what removing is for. */
  | { readonly kind: 'nothing_left' }
  /** Back from signing in once more: more time can be given now. */
  | { readonly kind: 'signed_in_again' }
  /** Removed in another tab, or ended by itself. */
  | { readonly kind: 'already_ended' }
  /** The form was too old or came without its cookie: nothing was changed. */
  | { readonly kind: 'form_expired' }

/** What the signed-in person's page shows. */
export interface AccountView {
  /** The issuer: where every address of ours begins. */
  readonly home: string
  readonly csrf_token: string
  readonly person: PersonView
  readonly applications: readonly ApplicationView[]
  readonly notice?: AccountNotice | undefined
  /** Path the sign-out form is posted to. */
  readonly sign_out: string
  /** What “today” is measured from. */
  readonly now: EpochSeconds
}

const words = {
  heading: 'Connected applications',
  explain:
    'These applications can act with your account, as far as you allowed. Removing one ends all of its access at once.',
  empty: 'No application has access to your account.',
  empty_more: 'When you allow one, it is listed here with what it may do and until when, and you can end it.',
  sign_out: 'Sign out',
  first_party: 'Part of this service',
  granted: 'Allowed',
  ends: 'Ends',
  never_ends: 'when you remove it',
  once: 'This time only',
  last_used: 'Last used',
  never_used: 'never',
  receipt: 'Receipt',
  paused: (since: Html) => html`Paused since ${since}`,
  pausing: 'Paused, it gets no answer with your account until you resume it.',
  change: 'Change',
  change_whose: (name: Html) => html` access of ${name}`,
  keep: 'What it may go on doing',
  until_when: 'Until when',
  as_it_is: 'As it is',
  until_removed: 'Until I remove it',
  from_now: (length: string) => `${length} from now`,
  until: (end: Html) => html`until ${end}`,
  more_time: 'To give more time than now you may have to sign in once more.',
  save: 'Save changes',
  pause: 'Pause',
  resume: 'Resume',
  remove: 'Remove access',
  remove_whose: (name: Html) => html` of ${name}`,
  ended: (name: Html) => html`Access ended for ${name}.`,
  signed_tokens: (until: Html) => html` Signed tokens already handed out stop working ${until} at the latest.`,
  changed: (name: Html) => html`Changed for ${name}.`,
  now_paused: (name: Html) => html`Paused: ${name} can do nothing with your account until you resume it.`,
  resumed: (name: Html) => html`${name} can go on.`,
  stale: 'That access was changed in another window meanwhile, so nothing was changed here. This is how it stands now.',
  nothing_left: 'Nothing would have been left of that access, so nothing was changed. To end it, remove it.',
  signed_in_again: 'You have signed in. For five minutes you can now give more time: please choose it once more.',
  already_ended: 'That access had ended already.',
  form_expired: 'The page had been open for too long, so nothing was changed. Please try once more.',
}

/** Shows the signed-in person what they allowed, and lets them end it. */
export function accountPage(view: AccountView): Html {
  const { csrf_token, applications } = view
  return layout({
    home: view.home,
    title: words.heading,
    width: 'wide',
    corner: html`<form method="post" action="${view.sign_out}">${hiddenFields({ csrf_token })}${button({ id: 'sign-out', label: words.sign_out, look: 'quiet' })}</form>`,
    body: html`
      <div class="lead">
        ${person(view.person)}
        <h1>${words.heading}</h1>
        ${applications.length > 0 && html`<p class="muted">${words.explain}</p>`}
      </div>
      ${view.notice && told(view.notice, view.now)}
      ${applications.length === 0 ? empty : html`<ul class="applications">${applications.map((each) => application(each, view))}</ul>`}`,
  })
}

const empty = html`<section class="card empty">${icon('note')}<p><strong>${words.empty}</strong></p><p class="muted">${words.empty_more}</p></section>`

function told(what: AccountNotice, now: EpochSeconds): Html {
  switch (what.kind) {
    case 'access_ended': {
      const { client, signed_tokens_until } = what
      return notice({ tone: 'done', text: html`${words.ended(named(client))}${tokensUntil(signed_tokens_until, now)}` })
    }
    case 'changed':
    case 'paused':
    case 'resumed': {
      const { client, signed_tokens_until } = what
      const said = { changed: words.changed, paused: words.now_paused, resumed: words.resumed }[what.kind](
        named(client),
      )
      return notice({ tone: 'done', text: html`${said}${tokensUntil(signed_tokens_until, now)}` })
    }
    case 'signed_in_again':
      return notice({ tone: 'done', text: words.signed_in_again })
    case 'stale':
    case 'nothing_left':
    case 'already_ended':
    case 'form_expired':
      return notice({ tone: 'note', text: words[what.kind] })
  }
}

function named(client: ClientView): Html {
  return html`${clientName(client)} (${destinationName(client.destination)})`
}

function tokensUntil(end: EpochSeconds | undefined, now: EpochSeconds): Html | false {
  return end !== undefined && words.signed_tokens(moment(end, now))
}

function application(each: ApplicationView, { csrf_token, now }: AccountView): Html {
  const { client_id, client, first_party, access } = each
  return html`
    <li class="card application" data-client-id="${client_id}">
      ${clientBlock(client, 'heading', first_party ? words.first_party : undefined)}
      ${access.map((one) => accessOf(one, each, { csrf_token, now }))}
      <form method="post">${hiddenFields({ csrf_token, step: 'remove' })}${button({ name: 'remove', value: client_id, look: 'quiet', label: html`${words.remove}<span class="unseen">${words.remove_whose(destinationName(client.destination))}</span>` })}</form>
    </li>`
}

function accessOf(
  access: AccessView,
  { client }: ApplicationView,
  page: Pick<AccountView, 'csrf_token' | 'now'>,
): Html {
  const { now } = page
  const { paused_at, change, permissions, granted_at, kind, expires_at, last_used_at, receipt } = access
  const end = expires_at === undefined ? words.never_ends : moment(expires_at, now)
  return html`
    <div class="access">
      ${kind === 'once' && html`<p class="tag">${words.once}</p>`}
      ${paused_at !== undefined && html`<p class="tag">${words.paused(moment(paused_at, now))}</p>`}
      ${permissions.map(titles)}
      <dl>
        ${fact(words.granted, moment(granted_at, now))}
        ${fact(words.ends, end)}
        ${fact(words.last_used, last_used_at === undefined ? words.never_used : moment(last_used_at, now))}
      </dl>
      <p class="small"><a href="${receipt}">${words.receipt}</a></p>
      ${change && changeForm(change, { ...access, client }, page)}
    </div>`
}

function titles(place: PermissionTitles): Html {
  return html`<div><h3>${inert(place.name, 120)}</h3><ul class="permissions">${place.titles.map((title) => html`<li class="choice">${icon('tick')}${inert(title, 120)}</li>`)}</ul></div>`
}

function changeForm(
  { grant_id, revision, choices }: ChangeView,
  { client, paused_at }: Pick<AccessView, 'paused_at'> & Pick<ApplicationView, 'client'>,
  { csrf_token, now }: Pick<AccountView, 'csrf_token' | 'now'>,
): Html {
  const isPaused = paused_at !== undefined
  const pausing = isPaused ? 'resume' : 'pause'
  return html`
    <details class="change" ${isPaused && html`open`}>
      <summary>${words.change}<span class="unseen">${words.change_whose(destinationName(client.destination))}</span></summary>
      <form method="post" class="sections">
        ${hiddenFields({ csrf_token, step: 'change', revision: String(revision) })}
        ${noDefault}
        ${choices && choiceFields(grant_id, choices, now)}
        <p class="muted small">${words.pausing}</p>
        <div class="answers">
          ${choices && button({ name: 'change', value: grant_id, look: 'quiet', label: words.save })}
          ${button({ name: pausing, value: grant_id, look: 'quiet', label: words[pausing] })}
        </div>
      </form>
    </details>`
}

function choiceFields(grant_id: string, { optional, lengths }: ChangeChoices, now: EpochSeconds): Html {
  const radio = (value: string, checked: boolean, label: Html) =>
    choice({ id: `${grant_id}-${value}`, name: 'access_for', value, type: 'radio', checked, label })
  return html`
    ${optional.length > 0 && html`<fieldset><legend>${words.keep}</legend>${optional.map(({ value, title }, index) => choice({ id: `${grant_id}-may-${index + 1}`, name: 'permission', value, type: 'checkbox', checked: true, label: inert(title, 120) }))}</fieldset>`}
    <fieldset>
      <legend>${words.until_when}</legend>
      ${radio('', true, html`<span>${words.as_it_is}</span>`)}
      ${lengths.map(({ value, seconds, ends_at }) => radio(value, false, html`<span class="told"><span>${seconds === undefined ? words.until_removed : words.from_now(spellDuration(seconds))}</span>${ends_at !== undefined && html`<span class="muted small">${words.until(moment(ends_at, now))}</span>`}</span>`))}
      <p class="muted small">${words.more_time}</p>
    </fieldset>`
}

function fact(name: string, value: Piece): Html {
  return html`<div><dt>${name}</dt><dd>${value}</dd></div>`
}
