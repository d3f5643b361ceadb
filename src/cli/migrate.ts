/** `licet migrate`: brings the database up to date, as a server does when it starts. */
import { bringUpToDate } from '../server/managed.ts'
import { say } from './console.ts'
import { configurationOf, type ConfigurationOptions } from './opened.ts'

/** Brings the database up to date, and says what that took. */
export async function migrate(options: ConfigurationOptions): Promise<void> {
  for (const migration of await bringUpToDate(await configurationOf(options))) say(`Applied: ${migration}`)
  say('The database is up to date')
}
