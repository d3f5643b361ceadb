import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { now } from '../../testing/records.ts'
import { afterReplay, rounded } from './delete-after.ts'

describe('when a row may go', () => {
  test('is never before the end, and within five minutes of it, or an hour where that is a day away', () => {
    for (const ahead of [0, 1, 299, 300, 301, 86_399, 86_400, 86_401, 2_592_000]) {
      const end = now + ahead
      const late = rounded(end, now) - end
      assert.ok(late >= 0 && late < (ahead < 86_400 ? 300 : 3600), `${ahead}: ${late}`)
    }
  })

  test('R2: of a secret is at most ten minutes after its end', () => {
    for (const ahead of [0, 1, 60, 299, 3600]) assert.ok(afterReplay(now + ahead, now) - (now + ahead) < 600)
  })

  test('mostly stays the same while a row is used again and again', () => {
    const moments = Array.from({ length: 100 }, (_, turn) => rounded(now + turn + 1000, now))
    assert.ok(new Set(moments).size <= 2)
    const far = Array.from({ length: 100 }, (_, turn) => rounded(now + turn * 60 + 2_592_000, now + turn * 60))
    assert.ok(new Set(far).size <= 3)
  })
})
