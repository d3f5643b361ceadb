/** The download of everything about a person: all of it, for that person alone, and no secret in it. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { must } from '../../../testing/must.ts'
import { basic, formRequest } from '../../../testing/protocol.ts'
import { auditEventRecord } from '../../../testing/records.ts'
import { authorizationUrl, openSteps, proof } from '../../../testing/steps.ts'
import type { Visitor } from '../../../testing/visitor.ts'
import type { Account } from '../../domain/account.ts'
import { tokenEndpoint } from '../../protocol/token/endpoint.ts'

const steps = await openSteps()
after(() => steps.close())

type Data = Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>> & {
  readonly account: Readonly<Record<string, unknown>>
}

async function allowed(client_id: string, account: Account = steps.alice): Promise<{ visitor: Visitor; code: string }> {
  await steps.client({ client_id })
  const visitor = steps.visitor()
  const page = await steps.signIn(visitor, await visitor.go(authorizationUrl({ client_id })), account)
  const end = await visitor.submit(page, { press: 'consent-allow' })
  return { visitor, code: end.leaves?.searchParams.get('code') ?? '' }
}

must(
  'R7',
  'the person downloads all that is kept about them: account, grants with those that ended, decisions, sessions, factors, events',
  async () => {
    const { visitor, code } = await allowed('kept')
    const form = { grant_type: 'authorization_code', code, code_verifier: proof.code_verifier }
    await tokenEndpoint(steps.parts)(formRequest(form, basic('kept')))
    await allowed('over')
    await visitor.submit(await visitor.go('/account'), { press: 'remove=over' })
    await allowed('of-bob', steps.bob)
    const { account_id } = steps.alice
    const by = {
      actor: 'operator:eve',
      address: '203.0.113.9',
      detail: { used_again_from: '203.0.113.77', by: 'operator' },
    }
    await steps.stores.auditEvents.append(auditEventRecord({ account_id, event: 'claims_changed', ...by }))

    const { status, headers, body } = await visitor.go('/account/download')
    assert.equal(status, 200)
    assert.equal(headers['content-type'], 'application/json')
    assert.match(String(headers['content-disposition']), /^attachment; filename="account-data-20\d\d-\d\d-\d\d\.json"$/)
    assert.equal(headers['cache-control'], 'no-store')
    const data = JSON.parse(body) as Data
    assert.deepEqual(Object.keys(data), [
      'issuer',
      'made_at',
      'account',
      'grants',
      'decisions',
      'sessions',
      'factors',
      'events',
    ])
    const { sub, username, claims, has_password } = data.account
    assert.deepEqual([sub, username, has_password], [steps.alice.sub, 'alice', true])
    assert.deepEqual(claims, steps.alice.claims)
    assert.deepEqual(
      data['grants']?.map(({ client_id, end_reason, last_used_from }) => [client_id, end_reason, last_used_from]),
      [
        ['kept', undefined, '192.0.2.0/24'],
        ['over', 'removed_by_person', undefined],
      ],
    )
    assert.deepEqual(data['grants']?.[0]?.['uses'], [{ day: '2027-01-15', times: 1 }])
    assert.deepEqual(new Set(data['decisions']?.map(({ client_id }) => client_id)), new Set(['kept', 'over']))
    assert.equal(data['sessions']?.length, 2)
    const [changed] = data['events'] ?? []
    assert.deepEqual(
      [changed?.['event'], changed?.['by'], changed?.['address'], changed?.['used_again_from']],
      ['claims_changed', 'operator', '203.0.113.0/24', '203.0.113.0/24'],
    )
    assert.ok(data['events']?.some(({ event, by: who }) => event === 'consent_given' && who === 'you'))
  },
)

must('R7', 'the download has nothing of others, no secret and no hash', async () => {
  const { visitor } = await allowed('secretive')
  const { body } = await visitor.go('/account/download')
  const [session] = await steps.stores.sessions.listByAccount(steps.alice.account_id)
  const secrets = [steps.alice.password_hash ?? '', session?.session_hash ?? '', ...visitor.cookies.values()]
  for (const secret of ['of-bob', steps.bob.sub, 'operator:eve', 'hash', '$argon2', ...secrets]) {
    assert.ok(secret !== '' && !body.includes(secret), secret)
  }
  assert.doesNotMatch(body, /\bl[a-z]_[\w-]{40}|eyJ/)
})

test('is nobody’s without signing in', async () => {
  const { body, url } = await steps.visitor().go('/account/download')
  assert.match(body, /id="login-submit"/)
  assert.match(url.pathname, /^\/interaction\//)
})

test('DS-05: is made twenty times at once for an account, not more', async () => {
  const { visitor } = await allowed('repeated', steps.bob)
  for (let count = 1; count <= 20; count += 1) assert.equal((await visitor.go('/account/download')).status, 200)
  const { status, headers, body } = await visitor.go('/account/download')
  assert.deepEqual([status, Number(headers['retry-after']) > 0], [429, true])
  assert.ok(body.includes('download_limited'))
})
