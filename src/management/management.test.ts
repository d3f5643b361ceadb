/** What operators do, over a real database: each change is made, and written down. */
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { refusedFor } from '../../testing/refused.ts'
import { world, worldAuthorization, worldSecret, type World } from '../../testing/world.ts'
import { NotPossible } from './operator.ts'
import {
  accountToShow,
  createAccount,
  deleteAccount,
  removeFactors,
  setAccountState,
  setClaims,
  setPassword,
} from './accounts.ts'
import {
  deleteClient,
  registerClient,
  renewClientSecret,
  retireClientSecrets,
  setClientState,
  updateClient,
  clientToShow,
} from './clients.ts'
import { endGrant, listGrants } from './grants.ts'
import { createResource, deleteResource, updateResource } from './resources.ts'

const one = await world()
after(() => one.close())
const parts = {
  ...one.parts,
  actor: 'operator:test',
  language: 'en' as const,
  hashPassword: (password: string) => Promise.resolve(`hash of ${password}`),
}

/** The events since the last look, oldest first. */
let seen = 0
async function events(): Promise<readonly string[]> {
  const all = (await one.parts.auditEvents.list({ limit: 1000 })).toReversed()
  const news = all.slice(seen)
  seen = all.length
  for (const { actor, detail } of news) {
    assert.ok(
      ['operator:test', 'server'].includes(actor) || actor.startsWith('account:') || actor.startsWith('client:'),
    )
    assert.doesNotMatch(JSON.stringify(detail), /ls_|hash/)
  }
  return news.filter(({ actor }) => actor === 'operator:test').map(({ event }) => event)
}

const machine = { client_name: 'Machine', grant_types: ['client_credentials'] }

