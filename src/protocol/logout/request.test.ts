import assert from 'node:assert/strict'
import { after, describe } from 'node:test'
import { must } from '../../../testing/must.ts'
import { allowed, clientRecord, openProtocol, resourceRecord } from '../../../testing/protocol.ts'
import { refusedFor } from '../../../testing/refused.ts'
import { sidFor } from '../../domain/session.ts'
import { Parameters } from '../../kernel/parameters.ts'
import { checkedLogoutRequest, type LogoutRequest } from './request.ts'

const protocol = await openProtocol()
after(() => protocol.close())
const { parts, stores } = protocol

const uri = 'https://rp1.test/signed-out'
const client = clientRecord({}, { post_logout_redirect_uris: [uri, 'https://rp1.test/bye?x=1'] })
await stores.clients.create(client)
await stores.clients.create(clientRecord({ client_id: 'other' }, { post_logout_redirect_uris: ['https://rp2.test/'] }))
await stores.clients.create(clientRecord({ client_id: 'off', disabled: true }))
const { id_token, access_token, session } = await allowed(protocol, { client, target: resourceRecord() })

const checked = (parameters: Readonly<Record<string, string | readonly string[]>>): Promise<LogoutRequest> =>
  checkedLogoutRequest(Parameters.from(parameters), parts)

const refused = (reason: string, parameters: Readonly<Record<string, string | readonly string[]>>) =>
  assert.rejects(checked(parameters), refusedFor(reason))

describe('the logout request', () => {
  must('OpenID Connect RP-Initiated Logout §2', 'names who asks, by the id_token or by the client_id', async () => {
    const sid = sidFor(session.session_id, 'greatapp', parts)
    for (const asked of [{ id_token_hint: id_token }, { id_token_hint: id_token, client_id: 'greatapp' }]) {
      const found = await checked(asked)
      assert.deepEqual([found.client?.client_id, found.sid], ['greatapp', sid])
    }
    assert.equal((await checked({ client_id: 'greatapp', logout_hint: 'alice', ui_locales: 'de' })).sid, undefined)
    assert.equal((await checked({})).client, undefined)
  })

  must('OpenID Connect RP-Initiated Logout §2', 'an id_token is taken long after it expired', async () => {
    protocol.wait(86_400)
    assert.ok((await checked({ id_token_hint: id_token })).sid)
  })

  must(
    'OpenID Connect RP-Initiated Logout §2',
    'an id_token that is not ours, or no id_token, is refused',
    async () => {
      const [header = '', payload = '', signature = ''] = id_token.split('.')
      const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>
      const changed = Buffer.from(JSON.stringify({ ...claims, aud: 'other' })).toString('base64url')
      const none = Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url')
      const foreign = await parts.signer.sign('JWT', 'RS256', { ...claims, iss: 'https://other.test' })
      const answer = await parts.signer.sign('JWT', 'RS256', {
        iss: claims['iss'],
        aud: 'greatapp',
        sub: claims['sub'],
      })
      const odd = [
        access_token,
        `${header}.${changed}.${signature}`,
        `${none}.${payload}.`,
        foreign,
        answer,
        'x',
        'a.b.c',
      ]
      for (const id_token_hint of odd) await refused('logout_hint_not_ours', { id_token_hint })
    },
  )

  must('OpenID Connect RP-Initiated Logout §2', 'an id_token of another client than the one named is refused', () =>
    refused('logout_hint_of_another_client', { id_token_hint: id_token, client_id: 'other' }),
  )

  must('OpenID Connect RP-Initiated Logout §3', 'LO-01: an address is taken to the byte, with its state', async () => {
    const by = { client_id: 'greatapp' }
    assert.equal((await checked({ ...by, post_logout_redirect_uri: uri })).returns_to, uri)
    const stated = await checked({ ...by, post_logout_redirect_uri: uri, state: 'a b&c' })
    assert.equal(stated.returns_to, `${uri}?state=a+b%26c`)
    const queried = { ...by, post_logout_redirect_uri: 'https://rp1.test/bye?x=1', state: '1' }
    assert.equal((await checked(queried)).returns_to, 'https://rp1.test/bye?x=1&state=1')
    const odd = [
      `${uri}?a=1`,
      `${uri}/`,
      `${uri}#`,
      'https://rp1.test/cb',
      'https://RP1.test/signed-out',
      'javascript:1',
    ]
    for (const one of [...odd, 'https://rp2.test/']) {
      await refused('post_logout_redirect_uri_unregistered', { ...by, post_logout_redirect_uri: one })
    }
  })

  must('OpenID Connect RP-Initiated Logout §2', 'LO-01: an address without a client is nobody’s', () =>
    refused('post_logout_redirect_uri_without_client', { post_logout_redirect_uri: uri }),
  )

  must(
    'OpenID Connect RP-Initiated Logout §2',
    'a client that is unknown or switched off asks for nothing',
    async () => {
      for (const client_id of ['nobody', 'off']) await refused('logout_client_unknown', { client_id })
    },
  )

  must('RFC 6749 §3.1', 'a parameter that comes twice is refused', async () => {
    await refused('logout_request_malformed', { state: ['a', 'b'] })
    const broken = checkedLogoutRequest(Parameters.read('state=%zz'), parts)
    await assert.rejects(broken, refusedFor('logout_request_malformed'))
  })
})
