/** A way to say no that no test provokes is a promise nobody keeps. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isTest, sourcesIn } from './source.ts'
import { testFolders } from './musts.ts'

test('every reason that a refusal declares is named in a test', () => {
  const named = new Set(
    sourcesIn(...testFolders)
      .filter(({ path }) => isTest(path))
      .flatMap((source) => source.texts()),
  )
  const unprovoked = sourcesIn('src')
    .filter(({ path }) => !isTest(path))
    .flatMap((source) =>
      source.calls('refusal').map(({ line, texts: [, reason] }) => ({ at: `${source.path}:${line}`, reason })),
    )
    .filter(({ reason }) => reason === undefined || !named.has(reason))
    .map(({ at, reason }) => `${reason ?? 'a computed reason'} (${at})`)
  assert.deepEqual(unprovoked, [])
})
