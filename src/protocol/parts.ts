/** What the protocol is made with. Each file takes the `Pick` of it that it uses; `server/` puts it all together. */
import type { Accounts } from '../domain/account.ts'
import type { AccessTokens } from '../domain/access-token.ts'
import type { AuditEvents } from '../domain/audit-event.ts'
import type { Authorizations } from '../domain/authorization.ts'
import type { Clients, Profile } from '../domain/client.ts'
import type { UriPolicy } from '../domain/client-metadata-fields.ts'
import type { ClientNames } from '../domain/lookalikes.ts'
import type { ClientUse } from '../domain/client-use.ts'
import type { Consents } from '../domain/consent.ts'
import type { DeviceAuthorizations } from '../domain/device-authorization.ts'
import type { EventLog } from '../domain/event-log.ts'
import type { Factors } from '../domain/factors.ts'
import type { Grants } from '../domain/grant.ts'
import type { GrantUses } from '../domain/grant-use.ts'
import type { Audience } from '../domain/notice.ts'
import type { Interactions } from '../domain/interaction.ts'
import type { LegacyRow } from '../domain/legacy-fence.ts'
import type { Logos } from '../domain/logos.ts'
import type { Outbound } from '../domain/outbound.ts'
import type { FixedClaims } from '../domain/own-claims.ts'
import type { PasswordSignIn } from '../domain/password-sign-in.ts'
import type { ProtectedResources } from '../domain/protected-resource.ts'
import type { PushedRequests } from '../domain/pushed-request.ts'
import type { Sessions } from '../domain/session.ts'
import type { StatementIssuer } from '../domain/statement-issuer.ts'
import type { UsedOnce } from '../domain/used-once.ts'
import type { Secrets } from '../kernel/secret.ts'
import type { Language } from '../kernel/language.ts'
import type { Clock, Seconds } from '../kernel/time.ts'
import type { Brands } from './branding.ts'
import type { ClientKeys } from './client-authentication/client-keys.ts'
import type { ClientFailures } from './client-authentication/failures.ts'
import type { Feature } from './feature.ts'
import type { NetworkLimit } from './network-limit.ts'
import type { ConstantVerifiers } from './token/constant-verifiers.ts'
import type { Signer } from './token/sign.ts'

/** How long things last. */
export interface Lifetimes {
  /** At most 60 s by default: RFC 6749 §4.1.2 recommends ten minutes at the most, FAPI 2.0 one. */
  readonly authorization_code: Seconds
  readonly access_token: Seconds
  /** How long an unused refresh token lives; each use restarts it. */
  readonly refresh_token_idle: Seconds
  /** How long a chain of refresh tokens lives whatever happens. */
  readonly refresh_token_max: Seconds
  readonly session_idle: Seconds
  readonly session_max: Seconds
  /** How long a person may take for one authorization request. */
  readonly interaction: Seconds
  /** How long a grant may stay unused before it ends. */
  readonly grant_idle: Seconds
}

/** One of the lengths of time a person can choose from. */
export interface AccessFor {
  /** As configured and as the form sends it: `once`, `1h`, `30d`, `until_removed`. */
  readonly value: string
  /** undefined for `once` and `until_removed`. */
  readonly seconds?: Seconds
}

/** Which account claims go under which scope value into which token: the operator's table over OpenID Connect Core §5.4. */
export interface ClaimRule {
  readonly scope: string
  readonly claims: readonly string[]
  readonly into: readonly ('access_token' | 'id_token' | 'userinfo')[]
}

/** How clients may come here without an operator. */
export interface RegistrationSettings {
  /** RFC 7591: nobody, whoever has an initial access token, or anybody. */
  readonly dynamic: 'off' | 'token' | 'any'
  /** Whose URLs are taken as client_ids: nobody's, anybody's, or those on these hosts. */
  readonly metadata_documents: 'off' | 'any' | readonly string[]
  /** How long a registration stays good that nobody has allowed anything. */
  readonly unused_for: Seconds
  /** The profile of every client that comes so. */
  readonly profile: Profile
  /** The scope values such a client may have; undefined = all there are. */
  readonly scopes?: readonly string[] | undefined
  readonly software_statements: readonly StatementIssuer[]
  readonly uris: UriPolicy
}

