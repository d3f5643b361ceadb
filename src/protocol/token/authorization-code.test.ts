import assert from 'node:assert/strict'
import { after, before } from 'node:test'
import { makeAccount } from '../../../testing/account.ts'
import { must } from '../../../testing/must.ts'
import {
  basic,
  clientRecord,
  formRequest,
  issuer,
  openProtocol,
  resourceRecord,
  type Protocol,
} from '../../../testing/protocol.ts'
import {
  accountRecord,
  auditEventRecord,
  authorizationRecord,
  consentRecord,
  grantRecord,
  sessionRecord,
} from '../../../testing/records.ts'
import { startSession } from '../../../testing/session.ts'
import { newId } from '../../kernel/ids.ts'
import { sql } from '../../storage/sql.ts'
import { sha256base64url } from '../../kernel/hash.ts'
import type { Account } from '../../domain/account.ts'
import type { Authorization } from '../../domain/authorization.ts'
import type { Grant } from '../../domain/grant.ts'
import { tokenEndpoint } from './endpoint.ts'

let protocol: Protocol
const api = resourceRecord()
const opaqueApi = resourceRecord({
  resource: 'https://opaque.test/',
  access_token_format: 'opaque',
  scopes: { drafts: { title: 'Drafts', optional: false } },
})
const client = clientRecord(
  {},
  {
    scope: 'openid offline_access postcards.read drafts',
    redirect_uris: ['https://rp1.test/cb', 'https://rp1.test/other'],
  },
)

before(async () => {
  protocol = await openProtocol()
  await protocol.stores.resources.create(api)
  await protocol.stores.resources.create(opaqueApi)
  await protocol.stores.clients.create(client)
  await protocol.stores.clients.create({ ...client, client_id: 'other' })
})
after(() => protocol.close())

const code_verifier = 'a-verifier-of-forty-three-characters-at-least'
const redirect_uri = 'https://rp1.test/cb'

interface Issued {
  readonly code: string
  readonly account: Account
  readonly grant: Grant
  readonly authorization: Authorization
}

/** A code as the authorization endpoint leaves it: not redeemed, under a grant that stands. */
async function issued(
  otherwise: { authorization?: Partial<Authorization>; grant?: Partial<Grant>; account?: Partial<Account> } = {},
): Promise<Issued> {
  const { parts, stores } = protocol
  const at = parts.clock()
  const account = accountRecord(otherwise.account)
  const session = sessionRecord({
    account_id: account.account_id,
    expires_at: at + 604_800,
    idle_expires_at: at + 28_800,
  })
  const permissions = [{ scope: 'openid' }, { scope: 'postcards.read', resource: api.resource }]
  const grant = grantRecord({
    account_id: account.account_id,
    permissions,
    granted_at: at,
    expires_at: at + 86_400,
    ...otherwise.grant,
  })
  const authorization_id = newId()
  const code = parts.secrets.issue('authorization_code', authorization_id)
  const authorization = authorizationRecord(grant, {
    authorization_id,
    session_id: session.session_id,
    code_hash: code.hash,
    bindings: { pkce: sha256base64url(code_verifier) },
    created_at: at,
    auth_time: at,
    code_expires_at: at + 60,
    expires_at: at + 86_400,
    ...otherwise.authorization,
  })
  await stores.accounts.create(account)
  await startSession(session, stores.accounts)
  const event = auditEventRecord({ account_id: account.account_id, grant_id: grant.grant_id })
  await stores.consents.record({ consent: consentRecord(grant), grant, authorization, event })
  return { code: code.value, account, grant, authorization }
}

async function redeem(code: string, more: Record<string, string> = {}, as = basic('greatapp')) {
  const form = { grant_type: 'authorization_code', code, redirect_uri, code_verifier, ...more }
  const response = await tokenEndpoint(protocol.parts)(formRequest(form, as))
  return { response, status: response.status, body: JSON.parse(response.body) as Record<string, string> }
}

const reason = () => protocol.log.findLast(({ event }) => event === 'refused')?.detail['reason']

