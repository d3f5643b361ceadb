import { html, type Html } from '../../kernel/html.ts'
import type { EpochSeconds, Seconds } from '../../kernel/time.ts'
import { acquaintance, type AcquaintanceView } from '../../ui/acquaintance.ts'
import { button, noDefault } from '../../ui/button.ts'
import { clientClaim, clientLinks, clientName, hasName, type ClientView } from '../../ui/client.ts'
import {
  destinationAddress,
  destinationHeading,
  destinationName,
  destinationText,
  type Destination,
} from '../../ui/destination.ts'
import { choice, hiddenFields } from '../../ui/field.ts'
import { link } from '../../ui/href.ts'
import { layout, type PageView } from '../../ui/layout.ts'
import { moment, spellDuration } from '../../ui/moment.ts'
import { notice } from '../../ui/notice.ts'
import { permissionGroup, type PermissionGroup } from '../../ui/permission.ts'
import { person, type PersonView } from '../../ui/person.ts'
import { tile } from '../../ui/who.ts'
import type { Words } from '../../ui/words/en.ts'

/** One answer to “for how long”. */
export interface DurationChoice {
  /** As `consent.access_for` spells it, and as it is sent: `once`, `1h`, `until_removed`. */
  readonly value: string
  readonly lasts: 'once' | 'until_removed' | Seconds
  /** When it would end if allowed now; undefined where only removing it ends it. */
  readonly ends_at?: EpochSeconds | undefined
}

/** The access that a client holds when it asks again. */
export interface StandingView {
  /** When it ends by itself; undefined = only by removing it. */
  readonly ends_at?: EpochSeconds | undefined
  /** True: it has all that is asked for, and asks again. */
  readonly covers: boolean
  /** Since when the person has it paused: allowing anything for longer than once resumes it. */
  readonly paused_at?: EpochSeconds | undefined
}

/** What the consent page shows. */
export interface ConsentView extends PageView {
  readonly csrf_token: string
  /** Names the question that is answered. */
  readonly question: string
  readonly client: ClientView
  /** What is known here of the client, besides what it says of itself. */
  readonly acquaintance: AcquaintanceView
  /** The account the answer is given for. */
  readonly account: PersonView
  /** When the account is deleted with all that is allowed here, where its person asked for that. */
  readonly deletes_at?: EpochSeconds | undefined
  /** What is asked for now, and not held yet: one group for each protected resource, one for the person's identity. */
  readonly asks: readonly PermissionGroup[]
  /** What the client holds already and keeps; empty at the first time. */
  readonly holds: readonly PermissionGroup[]
  /** The access that the client has already; undefined at the first time. */
  readonly standing?: StandingView | undefined
  /** True when a refresh token is part of it: the client can go on while the person is away. */
  readonly lasting: boolean
  /** How long it may stay unused before it ends by itself; undefined where no length to choose from is longer. */
  readonly idle?: Seconds | undefined
  /** The lengths to choose from, at least one, in the order shown. */
  readonly durations: readonly DurationChoice[]
  /** The `value` of the duration chosen at first. */
  readonly access_for: string
  /** True when the form came too late or without its cookie and is shown again: nothing was decided. */
  readonly form_expired: boolean
  /** What “today” is measured from. */
  readonly now: EpochSeconds
}

