import type { Client } from './client.ts'

/** Port: the pictures of clients, fetched by us and redrawn, so that no browser tells a stranger who is signing in. */
export interface Logos {
  /**
   * Tells where a client's logo is served: `/logos/….png`; undefined where it has none, or it is not there yet. It never
   * waits: the first to ask starts the fetch, and whoever comes later sees the picture.
   */
  pathOf(client: Client): string | undefined
  /** Finds the PNG that is served under a file name. */
  find(file: string): Uint8Array | undefined
}
