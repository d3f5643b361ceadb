import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '../kernel/ids.ts'
import { secretsUnder } from '../kernel/secret.ts'
import { knownDevice, rememberDevice } from './known-device.ts'

const secrets = secretsUnder(Buffer.alloc(32, 1))

test('AC-06: a browser is known to the accounts that have signed in from it, and to no other', () => {
  const [alice, bob, mallory] = [newId(), newId(), newId()]
  const first = rememberDevice(secrets, undefined, alice)
  const both = rememberDevice(secrets, first, bob)
  const device = knownDevice(secrets, both, alice)
  assert.match(device ?? '', /^[A-Za-z0-9_-]{22}$/)
  assert.equal(knownDevice(secrets, both, bob), device)
  assert.equal(knownDevice(secrets, first, bob), undefined)
  assert.equal(knownDevice(secrets, both, mallory), undefined)
  assert.equal(knownDevice(secretsUnder(Buffer.alloc(32, 2)), both, alice), undefined)
})

test('a browser remembers five accounts, the last that signed in', () => {
  const accounts = Array.from({ length: 7 }, newId)
  let cookie: string | undefined
  for (const account of accounts) cookie = rememberDevice(secrets, cookie, account)
  cookie = rememberDevice(secrets, cookie, accounts[3] ?? '')
  assert.deepEqual(
    accounts.map((account) => knownDevice(secrets, cookie, account) !== undefined),
    [false, false, true, true, true, true, true],
  )
  assert.ok((cookie ?? '').length < 300)
})

test('BR-18: any other value of the cookie is a stranger’s', () => {
  const alice = newId()
  const good = rememberDevice(secrets, undefined, alice)
  const [device = '', mark = ''] = good.split('.')
  const other = rememberDevice(secrets, undefined, alice)
  for (const bad of [
    '',
    '.',
    device,
    `${device}.`,
    `.${mark}`,
    `${good}x`,
    `${good}.x`,
    `x${good}`,
    `${other.split('.')[0]}.${mark}`,
  ]) {
    assert.equal(knownDevice(secrets, bad, alice), undefined, bad)
    assert.ok(knownDevice(secrets, rememberDevice(secrets, bad, alice), alice) !== undefined)
  }
  assert.equal(knownDevice(secrets, [device, ...Array.from({ length: 6 }, () => mark)].join('.'), alice), undefined)
  assert.equal(knownDevice(secrets, 'x'.repeat(1_000_000), alice), undefined)
})
