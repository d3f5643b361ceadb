/**
 * Every setting there is. The type of a configuration, its checks, its defaults, what the environment overrides and
 * `docs/configuration.md` come from this table; a part of the server is handed the settings it uses, never the whole.
 */
import { languages } from '../kernel/language.ts'
import { optional, required, setting, type Kind, type SettingTable, type SettingValues } from '../kernel/setting.ts'
import { duration, formed, integer, list, networkList, path, shown, truth, word } from '../kernel/setting-kinds.ts'
import type { Seconds } from '../kernel/time.ts'
import { accessFor } from './access-for.ts'
import { branding, clientBrandings } from './branding.ts'
import { databaseAddress, hostPort, httpsOrigin, listenAddress, mailSender, postgresUrl, smtpUrl } from './addresses.ts'
import { certificateFile } from './certificates.ts'
import { claimName, claimRule, scopeValue } from './claim-rules.ts'
import { issuer } from './issuer.ts'
import { legacyClient } from './legacy-client.ts'
import { account, client, resource, statementIssuer, webhook } from './records.ts'
import { upstreamProvider } from './upstream-provider.ts'
import { serverSecret } from './server-secret.ts'

/** `off`, `any`, or the hosts or domains that are let in. */
export type Admission = 'off' | 'any' | readonly string[]

