import { html, type Html, type Piece } from '../../kernel/html.ts'
import type { EpochSeconds, Seconds } from '../../kernel/time.ts'
import { acquaintance, type AcquaintanceView } from '../../ui/acquaintance.ts'
import { button, noDefault } from '../../ui/button.ts'
import { clientClaim, clientLinks, clientName, type ClientView } from '../../ui/client.ts'
import {
  destinationAddress,
  destinationHeading,
  destinationName,
  destinationText,
  type Destination,
} from '../../ui/destination.ts'
import { choice, hiddenFields, type HiddenFields } from '../../ui/field.ts'
import { link } from '../../ui/href.ts'
import { layout } from '../../ui/layout.ts'
import { moment, spellDuration } from '../../ui/moment.ts'
import { notice } from '../../ui/notice.ts'
import { permissionGroup, type PermissionGroup } from '../../ui/permission.ts'
import { person, type PersonView } from '../../ui/person.ts'
import { tile } from '../../ui/who.ts'

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
  /** True: it has all that is asked for, and asks anew. */
  readonly covers: boolean
}

/** What the consent page shows. */
export interface ConsentView {
  /** The issuer: where every address of ours begins. */
  readonly home: string
  readonly csrf_token: string
  /** Further hidden fields of the form; `step=consent` is the page's own. */
  readonly fields: HiddenFields
  readonly client: ClientView
  /** What is known here of the client, beside what it says of itself. */
  readonly acquaintance: AcquaintanceView
  /** The account the answer is given for. */
  readonly account: PersonView
  /** What is asked for now, and not held yet: one group for each protected resource, one for the person's identity. */
  readonly asks: readonly PermissionGroup[]
  /** What the client holds already and keeps; empty at the first time. */
  readonly holds: readonly PermissionGroup[]
  /** What stands between the two already; undefined at the first time. */
  readonly standing?: StandingView | undefined
  /** True when a refresh token is part of it: the client can go on while the person is away. */
  readonly lasting: boolean
  /** The lengths to choose from, at least one, in the order shown. */
  readonly durations: readonly DurationChoice[]
  /** The `value` of the duration chosen at first. */
  readonly access_for: string
  /** True when the form came too late or without its cookie and is shown again: nothing was decided. */
  readonly form_expired: boolean
  /** What “today” is measured from. */
  readonly now: EpochSeconds
}

const words = {
  title: (host: string) => `Access for ${host}`,
  asks: 'asks for access to your account',
  asks_more: 'asks for more access to your account',
  asks_anew: 'asks again for access that it has',
  goes_to: {
    this_computer: (host: Piece) =>
      html`The answer goes to whatever runs at ${host} on this computer. Go on only if you have just used that application.`,
    application: (scheme: Piece) =>
      html`The answer goes to whatever opens ${scheme} addresses on this device. Go on only if you have just used that application.`,
  },
  account: 'With your account',
  switch_account: 'Use another account',
  will: 'It will be able to',
  will_also: 'It will also be able to',
  will_still: 'It will still be able to',
  choose: 'Untick what you do not want to allow.',
  sensitive: 'What is marked as sensitive can do harm in the wrong hands.',
  nameless: 'the application',
  holds: 'What it can do already',
  keeps: 'It keeps this, whatever you answer.',
  ends: (end: Html) => html`What it has now ends ${end}.`,
  endless: 'What it has now ends when you remove it.',
  for_all:
    'If you allow this, what you choose here holds for all of it; “This time only” and “Deny” leave what it has as it is.',
  how_long: 'For how long',
  once: 'This time only',
  until_removed: 'Until I remove it',
  no_end: 'no end date',
  until: (end: Html) => html`until ${end}`,
  lasting: 'Until then it can go on without you, also while you are not signed in.',
  ending: (page: Piece) => html`You can end it sooner, at any time, under ${page}.`,
  account_page: 'your connected applications',
  allow: 'Allow',
  deny: 'Deny',
  leaving: (target: Html) => html`Either answer takes you to ${target}.`,
  form_expired: 'The page had been open for too long, so nothing was decided. Please answer once more.',
}

