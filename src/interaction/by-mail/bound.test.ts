/**
 * What a letter lets its reader do, it lets them do alone: each kind of letter at each door, and what else we hand out
 * (AC-13). The links are spelled as only we can, so that what refuses them is the kind and not the signature.
 */
import assert from 'node:assert/strict'
import { after, beforeEach, describe, test } from 'node:test'
import { makeAccount } from '../../../testing/account.ts'
import { openLetters } from '../../../testing/letters.ts'
import { mailTokenRecord, messageRecord } from '../../../testing/records.ts'
import { authorizationUrl, openSteps } from '../../../testing/steps.ts'
import { formsOf, type Visitor } from '../../../testing/visitor.ts'
import { spellEmailCode } from '../../domain/email-code.ts'
import { mailTokenLifetimes, spellMailToken, type MailPurpose, type MailToken } from '../../domain/mail-token.ts'
import { newId } from '../../kernel/ids.ts'
import { stopLink } from '../stop/link.ts'

const steps = await openSteps()
const letters = await openLetters(steps)
Object.assign(steps.parts.settings, { email_codes: 'on', account_registration: 'any' })
after(async () => {
  await letters.close()
  await steps.close()
})
beforeEach(() => steps.wait(3600))

const purposes = Object.keys(mailTokenLifetimes) as readonly MailPurpose[]

/** The doors that a link leads to, what is sent there, and which letters open each. */
const doors = {
  '/new-password': { opens: ['password_reset'], sent: { new_password: 'mimsy borogoves outgrabe' } },
  '/new-account': {
    opens: ['registration', 'invitation'],
    sent: { username: 'mallory', new_password: 'mimsy borogoves outgrabe' },
  },
  '/new-address': { opens: ['address_change'], sent: {} },
  '/undo-address': { opens: ['address_undo'], sent: {} },
  '/stop': { opens: [], sent: {} },
} as const satisfies Readonly<Record<string, { readonly opens: readonly MailPurpose[]; readonly sent: object }>>

/** Keeps a letter of Alice's for a purpose; of an address of its own, as if she changed it. */
async function kept(purpose: MailPurpose, otherwise: Partial<MailToken> = {}): Promise<MailToken> {
  const at = steps.parts.clock()
  const { interaction_id: _, ...token } = mailTokenRecord({ created_at: at, expires_at: at + 600 })
  const bound = { ...token, purpose, account_id: steps.alice.account_id, ...otherwise }
  const payload = { type: 'mail_token', token_id: bound.token_id }
  await steps.parts.mailTokens.create(bound, messageRecord({ kind: 'mail', payload, queued_at: at }))
  return bound
}

const spelled = (token: MailToken): string => spellMailToken(token, steps.parts)

async function isUnspent({ token_id }: MailToken): Promise<boolean> {
  const found = await steps.parts.mailTokens.find(token_id)
  return found !== undefined && found.spent_at === undefined
}

/** Opens a door with something, and sends its form with a token of the browser's own. */
async function tried(visitor: Visitor, path: string, sent: Readonly<Record<string, string>>) {
  const { body } = await visitor.go('/forgotten-password')
  const [, csrf_token = ''] = formsOf(body)[0]?.fields.find(([name]) => name === 'csrf_token') ?? []
  const [seen, done] = [await visitor.go(path), await visitor.post(path, { csrf_token, ...sent })]
  return [seen.status, done.status]
}

async function signedIn(account = steps.alice): Promise<Visitor> {
  const visitor = steps.visitor()
  await steps.signIn(visitor, await visitor.go('/account'), account)
  return visitor
}

