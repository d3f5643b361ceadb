/**
 * How an operator writes what pages look like, and whose they are. What is read here is a colour, a text, an address or
 * pixels, and never anything that a stylesheet or a page could read as more than that.
 */
import {
  brandCorners,
  brandFonts,
  type Branding,
  type BrandLink,
  type BrandText,
  type Picture,
} from '../kernel/branding.ts'
import { readColour, type Colour } from '../kernel/colour.ts'
import { languages } from '../kernel/language.ts'
import { isMapping } from '../kernel/mapping.ts'
import { colourNames, type ColourName } from '../kernel/palette.ts'
import { optional, type Kind } from '../kernel/setting.ts'
import { formed, mapping, record, shown, textAt, word } from '../kernel/setting-kinds.ts'

/** Most bytes of a picture’s file. */
const largestFile = 1_048_576

/** Most characters of a name, which stands at the top of every page, and of every other text. */
const longest = { name: 60, text: 200 }

/** Control characters, line ends, and what turns the direction of the text around it. */
const unwritable = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u

function line(most: number): Kind<string> {
  return {
    name: 'text',
    read(raw, at) {
      const written = textAt(raw, at)
      if (written === undefined) return undefined
      if (unwritable.test(written)) return at.mistake('must be one line, without marks that turn its direction')
      const length = Array.from(written).length
      return length > most ? at.mistake(`must have at most ${most} characters, not ${length}`) : written
    },
  }
}

const name = line(longest.name)
const byLanguage = mapping(word(...languages), line(longest.text))

const colour: Kind<Colour> = {
  name: 'colour',
  read(raw, at) {
    // What YAML makes of a colour without quotes is nothing at all: it must not be ignored as if nobody had written it.
    if (raw === null) return at.mistake('is empty: put the colour in quotes, since # begins a comment')
    const read = typeof raw === 'string' ? readColour(raw) : undefined
    return read ?? at.mistake(`must be a colour such as '#0b6a5b', in quotes, not ${shown(raw)}`)
  },
}

const palette: Kind<Readonly<Partial<Record<ColourName, Colour>>>> = {
  ...mapping(word(...(Object.keys(colourNames) as ColourName[])), colour),
  name: 'mapping of names to colours',
}

/** What a link may hold, so that no character of it is read differently by a browser: RFC 3986 §2. */
const addressCharacters = /^[\x21\x23-\x3b\x3d\x3f-\x5b\x5d\x5f\x61-\x7a\x7e]+$/

