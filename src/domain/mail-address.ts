const plainAddress = /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*$/

/** Tells whether a text is one address that can be written to: without names, comments, lists or line breaks (AC-19). */
export function isPlainAddress(text: string): boolean {
  return text.length <= 254 && plainAddress.test(text)
}

/**
 * Reads the address that somebody typed, without spaces around it. What only a normalisation would make an address, such as
 * one with a fullwidth `＠`, is not one: two programs would read two addresses (AC-19).
 */
export function readAddress(typed: string | undefined): string | undefined {
  const address = typed?.slice(0, 1000).trim()
  return address !== undefined && isPlainAddress(address) ? address : undefined
}

/** The domain of a plain address, in lower case. */
export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1).toLowerCase()
}
