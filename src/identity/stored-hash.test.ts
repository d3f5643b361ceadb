/** Hashes from elsewhere: vectors that others published, and strings that are meant to cost. */
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { openSteps } from '../../testing/steps.ts'
import { accountRecord } from '../../testing/records.ts'
import { passwords } from './password.ts'
import { nobodysHash, readStoredHash } from './stored-hash.ts'

const steps = await openSteps()
after(() => steps.close())

const base64 = (hex: string) => Buffer.from(hex, 'hex').toString('base64').replace(/=+$/, '')
const text = (written: string) => Buffer.from(written).toString('base64').replace(/=+$/, '')

/** RFC 7914 §12 and §11, crypt_blowfish's own vectors, and argon2's reference. */
const scryptHash =
  '7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887'
const pbkdf2Hash =
  '4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56a1d425a1225833549adb841b51c9b3176a272bdebba1d078478f62b397f33c8d'
const vectors = [
  ['pleaseletmein', `$scrypt$ln=14,r=8,p=1$${text('SodiumChloride')}$${base64(scryptHash)}`],
  ['Password', `$pbkdf2-sha256$i=80000$${text('NaCl')}$${base64(pbkdf2Hash)}`],
  ['Password', `$pbkdf2-sha256$80000$${text('NaCl')}$${base64(pbkdf2Hash).replaceAll('+', '.')}`],
  ['U*U', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'],
  ['U*U*', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK'],
  ['password', '$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA'],
  ['password', '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc'],
] as const

describe('a hash from elsewhere', () => {
  for (const [password, hash] of vectors) {
    test(`AC-11: ${hash.slice(0, 28)}… is of its password and no other`, async () => {
      const door = passwords({ concurrency: 1, queue: 9, wait: 60_000 })
      assert.equal(await door.verify({ hash }, password), 'right')
      for (const other of [`${password}x`, '', `\0${password}`])
        assert.equal(await door.verify({ hash }, other), 'wrong')
    })
  }

  test('AC-01: lends what it costs to whom there is no hash of, and nothing of salt or digest', async () => {
    const door = passwords({ concurrency: 1, queue: 9, wait: 60_000 })
    for (const [place, lent] of [
      [0, `$scrypt$ln=14,r=8,p=1$${'A'.repeat(19)}$${'A'.repeat(86)}`],
      [1, `$pbkdf2-sha256$i=80000$${'A'.repeat(6)}$${'A'.repeat(86)}`],
      [2, `$pbkdf2-sha256$80000$${'A'.repeat(6)}$${'A'.repeat(86)}`],
      [3, `$2a$05$${'.'.repeat(53)}`],
      [5, `$argon2i$v=19$m=65536,t=2,p=1$${'A'.repeat(11)}$${'A'.repeat(43)}`],
      [6, `$argon2id$v=19$m=65536,t=2,p=1$${'A'.repeat(11)}$${'A'.repeat(43)}`],
    ] as const) {
      const [password, hash] = vectors[place]
      assert.equal(nobodysHash(hash), lent)
      assert.equal(typeof readStoredHash(lent), 'object')
      assert.equal(await door.verify({ costs_like: hash }, password), 'wrong')
    }
  })

  test('AC-11: that would cost too much is not computed', () => {
    const salt = 'YWJjZGVmZ2hpamtsbW5vcA'
    const hash = `${salt}YWJjZGVmZ2hpamtsbW5vcA`
    for (const dear of [
      `$argon2id$v=19$m=4194304,t=2,p=1$${salt}$${hash}`,
      `$argon2id$v=19$m=65536,t=4294967295,p=1$${salt}$${hash}`,
      `$argon2d$v=19$m=65536,t=2,p=255$${salt}$${hash}`,
      `$2b$31$${'O'.repeat(53)}`,
      `$2b$14$${'O'.repeat(53)}`,
      `$scrypt$ln=99,r=8,p=1$${salt}$${hash}`,
      `$scrypt$ln=18,r=8,p=1$${salt}$${hash}`,
      `$scrypt$ln=10,r=8,p=9999$${salt}$${hash}`,
      `$scrypt$ln=1,r=9999,p=9999$${salt}$${hash}`,
      `$pbkdf2-sha512$i=999999999$${salt}$${hash}`,
    ]) {
      assert.equal(readStoredHash(dear), 'too_costly', dear)
    }
  })

  test('that is damaged, or of a kind that nobody reads, is told apart', () => {
    const damaged = [
      '$argon2id$',
      '$argon2id$v=19$m=x,t=2,p=1$YWJj$YWJj',
      '$2b$12$abc',
      '$2b$10$CCCCCCCCCCCCCCCCCCCCCCE5YPO9kmyuRGyh0XouQYb4YMJKvyOeW',
      '$2b$10$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeX',
      '$2b$03$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW',
      '$2b$32$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW',
      '$scrypt$ln=0,r=8,p=1$YWJjZGVm$YWJjZGVmZ2hpamtsbW5vcA',
      '$scrypt$ln=14,r=0,p=1$YWJjZGVm$YWJjZGVmZ2hpamtsbW5vcA',
      '$pbkdf2-sha256$i=0$YWJjZGVm$YWJjZGVmZ2hpamtsbW5vcA',
      '$pbkdf2-md5$i=9$YWJjZGVm$YWJjZGVmZ2hpamtsbW5vcA',
      `$2b$10$${'x'.repeat(5000)}`,
    ]
    for (const hash of damaged) assert.equal(readStoredHash(hash), 'damaged', hash)
    for (const hash of [...damaged, '', '$1$abc$def']) assert.equal(nobodysHash(hash), undefined, hash)
    assert.equal(nobodysHash(undefined), undefined)
    for (const hash of ['', 'x', '5f4dcc3b5aa765d61d8327deb882cf99', '$1$abc$def', '{SSHA}abc', '$6$x$y']) {
      assert.equal(readStoredHash(hash), 'unknown_scheme', hash)
    }
  })
})

test('AC-11: signing in with a hash from elsewhere replaces it by one of ours', async () => {
  const [password, password_hash] = vectors[4]
  const carol = accountRecord({ username: 'carol', password_hash })
  await steps.stores.accounts.create(carol)
  for (const attempt of ['first', 'second']) {
    const visitor = steps.visitor()
    const fields = { username: 'carol', password }
    const page = await visitor.submit(await visitor.go('/account'), { press: 'login-submit', fields })
    assert.equal(page.url.pathname, '/account', attempt)
    const stored = await steps.stores.accounts.find(carol.account_id)
    assert.match(stored?.password_hash ?? '', /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  }
})