/** Asks the person whether the client may do what it asks for, and for how long. */
export function consentPage(view: ConsentView): Html {
  const { client, account, asks, holds, standing } = view
  const { consent: words } = view.words
  const said = saidOf(view)
  return layout(view, {
    title: words.title(destinationText(client.destination, view.words)),
    width: 'wide',
    body: html`
      <form method="post" class="card sections">
        ${hiddenFields({ csrf_token: view.csrf_token, step: 'consent', question: view.question })}
        ${noDefault}
        <div class="asker">
          ${view.form_expired && notice({ tone: 'note', text: words.form_expired })}
          ${tile(client.destination.kind, client.logo)}
          <h1>${said.heading(destinationHeading(client.destination, view.words))}</h1>
          <div class="known">${clientClaim(client, view.words)}${acquaintance(view.acquaintance, view.now, view.words)}</div>
          ${localWarning(client.destination, words)}
        </div>
        <section>
          <h2>${words.account}</h2>
          ${view.deletes_at !== undefined && notice({ tone: 'warning', text: view.words.ownDeletion.going(moment(view.deletes_at, view.now, view.words)) })}
          <div class="account">${person(account)}${client.destination.kind !== 'device' && button({ name: 'switch_account', value: 'yes', label: words.switch_account, look: 'plain' })}</div>
        </section>
        <section>
          ${standing?.paused_at !== undefined && notice({ tone: 'note', text: words.paused(moment(standing.paused_at, view.now, view.words)) })}
          <h2>${said.list}</h2>
          ${advice(asks, words)}
          ${asks.map((group, index) => permissionGroup(group, `ask-${index + 1}`, asker(view), view.words))}
          ${holds.length > 0 && held(view)}
        </section>
        <fieldset>
          <legend>${words.how_long}</legend>
          ${standing && html`<p class="muted small">${standing.ends_at === undefined ? words.endless : words.ends(moment(standing.ends_at, view.now, view.words))} ${words.for_all}</p>`}
          <div class="durations">${view.durations.map((duration) => durationChoice(duration, view))}</div>
          <p class="muted small">${view.lasting && words.lasting} ${view.idle !== undefined && words.unused(spellDuration(view.idle, view.words))} ${words.ending((label) => link(`${view.home}/account`, label))}</p>
        </fieldset>
        <div class="answer">
          <div class="answers">
            ${button({ id: 'consent-deny', name: 'decision', value: 'deny', label: words.deny, look: 'filled' })}
            ${button({ id: 'consent-allow', name: 'decision', value: 'allow', label: words.allow, look: 'filled' })}
          </div>
          <p class="muted small">${client.destination.kind === 'device' ? words.device_learns : words.leaving(destinationName(client.destination, view.words))}</p>
        </div>
      </form>
      ${clientLinks(client, view.words)}`,
  })
}

/** What is said of the question: whether it is the first, for more, or for what the client has already. */
function saidOf({ standing, words: { consent: words } }: ConsentView): {
  readonly heading: (asker: Html) => Html
  readonly list: string
} {
  if (standing === undefined) return { heading: words.asks, list: words.will }
  if (standing.covers) return { heading: words.asks_anew, list: words.will_still }
  return { heading: words.asks_more, list: words.will_also }
}

/** A loopback address and a private-use scheme belong to whatever program took them: only the person can know which. */
function localWarning(destination: Destination, words: Words['consent']): Html | undefined {
  const address = destinationAddress(destination)
  if (destination.kind === 'web' || address === undefined) return undefined
  if (destination.kind === 'device') return notice({ tone: 'warning', text: words.device(address) })
  return html`<p class="muted">${words.goes_to[destination.kind](address)}</p>`
}

/** What to know before ticking, in one line. */
function advice(asks: readonly PermissionGroup[], words: Words['consent']): Html | undefined {
  const all = asks.flatMap(({ permissions }) => permissions)
  const lines = [
    ...(all.some(({ optional }) => optional) ? [words.choose] : []),
    ...(all.some(({ sensitive }) => sensitive === true) ? [words.sensitive] : []),
  ]
  return lines.length === 0 ? undefined : html`<p class="muted small">${lines.join(' ')}</p>`
}

/** The client as a sentence names it. */
function asker({ client, words }: ConsentView): Html {
  return hasName(client) ? clientName(client, words) : html`${words.consent.nameless}`
}

function held(view: ConsentView): Html {
  const { consent: words } = view.words
  const settled = view.holds.map((group) => ({
    ...group,
    permissions: group.permissions.map((each) => ({ ...each, optional: false, without: undefined })),
  }))
  return html`<details><summary>${words.holds}</summary><p class="muted small">${words.keeps}</p>${settled.map((group, index) => permissionGroup(group, `held-${index + 1}`, asker(view), view.words))}</details>`
}

function durationChoice({ value, lasts, ends_at }: DurationChoice, view: ConsentView): Html {
  const { consent: words } = view.words
  const length = typeof lasts === 'number' ? spellDuration(lasts, view.words) : words[lasts]
  const end =
    ends_at === undefined
      ? lasts === 'until_removed' && words.no_end
      : words.until(moment(ends_at, view.now, view.words))
  return choice({
    id: `access-for-${value}`,
    name: 'access_for',
    value,
    type: 'radio',
    checked: value === view.access_for,
    label: html`<span class="span"><span class="length">${length}</span><span class="muted">${end}</span></span>`,
  })
}
