import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { must } from '../../testing/must.ts'
import { openToAll, openToOrigins } from './cors.ts'
import { json, type HttpRequest } from './message.ts'

function asked(method: string, headers: HttpRequest['headers']): HttpRequest {
  return { method, path: '/', query: '', headers, body: '', params: {}, address: '192.0.2.1', request_id: 'r' }
}

const failing = openToOrigins(
  (origin) => Promise.resolve(origin === 'https://spa.test'),
  'POST',
  () => Promise.resolve(json(400, { error: 'invalid_grant' })),
)
const open = openToAll('GET', () => Promise.resolve(json(200, {})))
const permissions = (headers: object): readonly string[] =>
  Object.keys(headers).filter((name) => name.startsWith('access-control-'))

describe('what scripts of another origin may read', () => {
  must('RFC 9700 §2.6', 'R14: the answers to a known origin, errors too, and its preflight', async () => {
    const answer = await failing(asked('POST', { origin: 'https://spa.test' }))
    assert.equal(answer.status, 400)
    assert.equal(answer.headers['access-control-allow-origin'], 'https://spa.test')
    assert.equal(answer.headers['vary'], 'Origin')
    const preflight = await failing(asked('OPTIONS', { origin: 'https://spa.test' }))
    assert.equal(preflight.status, 204)
    assert.equal(preflight.headers['access-control-allow-origin'], 'https://spa.test')
    assert.equal(preflight.headers['access-control-allow-methods'], 'POST')
    assert.match(String(preflight.headers['access-control-allow-headers']), /authorization/)
  })

  test('TK-12: nothing of an unknown origin, of null, or of none', async () => {
    for (const headers of [{ origin: 'https://evil.test' }, { origin: 'null' }, {}]) {
      for (const method of ['POST', 'OPTIONS']) {
        const answer = await failing(asked(method, headers))
        assert.deepEqual(permissions(answer.headers), [])
        assert.equal(answer.headers['vary'], 'Origin')
      }
    }
  })

  test('UI-07: nobody with credentials', async () => {
    for (const handler of [failing, open]) {
      for (const method of ['POST', 'OPTIONS']) {
        const { headers } = await handler(asked(method, { origin: 'https://spa.test' }))
        assert.equal(headers['access-control-allow-credentials'], undefined)
      }
    }
  })

  test('R9: what is published, by every origin', async () => {
    const answer = await open(asked('GET', { origin: 'https://anybody.test' }))
    assert.equal(answer.headers['access-control-allow-origin'], '*')
    const preflight = await open(asked('OPTIONS', { origin: 'https://anybody.test' }))
    assert.equal(preflight.headers['access-control-allow-origin'], '*')
    assert.equal(preflight.headers['access-control-allow-headers'], '*, authorization')
  })
})
