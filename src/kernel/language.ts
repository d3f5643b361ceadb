/** The languages that people are spoken to in, and which of them somebody wants: BCP 47, RFC 4647 §3.4. */

/** Every language there is, in the case of RFC 5646 §2.1.1; the first is spoken to whoever wants none of them. */
export const languages = ['en', 'de', 'fr', 'es', 'ja', 'ar'] as const

/** One of them. */
export type Language = (typeof languages)[number]

/** How many wishes are looked at, and how long one may be: what is longer was not written for us. */
const most = { wishes: 32, length: 35, written: 1_000 }

/** Tells whether a value is one of our languages. */
export function isLanguage(value: unknown): value is Language {
  return languages.some((language) => language === value)
}

/**
 * Finds the first language wanted that there is. A wish is cut down from its end until it fits, RFC 4647 §3.4: whoever
 * wants `de-AT` gets `de`. Only what we have is ever returned, so that nothing grows with what strangers send (AZ-43).
 *
 * @param wanted language tags, the most wanted first; what is not one is ignored
 */
export function lookUp<Tag extends string>(wanted: readonly string[], available: readonly Tag[]): Tag | undefined {
  for (const wish of wanted) {
    if (wish.length > most.length || !/^[a-z]{1,8}(?:-[a-z0-9]{1,8})*$/i.test(wish)) continue
    const subtags = wish.toLowerCase().split('-')
    for (let kept = subtags.length; kept > 0; kept -= 1) {
      const range = subtags.slice(0, kept).join('-')
      const found = available.find((tag) => tag.toLowerCase() === range)
      if (found !== undefined) return found
    }
  }
  return undefined
}

/** Reads `ui_locales`, OpenID Connect Core §3.1.2.1: tags separated by spaces, the dearest first. Never refuses. */
export function readUiLocales(ui_locales: string | undefined): readonly string[] {
  if (ui_locales === undefined || ui_locales.length > most.written) return []
  return ui_locales.split(' ', most.wishes).filter((tag) => tag !== '')
}

/** Reads `Accept-Language`, RFC 9110 §12.5.4: the dearest first, as written among equals; `q=0` is not a wish. Never refuses. */
export function readAcceptLanguage(header: string | undefined): readonly string[] {
  if (header === undefined || header.length > most.written) return []
  return header
    .split(',', most.wishes)
    .flatMap((part) => {
      const [, tag = '', q = '1'] = /^\s*([a-z0-9-]+)\s*(?:;\s*q=([01](?:\.\d{0,3})?)\s*)?$/i.exec(part) ?? []
      return tag === '' || Number(q) === 0 ? [] : [{ tag, q: Number(q) }]
    })
    .sort((one, other) => other.q - one.q)
    .map(({ tag }) => tag)
}
