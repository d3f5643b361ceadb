/** What a server stands on for as long as it runs: database, keys, hashing, measurements. */
import { availableParallelism } from 'node:os'
import type { DatabaseAddress } from '../config/addresses.ts'
import type { Configuration } from '../config/settings.ts'
import { hashingPlaces, passwords } from '../identity/password.ts'
import type { Milliseconds } from '../kernel/time.ts'
import { openMetrics, type Metrics } from '../outside/metrics.ts'
import { openSigner } from '../protocol/token/sign.ts'
import type { Database } from '../storage/database.ts'
import { migrate, readMigrations } from '../storage/migrate.ts'
import { openDatabase } from '../storage/open.ts'
import { followStandby } from '../storage/standby.ts'
import { openStores, type Stores } from '../storage/stores.ts'
import { openAssets } from './assets.ts'
import type { Ground } from './compose.ts'
import { openServerSecrets } from './first-start.ts'

/** The parts of the ground that are there before the database is. */
export interface Footing extends Pick<Ground, 'clock' | 'log' | 'stage' | 'overload' | 'skew'> {
  readonly metrics: Metrics
  /** How many processes serve on this machine, which share its cores. */
  readonly processes: number
}

/** Opens the measurements, which ask for the database's only once it is there. */
export function openMeasurements(
  stores: () => Stores | undefined,
  { clock, overload, skew = () => 0 }: Pick<Ground, 'clock' | 'overload' | 'skew'>,
): Metrics {
  return openMetrics({
    oldestExpired: async () => (await stores()?.expiredRows.oldestExpired(clock())) ?? Number.NaN,
    overload: overload.state,
    skew,
  })
}

/**
 * Opens the ground: the database, migrated, with everything over it. At a first start it makes the secret and the keys.
 *
 * @throws {DatabaseUnavailable} when the database cannot be reached; nothing stays open then
 * @throws {DatabaseUnsafe} when it may forget what it acknowledged (RL-05)
 */
export async function openGround(configuration: Configuration, footing: Footing): Promise<Ground> {
  const { clock, metrics, processes } = footing
  const { database, ...followed } = await beside(await openMigrated(configuration, footing), configuration)
  try {
    // A database that was down when it was opened may turn out to be unsafe only now.
    await database.ping()
    const stores = openStores(database, { history: configuration['consent.history'], ...followed.standby })
    const secrets = await openServerSecrets(configuration, stores)
    const signer = await openSigner({ signingKeys: stores.signingKeys, secrets, clock })
    const cores = Math.floor(availableParallelism() / processes)
    const door = { concurrency: hashingPlaces(cores), queue: 64, observe: metrics.passwords }
    const made = { stores, secrets, signer, passwords: passwords(door), assets: openAssets() }
    return { ...footing, database, ...followed, ...made }
  } catch (error) {
    await database.close()
    throw error
  }
}

/** How long a read waits for the standby before the primary is asked. */
const standbyPatience: Milliseconds = 500

/** Opens the primary and, where there is one, its standby, which may be away; both are closed together. */
async function beside(
  primary: Database,
  { database_standby: url, database_pooling: pooling }: Configuration,
): Promise<Pick<Ground, 'database' | 'standby'>> {
  if (url === undefined) return { database: primary }
  const options = { pooling, role: 'standby', connections: 2, patience: standbyPatience } as const
  const standby = await openDatabase(url.reveal(), options)
  const close = async (): Promise<void> => void (await Promise.all([primary.close(), standby.close()]))
  return { database: { ...primary, close }, standby: followStandby(primary, standby) }
}

/** A migration may take longer than anybody who is being served would wait. */
const migrationPatience: Milliseconds = 600_000

/** Opens the database for serving, after applying what migrations it lacks. */
export async function openMigrated(
  configuration: Pick<Configuration, 'database' | 'database_connections' | 'database_pooling'>,
  { clock, log, metrics }: Pick<Footing, 'clock' | 'log'> & { readonly metrics?: Metrics },
): Promise<Database> {
  const url = databaseUrl(configuration.database)
  const options = {
    connections: configuration.database_connections,
    pooling: configuration.database_pooling,
    ...(metrics && { committed: metrics.committed }),
  }
  const migrated = async (database: Database): Promise<void> => {
    const { unknown } = await migrate(database, clock, readMigrations(), ({ name }) =>
      log.info('migration_applied', { migration: name }),
    )
    for (const { name } of unknown) log.warn('migration_unknown', { migration: name })
  }
  const database = await openDatabase(url, options)
  try {
    // What is in memory is visible to one connection only.
    if (url === 'sqlite::memory:') await migrated(database)
    else await withDatabase(url, { ...options, patience: migrationPatience }, migrated)
  } catch (error) {
    await database.close()
    throw error
  }
  return database
}

async function withDatabase(
  url: string,
  options: Parameters<typeof openDatabase>[1],
  work: (database: Database) => Promise<void>,
): Promise<void> {
  const database = await openDatabase(url, options)
  try {
    await work(database)
  } finally {
    await database.close()
  }
}

/** Spells where the database is, as the storage reads it. */
function databaseUrl(address: DatabaseAddress): string {
  return address.kind === 'sqlite' ? `sqlite:${address.path}` : address.url.reveal()
}
