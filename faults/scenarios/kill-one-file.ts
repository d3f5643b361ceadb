/** RL-27: `kill -9` of a node over SQLite, under load; the file is whole, and a write-ahead log is taken up again. */
import { killAgainAndAgain } from '../kills.ts'
import { many, type Scenario } from '../scenario.ts'

/** A node over one file dies at any moment, and is started again. */
export const killOneFile: Scenario = {
  id: 'RL-27',
  fault: '`kill -9` of a node over SQLite, under load',
  holds: 'nothing acknowledged is lost, nothing is done twice, the file is whole',
  tested: 'always',
  run: (setting) =>
    killAgainAndAgain(setting, {
      kills: many(setting.length, { short: 3, usual: 20, long: 200 }),
      rate: many(setting.length, { short: 60, usual: 100, long: 100 }),
    }),
}