describe('clients', () => {
  test('I10, AD-13: each change appends one audit event, without a secret in it', async () => {
    await events()
    const made = await registerClient('m', machine, parts)
    assert.ok(typeof made === 'object')
    await updateClient('m', { client_name: 'Renamed' }, parts)
    await renewClientSecret('m', parts)
    await retireClientSecrets('m', parts)
    await setClientState('m', 'disabled', parts)
    await setClientState('m', 'enabled', parts)
    assert.equal(await deleteClient('m', parts), 'done')
    assert.deepEqual(await events(), [
      'client_registered',
      'client_changed',
      'client_secret_made',
      'client_secrets_retired',
      'client_disabled',
      'client_enabled',
      'client_deleted',
    ])
  })

  test('R15: a secret is 256 bits of ours, kept as a keyed hash, and two live at most', async () => {
    const made = await registerClient('two', machine, parts)
    assert.ok(typeof made === 'object' && made.client_secret !== undefined)
    assert.match(made.client_secret, /^ls_/)
    assert.equal(made.client.secrets[0]?.hash, parts.secrets.hash('client_secret', made.client_secret))
    for (let time = 0; time < 3; time += 1) await renewClientSecret('two', parts)
    const client = await parts.clients.find('two')
    assert.equal(client?.secrets.length, 2)
    assert.doesNotMatch(JSON.stringify(clientToShow(client)), /hash|ls_/)
    await retireClientSecrets('two', parts)
    assert.equal((await parts.clients.find('two'))?.secrets.length, 1)
  })

  test('a client without need of a secret gets none, and one as soon as it needs it', async () => {
    const spa = { token_endpoint_auth_method: 'none', redirect_uris: ['https://a.test/cb'] }
    const made = await registerClient('public', spa, parts)
    assert.ok(typeof made === 'object')
    assert.deepEqual([made.client_secret, made.client.secrets], [undefined, []])
    assert.equal(await renewClientSecret('public', parts), 'uses_no_secret')
    const changed = await updateClient('public', { token_endpoint_auth_method: 'client_secret_basic' }, parts)
    assert.ok(typeof changed === 'object' && changed.client_secret !== undefined)
  })

  test('metadata passes the one check, at registration and at every change', async () => {
    const bad = { redirect_uris: ['https://a.test/cb#f'] }
    await assert.rejects(registerClient('bad', bad, parts), refusedFor('redirect_uri_has_fragment'))
    await registerClient('good', { redirect_uris: ['https://a.test/cb'] }, parts)
    await assert.rejects(updateClient('good', bad, parts), refusedFor('redirect_uri_has_fragment'))
    await assert.rejects(updateClient('good', { redirect_uri: 'x' }, parts), refusedFor('client_metadata_unknown'))
    const updated = await updateClient('good', { scope: 'openid', client_name: 'Good' }, parts)
    assert.ok(typeof updated === 'object')
    assert.deepEqual(updated.client.metadata.redirect_uris, ['https://a.test/cb'])
    const taken = await updateClient('good', { client_name: null }, parts)
    assert.ok(typeof taken === 'object' && !('client_name' in taken.client.metadata))
  })

  test('RT-14: an operator who takes scope values from a client that registered itself takes them from its default', async () => {
    const said = { redirect_uris: ['https://a.test/cb'], scope: 'a b', default_scope: 'a b' }
    const made = await registerClient('model', said, parts)
    assert.ok(typeof made === 'object')
    await parts.clients.create({ ...made.client, client_id: 'agent', registered_by: 'registration' })
    for (const [scope, left] of [
      ['b c', 'b'],
      ['c', ''],
    ]) {
      await updateClient('agent', { scope }, parts)
      const { metadata } = await found('agent')
      assert.deepEqual([metadata.scope, metadata.default_scope], [scope, left])
    }
    const word = { scope: 'c', default_scope: 'b' }
    await assert.rejects(updateClient('agent', word, parts), refusedFor('default_scope_too_wide'))
  })

  test('SF-06: whom the metadata names is asked through the one guard, at registration and at every change', async () => {
    const redirect_uris = ['https://a.test/cb']
    const inSector = { redirect_uris, subject_type: 'pairwise', sector_identifier_uri: 'https://127.0.0.1/uris.json' }
    await assert.rejects(registerClient('sector', inSector, parts), refusedFor('sector_identifier_uri_unreachable'))
    await registerClient('sector', { redirect_uris }, parts)
    await assert.rejects(updateClient('sector', inSector, parts), refusedFor('sector_identifier_uri_unreachable'))
    assert.equal((await parts.clients.find('sector'))?.metadata.subject_type, undefined)
  })

  test('I10: of changes at the same moment none undoes another, and each is on record once', async () => {
    await registerClient('busy', { redirect_uris: ['https://a.test/cb'] }, parts)
    await events()
    const outcomes = await Promise.all([
      setClientState('busy', 'disabled', parts),
      updateClient('busy', { client_name: 'Busy' }, parts),
      updateClient('busy', { scope: 'openid' }, parts),
      renewClientSecret('busy', parts),
    ])
    assert.ok(outcomes.every((outcome) => outcome === 'done' || typeof outcome === 'object'))
    const { disabled, metadata, secrets } = await found('busy')
    assert.deepEqual([disabled, metadata.client_name, metadata.scope, secrets.length], [true, 'Busy', 'openid', 2])
    assert.equal((await events()).length, 4)
  })

  test('R20: what the configuration holds cannot be changed here, and its name cannot be taken', async () => {
    assert.equal(await registerClient('greatapp', machine, parts), 'exists')
    assert.equal(await updateClient('greatapp', {}, parts), 'configured')
    assert.equal(await setClientState('greatapp', 'disabled', parts), 'configured')
    assert.equal(await deleteClient('greatapp', parts), 'configured')
    assert.equal(await deleteClient('nobody', parts), 'unknown')
    assert.equal(await parts.clients.update({ ...(await found('greatapp')), disabled: true }), 'unknown')
    assert.equal((await found('greatapp')).disabled, false)
    assert.ok((await parts.clients.list()).filter(({ client_id }) => client_id === 'greatapp').length === 1)
  })
})

