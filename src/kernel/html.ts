/**
 * Markup that is safe to send: the tagged template `html` alone can make `Html`, and it escapes whatever it is handed.
 *
 * Where a value may stand is checked too, once a template: in text, in a double-quoted attribute value, or, for pieces
 * that are `Html` themselves, where attributes stand. An unquoted attribute is refused, since no escaping makes it safe.
 */

/** What may stand in a hole of the template. `undefined` and `false` leave nothing behind, so that `condition && piece` reads well. */
export type Piece = Html | string | number | undefined | false | readonly Piece[]

export type { Markup as Html }
type Html = Markup

/** Known to this file only: whoever reaches the class through a value still cannot make one. */
const key = Symbol('html')

class Markup {
  readonly #text: string

  constructor(held: symbol, text: string) {
    if (held !== key) throw new TypeError('Only the template html makes Html')
    this.#text = text
  }

  static read(markup: Markup): string {
    return markup.#text
  }

  static has(piece: unknown): piece is Markup {
    return typeof piece === 'object' && piece !== null && #text in piece
  }
}

/**
 * Builds markup from a literal template.
 *
 * @returns the template with every string and number escaped, `Html` as it is, lists joined without a separator
 * @throws TypeError when the template leaves an attribute unquoted, quotes it singly, puts a plain value among the
 *   attributes or markup inside an attribute value: mistakes of whoever wrote the template, never of its values
 */
export function html(strings: TemplateStringsArray, ...pieces: readonly Piece[]): Html {
  const places = placesOf(strings)
  let text = strings[0] ?? ''
  for (const [index, piece] of pieces.entries()) text += fill(places[index], piece) + (strings[index + 1] ?? '')
  return new Markup(key, text)
}

/** Gives the text of the markup, to send as `text/html`. */
export function render(markup: Html): string {
  return Markup.read(markup)
}

type Place = 'text' | 'attribute' | 'tag'

function fill(place: Place | undefined, piece: Piece): string {
  if (piece === undefined || piece === false) return ''
  if (isList(piece)) return piece.map((each) => fill(place, each)).join('')
  if (Markup.has(piece)) {
    if (place === 'attribute') throw new TypeError('Markup cannot stand inside an attribute value')
    return Markup.read(piece)
  }
  if (place === 'tag') throw new TypeError('Only markup can stand among attributes')
  return escape(String(piece))
}

function isList(piece: Piece): piece is readonly Piece[] {
  return Array.isArray(piece)
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Most texts hold nothing to escape, and to look is a quarter of what it costs to replace nothing. */
function escape(text: string): string {
  if (!/[&<>"']/.test(text)) return text
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '')
}

const known = new WeakMap<TemplateStringsArray, readonly Place[]>()

/** Says for each hole where it stands; a template is looked at once, whatever is put into it later. */
function placesOf(strings: TemplateStringsArray): readonly Place[] {
  const before = known.get(strings)
  if (before !== undefined) return before
  const places: Place[] = []
  let place: Place = 'text'
  for (const part of strings.slice(0, -1)) {
    for (const character of part) place = after(place, character)
    if (place !== 'attribute' && part.endsWith('=')) throw new TypeError('Quote the attribute value')
    places.push(place)
  }
  known.set(strings, places)
  return places
}

function after(place: Place, character: string): Place {
  if (place === 'text') return character === '<' ? 'tag' : 'text'
  if (place === 'attribute') return character === '"' ? 'tag' : 'attribute'
  if (character === "'") throw new TypeError('Quote the attribute value with "')
  if (character === '"') return 'attribute'
  return character === '>' ? 'text' : 'tag'
}
