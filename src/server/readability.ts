/** How well the colours of brandings are read, measured: for `licet check`, and for the log as the server starts. */
import type { Configuration } from '../config/settings.ts'
import { least, unreadableColours, type Pair, type Unreadable } from '../ui/contrast.ts'
import { brandingsOf } from './brands.ts'
import type { Grade, Row } from './grade.ts'

type Branded = Pick<Configuration, 'branding' | 'client_brandings'>

/** Finds the colours that are hard to read, of the server and of every client that has colours of its own. */
export function hardToRead(configuration: Branded): readonly Omit<Grade, 'level'>[] {
  return (['text', 'control'] as const).flatMap((of) => {
    const { spec } = least[of]
    return unreadable(configuration, of).map((found) => ({ ...found, spec }))
  })
}

/** The rules of the grade that are about what is seen. */
export const readabilityRules: readonly Row[] = [
  {
    level: 'finding',
    spec: least.text.spec,
    rule: (configuration) => unreadable(configuration, 'text'),
  },
  {
    level: 'finding',
    spec: least.control.spec,
    rule: (configuration) => unreadable(configuration, 'control'),
  },
  {
    level: 'note',
    spec: least.control.spec,
    rule: (configuration) =>
      [...brandingsOf(configuration)].flatMap(([key, { logo, logo_dark }]) =>
        logo !== undefined && logo_dark === undefined
          ? [{ key: `${key}.logo_dark`, words: 'is not there: look whether the logo is seen on dark pages' }]
          : [],
      ),
  },
]

/** @param of which pairs: a colour that spoils words is told of once, however many edges it spoils as well */
function unreadable(configuration: Branded, of: Pair['of']): readonly Pick<Grade, 'key' | 'words'>[] {
  const own = (key: string): boolean =>
    key === 'branding' || configuration.client_brandings[key.replace('client_brandings.', '')]?.colours !== undefined
  return [...brandingsOf(configuration)].flatMap(([key, { colours = {} }]) => {
    if (!own(key)) return []
    return unreadableColours(colours)
      .filter(({ pairs }) => (pairs.some((pair) => pair.of === 'text') ? 'text' : 'control') === of)
      .map((found) => ({ key: `${key}.colours.${found.scheme}.${found.name}`, words: sentenceOf(found) }))
  })
}

function sentenceOf({ colour, pairs, instead }: Unreadable): string {
  const measured = pairs.map(
    ({ front, back, of, ratio }) => `${front} on ${back} ${floored(ratio)} to 1, wanted ${least[of].ratio}`,
  )
  const way =
    instead === undefined ? 'no shade of it does while the others stay' : `the nearest that does is ${instead}`
  return `is ${colour} and hard to read (${measured.join('; ')}): ${way}`
}

/** Rounded down, so that it never looks like the ratio that is wanted. */
function floored(ratio: number): string {
  return (Math.floor(ratio * 100) / 100).toFixed(2)
}
