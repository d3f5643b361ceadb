import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { databases } from '../../testing/databases.ts'
import { consumeOnce } from './consume-once.ts'
import { sql } from './sql.ts'

describe('consumeOnce', () => {
  test('answers the row to the one who won, and nothing to the next', async () => {
    const database = await databases.SQLite()
    await database.write(sql`insert into used_once (used_key, delete_after) values ('a', 1)`)
    const spend = sql`update used_once set delete_after = 2 where used_key = 'a' and delete_after = 1 returning used_key`
    assert.deepEqual({ ...(await consumeOnce(database, spend)) }, { used_key: 'a' })
    assert.equal(await consumeOnce(database, spend), undefined)
  })

  test('refuses a statement that does not tell whether it spent anything', async () => {
    const database = await databases.SQLite()
    await assert.rejects(consumeOnce(database, sql`update used_once set delete_after = 2`), /does not return/)
  })

  test('cries out when a statement spent several things', async () => {
    const database = await databases.SQLite()
    await database.write(sql`insert into used_once (used_key, delete_after) values ('a', 1), ('b', 1)`)
    await assert.rejects(
      consumeOnce(database, sql`update used_once set delete_after = 2 returning used_key`),
      /spent 2/,
    )
  })

  test('is the one way to write what is spent: each statement that does goes through it, or decides a transaction', () => {
    const folder = new URL('./', import.meta.url)
    const files = readdirSync(folder).filter((file) => /^[^.]+\.ts$/.test(file))
    const spending = /update \w+ set (redeemed_at|refresh_hash|finished_at|ended_at)\b[^`]*returning/g
    const found = files.flatMap((file) =>
      [...readFileSync(new URL(file, folder), 'utf8').matchAll(spending)].map(([, column]) => `${file} ${column}`),
    )
    // One more in a list that others read: whoever adds a spending statement says here that it was looked at.
    assert.deepEqual(found.toSorted(), [
      'authorizations.ts ended_at',
      'authorizations.ts redeemed_at',
      'authorizations.ts refresh_hash',
      'grants.ts ended_at',
      'grants.ts ended_at',
      'grants.ts ended_at',
      'interactions.ts finished_at',
      'sessions.ts ended_at',
    ])
  })
})
