import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { must } from '../../../testing/must.ts'
import { accountRecord } from '../../../testing/records.ts'
import { protocolClaims } from '../../vocabulary/claims.ts'
import { claimsFor } from './claims-for.ts'

const account = accountRecord({
  username: 'alice',
  claims: { name: 'Alice', sub: 'admin', roles: ['a'], email_verified: false },
})

describe('the claims of an account', () => {
  test('are told where a rule sends them, for a scope that was granted', () => {
    const claims = [
      { scope: 'profile', claims: ['name'], into: ['userinfo'] as const },
      { scope: 'roles', claims: ['roles'], into: ['access_token', 'userinfo'] as const },
    ]
    assert.deepEqual(claimsFor(account, ['profile'], 'userinfo', { claims }), { name: 'Alice' })
    assert.deepEqual(claimsFor(account, ['profile'], 'id_token', { claims }), {})
    assert.deepEqual(claimsFor(account, ['profile', 'roles'], 'access_token', { claims }), { roles: ['a'] })
    assert.deepEqual(claimsFor(account, [], 'userinfo', { claims }), {})
  })

  must('OpenID Connect Core §5.3.2', 'a claim that is false is told, one that is not there is left out', () => {
    const claims = [{ scope: 'email', claims: ['email', 'email_verified', 'toString'], into: ['id_token'] as const }]
    assert.deepEqual(claimsFor(account, ['email'], 'id_token', { claims }), { email_verified: false })
  })

  must('RFC 9068 §2.2', 'TK-16: no rule can set a claim of the protocol', () => {
    const names = [...protocolClaims]
    const claims = [{ scope: 'openid', claims: names, into: ['access_token'] as const }]
    const everything = accountRecord({ claims: Object.fromEntries(names.map((name) => [name, 'x'])) })
    assert.deepEqual(claimsFor(everything, ['openid'], 'access_token', { claims }), {})
    for (const name of ['iss', 'sub', 'aud', 'exp', 'client_id', 'scope', 'cnf']) assert.ok(protocolClaims.has(name))
  })
})
