import assert from 'node:assert/strict'
import { after, describe } from 'node:test'
import { must } from '../../../testing/must.ts'
import { world, type World } from '../../../testing/world.ts'

const scopes = { 'postcards.read': { title: 'See your postcards' }, 'postcards.send': { title: 'Send postcards' } }
const resources = [
  { resource: 'https://id.test/mcp/v1', name: 'Agents', scopes },
  { resource: 'https://id.test/', name: 'The host itself', scopes: {} },
  { resource: 'https://api.test/', name: 'Postcards API', scopes: {} },
  { resource: 'https://off.test/', name: 'Off', scopes: {}, disabled: true },
]
const [one, tenant] = await Promise.all([world({ resources }), world({ issuer: 'https://id.test/tenant', resources })])
after(async () => {
  await one.close()
  await tenant.close()
})

const wellKnown = '/.well-known/oauth-protected-resource'

async function document(of: World, path: string) {
  const { status, headers, body } = await of.request('GET', path)
  return { status, headers, told: JSON.parse(body) as Readonly<Record<string, unknown>> }
}

describe('protected resource metadata', () => {
  must(
    'RFC 9728 §3',
    'R9: is at the well-known address of each resource of our own host, with or without a path',
    async () => {
      for (const server of [one, tenant]) {
        const { status, headers, told } = await document(server, `${wellKnown}/mcp/v1`)
        assert.deepEqual(
          [status, headers['content-type'], headers['access-control-allow-origin']],
          [200, 'application/json', '*'],
        )
        assert.deepEqual(told, {
          resource: 'https://id.test/mcp/v1',
          authorization_servers: [server.issuer],
          scopes_supported: ['postcards.read', 'postcards.send'],
          bearer_methods_supported: ['header'],
          resource_name: 'Agents',
        })
        assert.equal((await document(server, wellKnown)).told['resource'], 'https://id.test/')
      }
    },
  )

  must(
    'RFC 9728 §3.3',
    'R9: says the identifier byte for byte, for whichever registered resource is named',
    async () => {
      for (const resource of ['https://api.test/', 'https://api.test']) {
        const { told } = await document(one, `${wellKnown}?resource=${encodeURIComponent(resource)}`)
        assert.equal(told['resource'], 'https://api.test/')
      }
    },
  )

  must(
    'RFC 9728 §3.2',
    'there is none for what is unknown or switched off, whatever the request says of its host',
    async () => {
      for (const path of [
        '/nothing',
        '/mcp',
        '/mcp/v1/',
        '/mcp//v1',
        '/%6dcp/v1',
        '?resource=https://off.test/',
        '?resource=https://evil.test/',
      ]) {
        const { status } = await one.request('GET', wellKnown + path)
        assert.equal(status, 404, path)
      }
      assert.equal(one.log.findLast(({ event }) => event === 'refused')?.detail['reason'], 'protected_resource_unknown')
      const forged = { headers: { 'x-forwarded-host': 'evil.test', forwarded: 'host=evil.test' } }
      const { body } = await one.request('GET', `${wellKnown}/mcp/v1`, forged)
      assert.doesNotMatch(body, /evil/)
    },
  )
})
