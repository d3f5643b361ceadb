import { html, type Html } from '../../kernel/html.ts'
import type { EpochSeconds } from '../../kernel/time.ts'
import { fact } from '../../ui/access.ts'
import { button } from '../../ui/button.ts'
import { choice, hiddenFields } from '../../ui/field.ts'
import { inert } from '../../ui/inert.ts'
import { moment } from '../../ui/moment.ts'
import { notice } from '../../ui/notice.ts'
import { ownPage, type OwnPageView } from '../../ui/own-pages.ts'
import { wayOn } from '../../ui/way-on.ts'
import { who } from '../../ui/who.ts'

/** How a person proved who they are, as far as they are told. */
export type SignInMethod = 'pwd' | 'otp' | 'pop'

/** One sign-in. */
export interface SignInEntry {
  readonly session_id: string
  /** What it is called: `Firefox · Linux`. */
  readonly device: string
  readonly address: string
  readonly methods: readonly SignInMethod[]
  readonly at: EpochSeconds
  /** undefined: still signed in. */
  readonly ended_at?: EpochSeconds | undefined
  /** True for the browser that looks at the page. */
  readonly is_this: boolean
}

/** What has just happened. `unknown`: it is not on record, or never was this person's. */
export type SignInsNotice = 'disowned' | 'unknown' | 'form_expired'

/** What the page on which a person looks back shows. */
export interface SignInsView extends OwnPageView {
  /** The newest first. */
  readonly entries: readonly SignInEntry[]
  /** How far back, spelled. */
  readonly length: string
  readonly notice?: SignInsNotice | undefined
  /** Where the password is changed. */
  readonly password: string
  /** What “today” is measured from. */
  readonly now: EpochSeconds
}

const tones = { disowned: 'warning', unknown: 'note', form_expired: 'note' } as const

/** Lists where and how a person signed in, and lets them say that it was not them. */
export function signInsPage(view: SignInsView): Html {
  const { signIns: words, account, more } = view.words
  const told = view.notice
  return ownPage(view, {
    heading: words.heading,
    here: 'elsewhere',
    body: html`
      ${told !== undefined && notice({ tone: tones[told], text: { ...words, form_expired: account.form_expired }[told] })}
      ${told === 'disowned' && wayOn({ href: view.password, label: more.password, id: 'change-password' }, view)}
      <section id="sign-ins" class="card">
        <p class="muted small">${words.explain(view.length)}</p>
        <ul class="ended">${view.entries.map((entry, place) => signIn(entry, place, view))}</ul>
      </section>`,
  })
}

function signIn(entry: SignInEntry, place: number, view: SignInsView): Html {
  const { words: everyWord, now } = view
  const { signIns: words, security } = everyWord
  const tag = entry.is_this && html` <span class="tag">${security.this_one}</span>`
  return html`
    <li class="access">
      ${who('this_computer', html`<h2 class="name">${entry.device}${tag}</h2>`, [])}
      <dl>
        ${fact(security.signed_in, moment(entry.at, now, everyWord))}
        ${fact(words.how, entry.methods.map((method) => words.methods[method]).join(' · '))}
        ${fact(security.address, inert(entry.address, 60))}
        ${entry.ended_at !== undefined && fact(words.ended, moment(entry.ended_at, now, everyWord))}
      </dl>
      ${!entry.is_this && disownForm(entry, place, view)}
    </li>`
}

function disownForm({ session_id, device }: SignInEntry, place: number, { csrf_token, words }: SignInsView): Html {
  const { signIns } = words
  return html`
    <details class="change">
      <summary>${signIns.not_me(device)}</summary>
      <form method="post">
        ${hiddenFields({ csrf_token })}
        ${choice({ id: `end-others-${place}`, name: 'end_others', value: 'yes', type: 'checkbox', checked: true, label: html`<span>${signIns.end_others}</span>` })}
        ${button({ name: 'disown', value: session_id, label: signIns.disown, look: 'quiet' })}
      </form>
    </details>`
}
