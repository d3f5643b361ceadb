import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nearest } from './nearest.ts'

const known = ['redirect_uris', 'client_name', 'scope', 'grant_types']

test('a slip of the pen finds the name that was meant', () => {
  assert.equal(nearest('redirect_uri', known), 'redirect_uris')
  assert.equal(nearest('redirectUris', known), 'redirect_uris')
  assert.equal(nearest('Scope', known), 'scope')
  assert.equal(nearest('scopes', known), 'scope')
  assert.equal(nearest('grant_type', known), 'grant_types')
  assert.equal(nearest('csope', known), 'scope')
})

test('a name that is near to nothing finds nothing', () => {
  assert.equal(nearest('colour', known), undefined)
  assert.equal(nearest('', known), undefined)
  assert.equal(nearest('x'.repeat(65), ['x'.repeat(64)]), undefined)
})
