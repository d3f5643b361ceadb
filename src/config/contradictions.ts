/** What settings mean together: mistakes that no single value shows. */
import type { Finding } from '../kernel/setting.ts'
import { isAddress } from '../kernel/network.ts'
import { acrValues } from '../vocabulary/authentication.ts'
import { spellDuration } from '../kernel/duration.ts'
import { isLoopbackIssuer } from './issuer.ts'
import type { Configuration } from './settings.ts'

/** One thing that settings mean together: which of them, and what is wrong with them. */
interface Rule {
  readonly of: readonly (keyof Configuration)[]
  readonly find: (configuration: Configuration) => readonly Finding[]
}

/**
 * Finds what contradicts itself in a configuration, of the settings that could each be read.
 *
 * @param values what could be read, as far as `mistakes` says
 * @param mistakes what is wrong with single values
 */
export function contradictions(values: Partial<Configuration>, mistakes: readonly Finding[]): readonly Finding[] {
  const isRead = (setting: string): boolean => mistakes.every(({ key }) => !isWithin(key, setting))
  // A rule looks at its own settings alone, and they are whole.
  return rules.flatMap(({ of, find }) => (of.every(isRead) ? find(values as Configuration) : []))
}

/** Tells whether a key is a setting or stands in it: `clients[0].scope` in `clients`. */
function isWithin(key: string, setting: string): boolean {
  return key === setting || key.startsWith(`${setting}.`) || key.startsWith(`${setting}[`)
}

/** Hands a rule the settings it is about, and no others. */
function about<Key extends keyof Configuration>(
  of: readonly Key[],
  find: (configuration: Pick<Configuration, Key>) => readonly Finding[],
): Rule {
  return { of, find }
}

const rules: readonly Rule[] = [
  bothOrNeither('tls.certificate', 'tls.key'),
  about(['tls.certificate', 'issuer'], issuerOfTls),
  about(
    ['tls.certificate', 'mtls.listen', 'mtls.ask', 'mtls.header', 'mtls.origin', 'mtls.authorities', 'trusted_proxies'],
    mutualTls,
  ),
  about(['database', 'database_standby'], standbyOfServer),
  about(['secret', 'database'], secretIsThere),
  inOrder('lifetimes.refresh_token_idle', 'lifetimes.refresh_token_max'),
  inOrder('lifetimes.session_idle', 'lifetimes.session_max'),
  about(['consent.access_for', 'consent.default'], consentDefault),
  bothOrNeither('mail.smtp', 'mail.from'),
  about(['issuer', 'accounts'], plainPasswords),
  about(['clients'], ({ clients }) => repeated('clients', 'client_id', clients)),
  about(['webhooks'], ({ webhooks }) => repeated('webhooks', 'url', webhooks)),
  about(['resources'], ({ resources }) => repeated('resources', 'resource', resources)),
  about(['accounts'], ({ accounts }) => repeated('accounts', 'username', accounts.map(asLogin))),
  about(['resources'], scopesOfTheirOwn),
  about(['legacy'], legacyRowsOpenSomething),
  about(['mail.smtp', 'upstream', 'account_registration', 'sign_in.email_codes'], mailNeeded),
  about(['issuer', 'clients', 'resources'], passkeysPossible),
  about(['branding', 'client_brandings'], logosWhole),
]

/** Neither of two settings of a section means anything without the other. */
function bothOrNeither(one: keyof Configuration, other: keyof Configuration): Rule {
  return about([one, other], (configuration) => {
    const [missing, ...none] = [one, other].filter((key) => configuration[key] === undefined)
    if (missing === undefined || none.length > 0) return []
    return [{ key: missing, words: `is missing: ${missing.split('.', 1)[0]} needs both` }]
  })
}

function issuerOfTls({
  'tls.certificate': certificate,
  issuer,
}: Pick<Configuration, 'tls.certificate' | 'issuer'>): readonly Finding[] {
  if (certificate === undefined || !issuer.startsWith('http://')) return []
  return [{ key: 'issuer', words: 'must begin with https:// when tls is set' }]
}

