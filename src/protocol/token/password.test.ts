import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { decodeJwt } from 'jose'
import { makeAccount } from '../../../testing/account.ts'
import { must } from '../../../testing/must.ts'
import { formRequest } from '../../../testing/protocol.ts'
import { now } from '../../../testing/records.ts'
import { wordsOf } from '../../../testing/visitor.ts'
import { world, worldAuthorization, worldSecret, type Tokens } from '../../../testing/world.ts'
import { openPasswordSignIn } from '../../identity/password-alone.ts'
import { passwords } from '../../identity/password.ts'
import { tokenEndpoint } from './endpoint.ts'

const day = 86_400
const lastDay = new Date((now + 30 * day) * 1000).toISOString().slice(0, 10)

const scope = 'openid email offline_access postcards.read postcards.send'
const client = { client_secret: worldSecret, redirect_uris: ['https://rp1.test/cb'], scope }
const grant_types = ['authorization_code', 'refresh_token']

async function opened() {
  return world({
    clients: [
      { ...client, client_id: 'greatapp', client_name: 'Great App', grant_types: [...grant_types, 'password'] },
      {
        ...client,
        client_id: 'bank',
        required_acr: 'urn:licet:acr:mfa',
        grant_types: [...grant_types, 'password'],
      },
      { ...client, client_id: 'other', client_name: 'Other App', grant_types: [...grant_types, 'password'] },
    ],
    legacy: ['greatapp', 'bank'].map((client_id) => ({ client_id, grant_types: ['password'], until: lastDay })),
  })
}

const here = await opened()
after(() => here.close())

const right = { grant_type: 'password', username: 'alice', password: 'wonderland', scope: 'postcards.read' }
const otherAuthorization = { authorization: `Basic ${Buffer.from(`other:${worldSecret}`).toString('base64')}` }

async function ask(
  otherwise: Readonly<Record<string, string>> = {},
  headers: Readonly<Record<string, string>> = worldAuthorization,
) {
  const answer = await here.request('POST', '/token', { headers, body: { ...right, ...otherwise } })
  return {
    ...answer,
    tokens: JSON.parse(answer.body) as Tokens & { readonly error?: string; readonly error_description?: string },
  }
}

const reason = () => here.log.findLast(({ event }) => event === 'refused')?.detail['reason']

async function isActive(token: string | undefined): Promise<boolean> {
  const answer = await here.request('POST', '/introspect', {
    headers: worldAuthorization,
    body: { token: token ?? '' },
  })
  return (JSON.parse(answer.body) as { active: boolean }).active
}

