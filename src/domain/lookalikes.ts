/** Which names of clients could be taken for one another: the confusable characters of Unicode (UTS #39). */
import { setImmediate as turn } from 'node:timers/promises'
import { milliseconds, type Milliseconds } from '../kernel/time.ts'
import { registeredItself, type Client, type Clients } from './client.ts'
import { everyName } from './tagged-metadata.ts'

/** Knows the names of clients. */
export interface ClientNames {
  /**
   * Finds the name of another client that this one could be taken for, where nobody here vouches for this one.
   *
   * A name that an operator vouches for is protected from all others, spelled the same or alike. Among the others only a
   * different spelling counts: two registrations of one name only say that an application registered itself
   * twice. What an operator vouches for resembles nobody, or strangers could throw doubt on it.
   */
  resembled(client: Client): Promise<string | undefined>
}

/** How old our knowledge of the names may be. */
const oldest: Milliseconds = 60_000
/**
 * Of how many that registered themselves the names are known, the oldest of each kind: every name costs time, and
 * strangers could have us learn any number of them (DS-05).
 */
const mostStrangers = 1000
/** Of how many names of one of them, in whatever languages: more would be there for our time's sake alone. */
const mostNames = 10

interface KnownName {
  readonly client_id: string
  readonly client_name: string
  readonly vouched: boolean
}

type NamesBySkeleton = ReadonlyMap<string, readonly KnownName[]>

/** Opens the knowledge of clients' names, read again after a minute. */
export function openClientNames(
  { clients }: { readonly clients: Pick<Clients, 'listNotable'> },
  now: () => Milliseconds = milliseconds,
): ClientNames {
  let known: { readonly names: Promise<NamesBySkeleton>; readonly since: Milliseconds } | undefined

  async function names(): Promise<NamesBySkeleton> {
    const at = now()
    if (known === undefined || at < known.since || at - known.since >= oldest) {
      const reading = Promise.all([clients.listNotable(mostStrangers), confusables()]).then(([all, reduced]) =>
        bySkeleton(all, reduced),
      )
      known = { names: reading, since: at }
      // What could not be read is not kept: the next one tries again.
      reading.catch(() => (known = undefined))
    }
    return known.names
  }

  return {
    async resembled(client) {
      const { client_id, metadata } = client
      const own = everyName(metadata)
      if (own.length === 0 || !registeredItself(client)) return undefined
      const [all, reduced] = await Promise.all([names(), confusables()])
      // Each once: names that look like one another would have all that look like them read again for every one.
      const looks = new Set(own.flatMap((name) => skeletons(name, reduced)))
      const alike = [...looks].flatMap((skeleton) => all.get(skeleton) ?? [])
      const spelled = new Set(own)
      const other = alike.filter(
        (each) => each.client_id !== client_id && (each.vouched || !spelled.has(each.client_name)),
      )
      return (other.find(({ vouched }) => vouched) ?? other[0])?.client_name
    },
  }
}

/** Reduces each letter to the one that it looks like. */
type Reduced = (letters: string) => string

/** Loaded with the first client that nobody vouches for: many servers have none, and the table is a megabyte. */
async function confusables(): Promise<Reduced> {
  return (await import('unhomoglyph')).default
}

/** Lets others have their turn between clients: a name of a hundred characters may stand for two thousand. */
async function bySkeleton(all: readonly Client[], reduced: Reduced): Promise<NamesBySkeleton> {
  const names = new Map<string, KnownName[]>()
  for (const client of all) {
    await turn()
    const { client_id, metadata } = client
    const vouched = !registeredItself(client)
    for (const client_name of everyName(metadata).slice(0, vouched ? undefined : mostNames)) {
      const one = { client_id, client_name, vouched }
      for (const skeleton of skeletons(client_name, reduced)) {
        const alike = names.get(skeleton)
        if (alike === undefined) names.set(skeleton, [one])
        else alike.push(one)
      }
    }
  }
  return names
}

/**
 * Reduces a name to what the eye sees of it; names with a skeleton in common look alike.
 *
 * There are two, since a capital I looks like an l and a small i does not: once as it is written, once in small letters.
 */
function skeletons(name: string, reduced: Reduced): readonly string[] {
  const written = name.normalize('NFKD')
  const both = [written, written.toLowerCase()].map((letters) =>
    reduced(reduced(letters).toLowerCase())
      .normalize('NFKD')
      .replace(/[^\p{L}\p{N}]/gu, '')
      // The table takes these pairs for one letter only where it meets that letter.
      .replaceAll('rn', 'm')
      .replaceAll('vv', 'w'),
  )
  return [...new Set(both)].filter((skeleton) => skeleton !== '')
}
