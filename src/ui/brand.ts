/**
 * Whose the pages are, and what they look like. A branding is made into words in every language and files to serve when
 * the server starts; a page is handed its words and has the brand in them, so that nothing is computed for a request.
 */
import {
  brandLinks,
  type Branding,
  type BrandLink,
  type BrandText,
  type ByLanguage,
  type Picture,
} from '../kernel/branding.ts'
import { languages, type Language } from '../kernel/language.ts'
import { completedPalettes } from '../kernel/palette.ts'
import { pictureAsset, type Asset } from './asset.ts'
import { faviconIn } from './favicon.ts'
import { stylesheetOf } from './stylesheet.ts'
import type { Catalogue, Words } from './words/en.ts'

/** The words of every page, in every language, with the name in whose name they are spoken. */
export type Catalogues = Readonly<Record<Language, Words>>

/** What all pages of one brand show, in one language. */
export interface Brand {
  readonly name: string
  /** Without a logo the name stands in its place. */
  readonly logo?: Logo
  /** True where nobody gave a name: our mark is shown beside ours. */
  readonly is_ours: boolean
  /** Path of the stylesheet. */
  readonly stylesheet: string
  readonly favicon: Pick<Asset, 'path' | 'content_type'>
  /** At the bottom of every page, in the order shown. */
  readonly links: readonly { readonly name: BrandLink; readonly text: string; readonly href: string }[]
  readonly sign_in_help?: string
  readonly footer?: string
  /** Whose server it is all the same, where the brand is that of a client. */
  readonly run_by?: { readonly name: string; readonly host: string }
}

/** A logo, by the path of its files. Width and height are those of the file, pixels. */
export interface Logo {
  readonly light: ShownPicture
  readonly dark?: ShownPicture
}

interface ShownPicture {
  readonly path: string
  readonly width: number
  readonly height: number
}

/** A branding, ready to be shown. */
export interface OpenedBrand {
  readonly catalogues: Catalogues
  /** The files that its pages load. */
  readonly assets: readonly Asset[]
}

/** What a branding is opened with. */
export interface BrandParts {
  /** Every language as it is without a branding. */
  readonly standard: Readonly<Record<Language, Catalogue>>
  /** The language in which a text is shown to people in whose own it was not given. */
  readonly language: Language
  /** Whose server it is, for the branding of a client. */
  readonly run_by?: { readonly branding: Branding; readonly host: string }
}

/** What the server is called where nobody named it. */
const ourName = 'Licet'

/** Makes the words and files of a branding. */
export function openBrand(branding: Branding, parts: BrandParts): OpenedBrand {
  const stylesheet = stylesheetOf(branding)
  const [light, dark, own] = [branding.logo, branding.logo_dark, branding.favicon].map(shownPicture)
  const favicon = own?.asset ?? faviconIn(completedPalettes(branding.colours ?? {}).light)
  const logo = light && { light: light.shown, ...(dark && { dark: dark.shown }) }
  const looks = { stylesheet: stylesheet.path, favicon, ...(logo && { logo }) }
  const entries = languages.map((tag) => [tag, inLanguage(tag, { branding, looks }, parts)])
  const pictures = [light, dark].flatMap((one) => (one === undefined ? [] : [one.asset]))
  return { catalogues: Object.fromEntries(entries) as Catalogues, assets: [stylesheet, favicon, ...pictures] }
}

/**
 * Lays what a client’s branding says over the server’s. Where it has a name of its own the server’s pictures are not
 * shown, and colours are taken as a whole: half of one palette does not fit half of another.
 */
export function brandingOver(main: Branding, own: Branding): Branding {
  const { name: _name, names: _names, logo: _logo, logo_dark: _dark, favicon: _favicon, ...rest } = main
  const kept = own.name === undefined ? main : rest
  return { ...kept, ...own, texts: { ...main.texts, ...own.texts }, links: { ...main.links, ...own.links } }
}

/** A picture that was not redrawn is shown to nobody. */
function shownPicture(
  picture: Picture | undefined,
): { readonly asset: Asset; readonly shown: ShownPicture } | undefined {
  if (picture?.size === undefined) return undefined
  const asset = pictureAsset(picture.bytes)
  return { asset, shown: { path: asset.path, ...picture.size } }
}

function inLanguage(
  tag: Language,
  { branding, looks }: { readonly branding: Branding; readonly looks: Pick<Brand, 'stylesheet' | 'favicon' | 'logo'> },
  { standard, language, run_by }: BrandParts,
): Words {
  const catalogue = standard[tag]
  const { texts = {}, links = {} } = branding
  const fallback = (given: ByLanguage = {}): string | undefined => given[tag] ?? given[language]
  const [sign_in_help, footer] = [fallback(texts.sign_in_help), fallback(texts.footer)]
  const brand: Brand = {
    ...looks,
    name: nameIn(tag, branding),
    is_ours: branding.name === undefined,
    links: brandLinks.flatMap((name) => {
      const given = links[name]
      const href = typeof given === 'string' ? given : fallback(given)
      return href === undefined ? [] : [{ name, text: catalogue.layout.links[name], href }]
    }),
    ...(sign_in_help !== undefined && { sign_in_help }),
    ...(footer !== undefined && { footer }),
    ...(run_by && { run_by: { name: nameIn(tag, run_by.branding), host: run_by.host } }),
  }
  const replaced = Object.entries(replacements).reduce((before, [name, replace]) => {
    const text = texts[name as BrandText]?.[tag]
    return text === undefined ? before : replace(before, text)
  }, catalogue)
  return { ...replaced, brand }
}

function nameIn(tag: Language, { name = ourName, names = {} }: Branding): string {
  return names[tag] ?? name
}

/** The words of ours that an operator's may replace, each in the language it was given in. */
const replacements: Readonly<Partial<Record<BrandText, (words: Catalogue, text: string) => Catalogue>>> = {
  sign_in_heading: (words, heading) => ({ ...words, signIn: { ...words.signIn, heading } }),
  username: (words, username) => ({ ...words, signIn: { ...words.signIn, username } }),
  error_help: (words, help) => ({ ...words, error: { ...words.error, help } }),
}