describe('a letter', () => {
  for (const purpose of purposes) {
    for (const [door, { opens, sent }] of Object.entries(doors)) {
      if (opens.some((one) => one === purpose)) continue
      test(`AC-13: for ${purpose} opens nothing at ${door}, signed in or not, and stays good for what it is for`, async () => {
        const token = await kept(purpose)
        for (const visitor of [steps.visitor(), await signedIn()]) {
          assert.deepEqual(await tried(visitor, `${door}/${spelled(token)}`, sent), [404, 404])
        }
        assert.ok(await isUnspent(token))
        assert.deepEqual(await steps.stores.accounts.find(steps.alice.account_id), steps.alice)
      })
    }

    const isCode = purpose === 'sign_in_code'
    test(`AC-13: for ${purpose} signs ${isCode ? 'its reader' : 'nobody'} in where a code is asked for`, async () => {
      const visitor = steps.visitor()
      const { url, body } = await visitor.go('/account')
      const [, csrf_token = ''] = formsOf(body)[0]?.fields.find(([name]) => name === 'csrf_token') ?? []
      const interaction_id = url.pathname.split('/')[2] ?? ''
      const token = await kept(purpose, { interaction_id })
      const typed = { csrf_token, token_id: token.token_id, email_code: spellEmailCode(token, steps.parts) }
      const page = await visitor.post(url, { ...typed, step: 'email-code' })
      assert.equal(page.url.pathname === '/account', isCode)
      assert.equal(visitor.cookies.has('__Host-licet-session'), isCode)
      assert.equal(await isUnspent(token), !isCode)
    })
  }

  test('AC-13: is for one account: with another one’s id, address or purpose under its signature it is refused', async () => {
    const token = await kept('password_reset')
    const [, signed = ''] = spelled(token).split('.')
    const others = [
      await kept('password_reset', { account_id: steps.bob.account_id }),
      await kept('password_reset', { address: 'bob@example.com' }),
      await kept('password_reset'),
      await kept('invitation'),
    ]
    for (const { token_id } of others) {
      const path = `/new-password/${token_id}.${signed}`
      assert.deepEqual(await tried(steps.visitor(), path, doors['/new-password'].sent), [404, 404])
    }
  })

  test('AC-13: that confirms an address does so for its own account alone, whoever else is signed in', async () => {
    const token = await kept('address_change', { address: 'alice@new.test' })
    const path = `/new-address/${spelled(token)}`
    const bob = await signedIn(steps.bob)
    await tried(bob, path, {})
    await tried(steps.visitor(), path, {})
    assert.ok(await isUnspent(token))
    assert.deepEqual(await steps.stores.accounts.find(steps.bob.account_id), steps.bob)
    assert.deepEqual(await steps.stores.accounts.find(steps.alice.account_id), steps.alice)
  })

  test('AC-13: that set a password lets its reader do nothing more: no session, no factor, no second password', async () => {
    const token = await kept('password_reset')
    const visitor = steps.visitor()
    const path = `/new-password/${spelled(token)}`
    assert.deepEqual(await tried(visitor, path, doors['/new-password'].sent), [200, 200])
    assert.equal(visitor.cookies.has('__Host-licet-session'), false)
    assert.match((await visitor.go('/account/security')).url.pathname, /^\/interaction\//)
    assert.deepEqual(await tried(visitor, path, { new_password: 'another one of my own' }), [410, 410])
    assert.deepEqual(await steps.stores.factors.held(steps.alice.account_id), {
      totp: false,
      recovery_codes: 0,
      passkeys: 0,
    })
    await makeAccount(steps.alice, steps.stores.accounts)
  })
})

test('AC-13: nothing else that we hand out opens a door that a letter opens', async () => {
  const { secrets } = steps.parts
  const visitor = await signedIn()
  const page = await visitor.go(authorizationUrl())
  const end = await visitor.submit(page, { press: 'consent-allow' })
  const kinds = [
    'authorization_code',
    'refresh_token',
    'access_token',
    'device_code',
    'pushed_request',
    'session',
    'browser',
  ] as const
  const handedOut = [
    ...kinds.map((kind) => secrets.issue(kind, newId()).value),
    end.leaves?.searchParams.get('code') ?? '',
    end.leaves?.searchParams.get('state') ?? '',
    ...visitor.cookies.values(),
    secrets.sealFor(`upstream ${visitor.cookies.get('__Host-licet-browser') ?? ''}`, '{}'),
    stopLink(newId(), steps.parts.clock(), steps.parts).split('/').at(-1) ?? '',
  ]
  for (const [door, { sent }] of Object.entries(doors)) {
    if (door === '/stop') continue
    for (const value of handedOut) {
      assert.deepEqual(await tried(visitor, `${door}/${encodeURIComponent(value)}`, sent), [404, 404], door)
    }
  }
})
