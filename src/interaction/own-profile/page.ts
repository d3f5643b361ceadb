import { html, type Html } from '../../kernel/html.ts'
import { fact } from '../../ui/access.ts'
import { button } from '../../ui/button.ts'
import { hiddenFields, textField, type TextField } from '../../ui/field.ts'
import { inert } from '../../ui/inert.ts'
import { notice } from '../../ui/notice.ts'
import { confirmFirst, ownPage, type OwnPageView } from '../../ui/own-pages.ts'
import type { Words } from '../../ui/words/en.ts'

/**
 * What has just happened. `same`: nothing was different from what is on file; `wrong`: nothing was saved; `not_fresh`:
 * nor was it, and what was typed waits until the person has confirmed elsewhere that it is them.
 */
export type OwnProfileNotice = 'saved' | 'same' | 'wrong' | 'not_fresh' | 'form_expired'

/** A claim as the page names it. */
export type ProfileClaim = keyof typeof filledInWith

/** What the page on which people write what applications may be told of them shows. */
export interface OwnProfileView extends OwnPageView {
  /** `locked`: the sign-in was too long ago, or proved too little, to change anything now. */
  readonly state: 'open' | 'locked'
  /** What they write, with what is on file or was typed; empty = nothing. */
  readonly fields: readonly { readonly name: ProfileClaim; readonly value: string; readonly wrong: boolean }[]
  /** What others keep. */
  readonly fixed: readonly { readonly name: ProfileClaim; readonly value: string }[]
  readonly notice?: OwnProfileNotice | undefined
}

const noticeId = 'profile-notice'
const tones = { saved: 'done', same: 'note', wrong: 'error', not_fresh: 'note', form_expired: 'note' } as const

/** What a browser may fill in, HTML §4.10.18.7. */
const filledInWith = {
  name: 'name',
  given_name: 'given-name',
  middle_name: 'additional-name',
  family_name: 'family-name',
  nickname: 'nickname',
  gender: 'sex',
  birthdate: 'bday',
  phone_number: 'tel',
  locale: 'language',
  zoneinfo: 'off',
  profile: 'url',
  picture: 'photo',
  website: 'url',
} as const satisfies Readonly<Record<string, TextField['autocomplete']>>

/** Shows what is on file about a person, and lets them write what is theirs to write. */
export function ownProfilePage(view: OwnProfileView): Html {
  const { fields, fixed, state, words: everyWord } = view
  const { ownProfile: words } = everyWord
  const isKept = view.notice === 'not_fresh'
  const isLocked = state === 'locked' && fields.length > 0 && !isKept
  const known = isLocked ? [...fields.filter(({ value }) => value !== ''), ...fixed] : fixed
  return ownPage(view, {
    heading: words.heading,
    here: 'elsewhere',
    body: html`
      ${view.notice && notice({ id: noticeId, tone: tones[view.notice], text: sentenceOf(view.notice, everyWord) })}
      ${isLocked && confirmFirst(words.confirm, view)}
      ${isKept && confirmFirst(words.keeps, view, '_blank')}
      ${(state === 'open' || isKept) && fields.length > 0 && form(view)}
      ${known.length > 0 && facts(known, isLocked ? words.on_file : words.fixed, everyWord)}
      ${fields.length === 0 && known.length === 0 && html`<section class="card"><p>${words.nothing_here}</p></section>`}`,
  })
}

function form({ csrf_token, fields, words: everyWord, notice: told }: OwnProfileView): Html {
  const { ownProfile: words, permission } = everyWord
  const first = fields.find(({ wrong }) => wrong)
  const each = (field: OwnProfileView['fields'][number]) => {
    const { name, value, wrong } = field
    const hint = Object.entries(words.hints).find(([of]) => of === name)?.[1]
    return textField({
      ...(hint !== undefined && { hint }),
      id: name.replaceAll('_', '-'),
      name,
      label: permission.claims[name],
      type: 'text',
      autocomplete: filledInWith[name],
      value,
      wrong,
      focused: field === first,
      optional: true,
      message_id: wrong && told !== undefined ? noticeId : undefined,
    })
  }
  return html`
    <section id="profile" class="card">
      <p class="muted small">${words.explain}</p>
      <form method="post">
        ${hiddenFields({ csrf_token, fields: fields.map(({ name }) => name).join(' ') })}
        ${fields.map(each)}
        ${button({ id: 'profile-submit', label: words.submit, look: 'filled' })}
      </form>
    </section>`
}

function facts(known: OwnProfileView['fixed'], heading: string, { permission }: Words): Html {
  return html`
    <section id="on-file" class="card">
      <h2>${heading}</h2>
      <dl>${known.map(({ name, value }) => fact(permission.claims[name], inert(value, 200)))}</dl>
    </section>`
}

function sentenceOf(told: OwnProfileNotice, { ownProfile, account }: Words): string {
  return told === 'form_expired' ? account.form_expired : ownProfile[told]
}
