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

test('R24: a world takes 50 ms to open once the first one is', async () => {
  await (await world()).close()
  const begun = performance.now()
  for (let count = 0; count < 10; count += 1) await (await world()).close()
  assert.ok((performance.now() - begun) / 10 < 50)
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
