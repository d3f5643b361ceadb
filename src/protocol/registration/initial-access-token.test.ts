import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { must } from '../../../testing/must.ts'
import { registrar, type Answer } from '../../../testing/registrar.ts'
import { createInitialAccessToken, deleteInitialAccessToken } from '../../management/initial-access-tokens.ts'

const guarded = await registrar({ client_registration: { dynamic: 'token' }, throttle: { exempt: ['192.0.2.0/24'] } })
after(() => guarded.close())
const parts = { ...guarded.world.ground.stores, ...guarded.world.parts, actor: 'operator:test' }

const web = { redirect_uris: ['https://app.test/cb'] }
const make = (uses: number, lasts = 3600) => createInitialAccessToken({ note: 'test', uses, lasts }, parts)
const register = (token: string, metadata: object = web): Promise<Answer> =>
  guarded.send('POST', '/register', JSON.stringify(metadata), { authorization: `Bearer ${token}` })

describe('registration by initial access token', () => {
  test('DR-01: nobody registers without one, or with anything else', async () => {
    const { status, headers } = await guarded.register(web)
    assert.equal(status, 401)
    assert.match(String(headers['www-authenticate']), /^Bearer /)
    assert.equal(guarded.reason(), 'initial_access_token_missing')
    const { value, token } = await make(1)
    const [secret] = [(await register(value)).body['client_secret']]
    for (const wrong of ['x', value.slice(0, -1), String(secret), value.replace('li_', 'lm_')]) {
      assert.deepEqual([(await register(wrong)).status, guarded.reason()], [401, 'initial_access_token_malformed'])
    }
    const spent = await register(value)
    assert.deepEqual([spent.status, guarded.reason()], [401, 'initial_access_token_refused'])
    assert.equal((await parts.initialAccessTokens.list()).find((one) => one.token_id === token.token_id)?.uses_left, 0)
  })

  must('RFC 7591 §3', 'a token pays for so many clients, and metadata that is refused costs nothing', async () => {
    const { value } = await make(2)
    assert.equal((await register(value, { redirect_uris: ['javascript:x'] })).status, 400)
    const first = await register(value, { ...web, token_endpoint_auth_method: 'none' })
    assert.match(String(first.body['registration_access_token']), /^lm_/, 'a public client, too, is stored here')
    assert.equal((await register(value)).status, 201)
    assert.equal((await register(value)).status, 401)
  })

  test('of fifty who race for three uses three register', async () => {
    const { value } = await make(3)
    const answers = await Promise.all(Array.from({ length: 50 }, () => register(value)))
    assert.equal(answers.filter(({ status }) => status === 201).length, 3)
    assert.equal(answers.filter(({ status }) => status === 401).length, 47)
  })

  test('it ends at its time, and when an operator takes it back', async () => {
    const { value, token } = await make(9)
    assert.equal(await deleteInitialAccessToken(token.token_id, parts), 'deleted')
    assert.equal((await register(value)).status, 401)
    assert.equal(await deleteInitialAccessToken(token.token_id, parts), 'unknown')
    const events = await parts.auditEvents.list({ limit: 1000 })
    assert.equal(events.filter(({ event }) => event === 'initial_access_token_deleted').length, 1)
    const short = await make(9, 60)
    guarded.world.wait(60)
    assert.equal((await register(short.value)).status, 401)
  })
})
