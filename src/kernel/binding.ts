/** The name under which a feature keeps something from the authorization request until tokens are asked for. */
export interface BindingKey<Value extends Json> {
  readonly name: string
  /** Reads back what was kept; what it makes of a foreign value is up to the feature. */
  readonly parse: (kept: Json) => Value
}

/** What JSON can say. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json }

/**
 * What the features of a request keep from the authorization request to the token request, each under its own key, so
 * that no record grows a field per RFC and no feature opens another's.
 */
export class Bindings {
  readonly #kept: Map<string, Json>

  constructor(kept: Readonly<Record<string, Json>> = {}) {
    this.#kept = new Map(Object.entries(kept))
  }

  set<Value extends Json>(key: BindingKey<Value>, value: Value): void {
    this.#kept.set(key.name, value)
  }

  get<Value extends Json>(key: BindingKey<Value>): Value | undefined {
    const kept = this.#kept.get(key.name)
    return kept === undefined ? undefined : key.parse(kept)
  }

  /** For the row: a plain JSON object. */
  toJSON(): Readonly<Record<string, Json>> {
    return Object.fromEntries(this.#kept)
  }
}
