/** What an `authorization_details` parameter may hold: RFC 9396 §2, and the types that protected resources declare. */
import type { Json } from '../kernel/binding.ts'
import { isMapping } from '../kernel/mapping.ts'
import { refusal } from '../kernel/refusal.ts'
import { readUnambiguousJson } from '../kernel/unambiguous-json.ts'
import type { AuthorizationDetail, DetailFieldKind, DetailsType } from '../domain/authorization-detail.ts'
import { permissionKey, type DetailedPermission } from '../domain/grant.ts'
import type { ProtectedResource } from '../domain/protected-resource.ts'

const malformed = refusal(
  'invalid_authorization_details',
  'authorization_details_malformed',
  'authorization_details must be a JSON array of 1 to 20 objects with a type, of 16384 characters at most',
)
const typeUnknown = refusal(
  'invalid_authorization_details',
  'authorization_details_type_unknown',
  'authorization_details has a type that no protected resource of this request has',
)
const fieldUnknown = refusal(
  'invalid_authorization_details',
  'authorization_details_field_unknown',
  'authorization_details has a field that its type does not have',
)
const fieldInvalid = refusal(
  'invalid_authorization_details',
  'authorization_details_field_invalid',
  'authorization_details lacks a field of its type, or has one with a value that it cannot have',
)

const longest = 16_384
const mostDetails = 20
/** What a person can be shown of one field in one line. */
const longestText = 200

type Given = Readonly<Record<string, Json>>

/** Reads one field; undefined for a value that it cannot have. */
const readers: Readonly<Record<DetailFieldKind, (value: Json | undefined) => Json | undefined>> = {
  text: (value) => (typeof value === 'string' && value !== '' && value.length <= longestText ? value : undefined),
  whole_number: (value) => (Number.isSafeInteger(value) && Number(value) >= 0 ? value : undefined),
  amount: readAmount,
}

/**
 * Reads the parameter: what is asked for at which resource, each once, its members in the order of their type, so that
 * two ways to write the same are the same.
 *
 * @param resources those whose types may be asked for
 * @throws {OAuthError} `invalid_authorization_details` (RFC 9396 §5)
 */
export function readDetails(text: string, resources: readonly ProtectedResource[]): readonly DetailedPermission[] {
  const value = text.length > longest ? undefined : readUnambiguousJson(text)
  const isList = Array.isArray(value) && value.length > 0 && value.length <= mostDetails
  if (!isList) throw malformed({ length: text.length })
  const read = value.map((one: Json) => readDetail(one, resources))
  return [...new Map(read.map((one) => [permissionKey(one), one])).values()]
}

function readDetail(value: Json, resources: readonly ProtectedResource[]): DetailedPermission {
  if (!isMapping(value)) throw malformed()
  const { type, locations } = value
  if (typeof type !== 'string') throw malformed()
  const owners = resources.flatMap(({ resource, authorization_details_types: types = {} }) => {
    const declared = Object.hasOwn(types, type) ? types[type] : undefined
    return declared === undefined ? [] : [{ resource, declared }]
  })
  const [owner] = owners.filter(({ resource }) => locations === undefined || isAt(locations, resource))
  if (owner === undefined) throw typeUnknown({ typ: type.slice(0, 100) })
  const detail = readMembers(value, owner.declared, type)
  return { scope: '', resource: owner.resource, detail }
}

/** RFC 9396 §2.2: where it is used. Here one detail is for one resource, as an access token is. */
function isAt(locations: Json, resource: string): boolean {
  return Array.isArray(locations) && locations.length === 1 && locations[0] === resource
}

function readMembers(given: Given, declared: DetailsType, type: string): AuthorizationDetail {
  const { actions, fields } = declared
  const known = ['type', 'locations', ...(Object.keys(actions).length > 0 ? ['actions'] : []), ...Object.keys(fields)]
  const unknown = Object.keys(given).find((name) => !known.includes(name))
  if (unknown !== undefined) throw fieldUnknown({ typ: type, parameter: unknown.slice(0, 100) })
  const values = Object.entries(fields).flatMap(([name, { kind, required }]) => {
    if (!Object.hasOwn(given, name) && !required) return []
    const read = readers[kind](Object.hasOwn(given, name) ? given[name] : undefined)
    if (read === undefined) throw fieldInvalid({ typ: type, parameter: name })
    return [[name, read] as const]
  })
  return {
    type,
    ...(given['locations'] !== undefined && { locations: given['locations'] }),
    ...(known.includes('actions') && { actions: readActions(given['actions'], actions, type) }),
    ...Object.fromEntries(values),
  }
}

/** RFC 9396 §2.2: what is done. In the order of the type, each once. */
function readActions(given: Json | undefined, declared: DetailsType['actions'], type: string): readonly string[] {
  const asked: readonly Json[] = Array.isArray(given) ? given : []
  const isKnown = asked.every((action) => typeof action === 'string' && Object.hasOwn(declared, action))
  if (asked.length === 0 || !isKnown) throw fieldInvalid({ typ: type, parameter: 'actions' })
  return Object.keys(declared).filter((action) => asked.includes(action))
}

/** An amount as RFC 9396 §1 writes it: decimal digits in a text, since a number could lose some, and ISO 4217 letters. */
function readAmount(value: Json | undefined): Json | undefined {
  if (!isMapping(value)) return undefined
  const { amount, currency, ...others } = value
  if (typeof amount !== 'string' || typeof currency !== 'string' || Object.keys(others).length > 0) return undefined
  const isAmount = /^(?:0|[1-9][0-9]{0,11})(?:\.[0-9]{1,4})?$/.test(amount) && /^[A-Z]{3}$/.test(currency)
  return isAmount ? { amount, currency } : undefined
}
