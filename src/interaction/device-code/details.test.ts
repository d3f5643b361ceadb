import assert from 'node:assert/strict'
import { after } from 'node:test'
import { must } from '../../../testing/must.ts'
import { wordsOf } from '../../../testing/visitor.ts'
import { world } from '../../../testing/world.ts'

const grant_type = 'urn:ietf:params:oauth:grant-type:device_code'
const there = await world({
  resources: [
    {
      resource: 'https://api.test/',
      name: 'Postcards API',
      authorization_details_types: {
        postcard_delivery: {
          title: 'Send one postcard',
          actions: { send: 'Send it' },
          fields: { recipient: { title: 'To' } },
        },
      },
    },
  ],
  clients: ['kiosk', 'tv'].map((client_id) => ({
    client_id,
    client_name: 'Postcard Kiosk',
    token_endpoint_auth_method: 'none',
    grant_types: [grant_type, 'refresh_token'],
    redirect_uris: [],
    scope: 'openid offline_access',
    ...(client_id === 'kiosk' && { authorization_details_types: ['postcard_delivery'] }),
  })),
})
after(() => there.close())

const card = { type: 'postcard_delivery', actions: ['send'], recipient: 'The White Rabbit' }
const other = { ...card, recipient: 'The Queen of Hearts' }

async function post(path: string, body: Readonly<Record<string, string>>): Promise<Readonly<Record<string, unknown>>> {
  return JSON.parse((await there.request('POST', path, { body })).body) as Readonly<Record<string, unknown>>
}

must(
  'RFC 9396 §2',
  'what a device asks for in detail is shown to its person, and only that is in its tokens',
  async () => {
    const authorization_details = JSON.stringify([card])
    const refused = await post('/device_authorization', { client_id: 'tv', authorization_details })
    assert.equal(refused['error'], 'invalid_authorization_details')
    const asked = await post('/device_authorization', {
      client_id: 'kiosk',
      scope: 'offline_access',
      authorization_details,
    })
    const { device_code, user_code } = asked as { readonly device_code: string; readonly user_code: string }

    const visitor = there.visitor()
    const fields = { username: 'alice', password: 'wonderland' }
    const entry = await visitor.submit(await visitor.go('/device'), { press: 'login-submit', fields })
    const consent = await visitor.submit(entry, { press: 'device-continue', fields: { user_code } })
    const words = wordsOf(consent)
    for (const said of ['Send one postcard', 'Actions: Send it', 'The White Rabbit'])
      assert.ok(words.includes(said), said)
    await visitor.submit(consent, { press: 'consent-allow' })

    const more = await post('/token', {
      grant_type,
      client_id: 'kiosk',
      device_code,
      authorization_details: JSON.stringify([other]),
    })
    assert.equal(more['error'], 'invalid_authorization_details')
    there.wait(5)
    const tokens = await post('/token', { grant_type, client_id: 'kiosk', device_code })
    assert.deepEqual(tokens['authorization_details'], [card])
    const [, claims = ''] = String(tokens['access_token']).split('.')
    const { aud, authorization_details: inside } = JSON.parse(
      Buffer.from(claims, 'base64url').toString(),
    ) as typeof tokens
    assert.deepEqual([aud, inside], ['https://api.test/', [card]])
    const refresh_token = String(tokens['refresh_token'])
    const again = await post('/token', { grant_type: 'refresh_token', client_id: 'kiosk', refresh_token })
    assert.deepEqual(again['authorization_details'], [card])
  },
)
