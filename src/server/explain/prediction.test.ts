/** What would become of a request or a token, held against what does become of it. */
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { world, worldAuthorization, worldSecret } from '../../../testing/world.ts'
import { explainAuthorizationRequest } from './authorization-request.ts'
import type { Explanation } from './explanation.ts'
import { presentedIn } from './presented.ts'
import { explainTokenRequest } from './token-request.ts'
import { explainToken } from './token.ts'

const w = await world()
after(() => w.close())

async function explained(text: string): Promise<Explanation> {
  const presented = presentedIn(text)
  if (presented.kind === 'authorization_request') return explainAuthorizationRequest(text, presented.request, w.parts)
  if (presented.kind === 'token_request') return explainTokenRequest(presented.request, w.parts)
  assert.equal(presented.kind, 'token')
  return explainToken(text, w.parts)
}

const read = ({ subject, steps, outcome }: Explanation): string => JSON.stringify([subject, steps, outcome])
const isRefused = ({ steps }: Explanation): boolean => steps.some(({ outcome }) => outcome === 'failed')
const asForm = (body: Readonly<Record<string, string>>): string => new URLSearchParams(body).toString()

describe('R5: a prediction', () => {
  test('R5: says of an authorization request where it would go wrong, with what is registered', async () => {
    const explanation = await explained(w.authorizeUrl({ redirect_uri: 'https://rp1.test/cb/' }))
    assert.match(explanation.outcome, /shown a page.*redirect_uri_unregistered/)
    assert.match(read(explanation), /"registered redirect_uris":"https:\/\/rp1\.test\/cb"/)
    const plain = await explained(w.authorizeUrl({ code_challenge_method: 'plain' }))
    assert.match(plain.outcome, /sent to https:\/\/rp1\.test\/cb with invalid_request/)
  })

  test('R5: says of a good one what the person will be asked, and of another address that it is not one', async () => {
    const good = await explained(w.authorizeUrl())
    assert.equal(isRefused(good), false)
    assert.match(read(good), /postcards\.read at https:\/\/api\.test\//)
    assert.match((await explained(w.authorizeUrl({ prompt: 'none' }))).outcome, /login_required/)
    assert.ok(isRefused(await explained(w.authorizeUrl().replace('/authorize', '/oauth/authorize'))))
  })

  test('R5, R15: reads a curl command, and says why its client would not authenticate', async () => {
    const command = (secret: string) =>
      `curl -sS -u 'greatapp:${secret}' \\\n  --data-urlencode grant_type=client_credentials "${w.issuer}/token"`
    assert.equal(isRefused(await explained(command(worldSecret))), false)
    const hash = w.parts.secrets.hash('client_secret', worldSecret)
    for (const [secret, reason] of [
      ['wrong', 'client_secret_wrong'],
      [hash, 'client_secret_is_hash'],
    ] as const) {
      const explanation = await explained(command(secret))
      assert.match(explanation.outcome, new RegExp(reason))
      assert.ok(!read(explanation).includes(secret === hash ? hash : worldSecret))
    }
    assert.match((await explained(hash)).subject, /hash/)
  })

  test('R5: reads a form, and explains the code in it without spending it', async () => {
    const { leaves } = await w.allow(w.visitor(), w.authorizeUrl())
    const code = leaves?.searchParams.get('code') ?? ''
    const credentials = { client_id: 'greatapp', client_secret: worldSecret }
    const wrongMethod = await explained(asForm({ grant_type: 'authorization_code', code, ...credentials }))
    assert.match(wrongMethod.outcome, /client_authentication_method_mismatch/)
    for (const _ of [1, 2]) {
      const explanation = await explained(
        `curl -u greatapp:${worldSecret} -d grant_type=authorization_code -d code=${code}`,
      )
      assert.equal(isRefused(explanation), false, read(explanation))
      assert.ok(!read(explanation).includes(code))
    }
    w.wait(61)
    assert.match(read(await explained(code)), /code_expired/)
  })

  test('R5: explains each kind of token, and never prints it', async () => {
    const { access_token, refresh_token = '', id_token = '' } = await w.tokens()
    for (const token of [access_token, refresh_token, id_token]) {
      const explanation = await explained(token)
      assert.equal(isRefused(explanation), false, read(explanation))
      assert.ok(!read(explanation).includes(token))
    }
    assert.match(read(await explained(refresh_token.slice(0, -1))), /checksum is wrong/)
    assert.match(read(await explained(access_token.slice(0, -4))), /No published key/)
    const body = { grant_type: 'refresh_token', refresh_token }
    await w.request('POST', '/token', { body, headers: worldAuthorization })
    assert.match(read(await explained(refresh_token)), /newer refresh token/)
    w.wait(301)
    assert.match(read(await explained(access_token)), /It does not count: expired/)
    assert.ok(isRefused(await explained(id_token)))
    assert.ok(isRefused(await explained('nothing of ours')))
  })

  test('R5: says of tokens whose grant has ended what they hung on', async () => {
    const { refresh_token = '', access_token } = await w.tokens()
    await w.request('POST', '/revoke', { body: { token: refresh_token }, headers: worldAuthorization })
    assert.match(read(await explained(refresh_token)), /authorization_ended/)
    assert.match(read(await explained(access_token)), /authorization_ended/)
  })
})
