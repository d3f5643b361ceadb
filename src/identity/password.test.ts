import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hash as argon2Hash } from '@node-rs/argon2'
import { admission, type Load } from './admission.ts'
import { longestPassword } from '../domain/password-rules.ts'
import { hashingPlaces, passwords } from './password.ts'

const open = { concurrency: 2, queue: 100 }
const nobody = { costs_like: undefined }
const cheap = { algorithm: 2, memoryCost: 8, timeCost: 1 } as const

test('AC-11: a password is kept as argon2id with 19 MiB and two passes, and found again', async () => {
  const door = passwords(open)
  const hash = await door.hash('correct horse battery staple')
  assert.match(hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/)
  assert.equal(await door.verify({ hash }, 'correct horse battery staple'), 'right')
  assert.equal(await door.verify({ hash }, 'correct horse battery stapl'), 'wrong')
  assert.equal(await door.verify({ hash }, ''), 'wrong')
  assert.notEqual(await door.hash('correct horse battery staple'), hash)
})

test('AC-10: no password is cut: the last of 1,024 characters counts, and spaces do', async () => {
  const door = passwords(open)
  const long = 'ä'.repeat(longestPassword - 1)
  const hash = await door.hash(`${long}x`)
  assert.equal(await door.verify({ hash }, `${long}x`), 'right')
  assert.equal(await door.verify({ hash }, `${long}y`), 'wrong')
  const spaced = await door.hash(' two  spaces ')
  assert.equal(await door.verify({ hash: spaced }, ' two  spaces '), 'right')
  assert.equal(await door.verify({ hash: spaced }, 'two spaces'), 'wrong')
})

test('AC-10: a password typed in decomposed Unicode is the same', async () => {
  const door = passwords(open)
  assert.equal(
    await door.verify({ hash: await door.hash('Cr\u00e8me br\u00fbl\u00e9e') }, 'Cre\u0300me bru\u0302le\u0301e'),
    'right',
  )
})

test('AC-11: a password of a megabyte is refused before any hashing', async () => {
  let work = 0
  const door = passwords({ ...open, observe: () => (work += 1) })
  assert.equal(await door.hash('x'.repeat(1_000_000)), 'too_long')
  assert.equal(await door.verify(nobody, 'x'.repeat(1_000_000)), 'too_long')
  assert.equal(await door.verify(nobody, 'x'.repeat(longestPassword + 1)), 'too_long')
  assert.equal(work, 0)
})

test('AC-11: a hash made with other parameters is to be replaced', async () => {
  const door = passwords(open)
  assert.equal(door.needsRehash(await door.hash('x')), false)
  const weaker = await argon2Hash('x', cheap)
  assert.equal(await door.verify({ hash: weaker }, 'x'), 'right')
  assert.equal(door.needsRehash(weaker), true)
  for (const other of ['', 'plain', '$2b$12$abc', '$argon2i$v=19$m=19456,t=2,p=1$YWJjZGVmZ2g$YWJjZGVmZ2g']) {
    assert.equal(door.needsRehash(other), true)
  }
})

test('a stored hash that is damaged, foreign or beyond our means is nobody’s password', async () => {
  const door = passwords(open)
  const dear = '$argon2id$v=19$m=4194304,t=2,p=1$YWJjZGVmZ2hpamtsbW5vcA$YWJjZGVmZ2hpamtsbW5vcGFiY2RlZmdoaWprbG1ub3A'
  for (const hash of ['', 'x', '$argon2id$', '$2b$12$abc', dear]) {
    assert.equal(await door.verify({ hash }, 'x'), 'unreadable_hash')
  }
})

test('AC-01: an unknown account costs what a known one costs', async () => {
  const door = passwords({ concurrency: 1, queue: 1000 })
  const hash = await door.hash('right')
  const spent = { known: [] as number[], unknown: [] as number[] }
  for (let round = 0; round < 25; round += 1) {
    for (const [name, stored] of [
      ['known', { hash }],
      ['unknown', nobody],
    ] as const) {
      const before = process.cpuUsage()
      assert.equal(await door.verify(stored, 'wrong'), 'wrong')
      const { user, system } = process.cpuUsage(before)
      spent[name].push(user + system)
    }
  }
  const [known, unknown] = [median(spent.known), median(spent.unknown)]
  assert.ok(Math.abs(known - unknown) < 0.25 * known, `${known} µs of processor and ${unknown} µs`)
})

test('R16: no more hashes at once than there are places, and beyond the queue busy at once', async () => {
  const seen: Load[] = []
  let refused = 0
  const door = passwords({
    concurrency: 1,
    queue: 3,
    observe: (load, event) => (event === 'refused' ? (refused += 1) : seen.push(load)),
  })
  const answers = await Promise.all(Array.from({ length: 50 }, () => door.verify(nobody, 'x')))
  assert.deepEqual([answers.filter((answer) => answer === 'busy').length, refused], [46, 46])
  assert.equal(Math.max(...seen.map((load) => load.running)), 1)
  assert.equal(Math.max(...seen.map((load) => load.waiting)), 3)
  assert.deepEqual(seen.at(-1), { running: 0, waiting: 0 })
})

