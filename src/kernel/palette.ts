/**
 * The colours of pages and letters of ours: their names, what they are where nobody says otherwise, and what follows from
 * those that somebody chose. Each is a custom property of the stylesheet under the same name.
 */
import { contrast, mixed, nearestColour, type Colour } from './colour.ts'

/** Whether the person’s device asks for light pages or dark ones. */
export type Scheme = 'light' | 'dark'

/** Both of them. */
export const schemes = ['light', 'dark'] as const satisfies readonly Scheme[]

const light = {
  background: '#f4f4f0',
  surface: '#ffffff',
  sunken: '#f8f8f5',
  text: '#1a1d1f',
  muted: '#596067',
  line: '#e2e3dd',
  edge: '#878d93',
  accent: '#0b6a5b',
  accent_hover: '#085347',
  on_accent: '#ffffff',
  tint: '#e4f1ed',
  error: '#9b1c13',
  error_tint: '#fdeeec',
  warning: '#744a00',
  warning_tint: '#fdf3dd',
} as const satisfies Readonly<Record<string, Colour>>

/** The name of a colour. */
export type ColourName = keyof typeof light

/** A colour for every name. */
export type Palette = Readonly<Record<ColourName, Colour>>

/** Some colours, for one scheme or both: what an operator chose. */
export type ChosenColours = { readonly [Which in Scheme]?: Partial<Palette> }

/** What each name stands for, in words for the manual. */
export const colourNames: Readonly<Record<ColourName, string>> = {
  background: 'the page, behind everything',
  surface: 'cards, and fields to type in',
  sunken: 'what is set back in a card',
  text: 'text, and headings',
  muted: 'text of less weight',
  line: 'lines that part one thing from another',
  edge: 'the edges of fields and of buttons that are not filled',
  accent: 'links, filled buttons, ticked boxes, the ring around what has the focus',
  accent_hover: 'links and filled buttons under the pointer',
  on_accent: 'text on filled buttons',
  tint: 'behind what is chosen, and behind small drawings',
  error: 'text about what did not work',
  error_tint: 'what is behind that',
  warning: 'text about what to think of first',
  warning_tint: 'what is behind that',
}

/** The colours where nobody chose any. */
export const standardPalettes: Readonly<Record<Scheme, Palette>> = {
  light,
  dark: {
    background: '#121415',
    surface: '#1b1e20',
    sunken: '#212527',
    text: '#eceeee',
    muted: '#a4acb2',
    line: '#30363a',
    edge: '#798289',
    accent: '#63cbb4',
    accent_hover: '#86dcc9',
    on_accent: '#05211b',
    tint: '#1d3530',
    error: '#ffb0a6',
    error_tint: '#3b1d1a',
    warning: '#f2c673',
    warning_tint: '#352a14',
  },
}

/** What is read on what: WCAG 2.2 §1.4.3 asks for 4.5 of text, §1.4.11 for 3 of what can be operated. */
const wanted = { text: 4.5, control: 3 } as const

/** An accent chosen for the other scheme is given more contrast than it needs, so that there is room for a tint of it. */
const room = 5.5

/** How a colour follows from others that somebody chose; a later row may use what an earlier one made. */
interface Consequence {
  readonly name: ColourName
  readonly from: readonly ColourName[]
  readonly make: (palette: Palette) => Colour
}

const consequences: readonly Consequence[] = [
  { name: 'sunken', from: ['surface', 'text'], make: ({ surface, text }) => mixed(surface, text, 0.035) },
  { name: 'line', from: ['surface', 'text'], make: ({ surface, text }) => mixed(surface, text, 0.11) },
  {
    name: 'on_accent',
    from: ['accent'],
    make: ({ accent }) =>
      contrast('#ffffff', accent) >= wanted.text || contrast('#ffffff', accent) > contrast('#111111', accent)
        ? '#ffffff'
        : '#111111',
  },
  {
    name: 'accent_hover',
    from: ['accent', 'surface'],
    // Away from what it stands on, so that a link is read even better under the pointer.
    make: ({ accent, surface }) =>
      mixed(accent, contrast(surface, '#000000') > contrast(surface, '#ffffff') ? '#000000' : '#ffffff', 0.22),
  },
  {
    name: 'muted',
    from: ['text', 'surface', 'background'],
    make: ({ text, surface, background, sunken }) =>
      firstOf(
        [0.3, 0.24, 0.18, 0.12, 0.06, 0],
        (share) => mixed(text, surface, share),
        (muted) => reads(muted, [surface, background, sunken], wanted.text),
      ),
  },
  {
    name: 'tint',
    from: ['accent', 'surface', 'text'],
    make: ({ accent, surface, text, muted }) =>
      firstOf(
        [0.12, 0.09, 0.06, 0.03, 0],
        (share) => mixed(surface, accent, share),
        (tint) => [accent, text, muted].every((front) => reads(front, [tint], wanted.text)),
      ),
  },
  {
    name: 'edge',
    from: ['text', 'surface', 'background'],
    make: ({ text, surface, background }) =>
      firstOf(
        [0.5, 0.6, 0.7, 0.8, 0.9, 1],
        (share) => mixed(surface, text, share),
        (edge) => reads(edge, [surface, background], wanted.control),
      ),
  },
]

function reads(colour: Colour, on: readonly Colour[], least: number): boolean {
  return on.every((one) => contrast(colour, one) >= least)
}

/** The first that meets the demand; the last where none does, which the check of contrasts then reports. */
function firstOf(
  shares: readonly [number, ...number[]],
  make: (share: number) => Colour,
  does: (made: Colour) => boolean,
): Colour {
  const made = shares.map(make)
  return made.find(does) ?? make(shares.at(-1) ?? shares[0])
}

/**
 * Completes what was chosen: what follows from it is made to fit, what does not is the standard. An accent for one scheme
 * alone is made lighter or darker for the other, so that nobody's own colour meets ours.
 */
export function completedPalettes(chosen: ChosenColours): Readonly<Record<Scheme, Palette>> {
  return {
    light: completed('light', withAccent('light', chosen.light ?? {}, chosen.dark?.accent)),
    dark: completed('dark', withAccent('dark', chosen.dark ?? {}, chosen.light?.accent)),
  }
}

function withAccent(scheme: Scheme, own: Partial<Palette>, elsewhere: Colour | undefined): Partial<Palette> {
  if (own.accent !== undefined || elsewhere === undefined) return own
  const { background, surface, sunken } = { ...standardPalettes[scheme], ...own }
  const accent = nearestColour(elsewhere, (candidate) => reads(candidate, [background, surface, sunken], room))
  return accent === undefined ? own : { ...own, accent }
}

function completed(scheme: Scheme, own: Partial<Palette>): Palette {
  const standard = standardPalettes[scheme]
  let palette: Palette = { ...standard, ...own }
  for (const { name, from, make } of consequences) {
    const follows = from.some((one) => palette[one] !== standard[one])
    if (own[name] === undefined && follows) palette = { ...palette, [name]: make(palette) }
  }
  return palette
}
