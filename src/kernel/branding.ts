/** What operators may make their own on our pages: how it is named, and its shape once it is read. */
import type { Language } from './language.ts'
import type { ChosenColours } from './palette.ts'

/** A picture that an operator gave, as a file beside the configuration. */
export interface Picture {
  /** Its path, absolute. */
  readonly file: string
  /** The file as it was read; once `size` is there, a PNG that was redrawn from it. */
  readonly bytes: Uint8Array
  /** Pixels of the PNG. Absent: it has not been redrawn yet, and is shown to nobody. */
  readonly size?: { readonly width: number; readonly height: number }
}

/** The texts that can replace ours, or stand where we say nothing. */
export type BrandText = 'sign_in_heading' | 'username' | 'sign_in_help' | 'error_help' | 'footer'

/** The links that can stand at the bottom of every page, in this order; what they are called is in our catalogues. */
export const brandLinks = ['terms', 'privacy', 'support', 'imprint', 'accessibility'] as const

/** The name of a link. */
export type BrandLink = (typeof brandLinks)[number]

/** The fonts, all of which the reader’s device has: nothing is loaded for them. */
export const brandFonts = ['system', 'humanist', 'serif'] as const

/** How round corners are. */
export const brandCorners = ['square', 'slight', 'round'] as const

/** A text by language. */
export type ByLanguage = Readonly<Partial<Record<Language, string>>>

/** What an operator has made their own; any of it can be left out. */
export interface Branding {
  readonly name?: string
  readonly names?: ByLanguage
  readonly logo?: Picture
  readonly logo_dark?: Picture
  readonly favicon?: Picture
  readonly colours?: ChosenColours
  readonly corners?: (typeof brandCorners)[number]
  readonly font?: (typeof brandFonts)[number]
  readonly texts?: Readonly<Partial<Record<BrandText, ByLanguage>>>
  readonly links?: Readonly<Partial<Record<BrandLink, string | ByLanguage>>>
}