async function refused(answer: ReturnType<typeof redeem>, why: string): Promise<void> {
  const { status, body } = await answer
  assert.deepEqual([status, body['error'], reason()], [400, 'invalid_grant', why])
}

const claimsOf = (token = '') => protocol.parts.signer.verify('at+jwt', token)
const idClaimsOf = (token = '') => protocol.parts.signer.verify('JWT', token)

must(
  'RFC 6749 §4.1.4',
  'TK-06, TK-13: a code gives tokens that no cache keeps, with the scope that was granted',
  async () => {
    const { response, body } = await redeem((await issued()).code)
    assert.equal(response.status, 200)
    assert.equal(response.headers['cache-control'], 'no-store')
    assert.deepEqual([body['token_type'], body['expires_in'], body['scope']], ['Bearer', 300, 'openid postcards.read'])
    assert.match(body['refresh_token'] ?? '', /^lr_/)
  },
)

must('RFC 9068 §2.2', 'TK-14: the access token says who, for whom, to what and until when', async () => {
  const { code, account } = await issued()
  const { body } = await redeem(code)
  const at = protocol.parts.clock()
  const { jti, ...claims } = claimsOf(body['access_token']) ?? {}
  assert.match(String(jti), /^[\w-]{32}$/)
  const session = { auth_time: at, acr: '1', amr: ['pwd'] }
  const spoken = {
    iss: issuer,
    sub: account.sub,
    aud: api.resource,
    client_id: 'greatapp',
    scope: 'openid postcards.read',
  }
  assert.deepEqual(claims, { ...spoken, iat: at, exp: at + 300, ...session })
  assert.equal(idClaimsOf(body['access_token']), undefined)
})

must(
  'OpenID Connect Core §2',
  'MX-03: the id_token is for the client, about this sign-in, with the nonce and at_hash',
  async () => {
    const { code, account } = await issued()
    const { body } = await redeem(code)
    const claims = idClaimsOf(body['id_token'])
    assert.deepEqual([claims?.['aud'], claims?.['sub'], claims?.['nonce']], ['greatapp', account.sub, 'n-0S6_WzA2Mj'])
    assert.equal(claims?.['iss'], issuer)
    assert.equal(String(claims?.['at_hash']).length, 22)
    assert.equal(claimsOf(body['id_token']), undefined)
  },
)

must(
  'RFC 6749 §4.1.2',
  'CD-01, CD-02: a second valid redemption is refused and ends what the first one gave',
  async () => {
    const { code, authorization, account } = await issued()
    const { body } = await redeem(code)
    protocol.wait(30)
    await refused(redeem(code), 'code_replayed')
    const refresh = formRequest(
      { grant_type: 'refresh_token', refresh_token: body['refresh_token'] ?? '' },
      basic('greatapp'),
    )
    assert.equal((await tokenEndpoint(protocol.parts)(refresh)).status, 400)
    assert.equal(reason(), 'standing_lost')
    const standing = await protocol.stores.authorizations.findStanding(authorization.authorization_id)
    assert.equal(standing?.authorization.end_reason, 'code_replayed')
    const events = await protocol.stores.auditEvents.list({ account_id: account.account_id, limit: 10 })
    assert.equal(events.filter(({ event }) => event === 'code_replayed').length, 1)
  },
)

must('RFC 6749 §4.1.2', 'A2: a replay with the wrong verifier, redirect_uri or client ends nothing', async () => {
  const { code } = await issued()
  const { body } = await redeem(code)
  await refused(redeem(code, { code_verifier: 'x'.repeat(43) }), 'code_verifier_mismatch')
  await refused(redeem(code, { redirect_uri: 'https://rp1.test/other' }), 'redirect_uri_mismatch')
  await refused(redeem(code, {}, basic('other')), 'code_of_another_client')
  const refresh = formRequest(
    { grant_type: 'refresh_token', refresh_token: body['refresh_token'] ?? '' },
    basic('greatapp'),
  )
  assert.equal((await tokenEndpoint(protocol.parts)(refresh)).status, 200)
})

