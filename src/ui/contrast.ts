/** Which colours the stylesheet puts together, and how well each is read: WCAG 2.2 §1.4.3 and §1.4.11. */
import { contrast, nearestColour, type Colour } from '../kernel/colour.ts'
import {
  completedPalettes,
  schemes,
  type ChosenColours,
  type ColourName,
  type Palette,
  type Scheme,
} from '../kernel/palette.ts'

/** A colour on another. */
export interface Pair {
  readonly front: ColourName
  readonly back: ColourName
  /** `text`: words, 4.5 at least; `control`: edges of what can be operated, 3 at least. */
  readonly of: 'text' | 'control'
}

/** The least contrast ratio of each, and where it is demanded. */
export const least = {
  text: { ratio: 4.5, spec: 'WCAG 2.2 §1.4.3' },
  control: { ratio: 3, spec: 'WCAG 2.2 §1.4.11' },
} as const

/** What each colour stands on. */
const standsOn: Readonly<Partial<Record<ColourName, readonly ColourName[]>>> = {
  text: ['background', 'surface', 'sunken', 'tint'],
  muted: ['background', 'surface', 'sunken', 'tint'],
  accent: ['background', 'surface', 'tint'],
  accent_hover: ['background', 'surface'],
  on_accent: ['accent', 'accent_hover'],
  error: ['error_tint'],
  warning: ['surface', 'warning_tint'],
}
const edgesOn: Readonly<Partial<Record<ColourName, readonly ColourName[]>>> = {
  edge: ['background', 'surface'],
  accent: ['sunken'],
  error: ['surface'],
}

/** Every pair that a page puts together; a browser test holds the list to the pages. */
export const pairs: readonly Pair[] = [...pairsOf(standsOn, 'text'), ...pairsOf(edgesOn, 'control')]

function pairsOf(table: Readonly<Partial<Record<ColourName, readonly ColourName[]>>>, of: Pair['of']): readonly Pair[] {
  return Object.entries(table).flatMap(([front, backs]) =>
    backs.map((back) => ({ front: front as ColourName, back, of })),
  )
}

/** A pair that is not read well enough. */
export interface LowContrast extends Pair {
  readonly ratio: number
}

/** A colour that is to be changed, and why. */
export interface Unreadable {
  readonly scheme: Scheme
  readonly name: ColourName
  readonly colour: Colour
  /** The pairs that it spoils, at least one; for the accent, also those of the colours that follow from it. */
  readonly pairs: readonly LowContrast[]
  /** The nearest to it that spoils none; undefined where there is none while the others stay. */
  readonly instead?: Colour
}

/** Finds the colours to change so that everything is read well enough, in both schemes; none where all is well. */
export function unreadableColours(chosen: ChosenColours): readonly Unreadable[] {
  const palettes = completedPalettes(chosen)
  return schemes.flatMap((scheme) => {
    const own = chosen[scheme] ?? {}
    const spoilt = Map.groupBy(lowContrasts(palettes[scheme]), (pair) => toBlame(pair, own))
    return [...spoilt].map(([name, low]) => {
      const instead = nearestThatDoes(scheme, name, chosen)
      return { scheme, name, colour: palettes[scheme][name], pairs: low, ...(instead !== undefined && { instead }) }
    })
  })
}

function lowContrasts(palette: Palette): readonly LowContrast[] {
  return pairs.flatMap((pair) => {
    const ratio = contrast(palette[pair.front], palette[pair.back])
    return ratio < least[pair.of].ratio ? [{ ...pair, ratio }] : []
  })
}

/** Which colours follow from which, and are no better than that. */
const follows: Readonly<Partial<Record<ColourName, ColourName>>> = {
  accent_hover: 'accent',
  on_accent: 'accent',
  tint: 'accent',
  muted: 'text',
  edge: 'text',
}

/** A colour that was chosen can be changed: the one in front before the one behind, then the one that both follow from. */
function toBlame({ front, back }: Pair, own: Partial<Palette>): ColourName {
  const source = follows[front]
  const written = [front, back, source].find((name) => name !== undefined && own[name] !== undefined)
  return written ?? front
}

function nearestThatDoes(scheme: Scheme, name: ColourName, chosen: ChosenColours): Colour | undefined {
  const isOfIt = (one: ColourName): boolean => one === name || follows[one] === name
  return nearestColour(completedPalettes(chosen)[scheme][name], (candidate) => {
    const palette = completedPalettes({ ...chosen, [scheme]: { ...chosen[scheme], [name]: candidate } })[scheme]
    return !lowContrasts(palette).some(({ front, back }) => isOfIt(front) || isOfIt(back))
  })
}
