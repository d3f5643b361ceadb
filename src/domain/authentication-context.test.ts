import assert from 'node:assert/strict'
import { test } from 'node:test'
import { must } from '../../testing/must.ts'
import { acrOf, acrToReach, isReachable, isReached, strictest, toldAcr } from './authentication-context.ts'

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

must(
  'RFC 8176 §2',
  'the context follows from the methods: a key reaches more than a code, and a code more than a password',
  () => {
    assert.equal(acrOf(['pwd']), password)
    assert.equal(acrOf(['pwd', 'otp', 'mfa']), 'urn:licet:acr:mfa')
    assert.equal(acrOf(['pop', 'user', 'mfa']), 'phr')
    assert.equal(acrOf(['pop']), password)
  },
)

test('BR-23: a person who could reach what is asked for has to, and nobody else', () => {
  const wish = (...values: string[]) => ({ kind: 'voluntary', values }) as const
  assert.equal(acrToReach(wish('phr', 'urn:licet:acr:mfa'), password, 'phr'), 'phr')
  assert.equal(acrToReach(wish('phr', 'urn:licet:acr:mfa'), password, 'urn:licet:acr:mfa'), 'urn:licet:acr:mfa')
  assert.equal(acrToReach(wish('urn:licet:acr:mfa'), 'phr', 'phr'), undefined)
  assert.equal(acrToReach(wish('phr'), password, password), undefined)
  assert.equal(acrToReach(wish(more), password, 'phr'), undefined)
  assert.equal(acrToReach(wish(), password, 'phr'), undefined)
})

test('BR-23: of several requirements the strictest holds, and no answer says less than it', () => {
  const [mfa, phr] = ['urn:licet:acr:mfa', 'phr'] as const
  assert.equal(strictest([undefined, mfa, phr, mfa]), phr)
  assert.equal(strictest([undefined]), undefined)
  assert.ok(!isReached({ kind: 'voluntary', values: [], least: phr }, mfa))
  assert.ok(!isReached({ kind: 'essential', values: [password], least: mfa }, password))
  assert.ok(isReached({ kind: 'essential', values: [password], least: mfa }, phr))
  assert.equal(toldAcr({ kind: 'voluntary', values: [password], least: mfa }, phr), phr)
  assert.equal(toldAcr({ kind: 'voluntary', values: [password, mfa], least: mfa }, phr), mfa)
})
