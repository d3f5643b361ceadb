/**
 * The composition root: the one place where a configuration, a database and the parts of the server meet. What outlives
 * a change of configuration is handed in as the ground; everything else is made again each time.
 */
import type { Configuration } from '../config/settings.ts'
import { usualOf } from '../config/access-for.ts'
import { withStandardRules } from '../config/claim-rules.ts'
import { legacyRows } from '../config/legacy-client.ts'
import type { Clients } from '../domain/client.ts'
import { openClientNames } from '../domain/lookalikes.ts'
import type { Audience } from '../domain/notice.ts'
import type { EventLog } from '../domain/event-log.ts'
import type { Outbound } from '../domain/outbound.ts'
import type { ProtectedResources } from '../domain/protected-resource.ts'
import { statementIssuers } from '../domain/statement-issuer.ts'
import { upstreamProviders } from '../domain/upstream-presets.ts'
import type { PasswordRules } from '../domain/password-rules.ts'
import { seeOther, type Handler } from '../http/message.ts'
import type { OverloadGate } from '../http/overload.ts'
import type { Passwords } from '../identity/password.ts'
import { openPasswordSignIn } from '../identity/password-alone.ts'
import { openThrottle } from '../identity/throttle.ts'
import { openUserCodeThrottle } from '../identity/user-code-throttle.ts'
import { errorPage } from '../interaction/error/handler.ts'
import type { Announcing } from '../interaction/logout/handler.ts'
import { interactionHandlers } from '../interaction/handlers.ts'
import { floodAtOnce } from '../interaction/sign-in/flood.ts'
import { ownPaths } from '../interaction/paths.ts'
import type { Secrets } from '../kernel/secret.ts'
import type { Clock, Milliseconds, Seconds } from '../kernel/time.ts'
import { layeredClients, layeredResources } from '../management/configured.ts'
import { configuredClients } from '../management/configured-clients.ts'
import { openOutbound } from '../outside/fetch.ts'
import { openMailer } from '../outside/mail.ts'
import { openLogos } from '../outside/logos.ts'
import { openUpstreams } from '../outside/upstreams.ts'
import type { Metrics } from '../outside/metrics.ts'
import { authorizationEndpoint } from '../protocol/authorize/endpoint.ts'
import type { Brands } from '../protocol/branding.ts'
import { openBrowserOrigins } from '../protocol/browser-origins.ts'
import { openClientKeys } from '../protocol/client-authentication/client-keys.ts'
import { openClientFailures, openRequestObjectFailures } from '../protocol/client-authentication/failures.ts'
import { deviceAuthorizationEndpoint } from '../protocol/device/endpoint.ts'
import { discoveryEndpoint } from '../protocol/discovery/endpoint.ts'
import { features } from '../protocol/features.ts'
import { introspectionEndpoint } from '../protocol/introspection/endpoint.ts'
import { jwksEndpoint } from '../protocol/jwks/endpoint.ts'
import { pushedAuthorizationRequestEndpoint } from '../protocol/par/endpoint.ts'
import type { ProtocolSettings } from '../protocol/parts.ts'
import { protectedResourceMetadataEndpoint } from '../protocol/protected-resource-metadata/endpoint.ts'
import { clientConfigurationEndpoint } from '../protocol/registration/client-configuration.ts'
import { openClientDocuments } from '../protocol/registration/client-documents.ts'
import { registrationEndpoint } from '../protocol/registration/endpoint.ts'
import { openNetworkLimit } from '../protocol/network-limit.ts'
import { openConstantVerifiers } from '../protocol/token/constant-verifiers.ts'
import { selfRegisteredClients } from '../protocol/registration/self-registered.ts'
import { revocationEndpoint } from '../protocol/revocation/endpoint.ts'
import { tokenEndpoint } from '../protocol/token/endpoint.ts'
import { checkSessionEndpoint } from '../protocol/session-management/endpoint.ts'
import type { Signer } from '../protocol/token/sign.ts'
import { userinfoEndpoint } from '../protocol/userinfo/endpoint.ts'
import type { Database } from '../storage/database.ts'
import type { Standby } from '../storage/standby.ts'
import type { Stores } from '../storage/stores.ts'
import { asset, logo, type Assets } from './assets.ts'
import { announcer } from './announce.ts'
import { openBrands } from './brands.ts'
import { logoutTokenSender, mailSender, webhookSender, type Send, type Senders } from './deliveries.ts'
import { edge, type Edge } from './edge.ts'
import { openClientCertificates } from './client-certificates.ts'
import { mutualTlsOf, operatorPolicy, uriPolicy } from './loaded-configuration.ts'
import { probes, type Stage } from './probes.ts'
import type { Handlers } from './routes.ts'

