/** The download of everything that is kept about a person, for that person: `docs/account-data.md` says what is in it. */
import { coarseNetwork, isAddress } from '../../kernel/network.ts'
import { spellMoment, type EpochSeconds } from '../../kernel/time.ts'
import type { Account } from '../../domain/account.ts'
import type { AuditEvent } from '../../domain/audit-event.ts'
import { findToTell } from '../../domain/client.ts'
import type { Consent } from '../../domain/consent.ts'
import type { GrantUse } from '../../domain/grant.ts'
import type { Passkey, Passkeys } from '../../domain/passkeys.ts'
import type { RememberedBrowser, RememberedBrowsers } from '../../domain/remembered-browsers.ts'
import type { UpstreamIdentities, UpstreamIdentity } from '../../domain/upstream.ts'
import type { Session } from '../../domain/session.ts'
import { openRateLimit } from '../../http/rate.ts'
import { refusal } from '../../kernel/refusal.ts'
import type { Handler } from '../../http/message.ts'
import type { ProtocolParts } from '../../protocol/parts.ts'
import { ownPageHandler } from '../own-page-handler.ts'
import { ownPaths } from '../paths.ts'

/** The most of each list, the newest first: more than anybody has, and a bound on what one request reads. */
const most = 10_000
/** How often one account may have it made, at once and in the long run: it is the longest answer there is (DS-05). */
const pace = { burst: 20, perSecond: 1 / 60 }

const downloadLimited = refusal(
  'temporarily_unavailable',
  'download_limited',
  'This account was downloaded several times just now: try again in a minute',
  429,
)

/** What the download is made with. */
export interface DownloadParts extends ProtocolParts {
  readonly passkeys: Passkeys
  readonly rememberedBrowsers: RememberedBrowsers
  readonly upstreamIdentities: UpstreamIdentities
}

/** Makes the handler of the download, for GET. Nobody signed in = sign in first. */
export function downloadHandler(parts: DownloadParts): Handler {
  const limit = openRateLimit(pace)
  // A download is not a page to come back to.
  return ownPageHandler('download', ownPaths.account, parts, async (_request, { account }) => {
    const taken = limit.take(account.account_id)
    if ('retry_after' in taken) throw downloadLimited({ retry_after: taken.retry_after })
    const at = parts.clock()
    const day = spellMoment(at).slice(0, 10)
    return {
      status: 200,
      headers: {
        'content-type': 'application/json',
        'content-disposition': `attachment; filename="account-data-${day}.json"`,
        'cache-control': 'no-store',
      },
      body: `${JSON.stringify(await everythingAbout(account, at, parts), undefined, 2)}\n`,
    }
  })
}

async function everythingAbout(account: Account, at: EpochSeconds, parts: DownloadParts) {
  const { account_id } = account
  const newest = { skip: 0, limit: most }
  const live = await parts.grants.listLive(account_id, at, newest)
  await parts.grantUses.write(live.map(({ grant_id }) => grant_id))
  const [held, ended, consents, sessions, events, factors, passkeys, remembered, elsewhere] = await Promise.all([
    parts.grants.listLive(account_id, at, newest),
    parts.grants.listEnded(account_id, at, most),
    parts.consents.listByAccount(account_id, most),
    parts.sessions.listByAccount(account_id),
    parts.auditEvents.list({ account_id, limit: most }),
    parts.factors.held(account_id),
    parts.passkeys.listByAccount(account_id),
    parts.rememberedBrowsers.listByAccount(account_id, at),
    parts.upstreamIdentities.listByAccount(account_id),
  ])
  const grants = [...held, ...ended]
  return {
    issuer: parts.issuer,
    made_at: spellMoment(at),
    account: accountOf(account),
    grants: await Promise.all(grants.map((grant) => grantOf(grant, parts))),
    decisions: consents.map((consent) => decisionOf(consent, parts)),
    sessions: sessions.map(sessionOf),
    factors: {
      authenticator_app: factors.totp,
      recovery_codes_left: factors.recovery_codes,
      passkeys: passkeys.map(passkeyOf),
      remembered_browsers: remembered.map(rememberedOf),
      accounts_elsewhere: elsewhere.map(elsewhereOf),
    },
    events: events.map((event) => eventOf(event, account)),
  }
}

