import assert from 'node:assert/strict'
import { test } from 'node:test'
import { secretsUnder } from '../kernel/secret.ts'
import { newSigningKey } from './new-signing-key.ts'

test('R17: no key has a name that a command would take for an option', async () => {
  const parts = { secrets: secretsUnder(Buffer.alloc(32, 7)), clock: () => 0 }
  const keys = await Promise.all(Array.from({ length: 500 }, () => newSigningKey('EdDSA', 0, parts)))
  assert.deepEqual(
    keys.filter(({ kid }) => kid.startsWith('-')),
    [],
  )
  assert.equal(new Set(keys.map(({ kid }) => kid)).size, 500)
})
