/**
 * How a configuration stands against RFC 9700 and OAuth 2.1: one short rule each, with its section. What no
 * configuration can do wrong here (plain PKCE, wildcards in redirect URIs) needs no rule. How the words for people read
 * is judged in `wording.ts`, how well their colours do in `readability.ts`.
 */
import { isReadByOthers } from './first-start.ts'
import { isLoopbackHost, isLoopbackIssuer } from '../config/issuer.ts'
import { legacyRows } from '../config/legacy-client.ts'
import type { Configuration } from '../config/settings.ts'
import { profiles } from '../domain/profile.ts'
import { readLoopbackRedirect } from '../domain/loopback-redirect.ts'
import { withStandardRules } from '../config/claim-rules.ts'
import type { EpochSeconds } from '../kernel/time.ts'
import { readabilityRules } from './readability.ts'
import { findCertificateFlaws } from './own-certificate.ts'
import { wordingRules } from './wording.ts'

/** One thing to know about a configuration. */
export interface Grade {
  /** `finding`: mend it, or know why not. `note`: good to know. */
  readonly level: 'finding' | 'note'
  readonly key: string
  readonly words: string
  /** `RFC 9700 §2.1.1` */
  readonly spec: string
}

type Rule = (configuration: Configuration, at: EpochSeconds) => readonly Omit<Grade, 'level' | 'spec'>[]

/** One rule, with what a breach of it is. */
export interface Row extends Pick<Grade, 'level' | 'spec'> {
  readonly rule: Rule
}

/** Grades a configuration that has no mistakes, as it stands at a moment; the findings come first. */
export function grade(configuration: Configuration, at: EpochSeconds): readonly Grade[] {
  const all = rows.flatMap(({ level, spec, rule }) => rule(configuration, at).map((one) => ({ level, spec, ...one })))
  return [...all.filter(({ level }) => level === 'finding'), ...all.filter(({ level }) => level === 'note')]
}

const hour = 3600

