/** DS-06: what anybody can make us compute by sending browsers here with what no client signed is bounded by count. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { clientKey, signedRequest } from '../../../testing/request-objects.ts'
import { world } from '../../../testing/world.ts'

const [key, strangers] = [clientKey('one'), clientKey('one')]
const signing = { token_endpoint_auth_method: 'none', grant_types: ['authorization_code'], jwks: { keys: [key.jwk] } }
const there = await world({
  clients: [
    { ...signing, client_id: 'signs', redirect_uris: ['https://s.test/cb'], scope: 'openid' },
    { ...signing, client_id: 'other', redirect_uris: ['https://o.test/cb'], scope: 'openid' },
  ],
})
after(() => there.close())

const redirect_uris: Readonly<Record<string, string>> = { signs: 'https://s.test/cb', other: 'https://o.test/cb' }

/** Sends a browser with a request object; answers the reason, or `asked` where the person was. */
async function sent(client_id: string, peer: string, by = key): Promise<unknown> {
  const redirect_uri = redirect_uris[client_id] ?? ''
  const claims = {
    client_id,
    iss: client_id,
    aud: there.issuer,
    nbf: there.clock(),
    exp: there.clock() + 60,
    response_type: 'code',
    redirect_uri,
    scope: 'openid',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
  }
  const query = new URLSearchParams({ client_id, redirect_uri, request: signedRequest(claims, by) }).toString()
  const { headers } = await there.request('GET', `/authorize?${query}`, { peer })
  const { error } = Object.fromEntries(new URL(String(headers['location']), there.issuer).searchParams)
  return error ?? 'asked'
}

test('DS-06: of five hundred that no client signed, all at once, those beyond the count cost no signature check', async () => {
  const outcomes = await Promise.all(Array.from({ length: 500 }, () => sent('signs', '203.0.113.7', strangers)))
  const wrong = outcomes.filter((outcome) => outcome === 'invalid_request_object').length
  const refused = outcomes.filter((outcome) => outcome === 'temporarily_unavailable').length
  assert.equal(wrong + refused, 500)
  // One more every half second, however long the machine takes.
  assert.ok(wrong >= 120 && refused > 0, String(wrong))
  const { reason } = there.log.findLast(({ event }) => event === 'authorization_refused')?.detail ?? {}
  assert.equal(reason, 'request_object_limited')
})

test('CA-08: another network, another client, and whoever is right in great numbers are listened to', async () => {
  assert.equal(await sent('signs', '198.51.100.1'), 'asked')
  assert.equal(await sent('other', '203.0.113.7'), 'asked')
  const office = await Promise.all(Array.from({ length: 300 }, () => sent('other', '192.0.2.33')))
  assert.deepEqual([...new Set(office)], ['asked'])
})
