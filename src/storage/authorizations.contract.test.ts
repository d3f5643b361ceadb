import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { makeAccount } from '../../testing/account.ts'
import { openEach } from '../../testing/databases.ts'
import {
  accessTokenRecord,
  accountRecord,
  authorizationRecord,
  consentRecord,
  auditEventRecord,
  grantRecord,
  now,
  refreshRecord,
  sessionRecord,
} from '../../testing/records.ts'
import { startSession } from '../../testing/session.ts'
import type { Account } from '../domain/account.ts'
import type { Authorization, Extension, Rotation } from '../domain/authorization.ts'
import type { Grant } from '../domain/grant.ts'
import type { Session } from '../domain/session.ts'
import { newId } from '../kernel/ids.ts'
import type { Database } from './database.ts'
import { text } from './row.ts'
import { sql } from './sql.ts'
import { openStores, type Stores } from './stores.ts'

/** Everything that may fall under an authorization between its reading and its spending; each answers when to spend. */
const falls: Readonly<Record<string, (stores: Stores, under: Under) => Promise<number>>> = {
  'after its grant was ended': async ({ grants }, { grant }) => {
    await grants.end(grant.grant_id, 'removed_by_person', now)
    return now
  },
  'when its grant’s time is over': async (_stores, { grant }) => grant.expires_at ?? now,
  'after its account was disabled': async ({ accounts }, { account }) => {
    await makeAccount({ ...account, disabled: true }, accounts)
    return now
  },
  'after its account was deleted': async ({ accounts }, { account }) => {
    await accounts.delete(account.account_id, now)
    return now
  },
  'after the session it is bound to was signed out': async ({ sessions }, { session }) => {
    await sessions.end(session.session_id, now)
    return now
  },
  'after it was ended': async ({ authorizations }, { authorization }) => {
    await authorizations.end(authorization.authorization_id, 'revoked_by_client', auditEventRecord())
    return now
  },
}

