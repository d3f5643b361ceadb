/** Where a browser was seen to go, and waiting for it to go somewhere. */

/** How long a browser may take to get anywhere, milliseconds: a fast server on a slow machine. */
export const patience = 20_000

/** A browser that did not get done in {@link patience} what it was told to do. */
export class BrowserStalled extends Error {
  override readonly name = 'BrowserStalled'
}

/** What was seen so far. */
export interface Sightings {
  saw(address: string): void
  /** Waits for an address that begins so, unless it was seen already; rejects after {@link patience}. */
  first(beginning: string): Promise<URL>
}

/** Begins with nothing seen. */
export function openSightings(): Sightings {
  const seen: string[] = []
  const waiting = new Set<() => void>()
  return {
    saw(address) {
      seen.push(address)
      for (const look of waiting) look()
    },
    first(beginning) {
      const { promise, resolve, reject } = Promise.withResolvers<URL>()
      const look = (): void => {
        const found = seen.find((address) => address.startsWith(beginning))
        if (found !== undefined) resolve(new URL(found))
      }
      const tooLong = setTimeout(() => reject(new Error(`never at ${beginning}, but at ${seen.join(' ')}`)), patience)
      waiting.add(look)
      look()
      return promise.finally(() => {
        clearTimeout(tooLong)
        waiting.delete(look)
      })
    },
  }
}
