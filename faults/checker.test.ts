import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { startServer } from '../testing/server.ts'
import { check } from './checker.ts'
import type { Operation } from './history.ts'
import { configurationOf, newScene } from './scene.ts'

const scene = newScene(1)
const server = await startServer({ configuration: configurationOf(scene) })
after(() => server.stop())

const at = { status: 200, due: 1, begun: 1, ended: 2, person: 'person0', outcome: 'acknowledged' } as const
const redeemed = { ...at, kind: 'redeem', presented: 'c', access_token: 'la_none', refresh_token: 'lr_none' } as const
const verdictOn = (...history: readonly Operation[]) => check(history, server, scene)

test('what was acknowledged and is not there is lost', async () => {
  const { lost, operations } = await verdictOn(
    { ...at, kind: 'authorize', chain: '1', code: 'c' },
    { ...redeemed, chain: '1' },
    { ...at, kind: 'machine', access_token: 'la_none' },
    { ...at, kind: 'sign_in', cookie: 'licet_session=none' },
  )
  assert.equal(operations, 4)
  assert.deepEqual(lost.toSorted(), [
    'a token of the machine is gone',
    'the access token of chain 1 is gone',
    'the refresh token of chain 1 is gone: 400',
    'the session of person0 is gone: 303',
  ])
})

test('what somebody allowed and is not there is lost, unless they took it away or may have', async () => {
  const [person] = scene.people
  const visitor = server.visitor()
  const page = await visitor.go('/account')
  await visitor.submit(page, { press: 'login-submit', fields: { ...person } })
  const cookie = [...visitor.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  const lostOf = async (...decisions: readonly Operation[]) =>
    (await verdictOn({ ...at, kind: 'sign_in', cookie }, ...decisions)).lost
  const allow = { ...at, kind: 'allow' } as const
  const remove = { ...at, kind: 'remove', begun: 3, ended: 4 } as const
  assert.deepEqual(await lostOf(allow), ['what person0 allowed is gone'])
  assert.deepEqual(await lostOf(remove, { ...allow, begun: 5, ended: 6 }), ['what person0 allowed is gone'])
  assert.deepEqual(await lostOf(allow, remove), [])
  assert.deepEqual(await lostOf({ ...remove, outcome: 'unknown' }, { ...allow, begun: 5, ended: 6 }), [])
})

test('a code that gave tokens twice, and a refresh token with two successors, are doubled', async () => {
  const refreshed = { ...at, kind: 'refresh', chain: '2', presented: 'lr_none' } as const
  const { doubled } = await verdictOn(
    { ...redeemed, chain: '1' },
    { ...redeemed, chain: '1', access_token: 'la_other' },
    { ...refreshed, access_token: 'a', refresh_token: 'one' },
    { ...refreshed, access_token: 'b', refresh_token: 'other' },
  )
  assert.deepEqual(doubled, ['the code of chain 1 was redeemed 2 times', 'chain 2 forked'])
})

test('a failure is told once, and a missing answer is not one', async () => {
  const failing = { ...at, kind: 'machine', outcome: 'failed', status: 500, said: 'server_error' } as const
  const verdict = await verdictOn(failing, failing, { ...at, kind: 'machine', outcome: 'unknown', status: 0 })
  assert.deepEqual(verdict.failed, ['machine: 500 server_error'])
  assert.deepEqual([verdict.unknown, verdict.lost, verdict.doubled], [1, [], []])
})
