/**
 * Breaks servers on purpose and holds them to what they said: `npm run faults [-- ID…] [--long]`. Without ids it runs
 * every scenario of `scenarios.ts`, which `--help` lists; `--short` runs the form that the test command runs, `--long` the
 * one for a night.
 *
 * Everything is real: server processes, databases, proxies, a load driver in a process of its own. One table is printed;
 * the exit code is 1 when anything was lost, doubled or answered wrong, and never for how long something took.
 */
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { missing, rehearse } from './rehearse.ts'
import type { Length, Scenario } from './scenario.ts'
import { scenarios } from './scenarios.ts'
import { printTable, type Rehearsed } from './table.ts'

const { values, positionals } = parseArgs({
  options: {
    long: { type: 'boolean', default: false },
    short: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
  allowPositionals: true,
})
if (values.help) {
  console.log('npm run faults [-- ID…] [--short | --long]\n')
  for (const { id, fault } of scenarios) console.log(`  ${id.padEnd(14)}  ${fault}`)
  process.exit()
}
const length: Length = values.long ? 'long' : values.short ? 'short' : 'usual'
const rehearsed: Rehearsed[] = []
for (const scenario of positionals.length === 0 ? scenarios : positionals.map(named)) {
  rehearsed.push({ scenario, result: await resultOf(scenario) })
}
const machine = `${process.platform} ${process.arch}, ${availableParallelism()} cores, Node ${process.version}`
console.log(`\n${new Date().toISOString().slice(0, 10)}, ${machine}, ${length} form\n\n${printTable(rehearsed)}\n`)
const failed = rehearsed.filter(({ result }) => 'failure' in result).length
console.log(`${rehearsed.length - failed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)

async function resultOf(scenario: Scenario): Promise<Rehearsed['result']> {
  const skipped = missing(scenario)
  if (skipped.length > 0) return { skipped }
  console.error(`${scenario.id}: ${scenario.fault}`)
  try {
    return await rehearse(scenario, length, (line) => console.error(`  ${line}`))
  } catch (failure) {
    console.error(`✖ ${scenario.id}: ${scenario.holds}`, failure)
    return { failure }
  }
}

function named(id: string): Scenario {
  const found = scenarios.find((one) => one.id === id)
  if (found === undefined) throw new Error(`there is no ${id}, only ${scenarios.map((one) => one.id).join(', ')}`)
  return found
}
