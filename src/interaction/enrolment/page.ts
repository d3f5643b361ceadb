import { html, type Html } from '../../kernel/html.ts'
import { authenticatorFields, recoveryCodes, type EnrolmentView } from '../../ui/authenticator.ts'
import { button } from '../../ui/button.ts'
import { hiddenFields, textField } from '../../ui/field.ts'
import { layout, type PageView } from '../../ui/layout.ts'
import { notice, type Notice } from '../../ui/notice.ts'
import { passkeyForm, passkeyScriptFor } from '../../ui/passkey.ts'
import { person, type PersonView } from '../../ui/person.ts'
import { wayOn } from '../../ui/way-on.ts'
import type { Words } from '../../ui/words/en.ts'

/** Why the page is shown once more. */
export type EnrolmentNotice =
  /** No code of now. */
  | 'wrong_code'
  /** No passkey was made, or not for this page. */
  | 'passkey_failed'
  /** The form came without its token; nothing was done. */
  | 'form_expired'

/** What the page shows. */
export interface EnrolmentPageView extends PageView {
  readonly csrf_token: string
  /** Whose password was right; the answer is about this one, whoever has signed in meanwhile. */
  readonly person: PersonView
  readonly account_id: string
  /** `passkey`: nothing less will do. */
  readonly takes: 'any' | 'passkey'
  /** What the browser is asked for, and what the passkey is called at first; undefined: there are none here. */
  readonly new_passkey?: { readonly options: string; readonly name: string } | undefined
  /** The app that can be set up. */
  readonly enrolment?: EnrolmentView | undefined
  readonly notice?: EnrolmentNotice | undefined
}

/** Lets somebody who has nothing beside a password set up what the way they are on needs. */
export function enrolmentPage(view: EnrolmentPageView): Html {
  const { home, words: everyWord, csrf_token, account_id, takes, new_passkey, enrolment } = view
  const { enrolment: words } = everyWord
  return layout(view, {
    title: words.heading[takes],
    width: 'narrow',
    body: html`
      <section class="card">
        <h1>${words.heading[takes]}</h1>
        ${person(view.person)}
        <p>${words.explain[takes]}</p>
        ${view.notice && notice(noticeOf(view.notice, everyWord))}
      </section>
      ${new_passkey !== undefined && passkeySection(new_passkey, view)}
      ${enrolment !== undefined && appSection(enrolment, view)}
      <section class="card">
        <form method="post">
          ${hiddenFields({ csrf_token, step: 'enrolment', enrol: 'decline', account_id })}
          ${button({ id: 'enrolment-decline', label: words.decline, look: 'plain' })}
        </form>
        <form method="post">
          ${hiddenFields({ csrf_token, step: 'start-again' })}
          ${button({ id: 'start-again', label: everyWord.secondFactor.start_again, look: 'plain' })}
        </form>
      </section>`,
    end: new_passkey !== undefined && passkeyScriptFor(home),
  })
}

function passkeySection(
  { options, name }: { readonly options: string; readonly name: string },
  { csrf_token, account_id, words: { factors } }: EnrolmentPageView,
): Html {
  const named = { id: 'passkey-name', name: 'passkey_name', label: factors.passkey_name, value: name } as const
  return html`
    <section id="passkeys" class="card">
      <h2>${factors.passkeys}</h2>
      <p class="muted small">${factors.passkeys_explain}</p>
      <noscript><p class="small">${factors.passkeys_no_script}</p></noscript>
      ${passkeyForm({ options, fields: { csrf_token, step: 'enrolment', enrol: 'passkey', account_id }, more: textField({ ...named, type: 'text', autocomplete: 'off' }), button_id: 'passkey-add', label: factors.passkey_add, failed: factors.passkey_failed })}
    </section>`
}

function appSection(enrolment: EnrolmentView, { csrf_token, account_id, words: { factors } }: EnrolmentPageView): Html {
  return html`
    <section id="totp" class="card">
      <h2>${factors.totp}</h2>
      <p class="muted small">${factors.totp_explain}</p>
      <form method="post">
        ${hiddenFields({ csrf_token, step: 'enrolment', enrol: 'totp', account_id })}
        ${authenticatorFields(enrolment, factors)}
        ${button({ id: 'totp-confirm', label: factors.totp_confirm, look: 'filled' })}
      </form>
    </section>`
}

function noticeOf(told: EnrolmentNotice, { factors, account }: Words): Notice {
  switch (told) {
    case 'wrong_code':
      return { tone: 'error', text: factors.totp_wrong }
    case 'passkey_failed':
      return { tone: 'error', text: factors.passkey_failed }
    case 'form_expired':
      return { tone: 'note', text: account.form_expired }
  }
}

/** What the page shows once an app is set up. */
export interface EnrolledView extends PageView {
  readonly codes: readonly string[]
  /** Where the person goes on. */
  readonly onward: string
}

/** Shows the recovery codes, for the one time that they are shown, and leads on. */
export function enrolledPage(view: EnrolledView): Html {
  const { codes, onward } = view
  const { factors, enrolment } = view.words
  return layout(view, {
    title: factors.recovery,
    width: 'narrow',
    body: html`
      <section id="recovery-codes" class="card">
        <h1>${factors.recovery}</h1>
        ${notice({ tone: 'done', text: factors.totp_added })}
        <p class="muted small">${factors.recovery_explain}</p>
        ${recoveryCodes(codes, factors)}
        ${wayOn({ href: onward, label: enrolment.go_on, id: 'go-on' }, view)}
      </section>`,
  })
}