/** Asks the person whether the client may do what it asks for, and for how long. */
export function consentPage(view: ConsentView): Html {
  const { client, account, asks, holds, standing } = view
  const said = saidOf(view)
  return layout({
    home: view.home,
    title: words.title(destinationText(client.destination)),
    width: 'wide',
    body: html`
      <form method="post" class="card sections">
        ${hiddenFields({ ...view.fields, csrf_token: view.csrf_token, step: 'consent' })}
        ${noDefault}
        <div class="asker">
          ${view.form_expired && notice({ tone: 'note', text: words.form_expired })}
          ${tile(client.destination.kind, client.logo)}
          <h1>${destinationHeading(client.destination)} <span>${said.heading}</span></h1>
          <div class="known">${clientClaim(client)}${acquaintance(view.acquaintance, view.now)}</div>
          ${localWarning(client.destination)}
        </div>
        <section>
          <h2>${words.account}</h2>
          <div class="account">${person(account)}${button({ name: 'switch_account', value: 'yes', label: words.switch_account, look: 'plain' })}</div>
        </section>
        <section>
          <h2>${said.list}</h2>
          ${advice(asks)}
          ${asks.map((group, index) => permissionGroup(group, `ask-${index + 1}`, asker(client)))}
          ${holds.length > 0 && held(view)}
        </section>
        <fieldset>
          <legend>${words.how_long}</legend>
          ${standing && html`<p class="muted small">${standing.ends_at === undefined ? words.endless : words.ends(moment(standing.ends_at, view.now))} ${words.for_all}</p>`}
          <div class="durations">${view.durations.map((duration) => durationChoice(duration, view))}</div>
          <p class="muted small">${view.lasting && words.lasting} ${words.ending(link(`${view.home}/account`, words.account_page))}</p>
        </fieldset>
        <div class="answer">
          <div class="answers">
            ${button({ id: 'consent-deny', name: 'decision', value: 'deny', label: words.deny, look: 'filled' })}
            ${button({ id: 'consent-allow', name: 'decision', value: 'allow', label: words.allow, look: 'filled' })}
          </div>
          <p class="muted small">${words.leaving(destinationName(client.destination))}</p>
        </div>
      </form>
      ${clientLinks(client)}`,
  })
}

/** What is said of the question: whether it is the first, for more, or for what is held anyway. */
function saidOf({ standing }: ConsentView): { readonly heading: string; readonly list: string } {
  if (standing === undefined) return { heading: words.asks, list: words.will }
  if (standing.covers) return { heading: words.asks_anew, list: words.will_still }
  return { heading: words.asks_more, list: words.will_also }
}

/** A loopback address and a private-use scheme belong to whatever program took them: the person alone can know which. */
function localWarning(destination: Destination): Html | undefined {
  if (destination.kind === 'web') return undefined
  return html`<p class="muted">${words.goes_to[destination.kind](destinationAddress(destination))}</p>`
}

function hasChoice(group: PermissionGroup): boolean {
  return group.permissions.some(({ optional }) => optional)
}

/** What to know before ticking, in one line. */
function advice(asks: readonly PermissionGroup[]): Html | undefined {
  const lines = [asks.some(hasChoice) && words.choose, asks.some(isSensitive) && words.sensitive].filter(Boolean)
  return lines.length === 0 ? undefined : html`<p class="muted small">${lines.join(' ')}</p>`
}

function isSensitive(group: PermissionGroup): boolean {
  return group.permissions.some(({ sensitive }) => sensitive === true)
}

/** The client as a sentence names it. */
function asker(client: ClientView): Html {
  return (client.client_name ?? '') === '' ? html`${words.nameless}` : clientName(client)
}

function held({ holds, client }: ConsentView): Html {
  const settled = holds.map((group) => ({
    ...group,
    permissions: group.permissions.map((each) => ({ ...each, optional: false, without: undefined })),
  }))
  return html`<details><summary>${words.holds}</summary><p class="muted small">${words.keeps}</p>${settled.map((group, index) => permissionGroup(group, `held-${index + 1}`, asker(client)))}</details>`
}

function durationChoice({ value, lasts, ends_at }: DurationChoice, view: ConsentView): Html {
  const length = typeof lasts === 'number' ? spellDuration(lasts) : words[lasts]
  const end = ends_at === undefined ? lasts === 'until_removed' && words.no_end : words.until(moment(ends_at, view.now))
  return choice({
    id: `access-for-${value}`,
    name: 'access_for',
    value,
    type: 'radio',
    checked: value === view.access_for,
    label: html`<span class="span"><span class="length">${length}</span><span class="muted">${end}</span></span>`,
  })
}