for (const [name, database] of await openEach()) {
  const stores = openStores(database)
  const { accessTokens, accounts, authorizations, grants } = stores

  describe(`authorizations in ${name}`, () => {
    test('are found with what they are judged by, as it was given, and without a hash of a password', async () => {
      const { account, session, grant, authorization } = await standing(stores)
      const { permissions, kind, granted_at, expires_at } = grant
      const { sub, username, claims, disabled, updated_at } = account
      const { session_id, idle_expires_at, expires_at: session_ends } = session
      assert.deepEqual(await authorizations.findStanding(authorization.authorization_id), {
        authorization,
        grant: { permissions, kind, granted_at, expires_at },
        account: { sub, username, claims, disabled, updated_at },
        session: { session_id, idle_expires_at, expires_at: session_ends },
      })
    })

    test('are found with an opaque access token as they are found by themselves', async () => {
      const { authorization } = await standing(stores)
      const { authorization_id, client_id } = authorization
      const token = accessTokenRecord({ authorization_id, client_id, expires_at: now + 7 })
      await accessTokens.create(token)
      const found = await authorizations.findStanding(authorization_id)
      assert.ok(found?.grant && found.account && found.session)
      assert.deepEqual(await accessTokens.find(token.token_id), { token, standing: found })
    })

    test('keep what a stranger may have sent, whole', async () => {
      const bindings = { state: 'a\0b', lone: '\ud800', nested: { constructor: [1, true, null] } }
      const { authorization } = await standing(stores, { nonce: '\0', bindings })
      const found = await authorizations.findStanding(authorization.authorization_id)
      assert.deepEqual(found?.authorization, authorization)
    })

    test('are found without what is gone, or is not the same account’s', async () => {
      const { grant } = await standing(stores)
      const { session } = await standing(stores)
      const alone = authorizationRecord(
        { ...grantRecord(), grant_id: grant.grant_id },
        { session_id: session.session_id },
      )
      await authorizations.create(alone)
      assert.deepEqual(await authorizations.findStanding(alone.authorization_id), {
        authorization: alone,
        grant: undefined,
        account: undefined,
        session: undefined,
      })
    })

    test('with a token beside the answer are stored only while everything stands', async () => {
      const withToken = { token_expires_at: now + 7200 }
      const { grant, account, session } = await standing(stores)
      const another = () => authorizationRecord(grant, { ...withToken, session_id: session.session_id })
      const made = another()
      assert.equal(await authorizations.create(made), 'created')
      assert.deepEqual((await authorizations.findStanding(made.authorization_id))?.authorization, made)
      await makeAccount({ ...account, disabled: true }, accounts)
      assert.equal(await authorizations.create(another()), 'lost')
      await makeAccount(account, accounts)
      assert.equal(await authorizations.create({ ...another(), session_id: newId() }), 'lost')
      assert.equal(await authorizations.create({ ...another(), client_id: 'another' }), 'lost')
      await grants.end(grant.grant_id, 'removed_by_person', now)
      assert.equal(await authorizations.create(another()), 'lost')
    })

    test('with a token beside the answer stay until it has ended', async () => {
      const { grant, session } = await standing(stores)
      const made = authorizationRecord(grant, { token_expires_at: now + 7200, session_id: session.session_id })
      await authorizations.create(made)
      await stores.expiredRows.sweep(now + 7200, 1000)
      assert.ok(await authorizations.findStanding(made.authorization_id))
    })

    test('are undefined, never an error, for what cannot be an id', async () => {
      for (const odd of ['', 'a\0b', '\ud800', 'x'.repeat(100_000), "' or 1=1 --", newId()]) {
        assert.equal(await authorizations.findStanding(odd), undefined)
        assert.equal(await authorizations.redeem(odd, undefined, now, now), 'lost')
        assert.equal(await authorizations.rotate(rotation(odd, 'first', 'second')), 'lost')
        assert.equal(await authorizations.extend(extension(odd, 'first')), 'lost')
        assert.equal(await authorizations.end(odd, 'revoked_by_client', auditEventRecord()), 'already_ended')
      }
    })

    test('a code is redeemed once, with the first refresh token in the same moment', async () => {
      const { authorization } = await standing(stores)
      const { authorization_id } = authorization
      const refresh = refreshRecord()
      assert.equal(await authorizations.redeem(authorization_id, refresh, now + 86_400, now), 'redeemed')
      assert.equal(await authorizations.redeem(authorization_id, refresh, now + 86_400, now), 'lost')
      const found = await authorizations.findStanding(authorization_id)
      assert.deepEqual(found?.authorization, { ...authorization, redeemed_at: now, refresh })
    })

    test('a code is redeemed without a refresh token', async () => {
      const { authorization } = await standing(stores)
      assert.equal(await authorizations.redeem(authorization.authorization_id, undefined, now + 300, now), 'redeemed')
      const found = await authorizations.findStanding(authorization.authorization_id)
      assert.deepEqual(found?.authorization, { ...authorization, redeemed_at: now })
    })

    for (const [what, fell] of Object.entries(falls)) {
      test(`CD-14, CD-15, I3: neither code nor refresh token is spent ${what}`, async () => {
        const before = await standing(stores, { session_bound: true })
        const after = await standing(stores, { session_bound: true })
        const { authorization_id } = after.authorization
        await authorizations.redeem(authorization_id, refreshRecord(), now + 86_400, now)
        const code_at = await fell(stores, before)
        const refresh_at = await fell(stores, after)

        assert.equal(
          await authorizations.redeem(before.authorization.authorization_id, refreshRecord(), now, code_at),
          'lost',
        )
        assert.equal(
          await authorizations.rotate({ ...rotation(authorization_id, 'first', 'second'), at: refresh_at }),
          'lost',
        )
        assert.equal(await authorizations.extend({ ...extension(authorization_id, 'first'), at: refresh_at }), 'lost')
        const found = await authorizations.findStanding(authorization_id)
        assert.deepEqual(found?.authorization.refresh, refreshRecord())
      })
    }

    test('RT-12: neither code nor refresh token is spent when the authorization’s own time is over', async () => {
      const expires_at = now + 20_000
      const unredeemed = await standing(stores, { expires_at })
      const { authorization } = await standing(stores, { expires_at })
      const { authorization_id } = authorization
      await authorizations.redeem(authorization_id, refreshRecord(), expires_at, expires_at - 1)
      const late = { ...rotation(authorization_id, 'first', 'second'), at: expires_at }
      assert.equal(await authorizations.rotate(late), 'lost')
      assert.equal(
        await authorizations.redeem(unredeemed.authorization.authorization_id, undefined, expires_at, expires_at),
        'lost',
      )
    })

    test('CD-07: a code is redeemed in its last second, and not in the next', async () => {
      const code_expires_at = now + 60
      const early = await standing(stores, { code_expires_at })
      const late = await standing(stores, { code_expires_at })
      const redeem = (under: Under, at: number) =>
        authorizations.redeem(under.authorization.authorization_id, undefined, at, at)
      assert.equal(await redeem(early, code_expires_at - 1), 'redeemed')
      assert.equal(await redeem(late, code_expires_at), 'lost')
    })

    test('an ended session spends nothing of an authorization that is not bound to it', async () => {
      const { authorization, session } = await standing(stores)
      await stores.sessions.end(session.session_id, now)
      assert.equal(await authorizations.redeem(authorization.authorization_id, undefined, now, now), 'redeemed')
    })

    test('a refresh token is spent for its successor, once, and the chain is kept as it is given', async () => {
      const authorization_id = await redeemed(stores)
      const first = rotation(authorization_id, 'first', 'second')
      assert.equal(await authorizations.rotate(first), 'rotated')
      assert.equal(
        await authorizations.rotate({ ...first, refresh: { ...first.refresh, refresh_hash: 'fork' } }),
        'lost',
      )
      const second = rotation(authorization_id, 'second', 'third')
      assert.equal(await authorizations.rotate(second), 'rotated')
      const found = await authorizations.findStanding(authorization_id)
      assert.deepEqual(found?.authorization.refresh, second.refresh)
    })

    if (database.kind === 'postgres') {
      test('R2: most refreshes are written beside the version before them, so that no index changes', async () => {
        const chains = await Promise.all(Array.from({ length: 100 }, async () => redeemed(stores)))
        const before = await pagesOf(database)
        await Promise.all(chains.map(async (chain) => authorizations.rotate(rotation(chain, 'first', 'second'))))
        const after = await pagesOf(database)
        const stayed = chains.filter((chain) => after.get(chain) === before.get(chain))
        assert.ok(stayed.length > 60, `${stayed.length} of 100 stayed`)
      })
    }

    test('RT-18: many rotations leave one row, and a spent token is still not the live one', async () => {
      const authorization_id = await redeemed(stores)
      for (let turn = 0; turn < 200; turn += 1) {
        const next = { ...rotation(authorization_id, turn === 0 ? 'first' : `token ${turn}`, `token ${turn + 1}`) }
        assert.equal(await authorizations.rotate(next), 'rotated')
      }
      assert.equal(await authorizations.rotate(rotation(authorization_id, 'token 100', 'fork')), 'lost')
    })

    test('a refresh token has no use before its code was redeemed, nor after its end', async () => {
      const { authorization } = await standing(stores)
      const unredeemed = rotation(authorization.authorization_id, 'first', 'second')
      assert.equal(await authorizations.rotate(unredeemed), 'lost')
      const authorization_id = await redeemed(stores)
      assert.equal(
        await authorizations.rotate({ ...rotation(authorization_id, 'first', 'second'), at: now + 86_400 }),
        'lost',
      )
    })

    test('the use of a refresh token that stays moves its end on, while it is the live one', async () => {
      const authorization_id = await redeemed(stores)
      assert.equal(await authorizations.extend(extension(authorization_id, 'first')), 'extended')
      assert.equal(await authorizations.extend(extension(authorization_id, 'second')), 'lost')
      const found = await authorizations.findStanding(authorization_id)
      const moved = { refresh_expires_at: now + 90_000, last_used_at: now + 60 }
      assert.deepEqual(found?.authorization.refresh, { ...refreshRecord(), ...moved })
    })

    test('the use of a refresh token that stays keeps the answer to the one before it for nobody', async () => {
      const authorization_id = await redeemed(stores)
      await authorizations.rotate(rotation(authorization_id, 'first', 'second'))
      const earlier = [{ refresh_hash: 'first', at: now }]
      assert.equal(await authorizations.extend({ ...extension(authorization_id, 'second'), earlier }), 'extended')
      const found = await authorizations.findStanding(authorization_id)
      const { refresh_hash, replaced, earlier: kept } = found?.authorization.refresh ?? {}
      assert.deepEqual([refresh_hash, replaced, kept], ['second', undefined, earlier])
    })

    test('what a chain of refresh tokens is bound to is kept as it was redeemed, and as it was rotated', async () => {
      const { authorization } = await standing(stores)
      const { authorization_id } = authorization
      const bound = async () => (await authorizations.findStanding(authorization_id))?.authorization.refresh?.cnf
      const cnf = { jkt: 'a thumbprint' }
      await authorizations.redeem(authorization_id, refreshRecord({ cnf }), now + 86_400, now)
      assert.deepEqual(await bound(), cnf)
      const turn = rotation(authorization_id, 'first', 'second')
      await authorizations.rotate({ ...turn, refresh: { ...turn.refresh, cnf: { 'x5t#S256': 'another' } } })
      assert.deepEqual(await bound(), { 'x5t#S256': 'another' })
      await authorizations.rotate(rotation(authorization_id, 'second', 'third'))
      assert.equal(await bound(), undefined)
    })

    test('I10: are ended once, with the reason and the event of whoever was first', async () => {
      const authorization_id = await redeemed(stores)
      const first = auditEventRecord({ at: now + 5, account_id: authorization_id })
      const second = { ...first, event_id: newId(), at: now + 6 }
      assert.equal(await authorizations.end(authorization_id, 'refresh_token_reused', first), 'ended')
      assert.equal(await authorizations.end(authorization_id, 'signed_out', second), 'already_ended')
      assert.deepEqual(await stores.auditEvents.list({ account_id: authorization_id, limit: 9 }), [first])
      const found = await authorizations.findStanding(authorization_id)
      assert.equal(found?.authorization.ended_at, now + 5)
      assert.equal(found?.authorization.end_reason, 'refresh_token_reused')
    })

    test('R2: their rows go five to ten minutes after their end, and not before', async () => {
      const { authorization } = await standing(stores)
      const { authorization_id } = authorization
      const goes = async (): Promise<number> => {
        const rows = await database.read(
          sql`select delete_after from authorizations where authorization_id = ${authorization_id}`,
        )
        return Number(rows[0]?.['delete_after'])
      }
      const code_end = authorization.code_expires_at
      assert.ok((await goes()) >= code_end + 300 && (await goes()) <= code_end + 600)
      await authorizations.redeem(authorization_id, refreshRecord({ refresh_expires_at: now + 1000 }), now + 1300, now)
      assert.equal(await goes(), now + 1500)
      await authorizations.rotate(rotation(authorization_id, 'first', 'second', now + 4000))
      assert.equal(await goes(), now + 4500)
      await authorizations.rotate(rotation(authorization_id, 'second', 'third', now + 100))
      assert.equal(await goes(), now + 4500, 'never earlier than was promised')
      await authorizations.rotate(rotation(authorization_id, 'third', 'fourth', now + 30 * 86_400 + 1))
      assert.ok((await goes()) - (now + 30 * 86_400) <= 3900, 'within the hour where the end is far')
      await authorizations.end(authorization_id, 'revoked_by_client', auditEventRecord())
      assert.equal(await goes(), now + 86_400, 'an ended one is remembered for a day')
    })
  })
}

