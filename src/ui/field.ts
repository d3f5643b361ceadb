import { html, type Html } from '../kernel/html.ts'

/** A line to type into. */
export interface TextField {
  readonly id: string
  readonly name: string
  readonly label: string
  readonly type: 'text' | 'password' | 'email'
  /** What a password manager is to fill in, HTML §4.10.18.7. */
  readonly autocomplete:
    | 'username'
    | 'username webauthn'
    | 'current-password'
    | 'new-password'
    | 'one-time-code'
    | 'email'
    | 'name'
    | 'given-name'
    | 'additional-name'
    | 'family-name'
    | 'nickname'
    | 'sex'
    | 'bday'
    | 'tel'
    | 'language'
    | 'url'
    | 'photo'
    | 'off'
  readonly value?: string | undefined
  /** The id of the message to read with it. */
  readonly message_id?: string | undefined
  /** True: what was typed here was not right. */
  readonly wrong?: boolean
  /** True on at most one field of a page: the one the person types into first. */
  readonly focused?: boolean
  /** A sentence under the field that says what may be typed. */
  readonly hint?: string
  /** True: it says something to the person and their password manager, and is not theirs to change. */
  readonly fixed?: boolean
  /** True: it may stay empty. */
  readonly optional?: boolean
}

/** Shows a labelled line to type into; a user name, a password or a code, so nothing corrects or capitalises it. */
export function textField(field: TextField): Html {
  const { id, name, label, type, autocomplete, value, message_id, wrong, focused, hint, fixed, optional } = field
  const filled = value !== undefined && html`value="${value}"`
  const description = [message_id, hint && `${id}-hint`].filter((one) => one !== undefined && one !== '').join(' ')
  const described = description !== '' && html`aria-describedby="${description}"`
  return html`
    <div class="field">
      <label for="${id}">${label}</label>
      <input id="${id}" name="${name}" type="${type}" dir="auto" autocomplete="${autocomplete}" autocapitalize="none" autocorrect="off" spellcheck="false" maxlength="${type === 'password' ? longestPassword : longest}" ${optional !== true && html`required`} ${fixed === true && html`readonly`} ${filled} ${described} ${wrong === true && html`aria-invalid="true"`} ${focused === true && html`autofocus`}>
      ${hint !== undefined && html`<p id="${id}-hint" class="muted small">${hint}</p>`}
    </div>`
}

/** The longest user name or address a page takes, in UTF-16 units. */
const longest = 512
/** Longer than any password may be: one that is too long is refused as such, and never cut off by the field. */
const longestPassword = 2048

/** Fields that travel with a form without being shown: names and values. */
export type HiddenFields = Readonly<Record<string, string>>

/** Carries fields along with a form. */
export function hiddenFields(fields: HiddenFields): readonly Html[] {
  return Object.entries(fields).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)
}

/** One thing to tick or to choose. */
export interface Choice {
  readonly id: string
  readonly name: string
  readonly value: string
  readonly type: 'checkbox' | 'radio'
  readonly checked: boolean
  /** What stands beside the box: the whole of it is the label. */
  readonly label: Html
}

/** Shows a box to tick or a button of a group to choose, with a label that is part of the target. */
export function choice({ id, name, value, type, checked, label }: Choice): Html {
  return html`<label class="choice" for="${id}"><input id="${id}" type="${type}" name="${name}" value="${value}" ${checked && html`checked`}>${label}</label>`
}
