/** The sections about what a person signs in with: passkeys, the authenticator app, and what can replace it. */
import { html, type Html } from '../../kernel/html.ts'
import type { EpochSeconds } from '../../kernel/time.ts'
import { fact } from '../../ui/access.ts'
import { authenticatorFields, recoveryCodes, type EnrolmentView } from '../../ui/authenticator.ts'
import { button } from '../../ui/button.ts'
import { hiddenFields, textField } from '../../ui/field.ts'
import { inert, inertText } from '../../ui/inert.ts'
import { moment } from '../../ui/moment.ts'
import { passkeyForm } from '../../ui/passkey.ts'
import { who } from '../../ui/who.ts'
import type { Words } from '../../ui/words/en.ts'

/** A passkey as its person sees it. */
export interface PasskeyView {
  readonly credential_id: string
  readonly name: string
  readonly created_at: EpochSeconds
  /** undefined = never. */
  readonly last_used_at?: EpochSeconds | undefined
}

/** A browser that is not asked for a code. */
export interface RememberedView {
  readonly remembered_id: string
  /** What it is called: `Firefox · Linux`. */
  readonly device: string
  readonly created_at: EpochSeconds
  readonly expires_at: EpochSeconds
}

/** What the sections show. */
export interface FactorsView {
  /** `locked`: the sign-in was too long ago, or proved too little, to change anything now. */
  readonly state: 'open' | 'locked'
  readonly passkeys: readonly PasskeyView[]
  /** What the browser is asked for; undefined: no passkey can be added now. */
  readonly new_passkey?: { readonly options: string; readonly name: string } | undefined
  /** Since when there is an app; undefined = there is none. */
  readonly totp_since?: EpochSeconds | undefined
  /** Present while one can be set up. */
  readonly enrolment?: EnrolmentView | undefined
  /** How many recovery codes are left. */
  readonly recovery_codes: number
  /** New codes, for the one time they are shown. */
  readonly new_codes: readonly string[]
  readonly remembered: readonly RememberedView[]
}

/** What the sections stand in. */
export interface FactorsFrame {
  readonly words: Words
  readonly csrf_token: string
  /** What “today” is measured from. */
  readonly now: EpochSeconds
}

/** Shows what the person signs in with besides their password, and lets them change it. */
export function factorSections(view: FactorsView, frame: FactorsFrame): Html {
  const { words, csrf_token } = frame
  const isLocked = view.state === 'locked'
  return html`
    ${isLocked && html`<section class="card"><p>${words.factors.locked}</p><form method="post">${hiddenFields({ csrf_token })}${step('confirm', words.factors.confirm)}</form></section>`}
    ${passkeySection(view, frame)}
    ${totpSection(view, frame)}
    ${recoverySection(view, frame)}
    ${view.remembered.length > 0 && rememberedSection(view, frame)}`
}

function step(value: string, label: Html | string, id?: string): Html {
  return button({ name: 'factor', value, label, look: 'quiet', ...(id !== undefined && { id }) })
}

function passkeySection({ state, passkeys, new_passkey }: FactorsView, frame: FactorsFrame): Html {
  const { words: everyWord, csrf_token, now } = frame
  const { factors: words } = everyWord
  const each = ({ credential_id, name, created_at, last_used_at }: PasskeyView, index: number) => html`
    <li class="access">
      ${who('application', html`<h3 class="name">${inert(name, 60)}</h3>`, [])}
      <dl>
        ${fact(words.added, moment(created_at, now, everyWord))}
        ${fact(words.last_used, last_used_at === undefined ? words.never : moment(last_used_at, now, everyWord))}
      </dl>
      ${
        state === 'open' &&
        html`<form method="post">
          ${hiddenFields({ csrf_token, credential_id })}
          ${nameField(`passkey-name-${index}`, name, words)}
          <div class="buttons">
            ${step('passkey_rename', words.passkey_rename)}
            ${step('passkey_remove', html`<span>${words.passkey_remove(inertText(name, 60))}</span>`)}
          </div>
        </form>`
      }
    </li>`
  return html`
    <section id="passkeys" class="card">
      <h2>${words.passkeys}</h2>
      <p class="muted small">${words.passkeys_explain}</p>
      ${passkeys.length > 0 && html`<ul class="ended">${passkeys.map(each)}</ul>`}
      ${
        new_passkey !== undefined &&
        html`
          <noscript><p class="small">${words.passkeys_no_script}</p></noscript>
          ${passkeyForm({ options: new_passkey.options, fields: { csrf_token, factor: 'passkey_add' }, more: nameField('passkey-name', new_passkey.name, words), button_id: 'passkey-add', label: words.passkey_add, failed: words.passkey_failed })}`
      }
    </section>`
}

