import assert from 'node:assert/strict'
import { test } from 'node:test'
import { must } from '../../testing/must.ts'
import { isReachable, isReached, toldAcr } from './authentication-context.ts'

const password = 'urn:licet:acr:pwd'
const more = 'urn:example:gold'

must('OpenID Connect Core §5.5.1.1', 'BR-23: an essential context is reached by one of its values alone', () => {
  assert.ok(isReached({ kind: 'essential', values: [more, password] }, password))
  assert.ok(!isReached({ kind: 'essential', values: [more] }, password))
  assert.ok(!isReached({ kind: 'essential', values: [password] }, 'unheard of'))
  assert.ok(isReached({ kind: 'essential', values: [] }, password))
})

must('OpenID Connect Core §5.5.1.1', 'BR-23: what nobody can reach here is known before anybody is asked', () => {
  assert.ok(!isReachable({ kind: 'essential', values: [more] }))
  assert.ok(isReachable({ kind: 'essential', values: [more, password] }))
  assert.ok(isReachable({ kind: 'voluntary', values: [more] }))
})

test('BR-23: what is told was reached, whatever was asked for', () => {
  assert.equal(toldAcr({ kind: 'voluntary', values: [more, password] }, password), password)
  assert.equal(toldAcr({ kind: 'voluntary', values: [more] }, password), password)
  assert.equal(toldAcr({ kind: 'voluntary', values: [password] }, 'unheard of'), 'unheard of')
})
