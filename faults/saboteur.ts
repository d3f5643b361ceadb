/**
 * Loaded into a server before it begins (`--import`), it makes happen what no request and no database can: a handler that
 * fails in the middle of its work, and something that fails where nobody waits for it.
 */
import { StatementSync, type SQLInputValue } from 'node:sqlite'

/** Whoever comes under this name, its handler throws what is no refusal. */
const victim = 'saboteur'

const statement: { all(...values: readonly SQLInputValue[]): unknown } = StatementSync.prototype
const { all } = statement
statement.all = function sabotaged(...values) {
  if (values.includes(victim)) throw new TypeError('sabotaged')
  return Reflect.apply(all, this, values)
}

process.on('SIGUSR2', () => {
  setTimeout(() => void Promise.reject(new TypeError('sabotaged, and nobody waits')), 1)
})
