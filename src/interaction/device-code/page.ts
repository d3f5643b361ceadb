import { html, type Html } from '../../kernel/html.ts'
import type { Seconds } from '../../kernel/time.ts'
import { button } from '../../ui/button.ts'
import { card } from '../../ui/card.ts'
import { hiddenFields, textField } from '../../ui/field.ts'
import type { PageView } from '../../ui/layout.ts'
import { spellWait } from '../../ui/moment.ts'
import { notice, type Notice } from '../../ui/notice.ts'
import { person, type PersonView } from '../../ui/person.ts'
import type { Words } from '../../ui/words/en.ts'

/** Why the page is shown to someone who has entered a code already. */
export type DeviceCodeNotice =
  /** Unknown, expired, answered, or somebody else's: which of these is never said. */
  | { readonly kind: 'wrong_code' }
  | { readonly kind: 'throttled'; readonly retry_after: Seconds }
  | { readonly kind: 'form_expired' }

/** What the page for a device's code shows. */
export interface DeviceCodeView extends PageView {
  /** Where the form is sent. */
  readonly action: string
  readonly csrf_token: string
  readonly person: PersonView
  /** What stands in the field: typed before, or brought along by a link. */
  readonly user_code?: string | undefined
  readonly notice?: DeviceCodeNotice | undefined
}

const noticeId = 'device-notice'

/** Asks for the code that a device shows. */
export function deviceCodePage(view: DeviceCodeView): Html {
  const { deviceCode: words } = view.words
  const told = view.notice && noticeOf(view.notice, view.words)
  const message_id = told === undefined ? 'device-caution' : noticeId
  return card(view, {
    heading: words.heading,
    content: html`
      <p>${words.sentence}</p>
      ${told && notice({ ...told, id: noticeId })}
      ${person(view.person)}
      <form method="post" action="${view.action}">
        ${hiddenFields({ csrf_token: view.csrf_token })}
        ${textField({ id: 'user-code', name: 'user_code', label: words.user_code, type: 'text', autocomplete: 'off', value: view.user_code, message_id, wrong: view.notice?.kind === 'wrong_code', focused: true })}
        ${button({ id: 'device-continue', label: words.submit, look: 'filled' })}
      </form>
      <p id="device-caution" class="muted small">${words.caution}</p>`,
  })
}

function noticeOf(told: DeviceCodeNotice, everyWord: Words): Notice {
  const { deviceCode: words } = everyWord
  if (told.kind === 'throttled') return { tone: 'error', text: words.throttled(spellWait(told.retry_after, everyWord)) }
  return { tone: 'error', text: words[told.kind] }
}
