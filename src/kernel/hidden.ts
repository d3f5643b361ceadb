const inspected = Symbol.for('nodejs.util.inspect.custom')

/** A secret text from outside, such as a configured password: however it is printed, it shows as `***`. */
export class Hidden {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  /** Gives the secret, to whoever is about to use it. */
  reveal(): string {
    return this.#text
  }

  toString(): string {
    return '***'
  }

  toJSON(): string {
    return '***'
  }

  [inspected](): string {
    return '***'
  }
}
