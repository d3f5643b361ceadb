/** Who changes how an account is signed in to is not always its person: they are told. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { TOTP } from 'otpauth'
import { openLetters } from '../../../testing/letters.ts'
import { openSteps } from '../../../testing/steps.ts'
import { wordsOf, type Visited, type Visitor } from '../../../testing/visitor.ts'
import { removeFactors, setAccountState, setClaims, setPassword } from '../../management/accounts.ts'

const steps = await openSteps()
const letters = await openLetters(steps)
after(async () => {
  await letters.close()
  await steps.close()
})

const { account_id } = steps.alice
const passkey = {
  account_id,
  public_key: 'k',
  counter: 0,
  transports: [],
  kind: 'synced',
  name: 'Key ring',
  created_at: steps.parts.clock(),
} as const

let secret = ''

const code = () => new TOTP({ secret }).generate({ timestamp: steps.parts.clock() * 1000 })

const told = async () => (await letters.arrived()).map(({ text }) => text.split('\r\n')[0] ?? '')

async function signedIn(): Promise<Visitor> {
  const visitor = steps.visitor()
  await steps.signIn(visitor, await visitor.go('/account/security'))
  return visitor
}

async function signedInWithCode(visitor: Visitor): Promise<Visited> {
  const asked = await steps.signIn(visitor, await visitor.go('/account/security'))
  return visitor.submit(asked, { press: 'second-factor-submit', fields: { one_time_code: code() } })
}

test('AC-23: a letter tells of an app and of recovery codes, and where a new password is chosen', async () => {
  const visitor = await signedIn()
  const page = await visitor.go('/account/security')
  secret = /id="totp-secret"[^>]*>([A-Z2-7]+)</.exec(page.body)?.[1] ?? ''
  await visitor.submit(page, { press: 'totp-confirm', fields: { one_time_code: code() } })
  const [letter] = await letters.arrived()
  assert.deepEqual(letter?.to, ['alice@example.com'])
  assert.match(letter?.text ?? '', /An authenticator app was set up for your account alice at id\.test/)
  assert.match(letter?.text ?? '', /https:\/\/id\.test\/forgotten-password/)
  const [event] = await steps.stores.auditEvents.list({ account_id, limit: 1 })
  assert.deepEqual([event?.event, event?.detail], ['factor_added', { by: 'person', factor: 'totp' }])
})

test('R3: a page from before, or a second press, says that an app is set up already, and changes nothing', async () => {
  steps.wait(60)
  const visitor = steps.visitor()
  const other = await signedInWithCode(visitor)
  await visitor.submit(other, { press: 'totp-remove' })
  const page = await visitor.go('/account/security')
  secret = /id="totp-secret"[^>]*>([A-Z2-7]+)</.exec(page.body)?.[1] ?? ''
  const press = async () => visitor.submit(page, { press: 'totp-confirm', fields: { one_time_code: code() } })
  await press()
  steps.wait(60)
  visitor.cookies.delete('__Host-licet-session')
  await signedInWithCode(visitor)
  const again = await press()
  assert.deepEqual([again.status, /set up already/.test(wordsOf(again))], [409, true])
  await letters.arrived()
})

test('AC-23: letters tell of new recovery codes, of the app that is taken away, and of passkeys', async () => {
  steps.wait(60)
  const visitor = steps.visitor()
  const page = await signedInWithCode(visitor)
  const removed = steps.log.filter(({ event }) => event === 'factor_removed').length
  await visitor.submit(page, { press: 'recovery-renew' })
  await steps.stores.passkeys.create({ ...passkey, credential_id: 'one' })
  const listed = await visitor.go('/account/security')
  await visitor.submit(listed, { press: 'factor=passkey_remove' })
  await visitor.submit(listed, { press: 'totp-remove' })
  // Nothing is told or logged of what was not there any more.
  await visitor.submit(listed, { press: 'factor=passkey_remove' })
  assert.equal(steps.log.filter(({ event }) => event === 'factor_removed').length, removed + 2)
  assert.deepEqual(await told(), [
    'New recovery codes were made for your account alice at id.test; the old ones no longer work.',
    'A passkey was removed from your account alice at id.test.',
    'The authenticator app of your account alice at id.test was removed: no codes are asked for any more.',
  ])
})

test('AC-23: a letter tells of what an operator did, in the language of the person', async () => {
  const parts = {
    ...steps.parts,
    actor: 'operator:test',
    language: 'fr' as const,
    hashPassword: () => Promise.resolve('a hash'),
  }
  await letters.arrived()
  await removeFactors('alice', parts)
  assert.match((await told())[0] ?? '', /^L’exploitant de id\.test a retiré .* votre compte alice/)
  await setClaims('alice', { locale: 'de-AT' }, parts)
  await removeFactors('alice', parts)
  await setPassword('alice', 'another password', parts)
  const [first, second] = await told()
  assert.match(first ?? '', /^Der Betreiber von id\.test hat die Passkeys/)
  assert.match(second ?? '', /^Bei id\.test wurde das Passwort Ihres Kontos alice geändert/)
})

test('AC-08: a letter tells of an account that an operator shuts out, and of one that is let in again, once each', async () => {
  const parts = {
    ...steps.parts,
    actor: 'operator:test',
    language: 'en' as const,
    hashPassword: () => Promise.resolve(''),
  }
  await setClaims('alice', { locale: null }, parts)
  await letters.arrived()
  for (const state of ['enabled', 'disabled', 'disabled', 'enabled'] as const) {
    assert.equal(await setAccountState('alice', state, parts), 'done')
  }
  const [shutOut, letIn, ...more] = await letters.arrived()
  assert.deepEqual(
    [more, shutOut?.to, shutOut?.headers.get('subject')],
    [[], ['alice@example.com'], 'About your account at id.test'],
  )
  assert.match(shutOut?.text ?? '', /^Whoever runs id\.test has blocked your account alice\./)
  assert.doesNotMatch(shutOut?.text ?? 'https', /https/)
  assert.match(
    letIn?.text ?? '',
    /^Whoever runs id\.test has unblocked your account alice\.[^]*https:\/\/id\.test\/account/,
  )
})
