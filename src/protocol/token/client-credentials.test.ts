import assert from 'node:assert/strict'
import { after, describe } from 'node:test'
import { decodeJwt } from 'jose'
import { must } from '../../../testing/must.ts'
import { world, worldAuthorization, worldSecret, type Tokens } from '../../../testing/world.ts'

const here = await world({
  resources: [
    {
      resource: 'https://api.test/',
      name: 'Postcards API',
      introspection_clients: ['greatapp'],
      scopes: { 'postcards.read': { title: 'See your postcards' } },
    },
    {
      resource: 'https://letters.test/',
      name: 'Letters API',
      access_token_format: 'opaque',
      access_token_lifetime: '1m',
      introspection_clients: ['greatapp'],
      scopes: { 'letters.read': { title: 'See your letters' } },
    },
  ],
  clients: [
    {
      client_id: 'greatapp',
      client_secret: worldSecret,
      redirect_uris: ['https://rp1.test/cb'],
      grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
      scope: 'openid offline_access postcards.read letters.read',
    },
  ],
})
after(() => here.close())

async function ask(parameters: Readonly<Record<string, string>> = {}) {
  const body = { grant_type: 'client_credentials', ...parameters }
  const { status, body: text } = await here.request('POST', '/token', { headers: worldAuthorization, body })
  return { status, ...(JSON.parse(text) as Tokens & { readonly expires_in: number; readonly error?: string }) }
}

async function introspected(token: string) {
  const answer = await here.request('POST', '/introspect', { headers: worldAuthorization, body: { token } })
  return JSON.parse(answer.body) as Readonly<Record<string, unknown>>
}

const reason = () => here.log.findLast(({ event }) => event === 'refused')?.detail['reason']

describe('client_credentials', () => {
  must('RFC 6749 §4.4.3', 'bring no refresh token and no id_token, whatever scope and registration say', async () => {
    const answer = await ask({ scope: 'postcards.read offline_access' })
    assert.deepEqual([answer.status, answer.refresh_token, answer.id_token], [200, undefined, undefined])
    assert.equal(answer.scope, 'postcards.read')
  })

  must('RFC 6749 §5.1', 'TK-13: bring nothing where an answer could not say that the scope is empty', async () => {
    const answer = await ask({ scope: 'offline_access' })
    assert.deepEqual([answer.status, answer.error, reason()], [400, 'invalid_scope', 'scope_left_empty'])
  })

  must(
    'RFC 8707 §2.2',
    'TK-13: bring a token for the resource that is named, with that one’s scope and no other',
    async () => {
      const letters = await ask({ resource: 'https://letters.test/' })
      assert.deepEqual([letters.scope, letters.expires_in], ['letters.read', 60])
      assert.equal((await introspected(letters.access_token))['aud'], 'https://letters.test/')
      const postcards = await ask({ resource: 'https://api.test/' })
      assert.deepEqual([postcards.scope, postcards.expires_in], ['postcards.read', 300])
      assert.equal(decodeJwt(postcards.access_token).aud, 'https://api.test/')
    },
  )

  must('RFC 8707 §2', 'TK-15: bring nothing for a resource that is unknown, or that the scope is not of', async () => {
    assert.equal((await ask({ resource: 'https://nowhere.test/' })).error, 'invalid_target')
    assert.equal((await ask({ resource: 'https://letters.test/', scope: 'postcards.read' })).error, 'invalid_target')
  })

  must(
    'RFC 9068 §2.2',
    'TK-17: speak for the client alone: its own sub, and no word of when or how anybody signed in',
    async () => {
      const shown = await introspected((await ask()).access_token)
      assert.deepEqual([shown['active'], shown['sub'], shown['client_id']], [true, 'greatapp', 'greatapp'])
      for (const claim of ['auth_time', 'acr', 'amr', 'sid', 'email']) assert.ok(!(claim in shown), claim)
    },
  )

  must('RFC 7662 §2.2', 'are dead to introspection at their end', async () => {
    const { access_token } = await ask({ resource: 'https://letters.test/' })
    here.wait(59)
    assert.equal((await introspected(access_token))['active'], true)
    here.wait(1)
    assert.deepEqual(await introspected(access_token), { active: false })
  })
})
