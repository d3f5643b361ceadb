/**
 * The parameters of an OAuth request, from a query or a form body. RFC 6749 §3.1: a parameter without a value is as if
 * it had been left out, and none may come twice; but which answer a repetition deserves is the endpoint's to decide.
 */
export class Parameters {
  readonly #values: ReadonlyMap<string, readonly string[]>
  /** True when a name or value was no well-formed `application/x-www-form-urlencoded` UTF-8. */
  readonly malformed: boolean

  private constructor(values: ReadonlyMap<string, readonly string[]>, malformed: boolean) {
    this.#values = values
    this.malformed = malformed
  }

  /**
   * Reads `a=b&c=d`, form-decoded strictly: a `%` not followed by two hexadecimal digits and bytes that are not UTF-8
   * make it `malformed`.
   */
  static read(text: string): Parameters {
    const values = new Map<string, string[]>()
    let malformed = false
    for (const pair of text === '' ? [] : text.split('&')) {
      const equals = pair.indexOf('=')
      const name = decoded(equals === -1 ? pair : pair.slice(0, equals))
      const value = decoded(equals === -1 ? '' : pair.slice(equals + 1))
      if (name === undefined || value === undefined) {
        malformed = true
        continue
      }
      if (value === '') continue
      const present = values.get(name)
      if (present === undefined) values.set(name, [value])
      else present.push(value)
    }
    return new Parameters(values, malformed)
  }

  /** Makes parameters from plain names and values, for requests that were stored and for tests. */
  static from(record: Readonly<Record<string, string | readonly string[] | undefined>>): Parameters {
    const values = new Map<string, readonly string[]>()
    for (const [name, value] of Object.entries(record)) {
      const all = (typeof value === 'string' ? [value] : (value ?? [])).filter((one) => one !== '')
      if (all.length > 0) values.set(name, all)
    }
    return new Parameters(values, false)
  }

  /** The value, the first one where there are several; undefined when absent or empty. */
  get(name: string): string | undefined {
    return this.#values.get(name)?.[0]
  }

  /** Every value of a name that may come several times, such as `resource` (RFC 8707 §2). */
  all(name: string): readonly string[] {
    return this.#values.get(name) ?? []
  }

  has(name: string): boolean {
    return this.#values.has(name)
  }

  /** The names that came more than once, but for those that may. */
  repeated(except: readonly string[] = []): readonly string[] {
    const names: string[] = []
    for (const [name, all] of this.#values) if (all.length > 1 && !except.includes(name)) names.push(name)
    return names
  }

  names(): readonly string[] {
    return [...this.#values.keys()]
  }

  /** For the row of a stored request: names with all their values. */
  toJSON(): Readonly<Record<string, readonly string[]>> {
    return Object.fromEntries(this.#values)
  }

  /** Spells them again as `a=b&c=d`. */
  toString(): string {
    const spelled = new URLSearchParams()
    for (const [name, all] of this.#values) for (const value of all) spelled.append(name, value)
    return spelled.toString()
  }
}

/** Form-decodes one name or value; undefined where it is not well formed. */
export function decoded(text: string): string | undefined {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text
  if (!spaced.includes('%')) return spaced
  try {
    return decodeURIComponent(spaced)
  } catch {
    return undefined // decodeURIComponent throws on a stray % and on bytes that are not UTF-8
  }
}
