/** Between records and columns: what is absent, what is JSON, what no column can hold. */
import type { Json } from '../kernel/binding.ts'

/** Makes a property only where there is a value: absent means absent. */
export function present<Name extends string, Value>(
  name: Name,
  value: Value | undefined,
): { readonly [Key in Name]?: Value } {
  return value === undefined ? {} : ({ [name]: value } as { readonly [Key in Name]: Value })
}

/** 1 for yes, 0 for no. */
export function flag(yes: boolean): number {
  return yes ? 1 : 0
}

/**
 * Spells a value as JSON; U+0000 and lone surrogates, which no column holds, are escaped by it and come back whole. What
 * `fromJson` leaves out is not written: a change that follows on what was read finds it so.
 */
export function toJson(value: unknown): string {
  const text = JSON.stringify(value)
  return text.includes('"__proto__"') ? JSON.stringify(value, withoutPrototype) : text
}

/**
 * Reads back what `toJson` wrote into a column of ours, as the type that was written. A property named `__proto__`,
 * which a stranger's JSON may have had, is left out: copied by an assignment it would become a prototype.
 */
export function fromJson<Written>(text: string): Written {
  const value = text.includes('"__proto__"') ? JSON.parse(text, withoutPrototype) : JSON.parse(text)
  return value as Written
}

function withoutPrototype(name: string, value: Json): Json | undefined {
  return name === '__proto__' ? undefined : value
}

/** The longest text that is looked up: longer than any key, shorter than what an index refuses. */
const longestKey = 2048

/**
 * Tells whether a value from outside can be a key at all. What no column holds would be replaced before it is sent, and
 * could then meet somebody else's row; so it is not looked up.
 */
export function canBeKey(value: string): boolean {
  return value.length <= longestKey && !value.includes('\0') && value.isWellFormed()
}

/**
 * Checks a key before it is stored.
 *
 * @throws {RangeError} for one that could not be looked up again; whoever takes keys from outside checks them before
 */
export function checkKey(name: string, value: string): void {
  if (!canBeKey(value))
    throw new RangeError(`${name} is longer than ${longestKey} characters, or has some that cannot be stored`)
}
