import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openEach } from '../../testing/databases.ts'
import {
  auditEventRecord,
  authorizationRecord,
  consentRecord,
  deviceRecord,
  grantRecord,
  interactionRecord,
  now,
} from '../../testing/records.ts'
import type { DeviceAuthorization } from '../domain/device-authorization.ts'
import { newId } from '../kernel/ids.ts'
import { openStores } from './stores.ts'

for (const [name, database] of await openEach()) {
  const { consents, deviceAuthorizations: devices, interactions } = openStores(database)

  async function waiting(otherwise: Partial<DeviceAuthorization> = {}): Promise<DeviceAuthorization> {
    const device = deviceRecord(otherwise)
    assert.equal(await devices.create(device), 'created')
    return device
  }

  /** Answers a device, in an interaction of its own unless told otherwise. */
  async function decide(device: DeviceAuthorization, session_id: string, interaction_id = '') {
    const interaction = interactionRecord(interaction_id === '' ? {} : { interaction_id })
    if (interaction_id === '') await interactions.create(interaction)
    const grant = grantRecord({ client_id: device.client_id })
    const authorization = authorizationRecord(grant, { session_id })
    const { authorization_id } = authorization
    return consents.record({
      interaction: { interaction_id: interaction.interaction_id, sealed_response: 's' },
      consent: consentRecord(grant),
      grant,
      authorization,
      device: { device_id: device.device_id, session_id, decision: 'allowed', authorization_id },
      event: auditEventRecord(),
    })
  }

  describe(`device authorizations in ${name}`, () => {
    test('come back as they were given, by either code', async () => {
      const device = await waiting({ bindings: { pkce: 'x' } })
      assert.deepEqual(await devices.find(device.device_id), device)
      assert.deepEqual(await devices.findByUserCode(device.user_code_hash), device)
      assert.equal(await devices.find('a\0'), undefined)
      assert.equal(await devices.findByUserCode('nothing'), undefined)
    })

    test('DV-01: no two have one user code', async () => {
      const { user_code_hash } = await waiting()
      assert.equal(await devices.create(deviceRecord({ user_code_hash })), 'taken')
    })

    test('DV-02, DV-03: of fifty polls at once one is due, and the others are remembered', async () => {
      const { device_id } = await waiting()
      const polls = await Promise.all(Array.from({ length: 50 }, () => devices.poll(device_id, now)))
      assert.equal(polls.filter((poll) => poll === 'due').length, 1)
      assert.equal((await devices.find(device_id))?.poll_interval, 5 + 49 * 5)
    })

    test('DV-02: an interval begins anew with each poll, and grows with each that came too early', async () => {
      const { device_id } = await waiting()
      const moments = [0, 5, 9, 18, 33]
      const polls: string[] = []
      for (const moment of moments) polls.push(await devices.poll(device_id, now + moment))
      assert.deepEqual(polls, ['due', 'due', 'early', 'early', 'due'])
    })

    test('DV-04, DV-07: are bound to who entered the code, and over when another does', async () => {
      const device = await waiting()
      const { device_id } = device
      const account_id = newId()
      assert.equal(await devices.enter({ device_id, account_id, session_id: 'first' }, now), 'entered')
      assert.equal(await devices.enter({ device_id, account_id, session_id: 'second' }, now), 'entered')
      assert.equal((await devices.find(device_id))?.session_id, 'second')
      assert.equal(await devices.enter({ device_id, account_id: newId(), session_id: 'x' }, now + 1), 'of_another')
      assert.equal(await devices.enter({ device_id, account_id, session_id: 'second' }, now + 2), 'over')
      assert.equal((await devices.find(device_id))?.expires_at, now + 1)
    })

    test('DV-03, BR-15: are answered once, by the session that entered the code, and not when they are over', async () => {
      const device = await waiting()
      const { device_id, expires_at } = device
      assert.equal(await decide(device, 'nobody entered it'), 'already_decided')
      await devices.enter({ device_id, account_id: newId(), session_id: 'mine' }, now)
      assert.equal(await decide(device, 'another'), 'already_decided')
      const answers = await Promise.all(Array.from({ length: 20 }, () => decide(device, 'mine')))
      assert.equal(answers.filter((answer) => answer === 'recorded').length, 1)
      assert.equal((await devices.find(device_id))?.decision, 'allowed')
      assert.equal(await devices.enter({ device_id, account_id: newId(), session_id: 'late' }, now), 'over')
      const late = await waiting({ expires_at: now })
      assert.equal(await devices.enter({ ...late, account_id: newId(), session_id: 'mine' }, now), 'over')
      assert.ok(expires_at > now)
    })
  })
}
