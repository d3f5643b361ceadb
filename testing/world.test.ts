import assert from 'node:assert/strict'
import { test } from 'node:test'
import { world, worldAuthorization } from './world.ts'

test('R24: a world carries the code flow through the real pages, and a clock of its own', async () => {
  const one = await world()
  const tokens = await one.tokens()
  assert.equal(tokens.scope, 'openid postcards.read offline_access')
  const introspect = () =>
    one.request('POST', '/introspect', { headers: worldAuthorization, body: { token: tokens.access_token } })
  assert.equal((JSON.parse((await introspect()).body) as { active: boolean }).active, true)
  one.wait(301)
  assert.equal((JSON.parse((await introspect()).body) as { active: boolean }).active, false)
  await one.close()
})

test('R24: worlds stand beside each other and share nothing: what one stores, the next has never seen', async () => {
  const [one, other] = [await world(), await world()]
  const { access_token } = await one.tokens()
  const introspect = async ({ request }: typeof one) =>
    JSON.parse(
      (await request('POST', '/introspect', { headers: worldAuthorization, body: { token: access_token } })).body,
    ) as { active: boolean }
  assert.deepEqual([(await introspect(one)).active, (await introspect(other)).active], [true, false])
  await one.close()
  await other.close()
})

test('an issuer with a path has its endpoints under it, and discovery in both places', async () => {
  const one = await world({ issuer: 'https://id.test/tenant' })
  for (const path of [
    '/tenant/.well-known/openid-configuration',
    '/.well-known/openid-configuration/tenant',
    '/tenant/.well-known/oauth-authorization-server',
    '/.well-known/oauth-authorization-server/tenant',
  ]) {
    const { status, body } = await one.request('GET', path)
    assert.equal(status, 200, path)
    assert.equal((JSON.parse(body) as { issuer: string }).issuer, 'https://id.test/tenant')
  }
  assert.equal((await one.request('POST', '/token')).status, 404)
  assert.ok((await one.tokens()).access_token)
  await one.close()
})