interface Under {
  readonly account: Account
  readonly session: Session
  readonly grant: Grant
  readonly authorization: Authorization
}

/** Makes an authorization with all it hangs on. Its code and grant outlive its own end, so that each can fall alone. */
async function standing(stores: Stores, otherwise: Partial<Authorization> = {}): Promise<Under> {
  const account = accountRecord()
  const { account_id } = account
  const session = sessionRecord({ account_id })
  const grant = grantRecord({ account_id, expires_at: now + 30_000 })
  const authorization = authorizationRecord(grant, {
    session_id: session.session_id,
    code_expires_at: now + 60_000,
    expires_at: now + 40_000,
    ...otherwise,
  })
  await stores.accounts.create(account)
  await startSession(session, stores.accounts)
  const [consent, event] = [consentRecord(grant), auditEventRecord()]
  assert.equal(await stores.consents.record({ consent, grant, authorization, event }), 'recorded')
  return { account, session, grant, authorization }
}

/** Makes an authorization whose code was redeemed for the refresh token `first`. */
async function redeemed(stores: Stores): Promise<string> {
  const { authorization } = await standing(stores, { expires_at: now + 365 * 86_400 })
  const { authorization_id } = authorization
  assert.equal(await stores.authorizations.redeem(authorization_id, refreshRecord(), now + 86_400, now), 'redeemed')
  return authorization_id
}

/** On which page of PostgreSQL each authorization lies. */
async function pagesOf(database: Database): Promise<ReadonlyMap<string, string>> {
  const rows = await database.read(sql`select authorization_id, cast(ctid as text) as place from authorizations`)
  return new Map(rows.map((row) => [text(row, 'authorization_id'), text(row, 'place').split(',', 1)[0] ?? '']))
}

function extension(authorization_id: string, presented_hash: string): Extension {
  return { authorization_id, presented_hash, refresh_expires_at: now + 90_000, earlier: [], at: now + 60 }
}

function rotation(
  authorization_id: string,
  presented_hash: string,
  refresh_hash: string,
  ends = now + 86_400,
): Rotation {
  const replaced = { refresh_hash: presented_hash, at: now, address: '192.0.2.7', answer: 'sealed' }
  const refresh = {
    refresh_hash,
    refresh_expires_at: ends,
    last_used_at: now,
    replaced,
    earlier: [{ refresh_hash: 'before', at: now - 1 }],
  }
  return { authorization_id, presented_hash, refresh, at: now }
}
