/** What an authorization request demands of the sign-in: OpenID Connect Core §3.1.2.1. */
import { refusal } from '../../kernel/refusal.ts'
import type { Parameters } from '../../kernel/parameters.ts'
import type { Seconds } from '../../kernel/time.ts'
import { isReachable, strictest, type AcrWish } from '../../domain/authentication-context.ts'
import type { Client } from '../../domain/client.ts'
import type { Permission } from '../../domain/grant.ts'
import type { ProtectedResource } from '../../domain/protected-resource.ts'
import type { RequirableAcr } from '../../vocabulary/authentication.ts'
import type { ProtocolSettings } from '../parts.ts'

const promptUnknown = refusal(
  'invalid_request',
  'prompt_unknown',
  'prompt has an unknown value, or none together with another value',
)
const maxAgeMalformed = refusal('invalid_request', 'max_age_malformed', 'max_age must be a whole number of seconds')
const acrUnreachable = refusal(
  'unmet_authentication_requirements',
  'acr_unreachable',
  'None of the authentication contexts asked for as essential can be reached here',
)

/** Values of `prompt`. */
export type Prompt = 'none' | 'login' | 'consent' | 'select_account' | 'create'

const prompts: readonly Prompt[] = ['none', 'login', 'consent', 'select_account']

/**
 * Every value of `prompt` that is understood, as the server metadata lists them. `create` (Initiating User Registration
 * 1.0 §4.1) joins them where somebody can make an account: elsewhere it is not advertised, and is refused like any value
 * that is not.
 */
export function promptsOf({ account_registration }: Pick<ProtocolSettings, 'account_registration'>): readonly Prompt[] {
  return account_registration === 'off' ? prompts : [...prompts, 'create']
}

/** What is demanded, checked. */
export interface SignInDemands {
  readonly prompt: ReadonlySet<Prompt>
  readonly max_age?: Seconds
}

/**
 * Reads what is demanded of the sign-in; where the request says nothing, what the client registered. `display`,
 * `claims_locales` and values that nobody knows change nothing: pages fit every window, and claims have one language.
 *
 * @throws `invalid_request`
 */
export function signInDemands(
  parameters: Parameters,
  { metadata }: Client,
  settings: Pick<ProtocolSettings, 'account_registration'>,
): SignInDemands {
  const max_age = checkedMaxAge(parameters.get('max_age')) ?? metadata.default_max_age
  return {
    prompt: checkedPrompt(parameters.get('prompt'), promptsOf(settings)),
    ...(max_age !== undefined && { max_age }),
  }
}

/** Reads which authentication contexts are wished for, as a voluntary claim; or those the client registered. */
export function acrWish(parameters: Parameters, { metadata }: Client): AcrWish {
  const values = parameters.get('acr_values')?.split(' ') ?? metadata.default_acr_values ?? []
  return { values: values.filter((value) => value !== ''), kind: 'voluntary' }
}

/**
 * Tells what the operator requires of the sign-in: of this client, for a scope value that is asked for, or for
 * a type of authorization details (RFC 9396 §2).
 */
export function requiredAcr(
  { metadata }: Pick<Client, 'metadata'>,
  permissions: readonly Permission[],
  known: readonly ProtectedResource[],
): RequirableAcr | undefined {
  const resources = new Map(known.map((each) => [each.resource, each]))
  const ofPermissions = permissions.map(({ scope, detail, resource = '' }) => {
    const { scopes = {}, authorization_details_types: types = {} } = resources.get(resource) ?? {}
    return detail === undefined ? requiredBy(scopes, scope) : requiredBy(types, detail.type)
  })
  return strictest([metadata.required_acr, ...ofPermissions])
}

function requiredBy(
  described: Readonly<Record<string, { readonly required_acr?: RequirableAcr }>>,
  name: string,
): RequirableAcr | undefined {
  return Object.hasOwn(described, name) ? described[name]?.required_acr : undefined
}

/**
 * Refuses what nobody can reach here, before anybody is asked to try (BR-23).
 *
 * @throws `unmet_authentication_requirements`, OpenID Connect Core Error Code unmet_authentication_requirements §2
 */
export function checkReachable(wish: AcrWish, { client_id }: Client): void {
  if (!isReachable(wish))
    throw acrUnreachable({ client_id, acr_values: wish.values.map((value) => value.slice(0, 100)) })
}

function checkedPrompt(prompt: string | undefined, understood: readonly Prompt[]): ReadonlySet<Prompt> {
  const asked = new Set<Prompt>()
  for (const value of prompt?.split(' ').filter((one) => one !== '') ?? []) {
    const known = understood.find((one) => one === value)
    if (known === undefined) throw promptUnknown({ prompt: value.slice(0, 100) })
    asked.add(known)
  }
  if (asked.has('none') && asked.size > 1) throw promptUnknown({ prompt: 'none' })
  return asked
}

function checkedMaxAge(max_age: string | undefined): Seconds | undefined {
  if (max_age === undefined) return undefined
  if (!/^\d{1,10}$/.test(max_age)) throw maxAgeMalformed({ max_age: max_age.slice(0, 100) })
  return Number(max_age)
}
