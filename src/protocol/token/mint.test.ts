import assert from 'node:assert/strict'
import { after, before } from 'node:test'
import { must } from '../../../testing/must.ts'
import { allowed, clientRecord, openProtocol, resourceRecord, type Protocol } from '../../../testing/protocol.ts'
import { refusedFor } from '../../../testing/refused.ts'
import { Bindings } from '../../kernel/binding.ts'
import type { SigningAlgorithm } from '../../vocabulary/algorithms.ts'
import type { Feature } from '../feature.ts'
import { mint, nothingToSpend, type MintRequest } from './mint.ts'

let protocol: Protocol
before(async () => {
  protocol = await openProtocol()
})
after(() => protocol.close())

const client = clientRecord()
const api = resourceRecord()
const asked = (otherwise: Partial<MintRequest> = {}): MintRequest => ({
  client,
  grant_type: 'client_credentials',
  from: { address: '192.0.2.1', request_id: 'r' },
  permissions: [{ scope: 'postcards.read', resource: api.resource }],
  target: api,
  bindings: new Bindings(),
  ...otherwise,
})

must('RFC 9700 §4.14', 'the gate judges client and resource itself, whoever asked before', async () => {
  const off = asked({ client: { ...client, disabled: true } })
  await assert.rejects(mint(off, nothingToSpend, protocol.parts), refusedFor('client_switched_off'))
  const gone = asked({ target: { ...api, disabled: true } })
  await assert.rejects(mint(gone, nothingToSpend, protocol.parts), refusedFor('resource_gone'))
})

must('RFC 6749 §4.1.2', 'nothing leaves the gate when the secret was spent by another request', async () => {
  assert.equal(await mint(asked(), () => Promise.resolve('lost'), protocol.parts), 'lost')
  assert.equal(protocol.log.filter(({ event }) => event === 'token_issued').length, 0)
})

must('R6', 'I4: a token has what the grant still has, and no more than was asked for', async () => {
  const permissions = [{ scope: 'openid' }, { scope: 'postcards.read', resource: api.resource }]
  const { authorization } = await allowed(protocol, { client, permissions, target: api })
  const standing = await protocol.stores.authorizations.findStanding(authorization.authorization_id)
  assert.ok(standing?.grant)
  const narrowed = { ...standing, grant: { ...standing.grant, permissions: [{ scope: 'openid' }] } }
  const wide = [...permissions, { scope: 'postcards.send', resource: api.resource }]
  const response = await mint(asked({ standing: narrowed, permissions: wide }), nothingToSpend, protocol.parts)
  assert.equal(response === 'lost' ? '' : response.scope, 'openid')
})

must('RFC 6749 §3.3', 'TK-13: where nothing is left of what was asked for there is no token', async () => {
  const permissions = [{ scope: 'postcards.read', resource: api.resource }]
  const { authorization } = await allowed(protocol, { client, permissions, target: api })
  const standing = await protocol.stores.authorizations.findStanding(authorization.authorization_id)
  assert.ok(standing?.grant)
  const narrowed = { ...standing, grant: { ...standing.grant, permissions: [{ scope: 'openid' }] } }
  const gone = asked({ standing: narrowed, permissions })
  await assert.rejects(mint(gone, nothingToSpend, protocol.parts), refusedFor('standing_lost'))
  const elsewhere = asked({ standing, permissions, target: resourceRecord({ resource: 'https://other.test/' }) })
  await assert.rejects(mint(elsewhere, nothingToSpend, protocol.parts), refusedFor('scope_of_other_resource'))
})

must('RFC 9068 §2.2', 'TK-16: neither the operator nor a feature can overwrite a claim of the protocol', async () => {
  const hostile: Feature = {
    name: 'hostile',
    spec: [],
    refusals: [],
    tokenClaims: () => ({ iss: 'x', aud: 'x', sub: 'x', exp: 1, client_id: 'x', scope: 'admin', added: 'yes' }),
  }
  const parts = {
    ...protocol.parts,
    features: [hostile],
    settings: {
      ...protocol.parts.settings,
      claims: [{ scope: 'openid', claims: ['iss', 'aud', 'sub', 'exp', 'roles'], into: ['access_token' as const] }],
    },
  }
  const { authorization, account } = await allowed(protocol, {
    client,
    account: { claims: { iss: 'y', aud: 'y', sub: 'y', exp: 2, roles: ['a'] } },
  })
  const standing = await protocol.stores.authorizations.findStanding(authorization.authorization_id)
  assert.ok(standing)
  const response = await mint(
    asked({ standing, permissions: [{ scope: 'openid' }], target: undefined }),
    nothingToSpend,
    parts,
  )
  const claims = response === 'lost' ? undefined : protocol.parts.signer.verify('at+jwt', response.access_token)
  const { iss, aud, sub, client_id, scope, added, roles } = claims ?? {}
  const { issuer } = protocol.parts
  assert.deepEqual([iss, aud, sub, client_id, scope], [issuer, issuer, account.sub, 'greatapp', 'openid'])
  assert.deepEqual([added, roles], ['yes', ['a']])
  assert.equal(claims?.['exp'], protocol.parts.clock() + 300)
})

must('OpenID Connect Core §15.1', 'an id_token is signed with RS256 unless the client registered ES256', async () => {
  const algOf = async (id_token_signed_response_alg?: SigningAlgorithm) => {
    const metadata = id_token_signed_response_alg === undefined ? {} : { id_token_signed_response_alg }
    const { id_token } = await allowed(protocol, { client: clientRecord({}, metadata) })
    const [header = ''] = id_token.split('.')
    return (JSON.parse(Buffer.from(header, 'base64url').toString()) as { alg: string }).alg
  }
  assert.deepEqual([await algOf(), await algOf('ES256')], ['RS256', 'ES256'])
})
