import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openTimekeeper, type Reference } from './timekeeper.ts'

const [minute, hour, decade] = [60_000, 3_600_000, 315_360_000_000]
const began = 1_800_000_000_000

/** A machine whose clock is set by a test, and a database that may be somewhere else in time. */
function machineWith(by: Reference['by']) {
  let passed = 0
  const off = { machine: 0, database: 0 }
  const keeper = openTimekeeper({ machine: () => began + passed + off.machine, steady: () => passed })
  const look = (): void => keeper.follow({ at: began + passed + off[by], by })
  look()
  return {
    keeper,
    off,
    /** Lets time pass, with a look at the other clock every minute. */
    pass(length: number) {
      for (const end = passed + length; passed < end;) {
        passed = Math.min(end, passed + minute)
        look()
      }
    },
    /** By how many seconds the time that is kept is ahead of what has passed. */
    ahead: () => keeper.clock() - Math.floor((began + passed) / 1000),
  }
}

test('RL-11: a machine that says it is an hour, or ten years, later is not believed at once', () => {
  for (const jump of [hour, decade]) {
    const { keeper, off, pass, ahead } = machineWith('machine')
    off.machine = jump
    pass(30 * minute)
    assert.deepEqual([ahead(), keeper.skew()], [0, jump / 1000])
    off.machine = 0
    pass(hour)
    assert.deepEqual([ahead(), keeper.skew()], [0, 0])
  }
})

test('RL-11: a machine that is set right, and stays so, is believed after an hour', () => {
  const { keeper, off, pass, ahead } = machineWith('machine')
  off.machine = decade
  pass(hour + 2 * minute)
  assert.deepEqual([ahead(), keeper.skew()], [decade / 1000, 0])
})

test('RL-11: time never goes back; it waits at half its pace for a clock that does', () => {
  const { keeper, off, pass, ahead } = machineWith('machine')
  off.machine = -hour
  let last = keeper.clock()
  for (let looks = 0; looks < 200; looks += 1) {
    pass(minute)
    assert.ok(keeper.clock() > last)
    last = keeper.clock()
  }
  assert.ok(Math.abs(ahead() + hour / 1000) <= 60, `${ahead()}`)
})

test('RL-11: nodes whose own clocks differ go by the database’s, from their first look on', () => {
  for (const off of [30_000, -30_000, 5 * minute, decade]) {
    const one = machineWith('database')
    one.off.machine = off
    one.pass(2 * hour)
    assert.deepEqual([one.ahead(), one.keeper.skew()], [0, Math.abs(off) < minute ? 0 : off / 1000])
  }
})

test('RL-11: a database that jumps is not followed against the machine’s own clock; both together are at once', () => {
  const one = machineWith('database')
  one.off.database = decade
  one.pass(30 * minute)
  assert.equal(one.ahead(), 0)
  one.off.machine = decade
  one.pass(minute)
  assert.equal(one.ahead(), decade / 1000)
})

test('a clock that is a little ahead is followed', () => {
  const one = machineWith('database')
  one.off.database = 5000
  one.pass(minute)
  assert.deepEqual([one.ahead(), one.keeper.skew()], [5, 0])
})