must('RFC 6749 §4.1.2', 'CD-03: of fifty redemptions at once exactly one gets tokens', async () => {
  for (let trial = 0; trial < 4; trial += 1) {
    const { code } = await issued()
    const answers = await Promise.all(Array.from({ length: 50 }, () => redeem(code)))
    assert.equal(answers.filter(({ status }) => status === 200).length, 1)
    assert.deepEqual(new Set(answers.map(({ body }) => body['error'])), new Set([undefined, 'invalid_grant']))
  }
})

must('RFC 6749 §4.1.3', 'CD-05: a code is bound to its client, and a stranger who tries does not burn it', async () => {
  const { code } = await issued()
  await refused(redeem(code, {}, basic('other')), 'code_of_another_client')
  assert.equal((await redeem(code)).status, 200)
})

must('OAuth 2.1 §10.2', 'CD-06: redirect_uri is compared where it is sent, and may be left out', async () => {
  const { code } = await issued()
  await refused(redeem(code, { redirect_uri: 'https://rp1.test/other' }), 'redirect_uri_mismatch')
  assert.equal((await redeem(code, { redirect_uri: '' })).status, 200)
})

must('RFC 6749 §4.1.2', 'CD-07: a code is over after 60 seconds', async () => {
  const early = await issued()
  const late = await issued()
  protocol.wait(59)
  assert.equal((await redeem(early.code)).status, 200)
  protocol.wait(1)
  await refused(redeem(late.code), 'code_expired')
})

must('RFC 6749 §5.2', 'TK-11, CD-08: which check failed cannot be told from the answer', async () => {
  const expired = (await issued({ authorization: { code_expires_at: protocol.parts.clock() } })).code
  const { code } = await issued()
  const answers = [
    redeem('x'),
    redeem('lc_'),
    redeem(expired),
    redeem(code, { code_verifier: 'x'.repeat(43) }),
    redeem(code, {}, basic('other')),
  ]
  const bodies = (await Promise.all(answers)).map(({ status, response }) => `${status} ${response.body}`)
  assert.equal(new Set(bodies).size, 1)
})

must('RFC 9700 §2.1.1', 'CD-09: a secret of another kind is not a code', async () => {
  const { code, authorization } = await issued()
  const { secrets } = protocol.parts
  const others = (['refresh_token', 'access_token', 'device_code', 'session', 'browser', 'client_secret'] as const).map(
    (kind) => secrets.issue(kind, authorization.authorization_id).value,
  )
  for (const other of others) {
    await refused(redeem(other), 'code_unknown')
    await refused(redeem(`lc_${other.slice(3)}`), 'code_unknown')
  }
  assert.equal((await redeem(code)).status, 200)
})

must('RFC 6749 §10.10', 'CD-10: a code that was changed anywhere is refused', async () => {
  const [{ code }, { code: another }] = [await issued(), await issued()]
  for (let place = 0; place < code.length; place += 1) {
    const other = code[place] === 'A' ? 'B' : 'A'
    await refused(redeem(code.slice(0, place) + other + code.slice(place + 1)), 'code_unknown')
  }
  for (const cut of [10, 20, 30, 46]) await refused(redeem(code.slice(0, cut) + another.slice(cut)), 'code_unknown')
  assert.equal((await redeem(code)).status, 200)
})

must('RFC 6749 §3.2', 'a token request without a code is invalid_request', async () => {
  const { body } = await redeem('')
  assert.deepEqual([body['error'], reason()], ['invalid_request', 'code_missing'])
})

must('R7', 'CD-14, I3: a code whose grant or account ended meanwhile gives nothing', async () => {
  const { stores, parts } = protocol
  const removed = await issued()
  await stores.grants.end(removed.grant.grant_id, 'removed_by_person', parts.clock())
  await refused(redeem(removed.code), 'standing_lost')
  const disabled = await issued()
  await makeAccount({ ...disabled.account, disabled: true }, stores.accounts)
  await refused(redeem(disabled.code), 'standing_lost')
})

