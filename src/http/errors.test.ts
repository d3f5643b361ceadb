import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { must } from '../../testing/must.ts'
import { refusal, type Detail } from '../kernel/refusal.ts'
import { DatabaseUnavailable } from '../storage/database.ts'
import { endpoint, errorResponse } from './errors.ts'
import { json, type HttpRequest } from './message.ts'

const issuer = 'https://id.test'
const request: HttpRequest = {
  method: 'POST',
  path: '/token',
  query: '',
  headers: {},
  body: 'code=lc_secret',
  params: {},
  address: '192.0.2.1',
  request_id: 'request-1',
}
const grantWrong = refusal('invalid_grant', 'test_grant_wrong', 'The grant is wrong')
const clientWrong = refusal('invalid_client', 'test_client_wrong', 'Client authentication failed')
const scopeMissing = refusal('insufficient_scope', 'test_scope_missing', 'The scope is missing')
const tooOften = refusal('temporarily_unavailable', 'test_too_often', 'Too often', 429)

describe('an error answer', () => {
  must('RFC 6749 §5.2', 'TK-06: is JSON with error and description, of the right status, and never kept', () => {
    const answer = errorResponse(grantWrong({ client_id: 'secret detail' }), request, issuer)
    assert.equal(answer.status, 400)
    assert.deepEqual(JSON.parse(answer.body), {
      error: 'invalid_grant',
      error_description: 'The grant is wrong',
      error_uri: 'https://id.test/errors/test_grant_wrong',
    })
    assert.equal(answer.headers['cache-control'], 'no-store')
    assert.equal(answer.headers['pragma'], 'no-cache')
    assert.equal(answer.headers['content-type'], 'application/json')
  })

  must('RFC 6749 §5.2', 'CA-05: a client that failed to authenticate gets 401 with the scheme to use', () => {
    const answer = errorResponse(clientWrong(), request, issuer)
    assert.equal(answer.status, 401)
    assert.match(String(answer.headers['www-authenticate']), /^Basic realm=/)
  })

  must('RFC 6750 §3', 'a bearer of too little gets 403 with the scope to ask for', () => {
    const answer = errorResponse(scopeMissing({ scope_needed: 'openid' }), request, issuer)
    assert.equal(answer.status, 403)
    assert.match(String(answer.headers['www-authenticate']), /^Bearer .*error="insufficient_scope".*scope="openid"$/)
    assert.match(
      String(answer.headers['www-authenticate']),
      /error_uri="https:\/\/id\.test\/errors\/test_scope_missing"/,
    )
    assert.equal(answer.headers['x-request-id'], 'request-1')
  })

  test('a refusal may say when to come back, and which methods there are', () => {
    const { status, headers } = errorResponse(tooOften({ retry_after: 7, allow: 'POST' }), request, issuer)
    assert.deepEqual([status, headers['retry-after'], headers['allow']], [429, '7', 'POST'])
  })

  test('RV-05: a database that is away is 503 with Retry-After', () => {
    const answer = errorResponse(new DatabaseUnavailable('failed'), request, issuer)
    assert.equal(answer.status, 503)
    assert.equal(answer.headers['retry-after'], '2')
    assert.deepEqual(JSON.parse(answer.body), {
      error: 'temporarily_unavailable',
      error_description: 'Try again in a moment',
      error_uri: 'https://id.test/errors/database_unavailable',
    })
    assert.equal(answer.headers['x-request-id'], 'request-1')
  })

  test('PX-07: of anything else nothing is told', () => {
    const answer = errorResponse(new Error('select * from secrets'), request, issuer)
    assert.equal(answer.status, 500)
    assert.doesNotMatch(answer.body, /select/)
    assert.equal(answer.headers['x-request-id'], 'request-1')
    const { error_uri } = JSON.parse(answer.body) as { readonly error_uri: string }
    assert.equal(error_uri, 'https://id.test/errors/internal_failure')
  })
})

describe('an endpoint', () => {
  const lines: { level: string; event: string; detail: Detail; cause?: unknown }[] = []
  const log = {
    warn: (event: string, detail: Detail) => void lines.push({ level: 'warn', event, detail }),
    error: (event: string, detail: Detail, cause: unknown) => void lines.push({ level: 'error', event, detail, cause }),
  }
  const throwing = (error: Error) => endpoint('token', { log, issuer }, () => Promise.reject(error))

  test('answers what its handler answers', async () => {
    const answer = json(200, {})
    assert.equal(await endpoint('token', { log, issuer }, () => Promise.resolve(answer))(request), answer)
  })

  test('logs a refusal once, with its reason, who was refused, and the id that the answer has', async () => {
    lines.length = 0
    const answer = await throwing(grantWrong({ client_id: 'greatapp' }))(request)
    const detail = {
      client_id: 'greatapp',
      endpoint: 'token',
      request_id: 'request-1',
      address: '192.0.2.1',
      error: 'invalid_grant',
      reason: 'test_grant_wrong',
    }
    assert.deepEqual(lines, [{ level: 'warn', event: 'refused', detail }])
    assert.equal(answer.headers['x-request-id'], 'request-1')
  })

  test('logs a failure with its cause, and nothing of the request’s body', async () => {
    lines.length = 0
    const cause = new TypeError('x is undefined')
    assert.equal((await throwing(cause)(request)).status, 500)
    assert.equal((await throwing(new DatabaseUnavailable('failed'))(request)).status, 503)
    assert.deepEqual(
      lines.map(({ event }) => event),
      ['failed', 'database_unavailable'],
    )
    assert.equal(lines[0]?.cause, cause)
    assert.doesNotMatch(JSON.stringify(lines), /lc_secret/)
  })
})
