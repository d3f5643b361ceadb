import assert from 'node:assert/strict'
import { test } from 'node:test'
import { must } from '../../testing/must.ts'
import { standardClaims } from '../vocabulary/claims.ts'
import { editableClaims, ownClaims, readOwnClaim, type OwnClaim } from './own-claims.ts'

must(
  'OpenID Connect Core §5.1',
  'what a person writes about themselves has the form of its claim, or is refused',
  () => {
    const good: readonly (readonly [OwnClaim, string, string | null])[] = [
      ['name', '  Zoë \u00a0 Ångström ', 'Zoë Ångström'],
      ['name', 'Cafe\u0301', 'Café'],
      ['nickname', '<script>alert(1)</script>', '<script>alert(1)</script>'],
      ['name', 'می\u200cخواهم', 'می\u200cخواهم'],
      ['birthdate', '1990-12-31', '1990-12-31'],
      ['birthdate', '0000-02-29', '0000-02-29'],
      ['birthdate', '2000-02-29', '2000-02-29'],
      ['birthdate', '1990', '1990'],
      ['phone_number', '+44 (20) 7946-0000', '+442079460000'],
      ['locale', 'DE-at', 'de-AT'],
      ['zoneinfo', 'Europe/Paris', 'Europe/Paris'],
      ['zoneinfo', 'America/Argentina/Buenos_Aires', 'America/Argentina/Buenos_Aires'],
      ['website', 'https://Alice.example', 'https://alice.example/'],
      ['picture', 'https://alice.example/a.png?size=1#x', 'https://alice.example/a.png?size=1#x'],
      ['profile', '  ', null],
    ]
    for (const [name, written, value] of good) {
      const read = readOwnClaim(name, written)
      if (name === 'zoneinfo' && typeof read === 'string') assert.match(read, /^[A-Z]\w+\//)
      else assert.equal(read, value, written)
      if (read !== null) assert.ok(standardClaims.get(name)?.fits(read), name)
    }
  },
)

test('I14: hostile and overlong values are refused', () => {
  const bad: readonly (readonly [OwnClaim, string])[] = [
    ['name', 'x'.repeat(201)],
    ['name', 'x'.repeat(1_000_000)],
    ['name', 'Alice\u202egnp.exe'],
    ['name', 'Alice\u0000'],
    ['name', 'Alice\r\nSet-Cookie: x=1'],
    ['name', '\ud800'],
    ['name', `a${'\u0301'.repeat(40)}`],
    ['birthdate', '31.12.1990'],
    ['birthdate', '1990-02-30'],
    ['birthdate', '1990-13-01'],
    ['birthdate', '1990-00-01'],
    ['birthdate', '1990-01-00'],
    ['birthdate', '1900-02-29'],
    ['birthdate', '9999-01-01'],
    ['birthdate', '0000'],
    ['phone_number', '0800 123456'],
    ['phone_number', '+0441234567'],
    ['phone_number', '+44 207 CALL ME'],
    ['phone_number', `+${'1'.repeat(16)}`],
    ['locale', 'x'],
    ['locale', '../../etc/passwd'],
    ['locale', 'de_AT'],
    ['zoneinfo', 'Mars/Olympus'],
    ['zoneinfo', '+01:00'],
    ['zoneinfo', 'Europe/../UTC'],
    ['website', 'javascript:alert(1)'],
    ['website', 'data:text/html,x'],
    ['website', '//evil.example/'],
    ['picture', 'https://user:pass@evil.example/'],
    ['picture', 'https://evil.example\\@good.example/'],
    ['profile', 'https://evil.example/a b'],
    ['profile', `https://a.example/${'x'.repeat(512)}`],
  ]
  for (const [name, written] of bad) assert.equal(readOwnClaim(name, written), undefined, written.slice(0, 60))
})

test('people write what is theirs and released, but for what others keep', () => {
  const released = ['name', 'email', 'email_verified', 'updated_at', 'preferred_username', 'roles', 'website', 'gender']
  assert.deepEqual(editableClaims(released, []), ['name', 'gender', 'website'])
  assert.deepEqual(editableClaims(released, ['gender', 'roles']), ['name', 'website'])
  assert.deepEqual(editableClaims(released, 'all'), [])
  assert.ok(!ownClaims.some((name) => /email|verified|sub|preferred_username|updated_at/.test(name)))
})
