/** In whose name a page speaks: the server’s, or that of the client it is shown for. */
import { registeredItself, type Client } from '../domain/client.ts'
import type { Catalogues } from '../ui/brand.ts'

/** The words of every page: in the server’s own name, and by the names of brandings that clients can have. */
export interface Brands {
  readonly own: Catalogues
  readonly ofClients: ReadonlyMap<string, Catalogues>
}

/**
 * Finds the words in the name of a client, which are the server’s own for nearly all of them. Nobody who registered
 * themselves brands a page of ours, whatever is stored of them: the page would lend them the looks of somebody else, or
 * them ours to everybody (BR-27).
 */
export function cataloguesFor(client: Client | undefined, { own, ofClients }: Brands): Catalogues {
  const name = client === undefined || registeredItself(client) ? undefined : client.metadata.branding
  return (name === undefined ? undefined : ofClients.get(name)) ?? own
}
