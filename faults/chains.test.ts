import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chainsOf } from './chains.ts'
import type { Kind, Operation, Outcome } from './history.ts'

/** An operation of alice's one chain that took from `at` to one millisecond later. */
function operation(
  kind: Kind,
  at: number,
  facts: Partial<Operation> = {},
  outcome: Outcome = 'acknowledged',
): Operation {
  const chain = kind === 'remove' ? {} : { chain: '1' }
  return { kind, outcome, status: 200, due: at, begun: at, ended: at + 1, person: 'alice', ...chain, ...facts }
}

const begun = [
  operation('authorize', 10, { code: 'c' }),
  operation('redeem', 20, { presented: 'c', access_token: 'a1', refresh_token: 'r1' }),
]
const fateOf = (...more: readonly Operation[]) => chainsOf([...begun, ...more])[0]?.fate

test('a chain lives until its end is acknowledged', () => {
  assert.equal(fateOf(), 'lives')
  assert.equal(fateOf(operation('refresh', 30, {}, 'unknown')), 'lives')
  assert.equal(fateOf(operation('revoke', 30)), 'ended')
  assert.equal(fateOf(operation('remove', 30)), 'ended')
  assert.equal(fateOf(operation('remove', 30, { person: 'bob' })), 'lives')
})

test('where an answer is missing, or two things happened at once, both are right', () => {
  assert.equal(fateOf(operation('revoke', 30, {}, 'unknown')), 'either')
  assert.equal(fateOf(operation('remove', 30, {}, 'away')), 'either')
  assert.equal(fateOf(operation('remove', 5, { ended: 15 })), 'either')
  assert.equal(fateOf(operation('remove', 5, { ended: 6 }, 'unknown')), 'either')
  assert.equal(fateOf(operation('remove', 5, { ended: 6 })), 'lives')
  assert.equal(fateOf(operation('redeem', 25, { presented: 'c' }, 'refused')), 'either')
})

test('what was refused never began', () => {
  const [refused] = chainsOf([operation('authorize', 10, {}), operation('redeem', 20, {}, 'refused')])
  assert.equal(refused?.fate, 'never began')
})

test('generations are told in turn, an answer that was given twice once', () => {
  const again = { presented: 'r1', access_token: 'a2', refresh_token: 'r2' }
  const [chain] = chainsOf([...begun, operation('refresh', 30, again), operation('refresh', 30, again)])
  assert.deepEqual(
    chain?.generations.map(({ refresh_token }) => refresh_token),
    ['r1', 'r2'],
  )
})
