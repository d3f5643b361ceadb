/** RL-01: `kill -9` of a node over PostgreSQL, under load. */
import { freshDatabase } from '../../testing/postgres.ts'
import { killAgainAndAgain } from '../kills.ts'
import { many, type Scenario } from '../scenario.ts'

/** A node dies at any moment, and is started again. */
export const killNode: Scenario = {
  id: 'RL-01',
  fault: '`kill -9` of a node over PostgreSQL, under load',
  holds: 'nothing acknowledged is lost, nothing is done twice, sessions survive',
  tested: 'always',
  run: async (setting) =>
    killAgainAndAgain(setting, {
      kills: many(setting.length, { short: 3, usual: 20, long: 200 }),
      rate: many(setting.length, { short: 60, usual: 100, long: 100 }),
      database: await freshDatabase(),
    }),
}
