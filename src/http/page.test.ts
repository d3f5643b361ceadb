import assert from 'node:assert/strict'
import { test } from 'node:test'
import { html } from '../kernel/html.ts'
import { page, type PageOptions } from './page.ts'

function policyOf(options?: PageOptions): string {
  return String(page(200, html`<p>words</p>`, options).headers['content-security-policy'])
}

test('BR-01: no page can be framed', () => {
  assert.match(policyOf(), /frame-ancestors 'none'/)
  assert.equal(page(200, html``).headers['x-frame-options'], 'DENY')
})

test('BR-03, BR-05: no page is kept, and none tells where it was', () => {
  const { headers } = page(403, html``)
  assert.equal(headers['cache-control'], 'no-store')
  assert.equal(headers['referrer-policy'], 'no-referrer')
  assert.equal(headers['content-type'], 'text/html; charset=utf-8')
})

test('BR-04: a page loads style and pictures from here, and nothing else from anywhere', () => {
  assert.equal(
    policyOf(),
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  )
})

test('a page whose answer leaves for a client does not name form targets, which browsers hold redirects to', () => {
  assert.doesNotMatch(policyOf({ formAction: 'anywhere' }), /form-action/)
})

test('AZ-25: the page that posts a response names the one origin and the one script', () => {
  const policy = policyOf({ formAction: { origin: 'https://rp1.test' }, scriptSource: "'sha256-x'" })
  assert.match(policy, /; script-src 'sha256-x'; form-action https:\/\/rp1\.test;/)
})
