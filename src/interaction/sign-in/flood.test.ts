/** Whoever tries passwords faster than anybody could look at them, and who is beside them. */
import assert from 'node:assert/strict'
import { after, afterEach, beforeEach, describe, test } from 'node:test'
import type { Visited, Visitor } from '../../../testing/visitor.ts'
import { world, worldAuthorization } from '../../../testing/world.ts'
import { passwords } from '../../identity/password.ts'

const one = await world()
after(() => one.close())

const signIn = (visitor: Visitor, page: Visited): Promise<Visited> =>
  visitor.submit(page, { press: 'login-submit', fields: { username: 'alice', password: 'wonderland' } })

describe('a flood of passwords', () => {
  const idle = { ...one.ground.passwords }
  const tried = { step: 'sign-in', username: 'alice', password: 'x' }
  const regular = one.visitor()
  const stranger = one.visitor()
  let again: Visited
  let page: Visited

  beforeEach(async () => {
    await one.allow(regular, one.authorizeUrl())
    again = await regular.go(one.authorizeUrl({ prompt: 'login' }))
    page = await stranger.go('/account')
    Object.assign(one.ground.passwords, passwords({ concurrency: 0, queue: 0 }))
    for (let tries = 0; tries < 51; tries += 1) one.ground.passwords.turnsAway('stranger')
  })
  afterEach(() => Object.assign(one.ground.passwords, idle))

  test('RL-23: is told by a page that is drawn, and nothing is read for it', async () => {
    const away = await signIn(stranger, page)
    assert.deepEqual([away.status, away.headers['retry-after']], [503, '5'])
    assert.match(away.body, /id="error-code">temporarily_unavailable</)
    assert.doesNotMatch(away.body, /login-submit/)
    assert.equal(one.log.at(-1)?.detail['reason'], 'password_busy')
    assert.equal((await stranger.post('/interaction/nowhere', tried)).status, 503)
  })

  test('RL-23: is not who shows a device, nor what is no password, and it passes', async () => {
    assert.match((await signIn(regular, again)).body, /login-submit/)
    assert.equal((await stranger.post(page.url, { step: 'consent', decision: 'allow' })).status, 403)
    assert.match((await stranger.go(page.url)).body, /login-submit/)
    Object.assign(one.ground.passwords, idle)
    assert.equal((await signIn(stranger, page)).url.pathname, '/account')
  })

  test('RL-23: takes no place in line from those who are served', async () => {
    const { overload } = one.ground
    const flood = Array.from({ length: 100 }, () => one.request('POST', '/interaction/nowhere', { body: tried }))
    assert.equal(overload.state().inFlight, 0)
    const body = { grant_type: 'client_credentials', scope: 'postcards.read' }
    const token = one.request('POST', '/token', { headers: worldAuthorization, body })
    assert.equal(overload.state().inFlight, 1)
    assert.equal((await token).status, 200)
    for (const { status } of await Promise.all(flood)) assert.equal(status, 503)
  })
})
