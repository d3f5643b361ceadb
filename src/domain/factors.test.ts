import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bestAcr, hasFactor, missingAcr, type HeldFactors } from './factors.ts'

const [pwd, mfa, phr] = ['urn:licet:acr:pwd', 'urn:licet:acr:mfa', 'phr']
const none: HeldFactors = { totp: false, recovery_codes: 0, passkeys: 0 }
const app: HeldFactors = { totp: true, recovery_codes: 10, passkeys: 0 }
const keys: HeldFactors = { totp: false, recovery_codes: 0, passkeys: 2 }

test('what an account can reach follows from what it has', () => {
  assert.deepEqual([none, app, keys, { ...app, passkeys: 1 }].map(bestAcr), [pwd, mfa, phr, phr])
  assert.deepEqual([none, app, keys].map(hasFactor), [false, true, true])
})

test('BR-23: what a sign-in lacks follows from the account, the wish and the browser', () => {
  const rows: readonly (readonly [HeldFactors, string[], 'any' | 'remembered', string[], string | undefined])[] = [
    [none, [], 'any', ['pwd'], undefined],
    [none, [mfa, phr], 'any', ['pwd'], undefined],
    [app, [], 'any', ['pwd'], mfa],
    [app, [], 'remembered', ['pwd'], undefined],
    [app, [mfa], 'remembered', ['pwd'], mfa],
    [app, [phr], 'any', ['pwd'], mfa],
    [app, [phr], 'remembered', ['pwd'], undefined],
    [app, [], 'any', ['pwd', 'otp', 'mfa'], undefined],
    [app, [], 'any', ['pop', 'user', 'mfa'], undefined],
    [keys, [], 'any', ['pwd'], undefined],
    [keys, [mfa], 'any', ['pwd'], mfa],
    [keys, [phr], 'any', ['pwd'], phr],
    [keys, [phr], 'any', ['pop', 'user', 'mfa'], undefined],
    [{ ...app, passkeys: 1 }, [phr], 'any', ['pwd', 'otp', 'mfa'], phr],
  ]
  for (const [held, values, browser, amr, missing] of rows) {
    const row = JSON.stringify([held, values, browser, amr])
    assert.equal(missingAcr({ held, wish: { kind: 'voluntary', values }, browser }, amr), missing, row)
  }
})