/** What stays the same while configurations come and go. */
export interface Ground {
  readonly database: Database
  readonly stores: Stores
  /** Where the database has a standby. */
  readonly standby?: Standby
  readonly secrets: Secrets
  readonly clock: Clock
  readonly log: EventLog
  readonly signer: Signer
  readonly passwords: Passwords
  readonly metrics: Metrics
  readonly overload: OverloadGate
  readonly assets: Assets
  readonly stage: () => Stage
  /** By how much this machine's clock and the time that is kept disagree; default: they agree. */
  readonly skew?: () => Seconds
  /** How long a page waits for clients to be told of a sign-out; default: less than a second. */
  readonly announcing?: Milliseconds
}

/** Everything made of one configuration. */
export interface Composition {
  readonly parts: ReturnType<typeof partsOf>
  readonly edge: Edge
  /** How what waits in the outbox is sent. */
  readonly senders: Senders
}

/** Puts a server together. */
export function compose(configuration: Configuration, ground: Ground): Composition {
  const { brands, assets } = openBrands(configuration)
  ground.assets.put(assets)
  const parts = partsOf(configuration, ground, brands)
  const logout_token = logoutTokenSender(parts)
  const isStopping = (): boolean => ground.stage() === 'draining'
  return {
    parts,
    edge: edge({
      issuer: parts.issuer,
      settings: parts.settings,
      trusted_proxies: configuration.trusted_proxies,
      certificateOf: openClientCertificates({
        header: configuration['mtls.header'],
        trusted_proxies: configuration.trusted_proxies,
        authorities: configuration['mtls.authorities'] ?? [],
      }),
      alias: configuration['mtls.origin'],
      log: parts.log,
      handlers: handlersOf(
        { ...parts, announceSignOut: announcer(logout_token, { ...parts, isStopping }, ground.announcing) },
        ground,
      ),
      atOnce: { interaction: floodAtOnce(parts) },
      isKnownOrigin: openBrowserOrigins(parts),
      observe: ground.metrics.answered,
      overload: ground.overload,
      isDraining: isStopping,
    }),
    senders: {
      mail: mailSenderOf(configuration, parts),
      logout_token,
      webhook: configuration.webhooks.length === 0 ? undefined : webhookSender(configuration.webhooks, parts),
    },
  }
}

/** Who is told of what becomes of grants. */
export function audienceOf({ 'mail.smtp': smtp, webhooks }: Configuration): Audience {
  return { mail: smtp !== undefined, webhooks: webhooks.map(({ url }) => url) }
}

/** What passwords that people choose are judged by. */
export function passwordRulesOf(configuration: Configuration): PasswordRules {
  const { branding, issuer } = configuration
  const names = [branding.name, ...Object.values(branding.names ?? {})].filter((name) => name !== undefined)
  return { minimum: configuration['password.minimum'], server_names: ['Licet', new URL(issuer).hostname, ...names] }
}

function mailSenderOf(configuration: Configuration, parts: Composition['parts']): Send | undefined {
  const { 'mail.smtp': smtp, 'mail.from': from, issuer } = configuration
  if (smtp === undefined || from === undefined) return undefined
  return mailSender(openMailer({ smtp, from, domain: new URL(issuer).hostname }), parts)
}

function partsOf(configuration: Configuration, ground: Ground, brands: Brands) {
  const { stores, secrets, clock, log, signer, passwords } = ground
  const exempt = configuration['throttle.exempt']
  const outbound = openOutbound({ allow: configuration['outbound.allow'] })
  const policy = operatorPolicy(configuration)
  const resources = resourcesOf(configuration, stores)
  const clients = clientsOf(configuration, { ...ground, resources, outbound })
  const settings = protocolSettings(configuration, brands)
  const throttle = openThrottle({ attempts: stores.attempts, clock, log, exempt })
  return {
    ...stores,
    issuer: configuration.issuer,
    assets: ground.assets,
    clock,
    secrets,
    log,
    signer,
    passwords,
    features,
    settings,
    clients,
    clientNames: openClientNames({ clients }),
    logos: openLogos({ outbound, clock, log }),
    resources,
    clientKeys: openClientKeys({ outbound, clock, log }),
    clientFailures: openClientFailures(exempt),
    requestObjectFailures: openRequestObjectFailures(exempt),
    constantVerifiers: openConstantVerifiers({ auditEvents: stores.auditEvents, clock, log }),
    interactionLimit: openNetworkLimit('interaction', exempt),
    pushLimit: openNetworkLimit('pushed_request', exempt),
    deviceLimit: openNetworkLimit('device_authorization', exempt),
    registrationLimit: openNetworkLimit('registration', exempt),
    throttle,
    userCodeThrottle: openUserCodeThrottle({ attempts: stores.attempts, clock, log, exempt }),
    signInByPassword: openPasswordSignIn({ ...stores, clock, secrets, log, passwords, settings, throttle }),
    clientPolicy: policy,
    audience: audienceOf(configuration),
    passwordRules: passwordRulesOf(configuration),
    outbound,
    upstreams: openUpstreams({
      providers: upstreamProviders(configuration.upstream),
      issuer: configuration.issuer,
      outbound,
      clock,
    }),
    accountRegistration: configuration.account_registration,
  }
}

