/** The short form of each scenario that always runs: seconds each, and no bound on how long anything takes. */
import { test } from 'node:test'
import { missing, rehearse } from './rehearse.ts'
import { scenarios } from './scenarios.ts'

for (const scenario of scenarios.filter(({ tested }) => tested === 'always')) {
  const lacks = missing(scenario)
  const skip = lacks.length > 0 && `this machine has no ${lacks.join(', ')}`
  test(`${scenario.id}: ${scenario.fault}: ${scenario.holds}`, { skip }, async (t) => {
    const { figures } = await rehearse(scenario, 'short', (line) => t.diagnostic(line))
    for (const [name, value] of Object.entries(figures)) t.diagnostic(`${name}: ${value}`)
  })
}
