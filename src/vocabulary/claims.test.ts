import assert from 'node:assert/strict'
import { must } from '../../testing/must.ts'
import { standardClaims } from './claims.ts'

const fits = (name: string, value: unknown): boolean => standardClaims.get(name)?.fits(value) === true

must('OpenID Connect Core §5.1', 'each standard claim has the form that the table there gives it', () => {
  for (const [name, right, ...wrong] of [
    ['name', 'Alice', '', 7, null, ['Alice']],
    ['email_verified', false, 'false', 1],
    ['phone_number_verified', true, 'yes'],
    ['updated_at', 1_700_000_000, '2026-01-01', 1.5, -1],
    ['birthdate', '1852-05-04', 1852],
  ] as const) {
    assert.ok(fits(name, right), name)
    for (const value of wrong) assert.ok(!fits(name, value), `${name} ${JSON.stringify(value)}`)
  }
})

must(
  'OpenID Connect Core §5.1',
  'AC-19: an e-mail address is one address, and no name, list or line is a part of it',
  () => {
    for (const one of ['alice@example.com', 'o+x@y.example', 'ü@bücher.example', 'a@[192.0.2.1]'])
      assert.ok(fits('email', one), one)
    const wrong = [
      '',
      'alice',
      'a@x.test,b@y.test',
      'a@x.test;b@y.test',
      'a@@x.test',
      '"a@x"@y.test',
      'Alice <a@x.test>',
    ]
    for (const one of [...wrong, ' a@x.test', 'a@x.test\r\nBcc: b@y.test', 7])
      assert.ok(!fits('email', one), String(one))
  },
)

must('OpenID Connect Core §5.1.1', 'an address is an object of texts', () => {
  assert.ok(fits('address', { formatted: 'Christ Church\nOxford', country: 'GB' }))
  for (const value of ['Oxford', ['Oxford'], null, { town: 'Oxford' }, { postal_code: 12345 }]) {
    assert.ok(!fits('address', value), JSON.stringify(value))
  }
})
