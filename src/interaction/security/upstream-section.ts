/** The section about accounts elsewhere: those by which the person signs in here, and those that they can connect. */
import type { UpstreamIdentity } from '../../domain/upstream.ts'
import { html, type Html } from '../../kernel/html.ts'
import type { Answerer } from '../../protocol/authorize/answer.ts'
import { fact } from '../../ui/access.ts'
import { button } from '../../ui/button.ts'
import { hiddenFields } from '../../ui/field.ts'
import { inert, inertText } from '../../ui/inert.ts'
import { moment } from '../../ui/moment.ts'
import { who } from '../../ui/who.ts'
import type { SignInStepParts } from '../sign-in/complete.ts'
import type { FactorsFrame, FactorsView } from './factors-page.ts'

/** What the section shows. */
export interface UpstreamView {
  /** What is connected; `name` is the provider's, even where it is no longer offered. */
  readonly identities: readonly (UpstreamIdentity & { readonly name: string })[]
  /** The providers that people can sign in at. */
  readonly providers: readonly { readonly id: string; readonly name: string }[]
}

/** Gathers what the section shows. */
export async function upstreamView(
  { account: { account_id } }: Answerer,
  { upstreams, upstreamIdentities }: SignInStepParts,
): Promise<UpstreamView> {
  const { providers } = upstreams
  const identities = await upstreamIdentities.listByAccount(account_id)
  const nameOf = (id: string): string => providers.find((provider) => provider.id === id)?.name ?? id
  return { identities: identities.map((identity) => ({ ...identity, name: nameOf(identity.provider) })), providers }
}

/** Shows the section; nothing where nobody signs in elsewhere. */
export function upstreamSection(
  { identities, providers }: UpstreamView,
  { words: everyWord, csrf_token, now }: FactorsFrame,
  state: FactorsView['state'],
): Html {
  const { factors, upstream: words } = everyWord
  if (identities.length === 0 && providers.length === 0) return html``
  const step = (value: string, label: Html | string) => button({ name: 'factor', value, label, look: 'quiet' })
  const each = ({ identity_id, name, label, created_at, last_used_at }: UpstreamView['identities'][number]) => html`
    <li class="access" data-upstream="${identity_id}">
      ${who('person', html`<h3 class="name">${name}</h3>`, [html`${inert(label, 254)}`])}
      <dl>
        ${fact(factors.added, moment(created_at, now, everyWord))}
        ${fact(factors.last_used, last_used_at === undefined ? factors.never : moment(last_used_at, now, everyWord))}
      </dl>
      ${state === 'open' && html`<form method="post">${hiddenFields({ csrf_token, identity_id })}${step('upstream_remove', words.disconnect(`${name}, ${inertText(label, 254)}`))}</form>`}
    </li>`
  return html`
    <section id="upstream-identities" class="card">
      <h2>${words.section}</h2>
      <p class="muted small">${words.section_explain}</p>
      ${identities.length > 0 && html`<ul class="ended">${identities.map(each)}</ul>`}
      ${state === 'open' && providers.map(({ id, name }) => html`<form method="post">${hiddenFields({ csrf_token, provider: id })}${step('upstream_connect', words.connect_to(name))}</form>`)}
    </section>`
}