must(
  'OpenID Connect RP-Initiated Logout §2',
  'CD-15: who signed out before the code was redeemed gave nothing',
  async () => {
    const { code, authorization } = await issued()
    await protocol.stores.sessions.end(authorization.session_id, protocol.parts.clock())
    await refused(redeem(code), 'code_signed_out')
  },
)

must('R7', 'I6: a removal that comes between the judgement and the spending is not overtaken by a token', async () => {
  const { code, grant } = await issued()
  const { parts, stores } = protocol
  const sign: typeof parts.signer.sign = async (typ, alg, claims) => {
    await stores.grants.end(grant.grant_id, 'removed_by_person', parts.clock())
    return parts.signer.sign(typ, alg, claims)
  }
  const form = { grant_type: 'authorization_code', code, redirect_uri, code_verifier }
  const endpoint = tokenEndpoint({ ...parts, signer: { ...parts.signer, sign } })
  const { status } = await endpoint(formRequest(form, basic('greatapp')))
  assert.deepEqual([status, reason()], [400, 'code_ended'])
})

must('R6', 'A12, I12: no token outlives the consent', async () => {
  const at = protocol.parts.clock()
  const { code } = await issued({
    grant: { expires_at: at + 20 },
    authorization: { expires_at: at + 20, code_expires_at: at + 20 },
  })
  const { body } = await redeem(code)
  assert.equal(body['expires_in'], 20)
  assert.equal(claimsOf(body['access_token'])?.['exp'], at + 20)
})

must('R6', 'a consent for once gives no refresh token', async () => {
  const { code } = await issued({ grant: { kind: 'once' } })
  assert.equal((await redeem(code)).body['refresh_token'], undefined)
})

must('RFC 8707 §2.2', 'TK-15, R12: the token is for the resource that was approved, and for no other', async () => {
  const permissions = [
    ...[api, opaqueApi].map(({ resource, scopes }) => ({ resource, scope: Object.keys(scopes)[0] ?? '' })),
  ]
  const both = () => issued({ grant: { permissions } })
  const byDefault = await redeem((await both()).code)
  assert.equal(claimsOf(byDefault.body['access_token'])?.['aud'], api.resource)
  assert.equal(byDefault.body['scope'], 'postcards.read')
  const chosen = await redeem((await both()).code, { resource: opaqueApi.resource })
  assert.match(chosen.body['access_token'] ?? '', /^la_/)
  assert.equal(chosen.body['scope'], 'drafts')
  const { code } = await issued()
  assert.equal((await redeem(code, { resource: opaqueApi.resource })).body['error'], 'invalid_target')
  assert.equal((await redeem(code)).status, 200)
})

must('RFC 6749 §5.2', 'CD-12: at rest there is no code and no token, only hashes', async () => {
  const permissions = [{ scope: 'drafts', resource: opaqueApi.resource }]
  const { code } = await issued({ grant: { permissions } })
  const { body } = await redeem(code, { resource: opaqueApi.resource })
  const rows = await Promise.all(
    [sql`select * from authorizations`, sql`select * from access_tokens`].map((all) => protocol.database.read(all)),
  )
  const kept = JSON.stringify(rows)
  for (const secret of [code, body['access_token'] ?? '-', body['refresh_token'] ?? '-'])
    assert.ok(!kept.includes(secret.slice(3, 43)))
  assert.ok(kept.length > 100)
})

must('RFC 9700 §2.1.1', 'CD-11: codes are 128 random bits, never repeated, and tell no order of time', () => {
  const codes = Array.from({ length: 10_000 }, () => protocol.parts.secrets.issue('authorization_code', newId()).value)
  assert.equal(new Set(codes).size, codes.length)
  const ascending = codes.filter((code, index) => index > 0 && code > (codes[index - 1] ?? '')).length
  assert.ok(ascending > 4_500 && ascending < 5_500, `${ascending} of 10,000 ascend`)
  for (let place = 3; place < 45; place += 1)
    assert.ok(new Set(codes.map((code) => code[place])).size === 64, `character ${place}`)
})