/** The settings the protocol uses. */
export interface ProtocolSettings {
  readonly lifetimes: Lifetimes
  readonly access_for: readonly AccessFor[]
  /** What is chosen when the person changes nothing. */
  readonly access_for_default: AccessFor
  readonly claims: readonly ClaimRule[]
  /** The language for people who want none of ours. */
  readonly language: Language
  /** In whose name the pages speak. */
  readonly brands: Brands
  readonly authorization_requests: {
    /** True: every client must push its authorization requests, RFC 9126 §5. */
    readonly require_pushed: boolean
    /** True: request objects are fetched from where a client registered them, OpenID Connect Core §6.2. */
    readonly by_reference: boolean
  }
  /** The gates in the fence around what OAuth 2.1 has dropped; those whose day is over open nothing. */
  readonly legacy: readonly LegacyRow[]
  readonly registration: RegistrationSettings
  /** Who may make an account: nobody, anybody, or whoever has an e-mail address of these domains. */
  readonly account_registration: 'off' | 'any' | readonly string[]
  /** The claims that people do not write themselves. */
  readonly fixed_claims: FixedClaims
  /** How long an account waits after its person asked to have it deleted; `off`: nobody can ask. */
  readonly account_deletion: 'off' | Seconds
  /** Whether a code that is sent by mail signs people in. */
  readonly email_codes: 'off' | 'on'
  /** Whether a DPoP proof must hold a nonce of ours, RFC 9449 §8. */
  readonly dpop_nonce: 'off' | 'required'
  /** Whether frames of clients may learn that the person signed out, OpenID Connect Session Management. */
  readonly session_management: 'off' | 'on'
  /** Absent where no client certificate can reach us. */
  readonly mtls?: MutualTls
}

/** Client certificates, RFC 8705. */
export interface MutualTls {
  /** The origin where a certificate is asked for, when it is not the issuer's: our endpoints are there under the same paths. */
  readonly origin?: string
}

/** All that the protocol works with. */
export interface ProtocolParts {
  /** The issuer identifier, byte for byte as configured: the only source of every URL we publish. */
  readonly issuer: string
  readonly clock: Clock
  readonly secrets: Secrets
  readonly settings: ProtocolSettings
  readonly features: readonly Feature[]
  readonly signer: Signer
  readonly log: EventLog
  readonly clients: Clients
  readonly clientNames: ClientNames
  readonly clientUse: ClientUse
  readonly logos: Logos
  readonly clientKeys: ClientKeys
  readonly clientFailures: ClientFailures
  readonly requestObjectFailures: ClientFailures
  readonly resources: ProtectedResources
  readonly accounts: Accounts
  readonly sessions: Sessions
  readonly interactions: Interactions
  readonly interactionLimit: NetworkLimit
  readonly pushedRequests: PushedRequests
  readonly constantVerifiers: ConstantVerifiers
  readonly pushLimit: NetworkLimit
  readonly deviceLimit: NetworkLimit
  /** The only way out to addresses that clients name. */
  readonly outbound: Outbound
  readonly grants: Grants
  readonly grantUses: GrantUses
  readonly consents: Consents
  readonly authorizations: Authorizations
  readonly deviceAuthorizations: DeviceAuthorizations
  readonly accessTokens: AccessTokens
  readonly usedOnce: UsedOnce
  readonly auditEvents: AuditEvents
  readonly signInByPassword: PasswordSignIn
  readonly factors: Factors
  /** Who is told of what becomes of grants. */
  readonly audience: Audience
}
