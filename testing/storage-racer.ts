/** A process that other processes race on one database: `src/storage/race.test.ts` starts several. */
import { openDatabase } from '../src/storage/open.ts'
import { decisive, type Database } from '../src/storage/database.ts'
import { migrate } from '../src/storage/migrate.ts'
import { sql } from '../src/storage/sql.ts'
import { systemClock } from '../src/kernel/time.ts'
import { readMigrations } from '../src/storage/migrate.ts'
import { takePart, tell } from './processes.ts'

/** What the racers do, and where. */
export interface Race {
  readonly url: string
  readonly event: 'redeem' | 'transact' | 'migrate' | 'write without end'
  readonly folder?: string
}

type Event = (database: Database, race: Race, index: number) => Promise<unknown>

const events: Readonly<Record<Race['event'], Event>> = {
  /** Tries to be the first on each of a hundred rows, five times each, in an order of its own; tells where it was. */
  async redeem(database, _, index) {
    const order = Array.from({ length: 500 }, (_, place) => (place * 7 + index * 31) % 100)
    const wins = await Promise.all(
      order.map(async (row) => {
        const won = await database.write(
          sql`update codes set redeemed_by = ${index} where id = ${row} and redeemed_by is null returning id`,
        )
        return won.map(() => row)
      }),
    )
    return wins.flat()
  },

  /** The same by transactions that change two rows each. */
  async transact(database, _, index) {
    const order = Array.from({ length: 300 }, (_, place) => (place * 7 + index * 31) % 100)
    const wins = await Promise.all(
      order.map(async (row) => {
        const outcome = await database.transaction([
          decisive(sql`update codes set redeemed_by = ${index} where id = ${row} and redeemed_by is null returning id`),
          sql`update counters set value = value + 1 where id = ${row % 3}`,
        ])
        return outcome === 'lost' ? [] : [row]
      }),
    )
    return wins.flat()
  },

  async migrate(database, { folder }) {
    const { applied } = await migrate(database, systemClock, readMigrations(new URL(folder ?? '')))
    return applied.map(({ version }) => version)
  },

  /** Writes until it is killed, and tells each write that was acknowledged. */
  async 'write without end'(database) {
    for (let turn = 0; ; turn++) {
      const ids = Array.from({ length: 20 }, (_, place) => `${process.pid}-${turn}-${place}`)
      await Promise.all(ids.map(async (id) => database.write(sql`insert into kept (id) values (${id})`)))
      tell('kept', ids)
    }
  },
}

await takePart<Race>(async ({ input, index }) => {
  const database = await openDatabase(input.url, { patience: 5_000 })
  return async () => {
    const result = await events[input.event](database, input, index)
    await database.close()
    return result
  }
})
