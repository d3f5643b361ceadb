/**
 * Well-known providers as data, and how a provider is made from one of them and what an operator wrote. What is true of
 * a provider and dangerous to forget is here: whose addresses nobody has proved, and what names a person for good.
 */
import type { Hidden } from '../kernel/hidden.ts'
import type { Finding } from '../kernel/setting.ts'
import type { UpstreamEndpoints, UpstreamProvider } from './upstream.ts'

/** A provider as the configuration has it. */
export interface ConfiguredUpstream {
  readonly id: string
  readonly preset?: UpstreamPresetName
  readonly name?: string
  readonly kind?: 'openid' | 'oauth'
  readonly issuer?: string
  readonly client_id: string
  readonly client_secret?: Hidden
  readonly token_endpoint_auth_method?: 'client_secret_basic' | 'client_secret_post'
  readonly scope?: string
  readonly parameters?: Readonly<Record<string, string>>
  readonly trust_email: boolean
  readonly trust_amr: boolean
  readonly authorization_endpoint?: string
  readonly token_endpoint?: string
  readonly userinfo_endpoint?: string
  readonly emails_endpoint?: string
  readonly subject_member?: string
}

interface Preset extends Partial<Omit<UpstreamProvider, 'id' | 'client_id' | 'client_secret'>> {
  /** Set where an address of theirs must never be believed: why. */
  readonly email_is_hearsay?: string
}

/** What is known of each. */
const upstreamPresets = {
  google: { name: 'Google', issuer: 'https://accounts.google.com' },
  microsoft: {
    name: 'Microsoft',
    issuer: 'https://login.microsoftonline.com/common/v2.0',
    email_is_hearsay: 'whoever administers any tenant writes any address into it',
  },
  github: {
    name: 'GitHub',
    kind: 'oauth',
    issuer: 'https://github.com/login/oauth',
    scope: 'read:user user:email',
    token_endpoint_auth_method: 'client_secret_post',
    endpoints: {
      authorization_endpoint: 'https://github.com/login/oauth/authorize',
      token_endpoint: 'https://github.com/login/oauth/access_token',
      userinfo_endpoint: 'https://api.github.com/user',
      emails_endpoint: 'https://api.github.com/user/emails',
      subject_member: 'id',
    },
  },
  gitlab: { name: 'GitLab', issuer: 'https://gitlab.com' },
  // Its client secret is a JWT that the operator signs and renews; scope values come with an answer by form alone.
  apple: {
    name: 'Apple',
    issuer: 'https://appleid.apple.com',
    scope: 'openid name email',
    response_mode: 'form_post',
    token_endpoint_auth_method: 'client_secret_post',
  },
} as const satisfies Readonly<Record<string, Preset>>

/** The name of one. */
export type UpstreamPresetName = keyof typeof upstreamPresets

const endpointNames = ['authorization_endpoint', 'token_endpoint', 'userinfo_endpoint'] as const

/** Finds what is missing, contradicts itself, or would let somebody into an account that is not theirs. */
export function findUpstreamMistakes(written: readonly ConfiguredUpstream[]): readonly Finding[] {
  return written.flatMap((one, index) => {
    const key = `upstream[${index}]`
    const at = (member: string, words: string): Finding => ({ key: `${key}.${member}`, words })
    const preset = presetOf(one)
    const kind = one.kind ?? preset.kind ?? 'openid'
    const first = written.findIndex(({ id }) => id === one.id)
    const isOpenid = kind === 'openid'
    const missing = endpointNames.filter((name) => one[name] === undefined && preset.endpoints === undefined)
    return [
      ...(first < index ? [at('id', `is there twice: ${one.id}`)] : []),
      ...(one.issuer === undefined && preset.issuer === undefined ? [at('issuer', 'is missing')] : []),
      ...(one.name === undefined && preset.name === undefined ? [at('name', 'is missing')] : []),
      ...(isOpenid ? [] : missing.map((name) => at(name, 'is missing: an oauth provider is not discovered'))),
      ...(isOpenid
        ? [...endpointNames, 'emails_endpoint' as const, 'subject_member' as const]
            .filter((name) => one[name] !== undefined)
            .map((name) => at(name, 'is for kind: oauth; an openid provider is discovered'))
        : []),
      ...(one.trust_email && preset.email_is_hearsay !== undefined
        ? [at('trust_email', `must be false: ${preset.email_is_hearsay}`)]
        : []),
      ...(isOpenid || !one.trust_amr ? [] : [at('trust_amr', 'does nothing for kind: oauth, which tells no amr')]),
      ...(one.scope !== undefined && isOpenid && !one.scope.split(' ').includes('openid')
        ? [at('scope', 'must have openid in it')]
        : []),
    ]
  })
}

/** Makes the providers of a configuration in which `findUpstreamMistakes` finds nothing. */
export function upstreamProviders(written: readonly ConfiguredUpstream[]): readonly UpstreamProvider[] {
  return written.map((one) => {
    const preset = presetOf(one)
    const kind = one.kind ?? preset.kind ?? 'openid'
    const endpoints = kind === 'oauth' ? endpointsOf(one, preset) : undefined
    return {
      id: one.id,
      name: one.name ?? preset.name ?? one.id,
      kind,
      issuer: one.issuer ?? preset.issuer ?? '',
      client_id: one.client_id,
      ...(one.client_secret && { client_secret: one.client_secret }),
      token_endpoint_auth_method:
        one.token_endpoint_auth_method ?? preset.token_endpoint_auth_method ?? 'client_secret_basic',
      scope: one.scope ?? preset.scope ?? (kind === 'openid' ? 'openid profile email' : ''),
      response_mode: preset.response_mode ?? 'query',
      parameters: one.parameters ?? {},
      trust_email: one.trust_email,
      trust_amr: one.trust_amr,
      ...(endpoints && { endpoints }),
    }
  })
}

function endpointsOf(one: ConfiguredUpstream, { endpoints }: Preset): UpstreamEndpoints {
  const emails_endpoint = one.emails_endpoint ?? endpoints?.emails_endpoint
  return {
    authorization_endpoint: one.authorization_endpoint ?? endpoints?.authorization_endpoint ?? '',
    token_endpoint: one.token_endpoint ?? endpoints?.token_endpoint ?? '',
    userinfo_endpoint: one.userinfo_endpoint ?? endpoints?.userinfo_endpoint ?? '',
    ...(emails_endpoint !== undefined && { emails_endpoint }),
    subject_member: one.subject_member ?? endpoints?.subject_member ?? 'id',
  }
}

function presetOf({ preset }: ConfiguredUpstream): Preset {
  return preset === undefined ? {} : upstreamPresets[preset]
}