/** Lays the configured protected resources over the stored ones. */
export function resourcesOf(configuration: Configuration, stores: Pick<Stores, 'resources'>): ProtectedResources {
  const configured = configuration.resources.map((one) => ({ ...one, registered_by: 'configuration' as const }))
  return layeredResources(configured, stores.resources)
}

/** Lays the clients over one another: configured before stored ones, and those that nobody stored last. */
export function clientsOf(
  configuration: Configuration,
  parts: Pick<Ground, 'secrets' | 'clock' | 'log'> & {
    readonly stores: Pick<Stores, 'clients'>
    readonly resources: ProtectedResources
    readonly outbound: Outbound
  },
): Clients {
  const { secrets } = parts
  const stored = parts.stores.clients
  const policy = operatorPolicy(configuration)
  const settings = protocolSettings(configuration, openBrands(configuration).brands)
  const clientDocuments = openClientDocuments({ ...parts, settings, stored })
  const known = selfRegisteredClients(stored, { ...parts, settings, clientDocuments })
  return layeredClients(configuredClients(configuration.clients, { policy, secrets }), known)
}

/** Hands the protocol the settings it uses. */
function protocolSettings(configuration: Configuration, brands: Brands): ProtocolSettings {
  const mtls = mutualTlsOf(configuration)
  return {
    lifetimes: {
      authorization_code: configuration['lifetimes.authorization_code'],
      access_token: configuration['lifetimes.access_token'],
      refresh_token_idle: configuration['lifetimes.refresh_token_idle'],
      refresh_token_max: configuration['lifetimes.refresh_token_max'],
      session_idle: configuration['lifetimes.session_idle'],
      session_max: configuration['lifetimes.session_max'],
      interaction: configuration['lifetimes.interaction'],
      grant_idle: configuration['consent.idle'],
    },
    access_for: configuration['consent.access_for'],
    access_for_default: configuration['consent.default'] ?? usualOf(configuration['consent.access_for']),
    claims: withStandardRules(configuration.claims),
    language: configuration.language,
    brands,
    authorization_requests: {
      require_pushed: configuration['authorization_requests.require_pushed'],
      by_reference: configuration['authorization_requests.by_reference'],
    },
    legacy: legacyRows(configuration.legacy),
    registration: {
      dynamic: configuration['client_registration.dynamic'],
      metadata_documents: configuration['client_registration.metadata_documents'],
      unused_for: configuration['client_registration.unused_for'],
      profile: configuration['client_registration.profile'],
      scopes: configuration['client_registration.scopes'],
      software_statements: statementIssuers(configuration['client_registration.software_statements']),
      uris: uriPolicy(configuration),
    },
    // An address is proved by a letter: without mail nobody can prove one.
    account_registration: configuration['mail.smtp'] === undefined ? 'off' : configuration.account_registration,
    fixed_claims: configuration['account_profile.fixed'],
    account_deletion: configuration.account_deletion,
    email_codes: configuration['sign_in.email_codes'],
    dpop_nonce: configuration['dpop.nonce'],
    session_management: configuration.session_management,
    ...(mtls && { mtls }),
  }
}

function handlersOf(parts: Composition['parts'] & Announcing, ground: Ground): Handlers {
  const leadingTo =
    (path: string): Handler =>
    () =>
      Promise.resolve(seeOther(parts.issuer + path))
  return {
    authorization_endpoint: authorizationEndpoint({ ...parts, errorPage }),
    token_endpoint: tokenEndpoint(parts),
    userinfo_endpoint: userinfoEndpoint(parts),
    introspection_endpoint: introspectionEndpoint(parts),
    revocation_endpoint: revocationEndpoint(parts),
    pushed_authorization_request_endpoint: pushedAuthorizationRequestEndpoint(parts),
    registration_endpoint: registrationEndpoint(parts),
    client_configuration: clientConfigurationEndpoint(parts),
    device_authorization_endpoint: deviceAuthorizationEndpoint(parts),
    jwks_uri: jwksEndpoint(parts),
    discovery: discoveryEndpoint(parts),
    protected_resource_metadata: protectedResourceMetadataEndpoint(parts),
    check_session_iframe: checkSessionEndpoint(parts),
    ...interactionHandlers(parts),
    root: leadingTo(ownPaths.account),
    change_password: leadingTo(ownPaths.password),
    asset: asset(ground),
    logo: logo(parts),
    ...probes({ ...ground, ping: () => ground.database.ping() }),
  }
}