const hostName = formed(
  'host name',
  (written) => /^(?:localhost|[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+)$/.test(written),
  'a host name in lower case',
)

const admission: Kind<Admission> = {
  name: '`off`, `any`, or list of host names',
  read(raw, at) {
    if (raw === 'off' || raw === 'any') return raw
    // YAML 1.1, which editors still think of, reads `off` as false: so may a converted file.
    if (raw === false) return 'off'
    return Array.isArray(raw)
      ? list(hostName).read(raw, at)
      : at.mistake(`must be off, any or a list, not ${shown(raw)}`)
  },
}

const waiting = duration('1d', '365d')

const offOrWaiting: Kind<'off' | Seconds> = {
  name: `\`off\`, or ${waiting.name}`,
  read: (raw, at) => (raw === 'off' || raw === false ? 'off' : waiting.read(raw, at)),
}

const fixedClaims: Kind<'all' | readonly string[]> = {
  name: '`all`, or list of claim',
  read: (raw, at) => (raw === 'all' ? 'all' : list(claimName).read(raw, at)),
}

/** The table. A key with a dot is written in the section before the dot. */
export const settings = {
  issuer: required(
    issuer,
    'The issuer identifier (RFC 8414 §2): the URL clients know the server by, and the only source of every URL it publishes. No trailing slash.',
  ),
  listen: setting(listenAddress, '127.0.0.1:4000', 'Where the server listens. Port 0 takes a free one.'),
  'tls.certificate': optional(
    path,
    'The certificate chain, PEM. Without `tls` the server speaks http: for an issuer on this machine, or behind a proxy.',
  ),
  'tls.key': optional(path, 'The private key of the certificate, PEM.'),
  'mtls.ask': setting(
    truth,
    false,
    'Whether the listener asks for client certificates (RFC 8705). Browsers that have some then ask their users to choose one: `mtls.listen` spares them that.',
  ),
  'mtls.listen': optional(
    listenAddress,
    'A second listener, with the same certificate, which asks for client certificates.',
  ),
  'mtls.origin': optional(
    httpsOrigin,
    'Where clients reach that: `https://mtls.id.example.com`. Published as `mtls_endpoint_aliases`.',
  ),
  'mtls.header': optional(
    formed('header name', (written) => /^[a-z][a-z0-9-]*$/.test(written), 'the name of a header field, in lower case'),
    'The header field in which a trusted proxy hands on the client certificate: `client-cert` (RFC 9440), or one with a percent-encoded PEM. The proxy must remove it from the requests it receives.',
  ),
  'mtls.authorities': optional(
    certificateFile,
    'Certificates, PEM, of the authorities that issue certificates for `tls_client_auth`: the ones that sign them, not the root above.',
  ),
  database: setting(
    databaseAddress,
    'sqlite:./licet.db',
    'The database. SQLite serves one process, PostgreSQL several.',
  ),
  database_connections: setting(integer(2, 50), 6, 'How many connections a process keeps to PostgreSQL.'),
  database_pooling: setting(
    word('session', 'transaction'),
    'session',
    '`transaction` behind a pooler that gives each transaction another session, such as PgBouncer.',
  ),
  database_standby: optional(
    postgresUrl,
    'A standby of the database: stored clients and resources and the signing keys are read from it while it is less than a second behind.',
  ),
  secret: setting(
    serverSecret,
    'file:./licet.secret',
    'At least 32 random bytes, base64url: keys the hashes of all secrets and encrypts private keys at rest. With SQLite, a missing file is created at the first start.',
  ),

  trusted_proxies: setting(
    networkList,
    [],
    'The proxies whose `X-Forwarded-For` is believed, and `mtls.header` where it is set. A request that one of them says came by http (`X-Forwarded-Proto`) is refused. No other forwarding header is read.',
  ),
  'outbound.allow': setting(
    list(hostPort),
    [],
    'Hosts that the server’s own requests may reach although their addresses are private.',
  ),
  'overload.places': setting(
    integer(16, 10_000),
    128,
    'How many requests are worked on at once, at most, while more come than this process can answer. The others are told 503 with `Retry-After`; requests that continue or end access are the last to be turned away. At other times there is no limit.',
  ),
  'throttle.exempt': setting(
    networkList,
    [],
    'Networks whose requests are never slowed down, not even guesses of passwords: for tests, or for trusted networks of more people than the limits allow for.',
  ),

  'lifetimes.authorization_code': setting(
    duration('1s', '10m'),
    '60s',
    'How long an authorization code may be redeemed; RFC 6749 §4.1.2 allows ten minutes at most.',
  ),
  'lifetimes.access_token': setting(
    duration('1s', '1d'),
    '5m',
    'How long an access token is accepted, where its resource does not say otherwise.',
  ),
  'lifetimes.refresh_token_idle': setting(
    duration('1s', '3650d'),
    '30d',
    'How long a refresh token lives unused; each use starts that time again.',
  ),
  'lifetimes.refresh_token_max': setting(
    duration('1s', '3650d'),
    '365d',
    'How long a chain of refresh tokens lives, used or not.',
  ),
  'lifetimes.session_idle': setting(
    duration('1s', '365d'),
    '8h',
    'How long a person stays signed in without using the session.',
  ),
  'lifetimes.session_max': setting(duration('1s', '365d'), '7d', 'How long a person stays signed in at most.'),
  'lifetimes.interaction': setting(duration('1s', '1d'), '30m', 'How long a person may take to sign in and decide.'),

  'authorization_requests.require_pushed': setting(
    truth,
    false,
    'Whether every client must push its authorization requests (RFC 9126); those with the profile fapi2 must anyway.',
  ),
  'authorization_requests.by_reference': setting(
    truth,
    false,
    'Whether request objects are fetched from the `request_uris` that a client registered (OpenID Connect Core §6.2).',
  ),

  'consent.access_for': setting(
    list(accessFor),
    ['once', '1h', '1d', '30d', 'until_removed'],
    'What a person can choose from when asked for how long.',
  ),
  'consent.default': optional(
    accessFor,
    'What is chosen when the page opens. Without it, 30 days where `consent.access_for` offers them, else the first that it offers.',
  ),

  language: setting(
    word(...languages),
    'en',
    'The language of pages and e-mail where neither the application (`ui_locales`) nor the browser (`Accept-Language`) asks for one that there is.',
  ),
  branding: setting(branding, {}, 'Whose the pages are, and what they look like: [branding.md](branding.md).'),
  client_brandings: setting(
    clientBrandings,
    {},
    'Brandings by name, for signing in to single clients: a client gets one by `branding: NAME`. What it leaves out is as in `branding`.',
  ),
  'consent.idle': setting(
    duration('1d', '3650d'),
    '90d',
    'How long what a person allowed may go unused before it ends, in whole days (UTC).',
  ),
  'consent.history': setting(duration('1d', '3650d'), '90d', 'How long what has ended stays in its person’s history.'),

  'dpop.nonce': setting(
    word('off', 'required'),
    'off',
    'Whether a DPoP proof must hold a nonce of ours (RFC 9449 §8): proves freshness better than a clock does, at the price of one more round trip a minute.',
  ),

  session_management: setting(
    word('off', 'on'),
    'off',
    'Whether pages of applications may ask, in a frame of ours, if the person is still signed in here (OpenID Connect Session Management). It needs a cookie that is sent from frames on every site, and works only in browsers that allow this.',
  ),

  accounts: setting(list(account), [], 'Accounts that are created when they are missing, and never overwritten.'),
  resources: setting(list(resource), [], 'Protected resources (RFC 8707); the first is the default.'),
  clients: setting(list(client), [], 'Clients, by the metadata names of RFC 7591 and OpenID Connect Registration.'),
  claims: setting(
    list(claimRule),
    [],
    'Which claims of an account go under which scope value into which token. Rules for a scope value replace the standard ones (OpenID Connect Core §5.4).',
  ),

  'password.minimum': setting(
    integer(8, 64),
    15,
    'The fewest characters that a chosen password may have; NIST SP 800-63B asks for 15, and for 8 where a second factor is always asked for.',
  ),

  'client_registration.dynamic': setting(word('off', 'token', 'any'), 'off', 'Who may register clients by RFC 7591.'),
  'client_registration.metadata_documents': setting(
    admission,
    'off',
    'Whose URLs are taken as client_ids: those of `any` host, or of these (draft-ietf-oauth-client-id-metadata-document).',
  ),
  'client_registration.unused_for': setting(
    duration('1h', '3650d'),
    '30d',
    'How long a registration stays good while nobody has allowed it anything.',
  ),
  'client_registration.scopes': optional(
    list(scopeValue),
    'The scope values that clients may have that no operator registered; left out, all there are.',
  ),
  'client_registration.profile': setting(
    word('oauth21', 'oidc', 'fapi2'),
    'oauth21',
    'The profile of clients that no operator registered. Choose `oidc` if some of them are older OpenID Connect clients, which leave out PKCE.',
  ),
  'client_registration.software_statements': setting(
    list(statementIssuer),
    [],
    'Whose software statements (RFC 7591 §2.3) are believed; without any, statements are ignored.',
  ),
  account_registration: setting(
    admission,
    'off',
    'Who may make an account, by the domain of the e-mail address. The address is confirmed by e-mail, which needs `mail`, or by an upstream provider with `trust_email`.',
  ),
  upstream: setting(
    list(upstreamProvider),
    [],
    'Other providers that people can sign in at. Register `ISSUER/upstream/ID` there as the redirect URI.',
  ),
  'account_profile.fixed': setting(
    fixedClaims,
    [],
    'The claims that people cannot change at `/account/profile`, since they are kept elsewhere; `all`: they can change none.',
  ),
  account_deletion: setting(
    offOrWaiting,
    '14d',
    'How long an account waits after its person asked at `/account/delete` to have it deleted: until then they can change their mind. `off`: people cannot delete their accounts.',
  ),
  'sign_in.email_codes': setting(
    word('off', 'on'),
    'off',
    'Whether people may sign in by a code that is sent to their e-mail address, without a password: whoever reads their mail can then sign in as them. Needs `mail`. Such a sign-in has the `acr` `urn:licet:acr:email`, which ranks below a password’s.',
  ),
  'mail.smtp': optional(smtpUrl, 'The server that takes our mail.'),
  'mail.from': optional(mailSender, 'The sender of our mail: `Licet <id@example.com>`.'),
  webhooks: setting(
    list(webhook),
    [],
    'Who is told when a grant is given, changed or ended, by signed POSTs (Standard Webhooks).',
  ),
  legacy: setting(list(legacyClient), [], 'Clients that may use what OAuth 2.1 has dropped, each until a given day.'),

  'keys.publish_before': setting(
    duration('0s', '365d'),
    '14d',
    'How long a new signing key is published before it signs: longer than anyone caches the key set.',
  ),
  'sweeper.every': setting(duration('1s', '1h'), '30s', 'How often expired rows are looked for and removed.'),
  'log.level': setting(word('info', 'warn', 'error'), 'info', 'The least important lines that are logged.'),
  drain: setting(
    duration('0s', '9s'),
    '3s',
    'How long after SIGTERM requests are still taken while readiness says 503, so that load balancers notice first. Make it longer than their health check interval.',
  ),
} satisfies SettingTable

/** A configuration: the value of every setting. */
export type Configuration = SettingValues<typeof settings>

/** Which settings an environment variable overrides, so that one file serves several places. */
export const environmentOverrides = {
  issuer: 'LICET_ISSUER',
  listen: 'LICET_LISTEN',
  database: 'LICET_DATABASE',
  secret: 'LICET_SECRET',
} as const satisfies { readonly [Key in keyof typeof settings]?: string }
