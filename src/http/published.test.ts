import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { refusedFor } from '../../testing/refused.ts'
import { published } from './published.ts'
import type { HttpRequest } from './message.ts'

function asked(method: string, headers: HttpRequest['headers'] = {}): HttpRequest {
  return { method, path: '/', query: '', headers, body: '', params: {}, address: '192.0.2.1', request_id: 'r' }
}

describe('a published document', () => {
  const document = published('{"a":1}')
  const etag = String(document.answer(asked('GET')).headers['etag'])

  test('JK-08: may be kept for a bounded time, and has an ETag', () => {
    const { status, headers, body } = document.answer(asked('GET'))
    assert.deepEqual([status, headers['cache-control'], body], [200, 'public, max-age=900', '{"a":1}'])
    assert.match(etag, /^"[A-Za-z0-9_-]{22}"$/)
    assert.notEqual(published('{"a":2}').answer(asked('GET')).headers['etag'], etag)
  })

  test('is not sent again to whoever has it', () => {
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const { status, body } = document.answer(asked('GET', { 'if-none-match': known }))
      assert.deepEqual([status, body], [304, ''])
    }
    assert.equal(document.answer(asked('GET', { 'if-none-match': '"other"' })).status, 200)
  })

  test('is only read', () => {
    assert.throws(() => document.answer(asked('POST')), refusedFor('document_read_only'))
  })
})
