import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formRequest } from '../../../testing/protocol.ts'
import { wordsOf } from '../../../testing/visitor.ts'
import type { HttpRequest } from '../../http/message.ts'
import { declaredRefusals, refusal } from '../../kernel/refusal.ts'
import { catalogues } from '../../ui/words/catalogues.ts'
import '../handlers.ts'
import { crowdedErrorPage, errorPage } from './handler.ts'

const request: HttpRequest = { ...formRequest(''), method: 'GET', path: '/authorize', query: 'client_id=a&x="><b>' }

const brands = { own: catalogues, ofClients: new Map() }
const parts = { issuer: '', settings: { language: 'en', brands } } as const

test('R5: every refusal is shown with its code, the reference of the log line, and a way on', () => {
  for (const refuse of declaredRefusals()) {
    const page = errorPage(refuse({ presented: 'https://evil.test/cb' }), request, parts)
    assert.equal(page.status, refuse.status, refuse.reason)
    assert.ok(page.body.includes(`<code id="error-code">${refuse.error}</code>`), refuse.reason)
    assert.ok(page.body.includes(`<code id="error-reference">${request.request_id}</code>`), refuse.reason)
    assert.match(page.body, /<main>.*<a [^>]*class="button[^>]*href=.*<\/main>/s, refuse.reason)
    assert.doesNotMatch(page.body, /evil\.test/, refuse.reason)
    assert.equal(page.headers['location'], undefined)
  }
})

test('PX-07: a failure of ours tells nothing of it, and offers the same address again', () => {
  const failure = refusal('server_error', 'made_for_this_test', 'Something failed on this side')
  const page = errorPage(failure({ sql: 'select 1' }, new Error('secret')), { ...request, query: 'client_id=a' }, parts)
  assert.equal(page.status, 500)
  assert.doesNotMatch(page.body, /secret|select/)
  assert.match(page.body, /href="\/authorize\?client_id=a"/)
  assert.match(wordsOf(page), /Something went wrong on our side/)
})

test('an address with marks in it is not offered as a link', () => {
  const failure = refusal('temporarily_unavailable', 'made_for_this_test_too', 'Try again in a moment')
  const page = errorPage(failure({ retry_after: 2 }), request, parts)
  assert.equal(page.headers['retry-after'], '2')
  assert.doesNotMatch(page.body, /"><b>/)
})

test('RL-22: what crowds are told is drawn once and is the same page, in each language and at each address', () => {
  const full = refusal('temporarily_unavailable', 'made_for_a_crowd', 'Try again in a moment', 503)({ retry_after: 1 })
  const crowded = crowdedErrorPage(full, parts)
  const requests = ['client_id=a', 'client_id=a&ui_locales=de', 'a=1&b=%3Cb%3E', 'x="><b>'].flatMap((query) =>
    ['GET', 'POST'].map((method) => ({ ...request, method, query })),
  )
  for (const one of [...requests, ...requests, { ...request, headers: { 'accept-language': 'ja' } }]) {
    assert.deepEqual(crowded(one), errorPage(full, one, parts), `${one.method} ${one.query}`)
  }
})
