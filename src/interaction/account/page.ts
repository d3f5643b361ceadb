import { html, type Html, type Piece } from '../../kernel/html.ts'
import type { EpochSeconds } from '../../kernel/time.ts'
import { button } from '../../ui/button.ts'
import { clientBlock, clientName, type ClientView } from '../../ui/client.ts'
import { destinationName } from '../../ui/destination.ts'
import { hiddenFields } from '../../ui/field.ts'
import { icon } from '../../ui/icon.ts'
import { inert } from '../../ui/inert.ts'
import { layout } from '../../ui/layout.ts'
import { moment } from '../../ui/moment.ts'
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
  /** When the client last got a token under it; undefined = never. */
  readonly last_used_at?: EpochSeconds | undefined
  /** Where the receipt of the decision is downloaded. */
  readonly receipt: string
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
  remove: 'Remove access',
  remove_whose: (name: Html) => html` of ${name}`,
  ended: (name: Html) => html`Access ended for ${name}.`,
  signed_tokens: (until: Html) => html` Signed tokens already handed out stop working ${until} at the latest.`,
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
      const name = html`${clientName(client)} (${destinationName(client.destination)})`
      const tokens = signed_tokens_until !== undefined && words.signed_tokens(moment(signed_tokens_until, now))
      return notice({ tone: 'done', text: html`${words.ended(name)}${tokens}` })
    }
    case 'already_ended':
      return notice({ tone: 'note', text: words.already_ended })
    case 'form_expired':
      return notice({ tone: 'note', text: words.form_expired })
  }
}

function application(each: ApplicationView, { csrf_token, now }: AccountView): Html {
  const { client_id, client, first_party, access } = each
  return html`
    <li class="card application" data-client-id="${client_id}">
      ${clientBlock(client, 'heading', first_party ? words.first_party : undefined)}
      ${access.map((one) => accessOf(one, now))}
      <form method="post">${hiddenFields({ csrf_token, step: 'remove' })}${button({ name: 'remove', value: client_id, look: 'quiet', label: html`${words.remove}<span class="unseen">${words.remove_whose(destinationName(client.destination))}</span>` })}</form>
    </li>`
}

function accessOf(access: AccessView, now: EpochSeconds): Html {
  const { permissions, granted_at, kind, expires_at, last_used_at, receipt } = access
  const end = expires_at === undefined ? words.never_ends : moment(expires_at, now)
  return html`
    <div class="access">
      ${kind === 'once' && html`<p class="tag">${words.once}</p>`}
      ${permissions.map(titles)}
      <dl>
        ${fact(words.granted, moment(granted_at, now))}
        ${fact(words.ends, end)}
        ${fact(words.last_used, last_used_at === undefined ? words.never_used : moment(last_used_at, now))}
      </dl>
      <p class="small"><a href="${receipt}">${words.receipt}</a></p>
    </div>`
}

function titles(place: PermissionTitles): Html {
  return html`<div><h3>${inert(place.name, 120)}</h3><ul class="permissions">${place.titles.map((title) => html`<li class="choice">${icon('tick')}${inert(title, 120)}</li>`)}</ul></div>`
}

function fact(name: string, value: Piece): Html {
  return html`<div><dt>${name}</dt><dd>${value}</dd></div>`
}
