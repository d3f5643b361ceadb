import { html, type Html } from '../kernel/html.ts'
import type { EpochSeconds } from '../kernel/time.ts'
import { icon } from './icon.ts'
import { inert } from './inert.ts'
import { moment } from './moment.ts'
import type { Words } from './words/en.ts'

/** What is known here of a client that did not say it of itself. */
export interface AcquaintanceView {
  /** How it came here: an operator registered it, it registered itself, or it is known by the address of its description. */
  readonly came: 'by_operator' | 'by_itself' | 'by_address'
  /** When that was; undefined where nobody noted it. */
  readonly first_seen?: EpochSeconds | undefined
  /** How many people here use it, rounded; small numbers are not told apart, or one could see who is among them. */
  readonly people: 'nobody' | 'few' | 'very_many' | number
  /** The name of another client that its own could be taken for. */
  readonly resembles?: string | undefined
}

/** How much of the other client's name is shown, in code points. */
const longestName = 60

/** Says how a client came here, since when it is known, how many use it, and whom its name resembles. */
export function acquaintance(
  { came, first_seen, people, resembles }: AcquaintanceView,
  now: EpochSeconds,
  everyWord: Words,
): Html {
  const { acquaintance: words, locale } = everyWord
  const since = first_seen !== undefined && words.first_seen(moment(first_seen, now, everyWord))
  const use =
    typeof people === 'number' ? words.about(new Intl.NumberFormat(locale).format(people), people) : words[people]
  return html`
    ${resembles !== undefined && html`<p class="claimed">${icon('warning')}<strong>${words.resembles(inert(resembles, longestName))}</strong></p>`}
    <p class="muted small">${words.came[came]} ${since} ${use}</p>`
}
