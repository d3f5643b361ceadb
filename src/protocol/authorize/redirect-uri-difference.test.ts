import assert from 'node:assert/strict'
import { test } from 'node:test'
import { redirectUriDifference } from './redirect-uri-difference.ts'

const registered = ['https://app.test/cb', 'https://app.test/other', 'com.example.app:/cb']

test('R5: of several redirect URIs the one with the fewest differences is taken for the one that was meant', () => {
  for (const [presented, nearest, differs_in] of [
    ['https://app.test/other/', 'https://app.test/other', 'trailing slash'],
    ['http://app.test:8080/cb', 'https://app.test/cb', 'scheme and port'],
    ['com.example.app:/CB', 'com.example.app:/cb', 'case of the path'],
    ['https://app.test/cb?a=1#b', 'https://app.test/cb', 'query and fragment'],
  ] as const) {
    assert.deepEqual(redirectUriDifference(registered, presented), { nearest, differs_in })
  }
})

test('what is not an address at all is said not to be one; a client without redirect URIs has nothing to compare', () => {
  assert.match(redirectUriDifference(registered, 'not an address')?.differs_in ?? '', /not an absolute URI/)
  assert.equal(redirectUriDifference([], 'https://app.test/cb'), undefined)
})

test('what a stranger sends is looked at up to a bound', () => {
  const long = `https://app.test/cb?${'x'.repeat(1_000_000)}`
  assert.equal(redirectUriDifference(registered, long)?.differs_in, 'query')
})