const page = formed(
  'https:// address',
  (written) => /^https:\/\/[^/?#@]+(?:[/?#]|$)/.test(written) && isAddress(written),
  'an https:// address',
)
const pageOrMailbox = formed(
  'https:// or mailto: address',
  (written) => /^(?:https:\/\/[^/?#@]+(?:[/?#]|$)|mailto:[^@?]+@[^@?]+$)/.test(written) && isAddress(written),
  'an https:// or mailto: address',
)

function isAddress(written: string): boolean {
  return addressCharacters.test(written) && URL.canParse(written)
}

/** One address for everybody, or one for each language. */
function link(address: Kind<string>): Kind<string | Readonly<Record<string, string>>> {
  const translated = mapping(word(...languages), address)
  return {
    name: `${address.name}, or one for each language`,
    read: (raw, at) => (isMapping(raw) ? translated.read(raw, at) : address.read(raw, at)),
  }
}

/** How the files of pixels that can be redrawn begin, in hexadecimal digits. */
const signatures: readonly RegExp[] = [
  /^89504e470d0a1a0a/, // PNG
  /^ffd8ff/, // JPEG
  /^52494646.{8}57454250/, // WebP
  /^474946383[79]61/, // GIF
]

/** What people try first, and what is never drawn. */
const beginsAsDocument = /^(?:\u00ef\u00bb\u00bf)?\s*<(?:\?xml|!DOCTYPE|!--|svg)/i

function faultOf(bytes: Uint8Array): string | undefined {
  const beginning = Buffer.from(bytes.subarray(0, 64))
  if (signatures.some((pattern) => pattern.test(beginning.toString('hex')))) return undefined
  return beginsAsDocument.test(beginning.toString('latin1'))
    ? 'is an SVG, a document that may hold programs'
    : 'is not a picture'
}

const picture: Kind<Picture> = {
  name: 'path of a PNG, JPEG, WebP or GIF',
  read(raw, at) {
    const written = textAt(raw, at)
    if (written === undefined) return undefined
    const file = at.files.path(written)
    try {
      const bytes = at.files.bytes(file, largestFile)
      if (bytes === undefined) return at.mistake(`names the file ${file}, which is not there`)
      if (bytes === 'too_large') return at.mistake(`names the file ${file}, which is larger than 1 MB`)
      const fault = faultOf(bytes)
      if (fault === undefined) return { file, bytes }
      return at.mistake(`names the file ${file}, which ${fault}: give a PNG, JPEG, WebP or GIF`)
    } catch (error) {
      const why = error instanceof Error ? error.message : 'unknown'
      return at.mistake(`names the file ${file}, which cannot be read (${why})`)
    }
  },
}

const everyColour = Object.entries(colourNames)
  .map(([key, words]) => `\`${key}\` (${words})`)
  .join('; ')

const colours = record('colours', {
  light: optional(palette, `Where the device asks for light pages: ${everyColour}.`),
  dark: optional(palette, 'Where it asks for dark ones. An accent for one of the two alone is made to fit the other.'),
})

const texts = record('texts by language', {
  sign_in_heading: optional(byLanguage, 'The heading of the sign-in page, in place of “Sign in”.'),
  username: optional(byLanguage, 'The name of its first field, in place of “User name or e-mail address”.'),
  sign_in_help: optional(byLanguage, 'A line under its form: whom to call.'),
  error_help: optional(byLanguage, 'The line above the reference on error pages: whom to tell it.'),
  footer: optional(byLanguage, 'A line at the bottom of every page.'),
} satisfies { readonly [Name in BrandText]: unknown })

const links = record('links', {
  terms: optional(link(page), 'The terms of use; in the metadata too, as `op_tos_uri`.'),
  privacy: optional(link(page), 'The privacy policy; in the metadata too, as `op_policy_uri`.'),
  support: optional(link(pageOrMailbox), 'Where help is.'),
  imprint: optional(link(page), 'Who answers for the pages, where the law wants that said.'),
  accessibility: optional(link(page), 'What is done so that everybody can use the pages.'),
} satisfies { readonly [Name in BrandLink]: unknown })

/** What an operator makes their own. */
export const branding: Kind<Branding> = record('branding', {
  name: optional(name, 'What pages and letters call this server, in place of “Licet”.'),
  names: optional(
    mapping(word(...languages), name),
    'The name in other languages; who reads none of them is shown `name`.',
  ),
  logo: optional(
    picture,
    'The logo at the top of pages, in place of the name. At most 1 MB; it is redrawn, and shown 40 pixels high at most.',
  ),
  logo_dark: optional(picture, 'The same where the device asks for dark pages.'),
  favicon: optional(picture, 'What the browser shows on a tab; left out, a tick in the accent colour.'),
  colours: optional(
    colours,
    'Colours, each `#rgb` or `#rrggbb` in quotes. What is left out is made to fit what is not; `licet check` measures how well they are read.',
  ),
  corners: optional(word(...brandCorners), 'How round corners are; `round` where nothing is said.'),
  font: optional(word(...brandFonts), 'The font, one that devices have; `system` where nothing is said.'),
  texts: optional(
    texts,
    'Own texts, each by language. Where one is missing, our words stand, or, where we have none, those in `language`.',
  ),
  links: optional(links, 'Links at the bottom of every page, in this order.'),
})

/** Brandings by the names that clients give. What stands in one is listed once, at `branding`. */
export const clientBrandings: Kind<Readonly<Record<string, Branding>>> = mapping(
  formed('name', (written) => /^[a-z0-9][a-z0-9_-]{0,63}$/.test(written), 'lower case letters, digits, _ and -'),
  { name: 'branding', read: (raw, at) => branding.read(raw, at) },
)
