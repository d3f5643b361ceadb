/**
 * What is only known by asking: whether the providers that people sign in at are what the configuration says they are
 * (`licet check --online`). One request to each, by the one guard, as the server itself makes it.
 */
import type { Outbound } from '../domain/outbound.ts'
import { upstreamRedirectUri, type UpstreamProvider } from '../domain/upstream.ts'
import { isMapping } from '../kernel/mapping.ts'
import type { Grade } from './grade.ts'

type Metadata = Readonly<Record<string, unknown>>

/** What one rule makes of a provider and its own description; undefined where nothing is to be said. */
type Rule = (provider: UpstreamProvider, metadata: Metadata) => string | undefined

interface Row extends Pick<Grade, 'level' | 'spec'> {
  readonly rule: Rule
}

/** Grades every provider by what it answers; what cannot be asked of plain OAuth is not said. */
export async function gradeProviders(
  providers: readonly UpstreamProvider[],
  { issuer, outbound }: { readonly issuer: string; readonly outbound: Outbound },
): Promise<readonly Grade[]> {
  const each = providers.map(async (provider, index): Promise<readonly Grade[]> => {
    const key = `upstream[${index}]`
    const words = `sends people back to ${upstreamRedirectUri(issuer, provider)}, which is to be registered there`
    const note: Grade = { level: 'note', key, words, spec: 'OpenID Connect Core §3.1.2.1' }
    return provider.endpoints === undefined ? [note, ...(await gradesOf(provider, key, outbound))] : [note]
  })
  return (await Promise.all(each)).flat()
}

async function gradesOf(provider: UpstreamProvider, key: string, outbound: Outbound): Promise<readonly Grade[]> {
  const metadata = await described(provider, outbound)
  if (typeof metadata === 'string')
    return [{ level: 'finding', key, words: metadata, spec: 'OpenID Connect Discovery §4' }]
  return rows.flatMap(({ rule, ...about }) => {
    const words = rule(provider, metadata)
    return words === undefined ? [] : [{ ...about, key, words }]
  })
}

/** The provider's own description; in words why there is none. */
async function described({ issuer }: UpstreamProvider, outbound: Outbound): Promise<Metadata | string> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
  const answer = await outbound.get(url, { accept: 'application/json', maximum: 262_144, timeout: 8000 })
  if ('refused' in answer) {
    if (answer.why === 'redirect') return `is redirected at ${url}: write the issuer as it names itself`
    const opens =
      answer.refused === 'not_allowed' || answer.why === 'private_address' ? ', unless outbound.allow names it' : ''
    return `has no description at ${url}: ${answer.why}${opens}`
  }
  if (answer.status !== 200) return `answers ${answer.status} at ${url}`
  try {
    const read = JSON.parse(Buffer.from(answer.body).toString('utf8')) as unknown
    return isMapping(read) ? read : `describes itself by something else than an object at ${url}`
  } catch {
    return `describes itself by something else than JSON at ${url}`
  }
}

const rows: readonly Row[] = [
  {
    level: 'finding',
    spec: 'OpenID Connect Discovery §4.3',
    rule: ({ issuer }, metadata) =>
      isIssuer(metadata['issuer'], issuer)
        ? undefined
        : `calls itself ${JSON.stringify(metadata['issuer'] ?? null).slice(0, 200)}, and not ${issuer}: nobody gets in`,
  },
  {
    level: 'finding',
    spec: 'OpenID Connect Discovery §3',
    rule: (_provider, metadata) => {
      const missing = ['authorization_endpoint', 'token_endpoint', 'jwks_uri'].filter((name) => !isUrl(metadata[name]))
      return missing.length === 0 ? undefined : `names no ${missing.join(' and no ')}`
    },
  },
  {
    level: 'finding',
    spec: 'OpenID Connect Discovery §3',
    rule: lacking('response_types_supported', () => 'code', 'does not offer the code flow'),
  },
  {
    level: 'finding',
    spec: 'OAuth 2.0 Form Post Response Mode §2',
    rule: ({ response_mode }, metadata) =>
      response_mode === 'form_post' && lists(metadata, 'response_modes_supported')?.includes('form_post') === false
        ? 'does not answer by form_post'
        : undefined,
  },
  {
    level: 'finding',
    spec: 'OpenID Connect Discovery §3',
    rule: lacking(
      'token_endpoint_auth_methods_supported',
      ({ client_secret, token_endpoint_auth_method }) =>
        client_secret === undefined ? 'none' : token_endpoint_auth_method,
      'does not take the way in which this server authenticates there (token_endpoint_auth_method)',
    ),
  },
  {
    level: 'note',
    spec: 'RFC 9700 §2.1.1',
    rule: (_provider, metadata) =>
      lists(metadata, 'code_challenge_methods_supported')?.includes('S256') === true
        ? undefined
        : 'does not say that it knows PKCE with S256: then nonce alone binds its answer to a browser',
  },
  {
    level: 'note',
    spec: 'RFC 9207 §2.4',
    rule: (_provider, metadata) =>
      metadata['authorization_response_iss_parameter_supported'] === true
        ? undefined
        : 'does not name itself in its answers: the address of its own that each provider has here stands in for that',
  },
]

/** A list that a provider gives has to hold a certain value; a list that it leaves out says nothing. */
function lacking(member: string, wanted: (provider: UpstreamProvider) => string, words: string): Rule {
  return (provider, metadata) => (lists(metadata, member)?.includes(wanted(provider)) === false ? words : undefined)
}

function lists(metadata: Metadata, member: string): readonly unknown[] | undefined {
  const value = metadata[member]
  return Array.isArray(value) ? value : undefined
}

/** One with many tenants writes a placeholder where the tenant’s name comes. */
function isIssuer(said: unknown, issuer: string): boolean {
  if (typeof said !== 'string') return false
  const [before = '', after] = said.split('{tenantid}')
  if (after === undefined) return said === issuer
  return issuer.startsWith(before) && issuer.endsWith(after) && issuer.length > before.length + after.length
}

function isUrl(value: unknown): boolean {
  return typeof value === 'string' && /^https?:/.test(value) && URL.canParse(value)
}
