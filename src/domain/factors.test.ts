import assert from 'node:assert/strict'
import { test } from 'node:test'
import { must } from '../../testing/must.ts'
import type { AcrWish } from './authentication-context.ts'
import { bestAcr, hasFactor, missingContext, type HeldFactors } from './factors.ts'

const [pwd, mfa, phr] = ['urn:licet:acr:pwd', 'urn:licet:acr:mfa', 'phr'] as const
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
    assert.equal(missingContext({ held, wish: { kind: 'voluntary', values }, browser }, amr)?.acr, missing, row)
  }
})

must(
  'R16',
  'BR-23: what is required is reached with what there is, and set up where there is nothing that would do',
  () => {
    const wish = (least?: 'urn:licet:acr:mfa' | 'phr', ...values: string[]): AcrWish => ({
      kind: 'voluntary',
      values,
      least,
    })
    const essential = (...values: string[]): AcrWish => ({ kind: 'essential', values })
    const app2 = ['pwd', 'otp', 'mfa']
    const key = ['pop', 'user', 'mfa']
    const rows: readonly (readonly [
      HeldFactors,
      AcrWish,
      string[],
      string | undefined,
      'held' | 'enrolment' | undefined,
    ])[] = [
      [none, wish(mfa), ['pwd'], mfa, 'enrolment'],
      [none, wish(phr), ['pwd'], phr, 'enrolment'],
      [none, wish(mfa), [], mfa, 'enrolment'],
      [none, essential(phr), ['pwd'], phr, 'enrolment'],
      [none, essential('urn:example:gold'), ['pwd'], undefined, undefined],
      [app, wish(mfa), ['pwd'], mfa, 'held'],
      [app, wish(mfa), app2, undefined, undefined],
      // AC-23: the app first, then the passkey.
      [app, wish(phr), ['pwd'], mfa, 'held'],
      [app, wish(phr), app2, phr, 'enrolment'],
      [keys, wish(mfa), ['pwd'], mfa, 'held'],
      [keys, wish(mfa), key, undefined, undefined],
      [keys, wish(mfa, phr), ['pwd'], phr, 'held'],
      [{ ...app, passkeys: 1 }, wish(phr, mfa), ['pwd'], phr, 'held'],
    ]
    for (const [held, asked, amr, acr, by] of rows) {
      const missing = missingContext({ held, wish: asked, browser: 'remembered' }, amr)
      assert.deepEqual([missing?.acr, missing?.by], [acr, by], JSON.stringify([held, asked, amr]))
    }
  },
)