function nameField(id: string, value: string, { passkey_name }: Words['factors']): Html {
  return textField({ id, name: 'passkey_name', label: passkey_name, type: 'text', autocomplete: 'off', value })
}

function totpSection({ state, totp_since, enrolment }: FactorsView, frame: FactorsFrame): Html {
  const { words: everyWord, csrf_token, now } = frame
  const { factors: words } = everyWord
  const isOn = totp_since !== undefined
  return html`
    <section id="totp" class="card">
      <h2>${words.totp}</h2>
      <p class="muted small">${words.totp_explain}</p>
      ${isOn && html`<dl>${fact(words.totp_since, moment(totp_since, now, everyWord))}</dl>`}
      ${isOn && state === 'open' && html`<form method="post">${hiddenFields({ csrf_token })}${step('totp_remove', words.totp_remove, 'totp-remove')}</form>`}
      ${enrolment && enrolmentForm(enrolment, frame)}
    </section>`
}

function enrolmentForm(enrolment: EnrolmentView, { words, csrf_token }: FactorsFrame): Html {
  const { factors } = words
  return html`
    <details class="change" open>
      <summary>${factors.totp_set_up}</summary>
      <form method="post">
        ${hiddenFields({ csrf_token, factor: 'totp_confirm' })}
        ${authenticatorFields(enrolment, factors)}
        ${button({ id: 'totp-confirm', label: factors.totp_confirm, look: 'quiet' })}
      </form>
    </details>`
}

function recoverySection(view: FactorsView, frame: FactorsFrame): Html {
  const { state, totp_since, recovery_codes, new_codes } = view
  const { words, csrf_token } = frame
  const { factors } = words
  const isOffered = state === 'open' && totp_since !== undefined && new_codes.length === 0
  return html`
    <section id="recovery-codes" class="card">
      <h2>${factors.recovery}</h2>
      <p class="muted small">${factors.recovery_explain}</p>
      ${totp_since === undefined ? html`<p class="muted small">${factors.recovery_none}</p>` : html`<dl>${fact(factors.recovery_left, String(recovery_codes))}</dl>`}
      ${new_codes.length > 0 && recoveryCodes(new_codes, factors)}
      ${isOffered && html`<form method="post">${hiddenFields({ csrf_token })}${step('recovery_renew', factors.recovery_new, 'recovery-renew')}</form>`}
    </section>`
}

function rememberedSection({ remembered }: FactorsView, frame: FactorsFrame): Html {
  const { words: everyWord, csrf_token, now } = frame
  const { factors: words } = everyWord
  const each = ({ remembered_id, device, created_at, expires_at }: RememberedView) => html`
    <li class="access">
      ${who('this_computer', html`<h3 class="name">${device}</h3>`, [])}
      <dl>
        ${fact(words.added, moment(created_at, now, everyWord))}
        ${fact(words.remembered_until, moment(expires_at, now, everyWord))}
      </dl>
      <form method="post">
        ${hiddenFields({ csrf_token, remembered_id })}
        ${step('browser_forget', html`<span>${words.forget(device)}</span>`)}
      </form>
    </li>`
  return html`
    <section id="remembered-browsers" class="card">
      <h2>${words.remembered}</h2>
      <ul class="ended">${remembered.map(each)}</ul>
    </section>`
}
