import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Account } from './account.ts'
import type { Authorization, Standing } from './authorization.ts'
import type { Client } from './client.ts'
import type { Grant } from './grant.ts'
import type { Session } from './session.ts'
import { standingProblem, type StandingProblem } from './standing.ts'

const at = 1_000_000

const client: Client = {
  client_id: 'greatapp',
  metadata: {
    redirect_uris: ['https://greatapp.example/callback'],
    token_endpoint_auth_method: 'none',
    grant_types: ['authorization_code'],
    response_types: ['code'],
    application_type: 'web',
  },
  secrets: [],
  profile: 'oauth21',
  first_party: false,
  disabled: false,
  registered_by: 'operator',
  created_at: 0,
  refresh_replay_window: 60,
}
const account: Account = {
  account_id: 'a',
  sub: 's',
  username: 'alice',
  claims: {},
  disabled: false,
  created_at: 0,
  updated_at: 0,
}
const grant: Grant = {
  grant_id: 'g',
  account_id: 'a',
  client_id: 'greatapp',
  permissions: [],
  kind: 'standing',
  access_for: '1h',
  granted_at: 0,
  expires_at: at + 60,
  revision: 1,
}
const authorization: Authorization = {
  authorization_id: 'z',
  grant_id: 'g',
  account_id: 'a',
  client_id: 'greatapp',
  session_id: 'e',
  session_bound: false,
  permissions: [],
  redirect_uri: 'https://greatapp.example/callback',
  auth_time: 0,
  acr: '0',
  amr: ['pwd'],
  bindings: {},
  created_at: 0,
  expires_at: at + 60,
  code_hash: 'h',
  code_expires_at: 60,
}
const session: Session = {
  session_id: 'e',
  session_hash: 'h',
  account_id: 'a',
  auth_time: 0,
  amr: ['pwd'],
  acr: '0',
  created_at: 0,
  last_seen_at: 0,
  idle_expires_at: at - 1,
  expires_at: at - 1,
  address: '192.0.2.1',
  user_agent: '',
}
const standing: Standing = { authorization, grant, account, session: undefined }
const bound: Authorization = { ...authorization, session_bound: true }

describe('what must still be true for a token', () => {
  test('nothing is missing while client, account, grant and authorization stand', () => {
    assert.equal(standingProblem(standing, client, at), undefined)
  })

  const cases: readonly (readonly [StandingProblem, Standing | undefined, Client | undefined])[] = [
    ['authorization_missing', undefined, client],
    ['client_missing', standing, undefined],
    ['client_missing', standing, { ...client, client_id: 'other' }],
    ['client_disabled', standing, { ...client, disabled: true }],
    ['account_missing', { ...standing, account: undefined }, client],
    ['account_disabled', { ...standing, account: { ...account, disabled: true } }, client],
    [
      'password_set_anew',
      { ...standing, account: { ...account, authorizations_since: authorization.created_at + 1 } },
      client,
    ],
    ['authorization_ended', { ...standing, authorization: { ...authorization, ended_at: at + 5 } }, client],
    ['authorization_expired', { ...standing, authorization: { ...authorization, expires_at: at } }, client],
    ['grant_missing', { ...standing, grant: undefined }, client],
    ['grant_ended', { ...standing, grant: { ...grant, ended_at: 1 } }, client],
    ['grant_expired', { ...standing, grant: { ...grant, expires_at: at } }, client],
    ['grant_given_anew', { ...standing, grant: { ...grant, granted_at: at } }, client],
    ['grant_paused', { ...standing, grant: { ...grant, paused_at: 1 } }, client],
    ['session_ended', { ...standing, authorization: bound }, client],
    ['session_ended', { ...standing, authorization: bound, session: { ...session, ended_at: 1 } }, client],
  ]
  for (const [problem, read, who] of cases) {
    test(`says ${problem}, and of several problems one`, () => assert.equal(standingProblem(read, who, at), problem))
  }

  test('a grant without an end does not expire', () => {
    const { expires_at: _, ...endless } = grant
    assert.equal(standingProblem({ ...standing, grant: endless }, client, at), undefined)
  })

  test('a session that ran idle but was not signed out ends no token bound to it', () => {
    assert.equal(standingProblem({ ...standing, authorization: bound, session }, client, at), undefined)
  })

  test('AC-15: in the second in which all was ended, what hung on a session that ended with it is over, and nothing else', () => {
    const since = authorization.created_at
    const inSession = (ended_at: number | undefined): Standing => ({
      ...standing,
      account: { ...account, authorizations_since: since },
      session: ended_at === undefined ? session : { ...session, ended_at },
    })
    assert.equal(standingProblem(inSession(since), client, at), 'password_set_anew')
    assert.equal(standingProblem(inSession(undefined), client, at), undefined)
    assert.equal(standingProblem(inSession(since + 1), client, at), undefined)
    assert.equal(standingProblem({ ...inSession(since), session: undefined }, client, at), undefined)
  })
})
