import type { Language } from '../kernel/language.ts'
import type { Seconds } from '../kernel/time.ts'
import type { RequirableAcr } from '../vocabulary/authentication.ts'
import type { DetailsType } from './authorization-detail.ts'

/** What a scope value lets a client do, in the words of the resource's owner. */
export interface ScopeDescription {
  /** One line, to a person: "See your postcards". */
  readonly title: string
  readonly description?: string
  /** True: the person may leave it out. */
  readonly optional: boolean
  /** What a client cannot do when it is left out, to go on after “cannot”: “send the cards you write”. */
  readonly without?: string
  /** True: what it allows does harm in the wrong hands, and is marked where a person decides. */
  readonly sensitive?: boolean
  /** The context that whoever allows it has signed in to, at least. */
  readonly required_acr?: RequirableAcr
  /** The same in other languages, as far as its owner wrote it. */
  readonly translations?: Readonly<Partial<Record<Language, TranslatedScope>>>
}

/** The texts of a scope value in one more language. */
export interface TranslatedScope {
  readonly title?: string
  readonly description?: string
  readonly without?: string
}

/** A protected resource, named by its resource indicator (RFC 8707 §2), and how its tokens are made. */
export interface ProtectedResource {
  /** The resource indicator: an absolute URI without fragment. */
  readonly resource: string
  readonly name: string
  /** Its name in other languages, as far as its owner wrote it. */
  readonly names?: Readonly<Partial<Record<Language, string>>>
  readonly access_token_format: 'jwt' | 'opaque'
  /** How long its access tokens last; undefined = the server's setting. */
  readonly access_token_lifetime?: Seconds
  /** `client_id`s of those who may introspect its tokens. */
  readonly introspection_clients: readonly string[]
  readonly scopes: Readonly<Record<string, ScopeDescription>>
  /** The types of authorization details that can be asked for here, RFC 9396; none by default. */
  readonly authorization_details_types?: Readonly<Record<string, DetailsType>>
  readonly disabled: boolean
  readonly registered_by: 'configuration' | 'operator'
}

/** Port: the protected resources we mint tokens for. Few, so all are held in memory, at most two seconds old. */
export interface ProtectedResources {
  /** Every resource, in the configuration's order; the first is the default. */
  list(): Promise<readonly ProtectedResource[]>
  create(resource: ProtectedResource): Promise<'created' | 'exists'>
  update(resource: ProtectedResource): Promise<'updated' | 'unknown'>
  delete(resource: string): Promise<'deleted' | 'unknown'>
}

/** Those of the resources that tokens are made for. */
export function enabledOf(resources: readonly ProtectedResource[]): readonly ProtectedResource[] {
  return resources.filter(({ disabled }) => !disabled)
}

/** Those of the resources that one of the scope values is of. */
export function ownersOf(
  scope: readonly string[],
  resources: readonly ProtectedResource[],
): readonly ProtectedResource[] {
  return resources.filter(({ scopes }) => scope.some((value) => Object.hasOwn(scopes, value)))
}
