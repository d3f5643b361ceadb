import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openEach } from '../../testing/databases.ts'
import { interactionRecord, now } from '../../testing/records.ts'
import { newId } from '../kernel/ids.ts'
import { openStores } from './stores.ts'

for (const [name, database] of await openEach()) {
  const { interactions } = openStores(database)

  describe(`interactions in ${name}`, () => {
    test('come back as they were given, parameters with every character and every value', async () => {
      const parameters = { state: ['a\0b', '\ud800', ''], ['__proto' + '_']: ['x'], scope: ['openid  email'] }
      const request = { client_id: 'greatapp', parameters }
      const first = interactionRecord({ purpose: { kind: 'authorization', request }, notes: { account: 'alice' } })
      const second = interactionRecord({ purpose: { kind: 'own_page', path: '/account' } })
      for (const interaction of [first, second]) {
        await interactions.create(interaction)
        assert.deepEqual(await interactions.find(interaction.interaction_id), interaction)
      }
    })

    test('note that the person signed in, while they are open', async () => {
      const interaction = interactionRecord()
      const { interaction_id } = interaction
      const session_id = newId()
      await interactions.create(interaction)
      await interactions.signIn(interaction_id, session_id, now + 1)
      assert.deepEqual(await interactions.find(interaction_id), { ...interaction, signed_in_at: now + 1, session_id })
      await interactions.finish(interaction_id, 'sealed', now + 2)
      await interactions.signIn(interaction_id, newId(), now + 3)
      const finished = { finished_at: now + 2, sealed_response: 'sealed' }
      assert.deepEqual(await interactions.find(interaction_id), {
        ...interaction,
        signed_in_at: now + 1,
        session_id,
        ...finished,
      })
    })

    test('of twenty who finish one at once one is told so, and its response stays', async () => {
      const interaction = interactionRecord()
      await interactions.create(interaction)
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          interactions.finish(interaction.interaction_id, `sealed ${index}`, now),
        ),
      )
      assert.equal(outcomes.filter((outcome) => outcome === 'finished').length, 1)
      const found = await interactions.find(interaction.interaction_id)
      assert.equal(found?.sealed_response, `sealed ${outcomes.indexOf('finished')}`)
    })

    test('are undefined, never an error, for what cannot be an id', async () => {
      for (const odd of ['', 'a\0', '\ud800', 'x'.repeat(100_000), newId()]) {
        assert.equal(await interactions.find(odd), undefined)
        assert.equal(await interactions.finish(odd, 'sealed', now), 'already_finished')
        await interactions.signIn(odd, newId(), now)
      }
    })
  })
}
