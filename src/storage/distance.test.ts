import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDistance } from './distance.ts'

test('RL-07: the database is as far as the quickest of the last answers tells', () => {
  const { note, away } = openDistance()
  assert.equal(away(), 0)
  for (const took of [200, 230, 210]) note(took)
  assert.equal(away(), 200)
  note(1)
  for (const took of [300, 310, 320]) note(took)
  assert.equal(away(), 1, 'a database that is only busy is not far')
  for (const took of [205, 320, 330, 340, 350]) note(took)
  assert.equal(away(), 205)
})
