import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { openOverloadGate, ranks, type OverloadGate, type Rank } from './overload.ts'

/** Lets a rank in until it is refused; answers how many came in. */
function fill(gate: OverloadGate, rank: Rank): number {
  for (let entered = 0; entered < 1000; entered += 1) {
    if (!gate.admits(rank)) return entered
    void gate.enter(rank)
  }
  throw new Error('Nobody is refused')
}

/** A gate of a hundred places under overload. */
function overloaded(told?: Parameters<typeof openOverloadGate>[0]['told']): OverloadGate {
  const gate = openOverloadGate({ places: 100, ...(told && { told }) })
  gate.noteLateness(1000, 1000)
  return gate
}

test('R16: while the loop is in time nobody is turned away, however many there are', () => {
  const gate = openOverloadGate({ places: 100 })
  gate.noteLateness(40, 20)
  for (let place = 0; place < 5000; place += 1) {
    assert.ok(gate.admits('list'))
    void gate.enter('list')
  }
})

test('R16: one long stall is overload, and so are short ones again and again, but not one of them', () => {
  const stalls = (...late: readonly number[]) => {
    const gate = openOverloadGate({ places: 100 })
    late.forEach((each, index) => gate.noteLateness(each, 100 * (index + 1)))
    return gate.state().overloaded
  }
  assert.equal(stalls(150), true)
  assert.equal(stalls(100), false)
  assert.equal(stalls(100, 100), true)
  assert.equal(stalls(...Array<number>(100).fill(50)), false)
})

test('R16: under overload each rank leaves room for those before it', () => {
  const gate = overloaded()
  const taken = ranks.toReversed().map((rank) => fill(gate, rank))
  assert.deepEqual(taken, [50, 10, 10, 30])
  assert.deepEqual(gate.state().turnedAway, { token: 1, sign_in: 1, authorization: 1, list: 1 })
})

test('R16: no rank is shut out for good, however full it is of others, and the more seldom taken the later it is', () => {
  const gate = overloaded()
  assert.equal(fill(gate, 'token'), 100)
  for (const [rank, first] of [
    ['sign_in', 4],
    ['authorization', 8],
    ['list', 32],
  ] as const) {
    const taken = Array.from({ length: 1000 }, (_, at) => at + 1).filter(() => {
      const admitted = gate.admits(rank)
      if (admitted) void gate.enter(rank)
      return admitted
    })
    assert.deepEqual([taken[0], taken[1], taken.length], [first, 2 * first, 13], rank)
  }
  assert.equal(gate.admits('token'), false)
})

test('R16: a place that is given back is there for the next', () => {
  const gate = overloaded()
  fill(gate, 'token')
  gate.leave('token')
  assert.equal(fill(gate, 'token'), 1)
})

test('R16: it is over when nobody was turned away for a while, and then told how many were', () => {
  const told: string[] = []
  const gate = overloaded((event, turnedAway) => told.push(`${event} ${turnedAway}`))
  fill(gate, 'token')
  gate.admits('token')
  gate.noteLateness(0, 1900)
  gate.noteLateness(0, 2800)
  assert.equal(gate.state().overloaded, true)
  gate.noteLateness(0, 3000)
  assert.deepEqual(told, ['overload_began 0', 'overload_over 2'])
  assert.equal(gate.admits('list'), true)
})

test('R16: overload that turns nobody away is nothing to tell of: a process that starts is late, too', () => {
  const told: string[] = []
  const gate = overloaded((event) => told.push(event))
  gate.noteLateness(0, 3000)
  assert.equal(gate.state().overloaded, false)
  assert.deepEqual(told, [])
})

test('R16: half of the places are for anybody, so that a few at once are never too many, however late the loop is', () => {
  const gate = openOverloadGate({ places: 128 })
  for (let at = 100; at < 5000; at += 100) {
    gate.noteLateness(5000, at)
    for (const rank of ranks) {
      for (let one = 0; one < 64; one += 1) {
        assert.ok(gate.admits(rank))
        void gate.enter(rank)
      }
      for (let one = 0; one < 64; one += 1) gate.leave(rank)
    }
  }
})

test('R16: in one turn of the event loop so many are begun and no more; the others follow as they came', async () => {
  const gate = openOverloadGate({ places: 100 })
  const begun: number[] = []
  for (let one = 0; one < 80; one += 1) {
    const turn = gate.enter('token')
    if (turn === undefined) begun.push(one)
    else void turn.then(() => begun.push(one))
  }
  const counts = [begun.length]
  for (; begun.length < 80; counts.push(begun.length)) await nextTurn()
  assert.deepEqual(counts, [8, 16, 24, 32, 40, 48, 56, 64, 72, 80])
  assert.deepEqual(begun, [...Array(80).keys()])
})

test('RL-22: what is answered leaves before those in line are begun', async () => {
  const happened: string[] = []
  const gate = openOverloadGate({ places: 100, beforeWork: () => happened.push('sent') })
  for (let one = 0; one < 9; one += 1) void gate.enter('token')?.then(() => happened.push('begun'))
  await nextTurn()
  assert.deepEqual(happened, ['sent', 'begun'])
})

test('RL-22: under overload two turns of three are for whoever comes', async () => {
  const gate = overloaded()
  let begun = 0
  for (let one = 0; one < 24; one += 1) void gate.enter('token')?.then(() => (begun += 1))
  const counts: number[] = []
  for (let turn = 0; turn < 6; turn += 1) {
    await nextTurn()
    counts.push(begun)
  }
  assert.deepEqual(counts, [0, 0, 8, 8, 8, 16])
})

test('R16: to stand in line for long is overload, though every timer comes in time', async () => {
  let at = 0
  const gate = openOverloadGate({ places: 100, now: () => at })
  for (let one = 0; one < 9; one += 1) void gate.enter('list')
  at = 200
  gate.noteLateness(0, at)
  assert.equal(gate.state().overloaded, true)
  await nextTurn()
  gate.noteLateness(0, 2000)
  assert.equal(gate.state().overloaded, false)
})