function mutualTls(
  configuration: Pick<
    Configuration,
    'tls.certificate' | `mtls.${'listen' | 'ask' | 'header' | 'origin' | 'authorities'}` | 'trusted_proxies'
  >,
): readonly Finding[] {
  const {
    'tls.certificate': certificate,
    'mtls.listen': listen,
    'mtls.ask': ask,
    'mtls.header': header,
  } = configuration
  const findings: Finding[] = []
  const needsTls = 'needs tls: who does not speak TLS is shown no certificate'
  if (certificate === undefined && ask) findings.push({ key: 'mtls.ask', words: needsTls })
  if (certificate === undefined && listen !== undefined) findings.push({ key: 'mtls.listen', words: needsTls })
  if (header !== undefined && configuration.trusted_proxies.written.length === 0) {
    findings.push({ key: 'mtls.header', words: 'needs trusted_proxies: from anybody else it is not believed' })
  }
  const isOff = !ask && listen === undefined && header === undefined
  const idle = (['mtls.origin', 'mtls.authorities'] as const).filter((key) => isOff && configuration[key] !== undefined)
  const words = 'does nothing without mtls.ask, mtls.listen or mtls.header'
  return [...findings, ...idle.map((key) => ({ key, words }))]
}

function standbyOfServer({
  database,
  database_standby,
}: Pick<Configuration, 'database' | 'database_standby'>): readonly Finding[] {
  if (database.kind === 'postgres' || database_standby === undefined) return []
  return [{ key: 'database_standby', words: 'needs PostgreSQL: a file has no standby' }]
}

function secretIsThere({ secret, database }: Pick<Configuration, 'secret' | 'database'>): readonly Finding[] {
  if (secret.value !== undefined || database.kind === 'sqlite') return []
  // Several nodes share one PostgreSQL: each making its own secret would be as good as none.
  const words = `names the file ${secret.file ?? ''}, which is not there; with PostgreSQL it is not made: every node needs the same one`
  return [{ key: 'secret', words }]
}

type Lifetime = Extract<keyof Configuration, `lifetimes.${string}`>

/** What each use extends ends no later than what no use extends. */
function inOrder(shorter: Lifetime, longer: Lifetime): Rule {
  return about([shorter, longer], ({ [shorter]: length, [longer]: most }) => {
    if (length <= most) return []
    return [{ key: shorter, words: `must not be longer than ${longer}, which is ${spellDuration(most)}` }]
  })
}

function consentDefault(
  configuration: Pick<Configuration, 'consent.access_for' | 'consent.default'>,
): readonly Finding[] {
  const choices = configuration['consent.access_for']
  const offered = choices.map(({ value }) => value)
  const chosen = configuration['consent.default']?.value
  if (offered.length === 0) return [{ key: 'consent.access_for', words: 'must offer at least one length of time' }]
  const lengths = choices.map(({ value, seconds }) => seconds ?? value)
  const twice = offered.flatMap((value, index) =>
    lengths.indexOf(lengths[index] ?? value) === index
      ? []
      : [{ key: `consent.access_for[${index}]`, words: `is there twice: ${value}` }],
  )
  if (chosen === undefined || offered.includes(chosen)) return twice
  return [...twice, { key: 'consent.default', words: `must be one of consent.access_for: ${offered.join(', ')}` }]
}

function plainPasswords({ issuer, accounts }: Pick<Configuration, 'issuer' | 'accounts'>): readonly Finding[] {
  if (isLoopbackIssuer(issuer)) return []
  return accounts.flatMap(({ password }, index) =>
    password === undefined
      ? []
      : [
          {
            key: `accounts[${index}].password`,
            words: 'is for an issuer on this machine only; use password_hash, or `licet account create`',
          },
        ],
  )
}

