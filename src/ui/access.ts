/** An access that a client holds or held: what it allows, how it was used, and how it ended. */
import { html, type Html, type Piece } from '../kernel/html.ts'
import type { EpochSeconds } from '../kernel/time.ts'
import { clientBlock, type ClientView } from './client.ts'
import { destinationName } from './destination.ts'
import { icon } from './icon.ts'
import { inert } from './inert.ts'
import { moment } from './moment.ts'
import type { Words } from './words/en.ts'

/** Room for a title, and for what was asked for in detail after it. */
const longestTitle = 500

/** Titles of permissions in one place. */
export interface PermissionTitles {
  /** Name of the protected resource, or of the person's identity. */
  readonly name: string
  /** “See your postcards”, as the consent page worded it, and whether it was seen to be used in the last thirty days. */
  readonly titles: readonly { readonly title: string; readonly used: boolean }[]
}

/** What is known of the use of an access. */
export interface UseView {
  /** When it was last used; undefined = never. */
  readonly last_at?: EpochSeconds | undefined
  /** The network that its client last came from, `192.0.2.0/24`. */
  readonly from?: string | undefined
  /** How often it was used in the last thirty days. */
  readonly times: number
}

/** An access that is over. */
export interface EndedView {
  readonly client: ClientView
  /** True: it belongs to whoever runs this server and was allowed without asking. */
  readonly first_party: boolean
  readonly permissions: readonly PermissionTitles[]
  readonly granted_at: EpochSeconds
  readonly ended_at: EpochSeconds
  readonly because: 'removed_by_person' | 'ended_by_operator' | 'unused' | 'expired' | 'client_deleted'
  readonly use: UseView
  /** Where the receipt of the last decision about it is downloaded. */
  readonly receipt: string
}

/** Lists what an access is good for. */
export function permissionTitles({ name, titles }: PermissionTitles, { access: words }: Words): Html {
  const item = ({ title, used }: PermissionTitles['titles'][number]) =>
    html`<li class="choice">${icon('tick')}<span>${inert(title, longestTitle)}${used && html` <span class="tag">${words.used}</span>`}</span></li>`
  return html`<div><h3>${inert(name, 120)}</h3><ul class="permissions">${titles.map(item)}</ul></div>`
}

/** Shows one fact of a description list. */
export function fact(name: string, value: Piece): Html {
  return html`<div><dt>${name}</dt><dd>${value}</dd></div>`
}

/** Tells when and from where an access was last used, and how often of late, as facts of a description list. */
export function useFacts({ last_at, from, times }: UseView, now: EpochSeconds, words: Words): Html {
  const { access } = words
  const spelled = last_at === undefined ? words.account.never_used : moment(last_at, now, words)
  return html`
    ${fact(words.account.last_used, spelled)}
    ${last_at !== undefined && from !== undefined && fact(access.from, inert(from, 60))}
    ${fact(access.lately, access.times(new Intl.NumberFormat(words.locale).format(times), times))}`
}

/** Shows an access that is over. */
export function endedAccess(ended: EndedView, now: EpochSeconds, words: Words): Html {
  const { client, first_party, permissions, granted_at, ended_at, because, use, receipt } = ended
  const { access, account } = words
  return html`
    <li class="access">
      ${clientBlock(client, 'paragraph', words, first_party ? account.first_party : undefined)}
      <p>${access.because[because]}</p>
      <dl>
        ${fact(account.granted, moment(granted_at, now, words))}
        ${fact(access.ended, moment(ended_at, now, words))}
        ${useFacts(use, now, words)}
      </dl>
      <details>
        <summary>${access.could(destinationName(client.destination, words))}</summary>
        ${permissions.map((place) => permissionTitles(place, words))}
        <p class="small"><a href="${receipt}">${account.receipt}</a></p>
      </details>
    </li>`
}