function accountOf({ sub, username, claims, created_at, updated_at, password_hash, deletes_at }: Account) {
  const has_password = password_hash !== undefined
  return {
    sub,
    username,
    claims,
    has_password,
    created_at: spellMoment(created_at),
    updated_at: spellMoment(updated_at),
    deletes_at: spelled(deletes_at),
  }
}

async function grantOf(grant: GrantUse, parts: Pick<ProtocolParts, 'clients'>) {
  const { grant_id, client_id, permissions, kind, access_for, end_reason, last_used_from } = grant
  const client = await findToTell(client_id, parts)
  return {
    grant_id,
    client_id,
    client_name: client?.metadata.client_name,
    first_party: client?.first_party,
    permissions,
    kind,
    access_for,
    granted_at: spellMoment(grant.granted_at),
    expires_at: spelled(grant.expires_at),
    paused_at: spelled(grant.paused_at),
    ended_at: spelled(grant.ended_at),
    end_reason,
    last_used_at: spelled(grant.last_used_at),
    last_used_from,
    uses: grant.used_days.map(([day, times]) => ({ day: dayFrom(day), times })),
    used_for: grant.used_for.map(([permission, day]) => ({ permission, last_on: dayFrom(day) })),
  }
}

function decisionOf(
  { consent_id, client_id, grant_id, decision, decided_at, shown }: Consent,
  { issuer }: ProtocolParts,
) {
  const receipt = `${issuer}${ownPaths.receipts}/${consent_id}`
  return { consent_id, client_id, grant_id, decision, decided_at: spellMoment(decided_at), shown, receipt }
}

function sessionOf({ session_id, auth_time, amr, acr, ...session }: Session) {
  return {
    session_id,
    signed_in_at: spellMoment(auth_time),
    amr,
    acr,
    last_seen_at: spellMoment(session.last_seen_at),
    ends_at: spellMoment(Math.min(session.idle_expires_at, session.expires_at)),
    address: session.address,
    user_agent: session.user_agent,
  }
}

/** A passkey without its key: it is public, and says nothing to the person. */
function passkeyOf({ name, kind, transports, created_at, last_used_at }: Passkey) {
  return { name, kind, transports, created_at: spellMoment(created_at), last_used_at: spelled(last_used_at) }
}

function rememberedOf({ user_agent, created_at, expires_at }: RememberedBrowser) {
  return { user_agent, created_at: spellMoment(created_at), expires_at: spellMoment(expires_at) }
}

function elsewhereOf({ provider, issuer, subject, label, created_at, last_used_at }: UpstreamIdentity) {
  return { provider, issuer, subject, label, created_at: spellMoment(created_at), last_used_at: spelled(last_used_at) }
}

/**
 * One event with its particulars. Of others who had a part in it only the kind is told, and the network they came from:
 * which operator it was is the operator's own affair.
 */
function eventOf({ at, event, actor, client_id, grant_id, address, detail }: AuditEvent, { account_id }: Account) {
  const isOwn = actor === `account:${account_id}`
  const by = isOwn ? 'you' : (actor.split(':', 1)[0] ?? '')
  const told = Object.entries({ address, ...detail }).map(([name, value]) => {
    const isTheirs = !isOwn && typeof value === 'string' && isAddress(value)
    return [name, isTheirs ? coarseNetwork(value) : value] as const
  })
  return { at: spellMoment(at), event, by, client_id, grant_id, ...Object.fromEntries(told) }
}

function spelled(at: EpochSeconds | undefined): string | undefined {
  return at === undefined ? undefined : spellMoment(at)
}

function dayFrom(day: number): string {
  return spellMoment(day * 86_400).slice(0, 10)
}