async function found(client_id: string) {
  const client = await parts.clients.find(client_id)
  assert.ok(client)
  return client
}

describe('accounts', () => {
  test('I10: each change appends one audit event', async () => {
    await events()
    const made = await createAccount({ username: 'bob', password: 'secret', claims: { name: 'Bob' } }, parts)
    assert.ok(typeof made === 'object')
    assert.equal(made.password_hash, 'hash of secret')
    assert.equal(await setPassword('bob', 'other', parts), 'done')
    assert.equal(await setClaims('bob', { name: null, email: 'b@c.test' }, parts), 'done')
    await assert.rejects(setClaims('bob', { email_verified: 'yes' }, parts), NotPossible)
    await assert.rejects(createAccount({ username: 'eve', claims: { updated_at: 'today' } }, parts), NotPossible)
    assert.deepEqual((await parts.accounts.findByLogin('bob'))?.claims, { email: 'b@c.test', email_verified: false })
    assert.equal(await setAccountState('bob', 'disabled', parts), 'done')
    assert.equal(await setAccountState('bob', 'enabled', parts), 'done')
    assert.equal(await deleteAccount('bob', parts), 'done')
    assert.deepEqual(await events(), [
      'account_created',
      'password_set',
      'claims_changed',
      'account_disabled',
      'account_enabled',
      'account_deleted',
    ])
    assert.equal(await setPassword('bob', 'x', parts), 'unknown')
  })

  test('leaves what is set at the same moment, by their person or by another operator, as that set it', async () => {
    const made = await createAccount({ username: 'carol', claims: { name: 'Carol' } }, parts)
    assert.ok(made !== 'login_taken')
    const { account_id } = made
    await Promise.all([
      setAccountState('carol', 'disabled', parts),
      setClaims('carol', { nickname: 'C' }, parts),
      setClaims('carol', { gender: 'female' }, parts),
      parts.accounts.setPassword({ account_id, password_hash: 'chosen', at: parts.clock() }),
    ])
    const { disabled, claims, password_hash } = (await parts.accounts.find(account_id)) ?? {}
    assert.deepEqual(
      { disabled, claims, password_hash },
      { disabled: true, claims: { name: 'Carol', nickname: 'C', gender: 'female' }, password_hash: 'chosen' },
    )
  })

  test('I10: what was not changed is not on record as changed', async () => {
    await events()
    const claims = { email: 'alice@example.com', email_verified: true }
    assert.equal(await setClaims('carol', claims, parts), 'login_taken')
    assert.deepEqual(await events(), [])
  })

  test('OpenID Connect Core §5.1: another e-mail address is not verified, unless it is said to be', async () => {
    const verified = { email: 'dave@c.test', email_verified: true }
    const made = await createAccount({ username: 'dave', claims: verified }, parts)
    assert.ok(made !== 'login_taken')
    const claimsAfter = async (claims: Parameters<typeof setClaims>[1]) => {
      assert.equal(await setClaims(made.account_id, claims, parts), 'done')
      return (await parts.accounts.find(made.account_id))?.claims
    }
    assert.deepEqual(await claimsAfter({ email: 'dave@c.test' }), verified)
    assert.deepEqual(await claimsAfter({ email: 'd@c.test' }), { email: 'd@c.test', email_verified: false })
    assert.equal(await parts.accounts.findByLogin('d@c.test'), undefined)
    const said = { email: 'dave@d.test', email_verified: true }
    assert.deepEqual(await claimsAfter(said), said)
    assert.deepEqual(await claimsAfter({ email: null }), {})
  })

  test('AC-07: a login that is taken, however it is spelled, is not given again', async () => {
    for (const username of ['alice', 'ALICE', ' Alice ', 'alice@example.com']) {
      assert.equal(await createAccount({ username }, parts), 'login_taken', username)
    }
  })

  test('AD-08: an account is shown without the hash of its password', async () => {
    const account = await parts.accounts.findByLogin('alice')
    assert.ok(account)
    assert.doesNotMatch(JSON.stringify(accountToShow(account)), /argon2|password_hash/)
  })

  test('AC-30: an account that is deleted takes everything along: session, tokens, codes, and its name is free', async () => {
    const other = await world()
    const mine = { ...other.parts, actor: 'operator:test', hashPassword: parts.hashPassword }
    const visitor = other.visitor()
    const tokens = await other.tokens(visitor)
    const { leaves } = await other.allow(visitor, other.authorizeUrl())
    const before = await other.parts.accounts.findByLogin('alice')
    assert.equal(await deleteAccount('alice', mine), 'done')
    const introspected = { headers: worldAuthorization, body: { token: tokens.access_token } }
    assert.equal((await other.request('POST', '/introspect', introspected)).body, '{"active":false}')
    await assertNothingRedeems(other, tokens.refresh_token, leaves)
    const headers = { authorization: `Bearer ${tokens.access_token}` }
    assert.equal((await other.request('GET', '/userinfo', { headers })).status, 401)
    assert.match((await visitor.go(`${other.issuer}/account`)).body, /id="login-submit"/)
    const successor = await createAccount({ username: 'alice', password: 'wonderland' }, mine)
    assert.ok(successor !== 'login_taken' && successor.sub !== before?.sub)
    assert.match((await visitor.go(`${other.issuer}/account`)).body, /id="login-submit"/)
    await other.close()
  })

  test('AC-08, ASVS 7.4.2: an account that is disabled loses what it has, wherever it is used', async () => {
    const other = await world()
    const mine = { ...other.parts, actor: 'operator:test', language: 'en' as const, hashPassword: parts.hashPassword }
    const visitor = other.visitor()
    const tokens = await other.tokens(visitor)
    const introspect = async () => {
      const body = { token: tokens.access_token }
      return (await other.request('POST', '/introspect', { headers: worldAuthorization, body })).body
    }
    const userinfo = async () =>
      (await other.request('GET', '/userinfo', { headers: { authorization: `Bearer ${tokens.access_token}` } })).status
    const { leaves } = await other.allow(visitor, other.authorizeUrl())
    const account = await other.parts.accounts.findByLogin('alice')
    assert.ok(account)
    assert.match(await introspect(), /"active":true/)
    assert.equal(await userinfo(), 200)
    await setAccountState('alice', 'disabled', mine)
    assert.equal(await introspect(), '{"active":false}')
    assert.equal(await userinfo(), 401)
    await assertNothingRedeems(other, tokens.refresh_token, leaves)
    const silent = await visitor.go(other.authorizeUrl({ prompt: 'none' }))
    assert.equal(silent.leaves?.searchParams.get('error'), 'login_required')
    for (const page of ['', '/security', '/download', '/profile', '/address', '/password', '/sign-ins', '/delete']) {
      assert.match((await visitor.go(`${other.issuer}/account${page}`)).body, /id="login-submit"/, page)
    }
    assert.match((await other.allow(other.visitor(), other.authorizeUrl())).body, /id="login-submit"/)
    // The account decides, not that its sessions were ended: one that goes on is nobody's either.
    await setAccountState('alice', 'enabled', mine)
    assert.doesNotMatch((await other.allow(visitor, `${other.issuer}/account`)).body, /id="login-submit"/)
    const change = { account_id: account.account_id, state: 'disabled', at: other.parts.clock() } as const
    assert.equal(await other.parts.accounts.setState(change), 'set')
    assert.match((await visitor.go(`${other.issuer}/account`)).body, /id="login-submit"/)
    await other.close()
  })

  test('RT-10: a person who has lost their factors loses what applications have, and starts again', async () => {
    const other = await world()
    const mine = { ...other.parts, actor: 'operator:test', language: 'en' as const, hashPassword: parts.hashPassword }
    const visitor = other.visitor()
    const { refresh_token } = await other.tokens(visitor)
    const { leaves } = await other.allow(visitor, other.authorizeUrl())
    other.wait(1)
    await removeFactors('alice', mine)
    await assertNothingRedeems(other, refresh_token, leaves)
    const anew = await other.tokens()
    const body = { grant_type: 'refresh_token', refresh_token: anew.refresh_token ?? '' }
    assert.equal((await other.request('POST', '/token', { headers: worldAuthorization, body })).status, 200)
    await other.close()
  })
})

