import { readFileSync } from 'node:fs'
import type { Branding } from '../kernel/branding.ts'
import { completedPalettes, type Palette } from '../kernel/palette.ts'
import { asset, type Asset } from './asset.ts'

const written = readFileSync(new URL('styles.css', import.meta.url), 'utf8')
/** Comments are not sent to browsers. */
const rules = written.replace(/\/\*[^]*?\*\//g, '').replace(/^\s+/gm, '')

/** The lists of fonts that every device finds one of. Of other alphabets a device takes its own. */
const fonts = {
  system: undefined,
  humanist: "Seravek, 'Gill Sans Nova', Ubuntu, Calibri, 'DejaVu Sans', source-sans-pro, sans-serif",
  serif: "'Iowan Old Style', 'Palatino Linotype', 'URW Palladio L', P052, Georgia, serif",
} as const

const roundness = { square: '0', slight: '0.375rem', round: undefined } as const

/** Makes the stylesheet of a branding. Colours come from a palette, everything else out of these tables. */
export function stylesheetOf({ colours = {}, corners = 'round', font = 'system' }: Branding): Asset {
  const { light, dark } = completedPalettes(colours)
  const shape = tokens({ round: roundness[corners], font: fonts[font] })
  const own = `:root{${tokens(light)}${shape}}@media (prefers-color-scheme:dark){:root{${tokens(dark)}}}\n`
  return asset(rules + own, 'css', 'text/css; charset=utf-8')
}

function tokens(values: Palette | Readonly<Record<string, string | undefined>>): string {
  return Object.entries(values)
    .map(([name, value]) => (value === undefined ? '' : `--${name}:${value};`))
    .join('')
}

/** The stylesheet where nobody chose anything. */
export const stylesheet: Asset = stylesheetOf({})