const rows: readonly Row[] = [
  {
    level: 'finding',
    spec: 'RFC 9700 §2.1.2',
    rule: eachOpen(({ client_id, response_types, until }, key) => {
      const words = `is debt until ${until}: ${client_id} has tokens through the browser (${response_types.join(', ')})`
      return response_types.length === 0 ? [] : [{ key: `${key}.response_types`, words }]
    }),
  },
  {
    level: 'finding',
    spec: 'RFC 9700 §2.4',
    rule: eachOpen(({ client_id, grant_types, until }, key) => {
      const words = `is debt until ${until}: ${client_id} is told people’s passwords`
      return grant_types.includes('password') ? [{ key: `${key}.grant_types`, words }] : []
    }),
  },
  {
    level: 'note',
    spec: 'RFC 9700 §2.1.2',
    rule: ({ legacy }, at) =>
      legacyRows(legacy).flatMap(({ client_id, until, closes_at }, index) =>
        closes_at <= at
          ? [
              {
                key: `legacy[${index}]`,
                words: `opens nothing since the end of ${until}: take it out, for ${client_id}`,
              },
            ]
          : [],
      ),
  },
  {
    level: 'finding',
    spec: 'RFC 9700 §2.1.1',
    rule: eachClient(({ metadata }) =>
      Object.entries(profiles).some(([name, { pkce }]) => name === metadata['profile'] && pkce === 'optional')
        ? ['profile', 'lets this client leave PKCE out: whoever steals its authorization codes can use them']
        : undefined,
    ),
  },
  {
    level: 'finding',
    spec: 'RFC 6749 §10.10',
    rule: eachClient(({ client_secret }) =>
      client_secret !== undefined && client_secret.reveal().length < 32
        ? ['client_secret', 'is shorter than 32 characters: it may be guessed']
        : undefined,
    ),
  },
  {
    level: 'finding',
    spec: 'RFC 8252 §8.6',
    rule: eachClient(({ metadata }) =>
      metadata['first_party'] === true && metadata['token_endpoint_auth_method'] === 'none'
        ? ['first_party', 'spares a public client the consent page: any program may pretend to be it']
        : undefined,
    ),
  },
  {
    level: 'finding',
    spec: 'RFC 8252 §8.3',
    rule: eachClient(
      ({ metadata }) =>
        redirectUris(metadata).some((uri) => readLoopbackRedirect(uri)?.host === 'localhost')
          ? [
              'redirect_uris',
              'has localhost, which may be another machine’s: 127.0.0.1 or [::1] is this one for certain',
            ]
          : undefined,
      'outside development',
    ),
  },
  {
    level: 'finding',
    spec: 'RFC 6750 §5.3',
    rule: (configuration) => [
      ...(configuration['lifetimes.access_token'] > hour
        ? [{ key: 'lifetimes.access_token', words: 'is more than an hour: a stolen token works until then' }]
        : []),
      ...configuration.resources.flatMap(({ access_token_lifetime = 0 }, index) =>
        access_token_lifetime > hour
          ? [{ key: `resources[${index}].access_token_lifetime`, words: 'is more than an hour' }]
          : [],
      ),
    ],
  },
  {
    level: 'finding',
    spec: 'OAuth 2.1 §1.5',
    rule: ({ issuer, listen, trusted_proxies, ...rest }) =>
      issuer.startsWith('https:') &&
      rest['tls.certificate'] === undefined &&
      !isLoopbackHost(listen.host) &&
      trusted_proxies.written.length === 0
        ? [{ key: 'tls', words: 'is not set and neither is trusted_proxies: passwords may cross the network in clear' }]
        : [],
  },
  {
    level: 'note',
    spec: 'RFC 7239 §4',
    rule: ({ issuer, listen, trusted_proxies, ...rest }) =>
      issuer.startsWith('https:') &&
      rest['tls.certificate'] === undefined &&
      isLoopbackHost(listen.host) &&
      trusted_proxies.written.length === 0
        ? [
            {
              key: 'trusted_proxies',
              words: `is empty: every request seems to come from the proxy on this machine, so one person guessing passwords slows everybody down; write [127.0.0.1] where that proxy sets X-Forwarded-For`,
            },
          ]
        : [],
  },
  {
    level: 'finding',
    spec: 'RFC 9525 §6',
    rule: findCertificateFlaws,
  },
  {
    level: 'finding',
    spec: 'RFC 9700 §4.13',
    rule: ({ trusted_proxies }) =>
      trusted_proxies.written.some((network) => network.endsWith('/0'))
        ? [{ key: 'trusted_proxies', words: 'is everybody: whoever sends X-Forwarded-For chooses whose limits count' }]
        : [],
  },
  {
    level: 'finding',
    spec: 'RFC 9700 §2.5',
    rule: ({ secret: { file, value } }) =>
      file !== undefined && value !== undefined && isReadByOthers(file)
        ? [{ key: 'secret', words: `is in a file that others can read: chmod 600 ${file}` }]
        : [],
  },
  {
    level: 'finding',
    spec: 'RFC 6749 §10.10',
    rule: (configuration) =>
      configuration['throttle.exempt'].written.length > 0 && !isLoopbackIssuer(configuration.issuer)
        ? [
            {
              key: 'throttle.exempt',
              words: 'lets these networks guess passwords without end: it is for tests, or for people whom you trust',
            },
          ]
        : [],
  },
  {
    level: 'finding',
    spec: 'RFC 7662 §4',
    rule: ({ resources, clients }) =>
      resources.flatMap(({ access_token_format, introspection_clients }, index) => {
        const unknown = introspection_clients.filter((id) => clients.every(({ client_id }) => client_id !== id))
        const key = `resources[${index}].introspection_clients`
        return [
          ...(access_token_format === 'opaque' && introspection_clients.length === 0
            ? [{ key, words: 'is empty, and opaque tokens tell nothing without introspection' }]
            : []),
          ...unknown.map((id) => ({ key, words: `names ${id}, and no client of that name is in this file` })),
        ]
      }),
  },
  {
    level: 'finding',
    spec: 'RFC 6749 §3.3',
    rule: (configuration) => {
      const known = knownScopes(configuration)
      return configuration.clients.flatMap(({ metadata }, index) =>
        textIn(metadata, 'scope')
          .split(' ')
          .filter((scope) => scope !== '' && !known.has(scope))
          .map((scope) => ({
            key: `clients[${index}].scope`,
            words: `has ${scope}, which no resource in this file has`,
          })),
      )
    },
  },
  {
    level: 'note',
    spec: 'RFC 9700 §2.5',
    rule: eachClient(
      ({ metadata }) =>
        ['client_secret_basic', 'client_secret_post', ''].includes(textIn(metadata, 'token_endpoint_auth_method'))
          ? ['token_endpoint_auth_method', 'could be private_key_jwt, which leaves no secret here to steal']
          : undefined,
      'outside development',
    ),
  },
  {
    level: 'finding',
    spec: 'OpenID Connect Core §16.17',
    rule: ({ upstream, issuer }) =>
      isLoopbackIssuer(issuer)
        ? []
        : upstream.flatMap((one, index) =>
            (['issuer', 'authorization_endpoint', 'token_endpoint', 'userinfo_endpoint', 'emails_endpoint'] as const)
              .filter((member) => one[member]?.startsWith('http:') === true)
              .map((member) => ({
                key: `upstream[${index}].${member}`,
                words: 'is http: whoever is on the way can sign in as anybody from there',
              })),
          ),
  },
  {
    level: 'note',
    spec: 'OpenID Connect Core §5.7',
    rule: ({ upstream }) =>
      upstream.flatMap(({ id, trust_email }, index) =>
        trust_email
          ? [
              {
                key: `upstream[${index}].trust_email`,
                words: `lets whoever runs ${id} into every account whose address they name`,
              },
            ]
          : [],
      ),
  },
  {
    level: 'note',
    spec: 'RFC 8414 §2',
    rule: ({ issuer }) =>
      isLoopbackIssuer(issuer) ? [{ key: 'issuer', words: 'is this machine’s own: good for development only' }] : [],
  },
  {
    level: 'note',
    spec: 'RFC 6749 §10.2',
    rule: ({ secret }) =>
      secret.file === undefined
        ? [{ key: 'secret', words: 'is in the configuration itself; a file of its own is easier to guard' }]
        : [],
  },
  ...readabilityRules,
  ...wordingRules,
]