test('I3: a grant that an operator ends takes its tokens along, at once', async () => {
  const tokens = await one.tokens()
  const [grant] = await listGrants({ limit: 10, client_id: 'greatapp' }, parts)
  assert.ok(grant)
  assert.deepEqual(await listGrants({ limit: 10, account_id: grant.account_id, client_id: 'spa' }, parts), [])
  await events()
  // I10: two operators at once, one event.
  const both = await Promise.all([endGrant(grant.grant_id, parts), endGrant(grant.grant_id, parts)])
  assert.deepEqual(both.toSorted(), ['already_ended', 'ended'])
  assert.equal(await endGrant(grant.grant_id, parts), 'already_ended')
  assert.equal(await endGrant('0'.repeat(32), parts), 'unknown')
  assert.deepEqual(await events(), ['grant_ended'])
  const body = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token ?? '' }
  assert.equal((await one.request('POST', '/token', { headers: worldAuthorization, body })).status, 400)
})

test('protected resources are added beside the configured ones, which stay as they are', async () => {
  const described = {
    resource: 'https://b.test/',
    name: 'B',
    access_token_format: 'opaque' as const,
    introspection_clients: [],
    scopes: {},
    disabled: false,
  }
  await events()
  assert.equal(await createResource(described, parts), 'created')
  assert.equal(await createResource(described, parts), 'exists')
  assert.equal(await updateResource({ ...described, name: 'B2' }, parts), 'updated')
  assert.deepEqual(
    (await parts.resources.list()).map(({ name }) => name),
    ['Postcards API', 'B2'],
  )
  assert.equal(await createResource({ ...described, resource: 'https://api.test/' }, parts), 'exists')
  assert.equal(await updateResource({ ...described, resource: 'https://api.test/' }, parts), 'configured')
  assert.equal(await deleteResource('https://api.test/', parts), 'configured')
  assert.equal(await deleteResource('https://b.test/', parts), 'deleted')
  assert.equal(await deleteResource('https://b.test/', parts), 'unknown')
  assert.deepEqual(await events(), ['resource_created', 'resource_changed', 'resource_deleted'])
})

test('a configured secret may be given as the hash that was printed for it', async () => {
  const client_secret_hash = one.parts.secrets.hash('client_secret', worldSecret)
  const other = await world({
    clients: [{ client_id: 'greatapp', client_secret_hash, grant_types: ['client_credentials'] }],
  })
  const body = { grant_type: 'client_credentials' }
  assert.equal((await other.request('POST', '/token', { headers: worldAuthorization, body })).status, 200)
  await other.close()
})

/** Holds that neither the refresh token nor the code in the answer of an authorization gets anything more. */
async function assertNothingRedeems(
  { request }: World,
  refresh_token: string | undefined,
  leaves: URL | undefined,
): Promise<void> {
  const redirect_uri = 'https://rp1.test/cb'
  const code = leaves?.searchParams.get('code') ?? ''
  const code_verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
  for (const body of [
    { grant_type: 'refresh_token', refresh_token: refresh_token ?? '' },
    { grant_type: 'authorization_code', code, redirect_uri, code_verifier },
  ]) {
    const refused = await request('POST', '/token', { headers: worldAuthorization, body })
    assert.deepEqual([refused.status, (JSON.parse(refused.body) as { error: string }).error], [400, 'invalid_grant'])
  }
}
