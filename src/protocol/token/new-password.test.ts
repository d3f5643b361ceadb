import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { world, worldAuthorization, type Tokens } from '../../../testing/world.ts'

const one = await world()
after(() => one.close())

const introspected = async ({ access_token }: Tokens): Promise<boolean> => {
  const sent = { headers: worldAuthorization, body: { token: access_token } }
  return (JSON.parse((await one.request('POST', '/introspect', sent)).body) as { active: boolean }).active
}
const refreshed = async ({ refresh_token = '' }: Tokens): Promise<number> => {
  const body = { grant_type: 'refresh_token', refresh_token }
  return (await one.request('POST', '/token', { headers: worldAuthorization, body })).status
}

for (const [when, seconds] of [
  ['a second later', 1],
  ['in the same second', 0],
] as const) {
  test(`AC-15: a new password that is set ${when} ends access and refresh tokens; signing in afterwards gets new ones`, async () => {
    const [before, idle] = [await one.tokens(), await one.tokens()]
    assert.equal(await introspected(before), true)
    assert.equal(await refreshed(idle), 200)
    one.wait(seconds)
    const alice = await one.parts.accounts.findByLogin('alice')
    const { account_id = '', password_hash = '' } = alice ?? {}
    assert.equal(await one.parts.accounts.setPassword({ account_id, password_hash, at: one.clock() }), 'set')
    assert.equal(await introspected(before), false)
    assert.equal(await refreshed(before), 400)
    const later = await one.tokens()
    assert.equal(await introspected(later), true)
    assert.equal(await refreshed(later), 200)
  })
}
