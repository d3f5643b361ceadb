import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DatabaseError } from 'pg'
import { explained, meaningOf } from './postgres-errors.ts'
import { sql } from './sql.ts'

/** An error as a socket has it. */
const ofSocket = (code: string): Error => Object.assign(new Error(`write ${code}`), { code })

/** An error as the server sends it. */
const ofServer = (code: string): Error => Object.assign(new DatabaseError('said the server', 0, 'error'), { code })

test('RL-04: an error of the socket is the connection’s, also where its code is spelled like an SQLSTATE', () => {
  for (const code of ['EPIPE', 'EPERM', 'EBADF', 'ECONNRESET', 'ETIMEDOUT']) {
    assert.equal(meaningOf(ofSocket(code)), 'failed', code)
    assert.equal(explained(sql`select 1`, ofSocket(code)).name, 'DatabaseUnavailable', code)
  }
})

test('what the server says means what its SQLSTATE says', () => {
  const meanings = { '23505': 'refused', '42601': 'refused', '40001': 'contended', '26000': 'stale', '57P01': 'failed' }
  for (const [code, meaning] of Object.entries(meanings)) assert.equal(meaningOf(ofServer(code)), meaning, code)
  assert.equal(explained(sql`select 1`, ofServer('23505')).name, 'StatementRefused')
})
