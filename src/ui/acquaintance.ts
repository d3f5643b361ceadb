import { html, type Html } from '../kernel/html.ts'
import type { EpochSeconds } from '../kernel/time.ts'
import { icon } from './icon.ts'
import { inert } from './inert.ts'
import { moment } from './moment.ts'

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

const words = {
  came: {
    by_operator: 'Whoever runs this server registered it',
    by_itself: 'It registered itself here',
    by_address: 'Nobody registered it here: it describes itself at an address of its own',
  },
  first_seen: (when: Html) => html`, first seen ${when}`,
  nobody: 'Nobody here uses it yet.',
  few: 'Fewer than 10 people here use it.',
  very_many: 'More than 10,000 people here use it.',
  about: (number: string) => `About ${number} people here use it.`,
  resembles: (name: Html) =>
    html`Another application here is called “${name}”, which looks much like this name. This is not that application.`,
}

/** How much of the other client's name is shown, in code points. */
const longestName = 60

/** Says how a client came here, since when it is known, how many use it, and whom its name resembles. */
export function acquaintance({ came, first_seen, people, resembles }: AcquaintanceView, now: EpochSeconds): Html {
  const since = first_seen !== undefined && words.first_seen(moment(first_seen, now))
  const use = typeof people === 'number' ? words.about(new Intl.NumberFormat('en-GB').format(people)) : words[people]
  return html`
    ${resembles !== undefined && html`<p class="claimed">${icon('warning')}<strong>${words.resembles(inert(resembles, longestName))}</strong></p>`}
    <p class="muted small">${words.came[came]}${since}. ${use}</p>`
}
