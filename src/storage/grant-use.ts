import { countedDays, dayOf, idleSince, type GrantUses, type NotedUse } from '../domain/grant-use.ts'
import { fromJson, toJson } from './column.ts'
import type { Database } from './database.ts'
import { optionalText, text } from './row.ts'
import { joined, sql, type Statement } from './sql.ts'

/** What `grants.used` holds: how often on which day, and on which day last for which permission. */
export interface Used {
  readonly days: readonly (readonly [day: number, uses: number])[]
  readonly for: readonly (readonly [permission: string, day: number])[]
}

/** The uses of one grant since it was last written: noted with each token that leaves, so that it grows in place. */
interface Gathered {
  /** The last of them. */
  use: NotedUse
  readonly days: Map<number, number>
  readonly for: Map<string, number>
}

/** How many grants are gathered for at most; what comes beyond leaves its time, and no count. */
const most = 10_000
/** How many grants are written at once: always as many names in a statement, so that there is one text to prepare. */
const atOnce = 100

/**
 * Keeps when, from where, how often and for what grants are used.
 *
 * It could be computed from the authorizations; but that takes an index on `authorizations.grant_id`, which each flow
 * would pay for with a page written at a random place. Here the first use since the last writing leaves its time at
 * once, and the rest is gathered: a grant in use costs a look-up. Nobody waits for it, and what is lost with the process
 * takes no right from anyone.
 */
export function openGrantUses(database: Database): GrantUses {
  const gathered = new Map<string, Gathered>()

  /** Puts back what could not be written, under what was noted meanwhile. */
  const putBack = (taken: Gathered): void => {
    const { grant_id } = taken.use
    const later = gathered.get(grant_id)
    if (later === undefined) return void gathered.set(grant_id, taken)
    later.use = latest(taken.use, later.use)
    for (const [day, uses] of taken.days) count(later.days, day, uses)
    for (const [permission, day] of taken.for) noteDay(later.for, permission, day)
  }
  const take = (grant_ids: readonly string[]): readonly Gathered[] =>
    grant_ids.flatMap((grant_id) => {
      const use = gathered.get(grant_id)
      gathered.delete(grant_id)
      return use ?? []
    })
  const writeSome = async (uses: readonly Gathered[]): Promise<void> => {
    try {
      const kept = await add(uses, database)
      kept.forEach(putBack)
    } catch (error) {
      uses.forEach(putBack)
      throw error
    }
  }

  return {
    note(use) {
      let known = gathered.get(use.grant_id)
      // A note that fails is lost; the next writing makes up for it.
      if (known === undefined) {
        database.write(sql`update grants set ${times(use)} where grant_id = ${use.grant_id}`).catch(() => {})
        if (gathered.size === most) return
        gathered.set(use.grant_id, (known = { use, days: new Map(), for: new Map() }))
      }
      const day = dayOf(use.at)
      known.use = latest(known.use, use)
      count(known.days, day, 1)
      for (const permission of use.permissions) noteDay(known.for, permission, day)
    },

    async write(grant_ids) {
      // In order, so that two nodes that write the same grants do not wait for one another in a circle.
      const due = (grant_ids ?? [...gathered.keys()]).toSorted()
      let outcome: Awaited<ReturnType<GrantUses['write']>> = 'nothing_gathered'
      for (let first = 0; first < due.length; first += atOnce) {
        const uses = take(due.slice(first, first + atOnce))
        if (uses.length === 0) continue
        await writeSome(uses)
        outcome = 'written'
      }
      return outcome
    },
  }
}

/** Reads the column. */
export function usedFrom(written: string | undefined): Used {
  return written === undefined ? { days: [], for: [] } : fromJson<Used>(written)
}

/**
 * Adds uses to what the rows hold, each by a statement that finds it as it was read: of two nodes the second is told.
 *
 * @returns those that another node came before; a grant that is gone is forgotten
 */
async function add(uses: readonly Gathered[], database: Database): Promise<readonly Gathered[]> {
  const names = Array.from({ length: atOnce }, (_, place) => sql`${uses[place]?.use.grant_id ?? ''}`)
  const rows = await database.read(sql`select grant_id, used from grants where grant_id in (${joined(names, ', ')})`)
  const held = new Map(rows.map((row) => [text(row, 'grant_id'), optionalText(row, 'used')]))
  const outcomes = await Promise.all(
    uses.map(async (taken) => {
      const { grant_id } = taken.use
      if (!held.has(grant_id)) return []
      const before = held.get(grant_id)
      const after = toJson(added(usedFrom(before), taken))
      const written = await database.write(sql`
        update grants set used = ${after}, ${times(taken.use)}
        where grant_id = ${grant_id} and coalesce(used, '') = ${before ?? ''} returning grant_id`)
      return written.length === 0 ? taken : []
    }),
  )
  return outcomes.flat()
}

/** What a use changes of the time: each moment moves on, and never back, in whatever order notes arrive. */
function times({ at, network, signed_until = 0 }: NotedUse): Statement {
  return sql`last_used_at = case when coalesce(last_used_at, 0) < ${at} then ${at} else last_used_at end,
    last_used_from = coalesce(${network ?? null}, last_used_from),
    idle_since = case when coalesce(idle_since, 0) < ${idleSince(at)} then ${idleSince(at)} else idle_since end,
    signed_until = case when coalesce(signed_until, 0) < ${signed_until} then ${signed_until} else signed_until end`
}

/** The later of two uses, with what the other one alone tells. */
function latest(one: NotedUse, other: NotedUse): NotedUse {
  const [before, after] = one.at <= other.at ? [one, other] : [other, one]
  const { network = before.network } = after
  return { ...after, network, signed_until: Math.max(before.signed_until ?? 0, after.signed_until ?? 0) }
}

function count(days: Map<number, number>, day: number, uses: number): void {
  days.set(day, (days.get(day) ?? 0) + uses)
}

function noteDay(permissions: Map<string, number>, permission: string, day: number): void {
  permissions.set(permission, Math.max(permissions.get(permission) ?? 0, day))
}

/** What a row holds after some uses: the counted days alone, so that it never grows beyond them. */
function added(held: Used, taken: Gathered): Used {
  const oldest = dayOf(taken.use.at) - countedDays
  const [days, permissions] = [new Map(held.days), new Map(held.for)]
  for (const [day, uses] of taken.days) count(days, day, uses)
  for (const [permission, day] of taken.for) noteDay(permissions, permission, day)
  return {
    days: [...days].filter(([day]) => day > oldest).toSorted(([one], [other]) => one - other),
    for: [...permissions].filter(([, day]) => day > oldest),
  }
}
