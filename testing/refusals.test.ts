/** A way to say no that no test provokes is a promise nobody keeps, and one reason for two of them tells nobody which. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { declaredRefusals } from '../src/kernel/refusal.ts'
import { advisedReasons } from '../src/ui/words/advice.ts'
import { testFolders } from './musts.ts'
import { isTest, sourcesIn } from './source.ts'

const declared = sourcesIn('src')
  .filter(({ path }) => !isTest(path))
  .flatMap((source) =>
    source
      .calls('refusal')
      .map(({ line, texts: [, reason = 'a computed reason'] }) => ({ at: `${source.path}:${line}`, reason })),
  )

test('every reason that a refusal declares is named in a test', () => {
  const named = new Set(
    sourcesIn(...testFolders)
      .filter(({ path }) => isTest(path))
      .flatMap((source) => source.texts()),
  )
  const unprovoked = declared.filter(({ reason }) => !named.has(reason)).map(({ at, reason }) => `${reason} (${at})`)
  assert.deepEqual(unprovoked, [])
})

test('every reason is declared once', () => {
  const twice = [...Map.groupBy(declared, ({ reason }) => reason)].filter(([, places]) => places.length > 1)
  assert.deepEqual(
    twice.map(([reason, places]) => `${reason} (${places.map(({ at }) => at).join(', ')})`),
    [],
  )
})

test('R5: every reason is declared once a server has loaded what it starts with: how one is told depends on all', async () => {
  await import('../src/server/start.ts')
  const loaded = new Set(declaredRefusals().map(({ reason }) => reason))
  assert.deepEqual(
    declared.filter(({ reason }) => !loaded.has(reason)).map(({ at, reason }) => `${reason} (${at})`),
    [],
  )
})

test('every reason is a fact in snake_case', () => {
  assert.deepEqual(
    declared.map(({ reason }) => reason).filter((reason) => !/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(reason)),
    [],
  )
})

test('R5: every reason has words on what it means and how to mend it', () => {
  const advised = new Set(advisedReasons)
  const unadvised = declared.filter(({ reason }) => !advised.has(reason)).map(({ at, reason }) => `${reason} (${at})`)
  assert.deepEqual(unadvised, [])
})

test('what is said to mend a mistake is said of a reason that there is', () => {
  const reasons = new Set(declared.map(({ reason }) => reason))
  assert.deepEqual(
    advisedReasons.filter((reason) => !reasons.has(reason)),
    [],
  )
})