test('R16: who has waited a second is told busy, and the place is free again', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] })
  const { admit } = admission({ concurrency: 1, queue: 5 })
  let finish = (): void => undefined
  const first = admit(() => new Promise<string>((resolve) => (finish = () => resolve('first'))))
  const second = admit(async () => 'second')
  context.mock.timers.tick(999)
  const third = admit(async () => 'third')
  context.mock.timers.tick(1)
  assert.equal(await second, 'busy')
  finish()
  assert.deepEqual(await Promise.all([first, third]), ['first', 'third'])
})

test('RL-23: a known device goes first, and takes the place of a stranger when none is left', async () => {
  const { admit } = admission({ concurrency: 1, queue: 2 })
  const order: string[] = []
  const named = (name: string) => async () => void order.push(name)
  const turns = [
    admit(named('running')),
    admit(named('stranger 1')),
    admit(named('stranger 2')),
    admit(named('stranger 3')),
    admit(named('owner'), 'preferred'),
    admit(named('owner again'), 'preferred'),
    admit(named('owner thrice'), 'preferred'),
  ]
  const answers = await Promise.all(turns)
  assert.deepEqual(order, ['running', 'owner', 'owner again'])
  assert.deepEqual(answers, [undefined, 'busy', 'busy', 'busy', undefined, undefined, 'busy'])
})

test('DS-03: who is likely to wait in vain is told busy at once, but for a known device, until places are free sooner', async () => {
  let at = 0
  const { admit, turnsAway } = admission({ concurrency: 2, queue: 100, wait: 1000, now: () => at })
  const taking = (time: number) => async () => void (at += await Promise.resolve(time))
  for (let one = 0; one < 50; one += 1) await admit(taking(210))
  const turns = Array.from({ length: 20 }, () => admit(taking(0)))
  assert.deepEqual([turnsAway('ordinary'), turnsAway('preferred')], [true, false])
  const answers = await Promise.all(turns)
  // Two at work and nine behind them, of whom the last waits for nine times a hundred.
  assert.equal(answers.filter((answer) => answer === undefined).length, 2 + 9)
  for (let one = 0; one < 50; one += 1) await admit(taking(1))
  const after = await Promise.all(Array.from({ length: 20 }, () => admit(taking(0))))
  assert.equal(after.filter((answer) => answer === 'busy').length, 0)
})

test('RL-23: whoever would be told busy at once is told so beforehand, which is counted', async () => {
  let refused = 0
  const { admit, turnsAway } = admission({
    concurrency: 1,
    queue: 1,
    observe: (_, event) => (refused += event === 'refused' ? 1 : 0),
  })
  const { promise, resolve } = Promise.withResolvers<undefined>()
  const asked = [turnsAway('ordinary')]
  const turns = [admit(() => promise)]
  asked.push(turnsAway('ordinary'))
  turns.push(admit(() => promise))
  asked.push(turnsAway('ordinary'), turnsAway('preferred'))
  turns.push(admit(() => promise, 'preferred'))
  asked.push(turnsAway('preferred'))
  resolve(undefined)
  await Promise.all(turns)
  assert.deepEqual(asked, [false, false, true, false, true])
  assert.equal(refused, 3, 'two told beforehand, and one who gave their place to a known device')
  assert.equal(turnsAway('ordinary'), false)
})

test('RL-23: it is a flood when more than fifty are told busy within a second, and over when they are fewer', () => {
  let at = 0
  const { turnsAway, isFlooded } = admission({ concurrency: 0, queue: 0, now: () => at })
  const turnAway = (times: number): boolean => {
    for (let time = 0; time < times; time += 1) turnsAway('ordinary')
    return isFlooded()
  }
  assert.equal(turnAway(50), false)
  assert.equal(turnAway(1), true)
  at += 1000
  assert.equal(turnAway(50), true, 'the second before was one')
  at += 1000
  assert.equal(isFlooded(), false)
  assert.equal(turnAway(51), true)
  at += 2000
  assert.equal(isFlooded(), false)
})

test('RL-24: work that fails leaves its place', async () => {
  const { admit } = admission({ concurrency: 1, queue: 0 })
  await assert.rejects(
    admit(() => Promise.reject(new Error('broken'))),
    /broken/,
  )
  assert.equal(await admit(async () => 'next'), 'next')
})

test('R16: one core is left over for everything else', () => {
  assert.deepEqual([1, 2, 3, 4, 8, 64].map(hashingPlaces), [1, 1, 2, 3, 3, 3])
})

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0
}
