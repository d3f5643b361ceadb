/** R11: a public client in open mode leaves nothing here until a person allows it something. */
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { registrar, type Answer } from '../../../testing/registrar.ts'
import { openSelfContainedId } from '../../domain/self-contained-client-id.ts'
import { newOpaqueId } from '../../kernel/ids.ts'
import { sql } from '../../storage/sql.ts'

const settings = { dynamic: 'any', unused_for: '10d' }
const open = await registrar({ client_registration: settings, throttle: { exempt: ['192.0.2.0/24'] } })
after(() => open.close())
const { parts, ground } = open.world

const agent = {
  client_name: 'Agent',
  redirect_uris: ['https://agent.test/cb'],
  grant_types: ['authorization_code', 'refresh_token'],
  token_endpoint_auth_method: 'none',
}
const registered = async (metadata: object = agent): Promise<Answer['body']> => (await open.register(metadata)).body

async function rows(): Promise<unknown> {
  const counts = await Promise.all(
    [sql`clients`, sql`audit_events`, sql`used_once`, sql`interactions`].map(async (table) => {
      const [row] = await ground.database.read(sql`select count(*) as rows from ${table}`)
      return Number(row?.['rows'])
    }),
  )
  return counts
}

describe('a client id that holds its client', () => {
  test('R11: a thousand registrations store no row, and each id is another', async () => {
    const before = await rows()
    const ids = new Set<unknown>()
    for (let each = 0; each < 1000; each += 1) ids.add((await registered())['client_id'])
    assert.equal(ids.size, 1000)
    assert.deepEqual(await rows(), before)
  })

  test('R11: is short, begins with no scheme, and tells when it ends unused; there is no token to manage it by', async () => {
    const { client_id, client_id_issued_at, client_id_expires_at, registration_access_token } = await registered()
    assert.match(String(client_id), /^c1\.[A-Za-z0-9_.-]{40,250}$/)
    assert.equal(Number(client_id_expires_at) - Number(client_id_issued_at), 10 * 86_400)
    assert.equal(registration_access_token, undefined)
  })

  test('R11: what would not fit is refused, not stored', async () => {
    const noise = (length: number) => Array.from({ length }, () => newOpaqueId()).join('')
    const redirect_uris = [`https://agent.test/${noise(60)}`]
    const { status, body } = await open.register({ ...agent, redirect_uris })
    assert.deepEqual([status, body['error']], [400, 'invalid_client_metadata'])
    assert.equal(open.reason(), 'client_metadata_too_much')
  })

  test('R11: is stored with the first consent, and works from authorization to refresh', async () => {
    const made = await registered()
    const { access_token, refresh_token = '' } = await open.tokens(made, { scope: 'postcards.read' })
    assert.ok(access_token !== '')
    const kept = await ground.stores.clients.find(String(made['client_id']))
    assert.deepEqual([kept?.registered_by, kept?.metadata.client_name], ['registration', 'Agent'])
    assert.equal(kept?.provisional_until, undefined)
    assert.equal((await open.token(made, { grant_type: 'refresh_token', refresh_token })).status, 200)
  })

  test('R11: a denial stores nothing of it', async () => {
    const made = await registered()
    const visitor = open.world.visitor()
    const consent = await visitor.submit(await visitor.go(open.authorizeUrl(made)), {
      press: 'login-submit',
      fields: { username: 'alice', password: 'wonderland' },
    })
    const warning = await visitor.submit(consent, { press: 'consent-deny' })
    assert.equal((await open.leave(visitor, warning)).searchParams.get('error'), 'access_denied')
    assert.equal(await ground.stores.clients.find(String(made['client_id'])), undefined)
  })

  test('R11: a 40-day-old client that somebody uses refreshes; an unused one is told `invalid_client`, not a blank page', async () => {
    const lived = await registrar({
      client_registration: settings,
      consent: { access_for: ['until_removed'], default: 'until_removed' },
      lifetimes: { refresh_token_idle: '60d', session_max: '365d', session_idle: '365d' },
    })
    const [used, unused] = [await lived.register(agent), await lived.register(agent)].map(({ body }) => body)
    assert.ok(used !== undefined && unused !== undefined)
    const { refresh_token = '' } = await lived.tokens(used, { scope: 'postcards.read offline_access' })
    lived.world.wait(40 * 86_400)
    for (let each = 0; each < 3; each += 1) await lived.world.ground.stores.expiredRows.sweep(lived.clock(), 1000)
    assert.equal((await lived.token(used, { grant_type: 'refresh_token', refresh_token })).status, 200)

    const refused = await lived.token(unused, { grant_type: 'authorization_code', code: 'x' })
    assert.deepEqual([refused.status, refused.body['error']], [401, 'invalid_client'])
    assert.equal(lived.reason(), 'client_authentication_expired_client')
    const visitor = lived.world.visitor()
    const page = await lived.world.allow(visitor, lived.authorizeUrl(unused))
    assert.equal(lived.reason(), 'client_registration_expired')
    assert.match(page.body, /agent\.test/)
    const leaving = await lived.leave(visitor, page)
    assert.equal(leaving.origin + leaving.pathname, 'https://agent.test/cb')
    assert.deepEqual(
      [leaving.searchParams.get('error'), leaving.searchParams.get('state')],
      ['invalid_client', 'a-state'],
    )
    await lived.close()
  })

  test('R11: nobody but this server makes one, and no byte of it can be changed', async () => {
    const { client_id } = await registered()
    const whole = String(client_id)
    assert.ok(openSelfContainedId(whole, parts) !== undefined)
    for (let place = 3; place < whole.length; place += 1) {
      const other = whole[place] === 'A' ? 'B' : 'A'
      assert.equal(openSelfContainedId(whole.slice(0, place) + other + whole.slice(place + 1), parts), undefined)
    }
    for (const other of [
      '',
      'c1.',
      'c1..',
      whole.slice(0, -1),
      `${whole}A`,
      whole.slice(3),
      'c1.A.AAAAAAAAAAAAAAAAAAAAAA',
    ]) {
      assert.equal(openSelfContainedId(other, parts), undefined)
      assert.equal(await parts.clients.find(other), undefined)
    }
  })

  test('DR-05: says no more than is offered today, and nothing where registration was closed', async () => {
    const { client_id } = await registered({ ...agent, scope: 'openid postcards.read postcards.send' })
    const find = async (registration: object) => {
      const later = await registrar({ client_registration: registration })
      const found = await later.world.parts.clients.find(String(client_id))
      await later.close()
      return found
    }
    assert.equal((await find({ dynamic: 'any', scopes: ['openid'] }))?.metadata.scope, 'openid')
    assert.equal(await find({ dynamic: 'off' }), undefined)
    assert.equal(await find({ dynamic: 'token' }), undefined)
  })

  test('an operator shuts one out before anybody has allowed it anything', async () => {
    const made = await registered()
    const client = await parts.clients.find(String(made['client_id']))
    assert.ok(client !== undefined)
    assert.equal(await parts.clients.update({ ...client, disabled: true }), 'updated')
    const visitor = open.world.visitor()
    const page = await visitor.go(open.authorizeUrl(made))
    assert.deepEqual([page.status, page.leaves], [400, undefined])
    assert.equal(open.reason(), 'client_disabled')
  })
})