describe('the password grant', () => {
  must('RFC 6749 §4.3.3', 'brings an access token for the person, with a refresh token, under a grant', async () => {
    const { status, tokens } = await ask()
    assert.equal(status, 200)
    const alice = await here.parts.accounts.findByLogin('alice')
    const { sub, aud, amr, scope: told } = decodeJwt(tokens.access_token)
    assert.deepEqual([sub, aud, amr, told], [alice?.sub, 'https://api.test/', ['pwd'], 'postcards.read'])
    const refreshed = await here.request('POST', '/token', {
      headers: worldAuthorization,
      body: { grant_type: 'refresh_token', refresh_token: tokens.refresh_token ?? '' },
    })
    assert.equal(refreshed.status, 200)
    const warned = here.log.find(({ event }) => event === 'legacy_used')
    assert.deepEqual(warned?.detail, { client_id: 'greatapp', kind: 'password', until: lastDay })
  })

  must('RFC 9700 §2.4', 'TK-09: is unknown to every client that no row of the fence names', async () => {
    const { status, tokens } = await ask({}, otherAuthorization)
    assert.deepEqual([status, tokens.error, reason()], [400, 'unsupported_grant_type', 'grant_type_unsupported'])
  })

  must('RFC 6749 §4.3.2', 'needs a user name and a password, once each', async () => {
    for (const [missing, why] of [
      ['username', 'username_missing'],
      ['password', 'password_missing'],
    ] as const) {
      assert.equal((await ask({ [missing]: '' })).tokens.error, 'invalid_request')
      assert.equal(reason(), why)
    }
  })

  must(
    'RFC 6749 §5.2',
    'AC-01, AC-08: says the same of a wrong password, of nobody and of whoever is shut out',
    async () => {
      const { accounts } = here.parts
      const alice = await accounts.findByLogin('alice')
      assert.ok(alice)
      const wrong = await ask({ password: 'no' })
      const nobody = await ask({ username: 'nobody' })
      await makeAccount({ ...alice, disabled: true }, accounts)
      const disabled = await ask()
      await makeAccount(alice, accounts)
      for (const { status, body } of [wrong, nobody, disabled]) {
        assert.deepEqual([status, body], [400, wrong.body])
        assert.equal(reason(), 'password_refused')
      }
      assert.equal(wrong.tokens.error, 'invalid_grant')
    },
  )

  must('RFC 6749 §4.3.2', 'AC-03, AC-04: is throttled with the sign-in page, by the same counters', async () => {
    const crowd = await opened()
    const from = { headers: worldAuthorization, peer: '203.0.113.9' }
    const spelled = [right.username, ` ${right.username.toUpperCase()}`, right.username]
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, turn) => {
        const wrong = { ...right, username: spelled[turn % 3] ?? '', password: 'no' }
        return crowd.request('POST', '/token', { ...from, body: wrong })
      }),
    )
    const verified = answers.filter(({ status }) => status === 400)
    assert.ok(verified.length <= 10)
    const late = await crowd.request('POST', '/token', { ...from, body: right })
    assert.deepEqual([late.status, (JSON.parse(late.body) as { error: string }).error], [429, 'invalid_grant'])
    assert.equal(crowd.log.findLast(({ event }) => event === 'refused')?.detail['reason'], 'password_throttled')
    const visitor = crowd.visitor('203.0.113.9')
    assert.equal((await crowd.allow(visitor, `${crowd.issuer}/account`)).status, 429)
    await crowd.close()
  })

  must(
    'RFC 6749 §4.3.2',
    'AC-08: does not let in who has a second factor, in the words of a wrong password',
    async () => {
      const careful = await opened()
      const { accounts, oneTimeCodes } = careful.ground.stores
      const { account_id = '' } = (await accounts.findByLogin('alice')) ?? {}
      const created_at = careful.clock()
      await oneTimeCodes.enrolTotp({ account_id, sealed_secret: 'sealed', last_step: 0, created_at }, [])
      const refused = await careful.request('POST', '/token', { headers: worldAuthorization, body: right })
      const wrong = await careful.request('POST', '/token', {
        headers: worldAuthorization,
        body: { ...right, password: 'no' },
      })
      assert.deepEqual([refused.status, refused.body], [wrong.status, wrong.body])
      assert.equal(wrong.status, 400)
      await careful.close()
    },
  )

  must('R16', 'BR-23: gives nothing where more than a password is required', async () => {
    const authorization = `Basic ${Buffer.from(`bank:${worldSecret}`).toString('base64')}`
    const { status, tokens } = await ask({}, { authorization })
    assert.deepEqual([status, tokens.error, reason()], [400, 'unauthorized_client', 'password_not_enough'])
  })

  test('R16: turns away with 503 when there is no room to check a password', async () => {
    const shut = { ...here.parts, passwords: passwords({ concurrency: 0, queue: 0 }) }
    const endpoint = tokenEndpoint({ ...shut, signInByPassword: openPasswordSignIn(shut) })
    const answer = await endpoint(formRequest(right, worldAuthorization))
    assert.deepEqual([answer.status, reason()], [503, 'password_busy'])
  })

  must('RFC 6749 §1.5', 'R4: is shown on the account page, and all of it ends when the person removes it', async () => {
    const { tokens } = await ask()
    const visitor = here.visitor()
    const page = await here.allow(visitor, `${here.issuer}/account`)
    assert.match(wordsOf(page), /Great App/)
    const [grant] = await here.ground.stores.grants.list(1, 'greatapp')
    assert.equal(grant?.access_for, 'legacy')
    assert.equal(await isActive(tokens.access_token), true)
    await visitor.submit(page, { press: 'remove=greatapp' })
    assert.equal(await isActive(tokens.access_token), false)
    const body = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token ?? '' }
    assert.equal((await here.request('POST', '/token', { headers: worldAuthorization, body })).status, 400)
  })

  must(
    'RFC 6749 §3.3',
    'leaves the end of a grant that the person gave as it is, and adds what is missing',
    async () => {
      const visitor = here.visitor()
      await here.allow(visitor, here.authorizeUrl({ scope: 'postcards.read', prompt: 'consent' }))
      const [given] = await here.ground.stores.grants.list(1, 'greatapp')
      await ask({ scope: 'postcards.read' })
      const [same] = await here.ground.stores.grants.list(1, 'greatapp')
      assert.deepEqual([same?.grant_id, same?.revision], [given?.grant_id, given?.revision])
      await ask({ scope: 'postcards.send' })
      const [wider] = await here.ground.stores.grants.list(1, 'greatapp')
      assert.deepEqual(
        [wider?.grant_id, wider?.expires_at, wider?.access_for],
        [given?.grant_id, given?.expires_at, given?.access_for],
      )
      assert.equal(wider?.permissions.length, 2)
    },
  )

  must('RFC 8707 §2.2', 'takes a resource as any token request does', async () => {
    assert.equal((await ask({ resource: 'https://api.test/' })).status, 200)
    assert.equal((await ask({ resource: 'https://nowhere.test/' })).tokens.error, 'invalid_target')
  })

  test('gives nothing to a person who paused the application', async () => {
    await ask()
    const [held] = await here.ground.stores.grants.list(1, 'greatapp')
    const grant = held && { ...held, paused_at: here.clock(), revision: held.revision + 1 }
    const event = { event_id: 'e-paused', at: here.clock(), event: 'grant_changed', actor: 'test', detail: {} }
    assert.ok(grant)
    assert.equal(await here.ground.stores.grants.change(grant, event), 'changed')
    assert.deepEqual([(await ask()).tokens.error, reason()], ['invalid_grant', 'grant_paused'])
    await here.ground.stores.grants.end(grant.grant_id, 'ended_by_operator', here.clock())
  })

  must('RFC 6749 §4.3', 'of many at once each gets tokens under one grant', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => ask()))
    assert.deepEqual(
      all.map(({ status }) => status),
      all.map(() => 200),
    )
    const live = (await here.ground.stores.grants.list(100, 'greatapp')).filter(
      ({ ended_at }) => ended_at === undefined,
    )
    assert.equal(live.length, 1)
  })

  must('RFC 9700 §2.4', 'closes by itself with the end of its last day, and what it gave ends then', async () => {
    const { tokens } = await ask()
    assert.match((await here.request('GET', '/.well-known/openid-configuration')).body, /"password"/)
    here.wait(Date.parse(lastDay) / 1000 + day - here.clock() - 10)
    const last = (await ask()).tokens
    assert.equal(decodeJwt(last.access_token).exp, Date.parse(lastDay) / 1000 + day)
    here.wait(10)
    assert.deepEqual([(await ask()).tokens.error, reason()], ['unsupported_grant_type', 'grant_type_unsupported'])
    const body = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token ?? '' }
    assert.equal((await here.request('POST', '/token', { headers: worldAuthorization, body })).status, 400)
    assert.equal(await isActive(last.access_token), false)
    assert.doesNotMatch((await here.request('GET', '/.well-known/openid-configuration')).body, /"password"/)
  })
})
