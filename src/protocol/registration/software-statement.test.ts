import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { after, describe, test } from 'node:test'
import { SignJWT } from 'jose'
import { must } from '../../../testing/must.ts'
import { registrar } from '../../../testing/registrar.ts'

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const strange = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
const iss = 'https://authority.test'
const jwks = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'a', alg: 'ES256' }] }
const open = await registrar({
  client_registration: { dynamic: 'any', software_statements: [{ issuer: iss, jwks }] },
  throttle: { exempt: ['192.0.2.0/24'] },
})
const deaf = await registrar({ client_registration: { dynamic: 'any' } })
after(async () => {
  await open.close()
  await deaf.close()
})

const web = { redirect_uris: ['https://app.test/cb'] }
const said = {
  client_name: 'Vouched App',
  redirect_uris: ['https://vouched.test/cb'],
  software_id: '4NRB1-0XZABZI9E6-5SM3R',
}

function statement(claims: object = {}, key = privateKey, header: object = {}): Promise<string> {
  return new SignJWT({ iss, ...said, ...claims }).setProtectedHeader({ alg: 'ES256', kid: 'a', ...header }).sign(key)
}

describe('a software statement', () => {
  must(
    'RFC 7591 §2.3',
    'what it says takes the place of what the client says, and it comes back as it was',
    async () => {
      for (const token_endpoint_auth_method of ['client_secret_basic', 'none']) {
        const software_statement = await statement({ scope: 'openid', token_endpoint_auth_method })
        const { status, body } = await open.register({
          ...web,
          client_name: 'Mine',
          tos_uri: 'https://app.test/tos',
          software_statement,
        })
        assert.equal(status, 201, JSON.stringify(body))
        assert.deepEqual(
          [body['client_name'], body['redirect_uris'], body['scope']],
          [said.client_name, said.redirect_uris, 'openid'],
        )
        assert.equal(body['tos_uri'], 'https://app.test/tos')
        assert.equal(body['software_statement'], software_statement)
        const { metadata } = (await open.world.parts.clients.find(String(body['client_id']))) ?? {}
        assert.deepEqual(metadata?.redirect_uris, said.redirect_uris)
      }
    },
  )

  test('DR-12: is refused with another signature, algorithm, time or audience, and from an issuer that is not approved', async () => {
    const [header = '', payload = ''] = (await statement()).split('.')
    const none = Buffer.from('{"alg":"none"}').toString('base64url')
    const at = open.clock()
    const wrong: readonly (readonly [unknown, string])[] = [
      [await statement({}, strange), 'software_statement_signature_wrong'],
      [`${none}.${payload}.`, 'software_statement_malformed'],
      [`${none}.${payload}.AAAA`, 'software_statement_malformed'],
      [`${header}.${payload}.AAAA`, 'software_statement_signature_wrong'],
      [await statement({}, privateKey, { kid: 'b' }), 'software_statement_signature_wrong'],
      [await statement({}, privateKey, { typ: 'at+jwt' }), 'software_statement_malformed'],
      [await statement({ exp: at - 61 }), 'software_statement_expired'],
      [await statement({ nbf: at + 120 }), 'software_statement_expired'],
      [await statement({ aud: 'https://other.test' }), 'software_statement_for_others'],
      ['x', 'software_statement_malformed'],
      [7, 'software_statement_malformed'],
      [await statement({ iss: 'https://evil.test' }), 'software_statement_issuer_unknown'],
      [await statement({ iss: undefined }), 'software_statement_issuer_unknown'],
    ]
    for (const [software_statement, reason] of wrong) {
      const { status, body } = await open.register({ ...web, software_statement })
      const error = reason.endsWith('issuer_unknown') ? 'unapproved_software_statement' : 'invalid_software_statement'
      assert.deepEqual(
        [status, body['error'], open.reason()],
        [400, error, reason],
        String(software_statement).slice(0, 60),
      )
    }
    assert.equal(
      (await open.register({ ...web, software_statement: await statement({ aud: ['x', 'https://id.test'], exp: at }) }))
        .status,
      201,
    )
  })

  test('DR-06, DR-12: vouches for metadata, and not for what is ours to decide', async () => {
    const software_statement = await statement({
      first_party: true,
      profile: 'legacy',
      grant_types: ['client_credentials'],
      redirect_uris: ['javascript:x'],
    })
    assert.equal((await open.register({ ...web, software_statement })).status, 400)
    const mild = await open.register({
      ...web,
      software_statement: await statement({ first_party: true, client_id: 'greatapp' }),
    })
    const stored = await open.world.parts.clients.find(String(mild.body['client_id']))
    assert.deepEqual([stored?.first_party, stored?.client_id === 'greatapp'], [false, false])
  })

  must('RFC 7591 §2.3', 'where no issuer is approved, statements are ignored', async () => {
    const { status, body } = await deaf.register({ ...web, software_statement: await statement({}, strange) })
    assert.deepEqual([status, body['software_statement'], body['redirect_uris']], [201, undefined, web.redirect_uris])
  })
})