type ConfiguredClient = Configuration['clients'][number]
type LegacyRow = Configuration['legacy'][number]

/** Judges each row of the fence that still opens something. */
function eachOpen(judge: (row: LegacyRow, key: string) => ReturnType<Rule>): Rule {
  return ({ legacy }, at) =>
    legacyRows(legacy).flatMap((row, index) => (row.closes_at <= at ? [] : judge(row, `legacy[${index}]`)))
}

function eachClient(
  judge: (client: ConfiguredClient) => readonly [member: string, words: string] | undefined,
  where: 'everywhere' | 'outside development' = 'everywhere',
): Rule {
  return ({ clients, issuer }) =>
    where === 'outside development' && isLoopbackIssuer(issuer)
      ? []
      : clients.flatMap((client, index) => {
          const [member, words] = judge(client) ?? []
          return member === undefined || words === undefined ? [] : [{ key: `clients[${index}].${member}`, words }]
        })
}

function redirectUris(metadata: ConfiguredClient['metadata']): readonly string[] {
  const uris = metadata['redirect_uris']
  return Array.isArray(uris) ? uris.filter((uri) => typeof uri === 'string') : []
}

function textIn(metadata: ConfiguredClient['metadata'], name: string): string {
  const value = metadata[name]
  return typeof value === 'string' ? value : ''
}

function knownScopes({ resources, claims }: Configuration): ReadonlySet<string> {
  return new Set([
    'openid',
    'offline_access',
    ...withStandardRules(claims).map(({ scope }) => scope),
    ...resources.flatMap(({ scopes }) => Object.keys(scopes)),
  ])
}