/** A logo for dark pages alone leaves the light ones without, and one without a name says nothing to who cannot see it. */
function logosWhole({
  branding,
  client_brandings,
}: Pick<Configuration, 'branding' | 'client_brandings'>): readonly Finding[] {
  const ofClients = Object.entries(client_brandings).map(([name, one]) => [`client_brandings.${name}`, one] as const)
  const all = [['branding', branding] as const, ...ofClients]
  return all.flatMap(([key, { logo, logo_dark, name }]) => [
    ...(logo_dark !== undefined && logo === undefined
      ? [{ key: `${key}.logo`, words: 'is missing: logo_dark needs it' }]
      : []),
    ...(logo !== undefined && name === undefined
      ? [{ key: `${key}.name`, words: 'is missing: a logo needs a name, for those who do not see it' }]
      : []),
  ])
}

/** Finds what of a list has the name of something before it. */
function repeated<Member extends string>(
  list: string,
  member: Member,
  named: readonly Readonly<Record<Member, string>>[],
): readonly Finding[] {
  const names = named.map((one) => one[member])
  return names.flatMap((name, index) =>
    names.indexOf(name) === index ? [] : [{ key: `${list}[${index}].${member}`, words: `is there twice: ${name}` }],
  )
}

/** As accounts are found by it. */
const asLogin = ({ username }: { readonly username: string }) => ({
  username: username.normalize('NFKC').trim().toLowerCase(),
})

const standardScopes = ['openid', 'profile', 'email', 'address', 'phone', 'offline_access']

function scopesOfTheirOwn({ resources }: Pick<Configuration, 'resources'>): readonly Finding[] {
  const words = 'is a scope value of OpenID Connect’s own'
  return resources.flatMap(({ scopes }, index) =>
    Object.keys(scopes)
      .filter((scope) => standardScopes.includes(scope))
      .map((scope) => ({ key: `resources[${index}].scopes.${scope}`, words })),
  )
}

function legacyRowsOpenSomething({ legacy }: Pick<Configuration, 'legacy'>): readonly Finding[] {
  return legacy.flatMap(({ response_types, grant_types }, index) => {
    if (response_types.length > 0 || grant_types.includes('password')) return []
    const words =
      grant_types.length > 0
        ? 'has implicit without response_types to go with it, and so opens nothing'
        : 'opens nothing: write response_types or grant_types, or leave it out'
    return [{ key: `legacy[${index}]`, words }]
  })
}

/** What begins with a letter is for nobody where none is sent: no setting is silently without effect. */
function mailNeeded(
  configuration: Pick<Configuration, 'mail.smtp' | 'upstream' | 'account_registration' | 'sign_in.email_codes'>,
): readonly Finding[] {
  if (configuration['mail.smtp'] !== undefined) return []
  const isProvedElsewhere = configuration.upstream.some(({ trust_email }) => trust_email)
  const words = {
    account_registration: isProvedElsewhere
      ? undefined
      : 'needs mail, or an upstream provider with trust_email: without either nobody can prove an address',
    'sign_in.email_codes': 'needs mail: it begins with a letter',
  } as const
  const switches = ['account_registration', 'sign_in.email_codes'] as const
  return switches.flatMap((key) => {
    const needs = words[key]
    return configuration[key] === 'off' || needs === undefined ? [] : [{ key, words: needs }]
  })
}

/** Passkeys are made for a name: what takes one is never reached at an address. */
function passkeysPossible({
  issuer,
  clients,
  resources,
}: Pick<Configuration, 'issuer' | 'clients' | 'resources'>): readonly Finding[] {
  if (!isAddress(new URL(issuer).hostname.replace(/^\[|\]$/g, ''))) return []
  const words = 'needs a passkey, and there are none where the issuer is an address in place of a name'
  return [
    ...clients.flatMap(({ metadata }, index) =>
      metadata['required_acr'] === acrValues.phishing_resistant
        ? [{ key: `clients[${index}].required_acr`, words }]
        : [],
    ),
    ...resources.flatMap(({ scopes, authorization_details_types }, index) =>
      Object.entries({ scopes, authorization_details_types }).flatMap(([of, described]) =>
        Object.entries(described)
          .filter(([, { required_acr }]) => required_acr === acrValues.phishing_resistant)
          .map(([name]) => ({ key: `resources[${index}].${of}.${name}.required_acr`, words })),
      ),
    ),
  ]
}
