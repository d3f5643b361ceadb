/** Every port of the domain, over one database. */
import type { AccessTokens } from '../domain/access-token.ts'
import type { Accounts } from '../domain/account.ts'
import type { Attempts } from '../domain/attempts.ts'
import type { AuditEvents } from '../domain/audit-event.ts'
import type { Authorizations } from '../domain/authorization.ts'
import type { Clients } from '../domain/client.ts'
import type { ClientUse } from '../domain/client-use.ts'
import type { Consents } from '../domain/consent.ts'
import type { DeviceAuthorizations } from '../domain/device-authorization.ts'
import type { ExpiredRows } from '../domain/expired-rows.ts'
import type { Factors } from '../domain/factors.ts'
import type { Grants } from '../domain/grant.ts'
import type { GrantUses } from '../domain/grant-use.ts'
import type { InitialAccessTokens } from '../domain/initial-access-token.ts'
import type { Seconds } from '../kernel/time.ts'
import type { Interactions } from '../domain/interaction.ts'
import type { OneTimeCodes } from '../domain/one-time-codes.ts'
import type { MailTokens } from '../domain/mail-token.ts'
import type { Outbox } from '../domain/outbox.ts'
import type { Passkeys } from '../domain/passkeys.ts'
import type { ProtectedResources } from '../domain/protected-resource.ts'
import type { PushedRequests } from '../domain/pushed-request.ts'
import type { RememberedBrowsers } from '../domain/remembered-browsers.ts'
import type { Sessions } from '../domain/session.ts'
import type { SigningKeys } from '../domain/signing-key.ts'
import type { UpstreamIdentities } from '../domain/upstream.ts'
import type { UsedOnce } from '../domain/used-once.ts'
import { openAccessTokens } from './access-tokens.ts'
import { openAccounts } from './accounts.ts'
import { openAttempts } from './attempts.ts'
import { openAuditEvents } from './audit-events.ts'
import { openAuthorizations } from './authorizations.ts'
import { openClients } from './clients.ts'
import { openClientUse } from './client-use.ts'
import { openConsents } from './consents.ts'
import type { Database } from './database.ts'
import { openDeviceAuthorizations } from './device-authorizations.ts'
import { openExpiredRows } from './expired-rows.ts'
import { openFactors } from './factors.ts'
import { memoryOf } from './delete-after.ts'
import { openGrantUses } from './grant-use.ts'
import { openGrants } from './grants.ts'
import { openInitialAccessTokens } from './initial-access-tokens.ts'
import { openInteractions } from './interactions.ts'
import { openOneTimeCodes } from './one-time-codes.ts'
import { openMailTokens } from './mail-tokens.ts'
import { openOutbox } from './outbox.ts'
import { openPasskeys } from './passkeys.ts'
import { openProtectedResources } from './protected-resources.ts'
import { openPushedRequests } from './pushed-requests.ts'
import type { LenientReads } from './recent.ts'
import { openRememberedBrowsers } from './remembered-browsers.ts'
import { openSessions } from './sessions.ts'
import { openSigningKeys } from './signing-keys.ts'
import { openUpstreamIdentities } from './upstream-identities.ts'
import { openUsedOnce } from './used-once.ts'

/** The stores, named as the parts that use them name them. */
export interface Stores {
  /** Stored clients only: configured ones are laid over them by whoever knows the configuration. */
  readonly clients: Clients
  readonly clientUse: ClientUse
  readonly initialAccessTokens: InitialAccessTokens
  /** Stored ones only, as `clients`. */
  readonly resources: ProtectedResources
  readonly accounts: Accounts
  readonly sessions: Sessions
  readonly interactions: Interactions
  readonly pushedRequests: PushedRequests
  readonly grants: Grants
  readonly grantUses: GrantUses
  readonly consents: Consents
  readonly authorizations: Authorizations
  readonly deviceAuthorizations: DeviceAuthorizations
  readonly accessTokens: AccessTokens
  readonly signingKeys: SigningKeys
  readonly auditEvents: AuditEvents
  readonly usedOnce: UsedOnce
  readonly attempts: Attempts
  readonly outbox: Outbox
  readonly factors: Factors
  readonly oneTimeCodes: OneTimeCodes
  readonly passkeys: Passkeys
  readonly rememberedBrowsers: RememberedBrowsers
  readonly mailTokens: MailTokens
  readonly upstreamIdentities: UpstreamIdentities
  readonly expiredRows: ExpiredRows
}

/** What the stores can be told when they are opened. */
export interface StoreOptions {
  /** How long grants that ended stay in their person's history; 90 days by default. */
  readonly history?: Seconds
  /** Where signing keys and stored clients and resources are read; by default where all else is. */
  readonly reads?: LenientReads
}

const usualHistory: Seconds = 90 * 86_400

/** Opens every store over a database that has been migrated. */
export function openStores(database: Database, options: StoreOptions = {}): Stores {
  const { history = usualHistory, reads } = options
  const memory = memoryOf(history)
  return {
    clients: openClients(database, memory, reads),
    clientUse: openClientUse(database),
    initialAccessTokens: openInitialAccessTokens(database),
    resources: openProtectedResources(database, reads),
    accounts: openAccounts(database),
    sessions: openSessions(database),
    interactions: openInteractions(database),
    pushedRequests: openPushedRequests(database),
    grants: openGrants(database, memory),
    grantUses: openGrantUses(database),
    consents: openConsents(database, memory),
    authorizations: openAuthorizations(database),
    deviceAuthorizations: openDeviceAuthorizations(database),
    accessTokens: openAccessTokens(database),
    signingKeys: openSigningKeys(database, reads),
    auditEvents: openAuditEvents(database),
    usedOnce: openUsedOnce(database),
    attempts: openAttempts(database),
    outbox: openOutbox(database),
    factors: openFactors(database),
    oneTimeCodes: openOneTimeCodes(database),
    passkeys: openPasskeys(database),
    rememberedBrowsers: openRememberedBrowsers(database),
    mailTokens: openMailTokens(database),
    upstreamIdentities: openUpstreamIdentities(database),
    expiredRows: openExpiredRows(database),
  }
}
