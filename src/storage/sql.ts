/**
 * SQL text with its values apart, written once for both databases.
 *
 * A statement's text is built only from templates in our source; a value never becomes text. The same template always
 * gives the same text, so that a database prepares it once and a group of statements can be recognised as one kind.
 */

/** A value a column takes: text, an integer, or nothing. */
export type Value = string | number | bigint | null

/**
 * One SQL statement or a part of one, made by `sql` alone.
 *
 * `text` has `$1`, `$2` … where `values` go, each number once and in order; SQLite is given `?1`, `?2` … in their place.
 */
export class Statement {
  readonly text: string
  readonly values: readonly Value[]
  /** Keeps the compiler from taking another object that looks the same. */
  declare protected readonly madeBySql: true

  constructor(by: typeof maker, text: string, values: readonly Value[]) {
    if (by !== maker) throw new TypeError('a statement is made by sql`…`')
    this.text = text
    this.values = values
  }
}

const maker: unique symbol = Symbol('sql')

/** The text of each template without parts, by the identity of its strings. */
const texts = new WeakMap<TemplateStringsArray, string>()

/**
 * Makes a statement. A value in `${}` is sent apart from the text; a statement in `${}` becomes a part of this one.
 *
 * Text that a database cannot hold is replaced, alike on both: U+0000 and lone surrogates become U+FFFD.
 *
 * @throws {TypeError} for a number that is no safe integer, and for anything that is no {@link Value}
 */
export function sql(strings: TemplateStringsArray, ...parts: readonly (Value | Statement)[]): Statement {
  if (parts.some((part) => part instanceof Statement)) return composed(strings, parts)
  const values = (parts as readonly Value[]).map(storable)
  let text = texts.get(strings)
  if (text === undefined) {
    text = strings.reduce((before, after, index) => `${before}$${index}${after}`)
    texts.set(strings, text)
  }
  return new Statement(maker, text, values)
}

/** A template filled with statements of certain texts. */
interface Composed {
  /** The text of each part; undefined where a value goes. */
  readonly parts: readonly (string | undefined)[]
  readonly text: string
}

/** What each template with parts was filled with first, and gave. Lists of any length are not worth more. */
const composedTexts = new WeakMap<readonly string[], Composed[]>()
const fillingsKept = 8

/** Joins statements into one, as the columns or the conditions of a larger one. */
export function joined(parts: readonly Statement[], separator: ', ' | ' and ' | ' or '): Statement {
  const strings = parts.map((_, index) => (index === 0 ? '' : separator))
  return new Statement(
    maker,
    filledIn([...strings, ''], parts),
    parts.flatMap(({ values }) => values),
  )
}

/**
 * Takes a script of our own apart into statements without values: each ends in `;` at the end of a line. Lines that
 * begin with `--` are comments.
 */
export function statementsOf(script: string): readonly Statement[] {
  return script
    .replace(/^\s*--.*$/gm, '')
    .split(/;\s*$/m)
    .map((text) => text.trim())
    .filter((text) => text !== '')
    .map((text) => new Statement(maker, text, []))
}

function composed(strings: readonly string[], parts: readonly (Value | Statement)[]): Statement {
  const values = parts.flatMap((part) => (part instanceof Statement ? part.values : [storable(part)]))
  return new Statement(maker, composedText(strings, parts), values)
}

/** The same text for the same parts, so that neither making nor recognising it costs more than a look. */
function composedText(strings: readonly string[], parts: readonly (Value | Statement)[]): string {
  let known = composedTexts.get(strings)
  if (known === undefined) composedTexts.set(strings, (known = []))
  const found = known.find((one) => parts.every((part, index) => textOf(part) === one.parts[index]))
  if (found !== undefined) return found.text
  const text = filledIn(strings, parts)
  if (known.length < fillingsKept) known.push({ parts: parts.map(textOf), text })
  return text
}

const textOf = (part: Value | Statement): string | undefined => (part instanceof Statement ? part.text : undefined)

function filledIn(strings: readonly string[], parts: readonly (Value | Statement)[]): string {
  let before = 0
  let text = strings[0] ?? ''
  parts.forEach((part, index) => {
    const numbered = part instanceof Statement ? part.text : '$1'
    text += numbered.replace(/\$(\d+)/g, (_, number: string) => `$${before + Number(number)}`)
    before += part instanceof Statement ? part.values.length : 1
    text += strings[index + 1] ?? ''
  })
  return text
}

function storable(value: Value | Statement): Value {
  if (typeof value === 'string') return value.includes('\0') ? value.replaceAll('\0', '\uFFFD') : value
  if (value === null || Number.isSafeInteger(typeof value === 'bigint' ? Number(value) : value)) return value as Value
  throw new TypeError(`a column takes text, an integer or null, not ${typeof value}`)
}
