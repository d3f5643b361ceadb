import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { must } from '../../testing/must.ts'
import { now } from '../../testing/records.ts'
import { secretsUnder } from '../kernel/secret.ts'
import { newRecoveryCodes, readRecoveryCode, recoveryCodeHash } from './recovery-codes.ts'
import { openedEnrolment, openTotpSecret, sealTotpSecret, stepOf, totpEnrolment } from './totp.ts'

const parts = { secrets: secretsUnder(Buffer.alloc(32, 7)) }
const alice = { account_id: 'alice’s id', username: 'alice', server: 'login.example.com' }
/** The secret of RFC 6238 appendix B, `12345678901234567890`, in base 32. */
const published = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'

describe('a one-time code', () => {
  // The last six of the eight digits there.
  const vectors: readonly (readonly [number, string])[] = [
    [59, '287082'],
    [1111111109, '081804'],
    [1111111111, '050471'],
    [1234567890, '005924'],
    [2000000000, '279037'],
    [20000000000, '353130'],
  ]

  must('RFC 6238 appendix B', 'is of the step that the published vectors say', () => {
    for (const [at, code] of vectors) assert.equal(stepOf(code, published, at), Math.floor(at / 30))
  })

  must('RFC 6238 §5.2', 'AC-22: counts one step before and after, and no further', () => {
    const at = 1234567890
    const step = Math.floor(at / 30)
    assert.equal(stepOf('005924', published, at + 30), step)
    assert.equal(stepOf('005924', published, at - 30), step)
    assert.equal(stepOf('005924', published, at + 60), undefined)
    assert.equal(stepOf('005924', published, at - 60), undefined)
  })

  test('may be typed with a gap, and is nothing in any other form', () => {
    assert.equal(stepOf(' 005 924 ', published, 1234567890), 41152263)
    for (const code of ['', '5924', '0005924', '00592a', '٠٠٥٩٢٤', 'x'.repeat(1000)]) {
      assert.equal(stepOf(code, published, 1234567890), undefined, code)
    }
  })
})

describe('the secret', () => {
  test('is new each time, 160 bits, and told to an app with the server’s and the user’s name', () => {
    const [one, other] = [totpEnrolment(alice, now, parts), totpEnrolment(alice, now, parts)]
    assert.match(one.secret, /^[A-Z2-7]{32}$/)
    assert.notEqual(one.secret, other.secret)
    assert.match(one.uri, /^otpauth:\/\/totp\/login\.example\.com:alice\?/)
    assert.equal(new URL(one.uri).searchParams.get('secret'), one.secret)
    assert.equal(new URL(one.uri).searchParams.get('issuer'), 'login.example.com')
    const { uri } = totpEnrolment({ ...alice, server: 'Example: all of it' }, now, parts)
    assert.equal(new URL(uri).searchParams.get('issuer'), 'Example  all of it')
    assert.match(uri, /^otpauth:\/\/totp\/Example%20%20all%20of%20it:alice\?/)
  })

  test('that a form carries is its account’s alone, for half an hour', () => {
    const { sealed, secret } = totpEnrolment(alice, now, parts)
    assert.equal(openedEnrolment(sealed, alice.account_id, now + 1799, parts), secret)
    assert.equal(openedEnrolment(sealed, alice.account_id, now + 1800, parts), undefined)
    assert.equal(openedEnrolment(sealed, 'somebody else', now, parts), undefined)
    assert.equal(openedEnrolment('nonsense', alice.account_id, now, parts), undefined)
    assert.equal(totpEnrolment(alice, now, parts, sealed).secret, secret)
    assert.notEqual(totpEnrolment(alice, now, parts, 'nonsense').secret, secret)
  })

  test('is sealed at rest, and opens in the row of its own account alone', () => {
    const sealed = sealTotpSecret(published, alice.account_id, parts)
    assert.doesNotMatch(sealed, new RegExp(published))
    assert.equal(openTotpSecret(sealed, alice.account_id, parts), published)
    assert.equal(openTotpSecret(sealed, 'somebody else', parts), undefined)
    assert.equal(openTotpSecret(totpEnrolment(alice, now, parts).sealed, alice.account_id, parts), undefined)
  })
})

describe('recovery codes', () => {
  test('AC-25: are ten of at least 112 bits, none twice', () => {
    const codes = newRecoveryCodes()
    assert.equal(new Set(codes).size, 10)
    for (const code of codes) {
      assert.match(code, /^([0-9A-HJKMNP-TV-Z]{5}-){4}[0-9A-HJKMNP-TV-Z]{5}$/)
      assert.ok(25 * Math.log2(32) >= 112)
    }
  })

  test('are read however they are typed', () => {
    assert.equal(readRecoveryCode(' o1i2l-34567 89abc-defgh-jkmnp '), '01121345678 9ABCDEFGHJKMNP'.replace(' ', ''))
    for (const typed of ['', '123456', 'U'.repeat(25), 'x'.repeat(100_000)]) {
      assert.equal(readRecoveryCode(typed), undefined)
    }
  })

  test('AC-25: are kept as a hash under a key of ours, for one account', () => {
    const [code = ''] = newRecoveryCodes()
    const hash = recoveryCodeHash(code, 'one', parts)
    assert.equal(recoveryCodeHash(code.toLowerCase().replaceAll('-', ''), 'one', parts), hash)
    assert.notEqual(recoveryCodeHash(code, 'another', parts), hash)
    const elsewhere = { secrets: secretsUnder(Buffer.alloc(32, 8)) }
    assert.notEqual(recoveryCodeHash(code, 'one', elsewhere), hash)
  })
})
