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

/** Joins statements into one, as the columns or the conditions of a larger one. */
export function joined(parts: readonly Statement[], separator: ', ' | ' and ' | ' or '): Statement {
  const strings = parts.map((_, index) => (index === 0 ? '' : separator))
  return composed([...strings, ''], parts)
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
  const values: Value[] = []
  let text = strings[0] ?? ''
  parts.forEach((part, index) => {
    if (part instanceof Statement) {
      const before = values.length
      text += part.text.replace(/\$(\d+)/g, (_, number: string) => `$${before + Number(number)}`)
      values.push(...part.values)
    } else {
      text += `$${values.push(storable(part))}`
    }
    text += strings[index + 1] ?? ''
  })
  return new Statement(maker, text, values)
}

function storable(value: Value | Statement): Value {
  if (typeof value === 'string') return value.includes('\0') ? value.replaceAll('\0', '\uFFFD') : value
  if (value === null || Number.isSafeInteger(typeof value === 'bigint' ? Number(value) : value)) return value as Value
  throw new TypeError(`a column takes text, an integer or null, not ${typeof value}`)
}
