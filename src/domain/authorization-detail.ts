import type { Json } from '../kernel/binding.ts'
import type { Language } from '../kernel/language.ts'
import type { RequirableAcr } from '../vocabulary/authentication.ts'

/** What exactly a client may do, beyond what a scope value can say: RFC 9396 §2. Its members are in the order of its type. */
export interface AuthorizationDetail {
  readonly type: string
  readonly [member: string]: Json
}

/** What a field of a type holds. `amount`: `{"amount":"2.50","currency":"EUR"}`. */
export type DetailFieldKind = 'text' | 'whole_number' | 'amount'

/** A field that details of a type may have, with its name for people. */
export interface DetailField {
  readonly title: string
  readonly kind: DetailFieldKind
  readonly required: boolean
}

/** A type of authorization details, in the words of the resource's owner: RFC 9396 §2.1. */
export interface DetailsType {
  /** One line, to a person: "Send one postcard". */
  readonly title: string
  readonly description?: string
  /** True: what it allows does harm in the wrong hands, and is marked where a person decides. */
  readonly sensitive?: boolean
  /** The context that whoever allows it has signed in to, at least. */
  readonly required_acr?: RequirableAcr
  /** What `actions` may hold, each in words; empty where the type has no `actions`. */
  readonly actions: Readonly<Record<string, string>>
  readonly fields: Readonly<Record<string, DetailField>>
  /** The same in other languages, as far as its owner wrote it. */
  readonly translations?: Readonly<Partial<Record<Language, TranslatedDetails>>>
}

/** The texts of a type in one more language. */
export interface TranslatedDetails {
  readonly title?: string
  readonly description?: string
  readonly actions?: Readonly<Record<string, string>>
  /** The titles of its fields. */
  readonly fields?: Readonly<Record<string, string>>
}

/**
 * Tells whether one detail asks for nothing that another does not allow (RFC 9396 §6): the same type with the same
 * members, except that it may leave out some of the actions.
 */
export function isWithin(asked: AuthorizationDetail, allowed: AuthorizationDetail): boolean {
  const { actions: asks, ...others } = asked
  const { actions: allows, ...same } = allowed
  if (JSON.stringify(others) !== JSON.stringify(same)) return false
  const more = Array.isArray(allows) ? new Set<Json>(allows) : new Set<Json>()
  return Array.isArray(asks) ? asks.every((action: Json) => more.has(action)) : allows === undefined
}
