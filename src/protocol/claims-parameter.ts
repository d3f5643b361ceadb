/** The `claims` request parameter: single claims, by name, for the id_token or userinfo. OpenID Connect Core §5.5. */
import { isDeepStrictEqual } from 'node:util'
import type { BindingKey, Json } from '../kernel/binding.ts'
import { isMapping } from '../kernel/mapping.ts'
import { refusal } from '../kernel/refusal.ts'
import { readUnambiguousJson } from '../kernel/unambiguous-json.ts'
import type { AcrWish } from '../domain/authentication-context.ts'
import type { Feature } from './feature.ts'

const claimsMalformed = refusal(
  'invalid_request',
  'claims_malformed',
  'claims is not a JSON object of userinfo and id_token, each with null or an object for every claim',
)
const claimsTooMany = refusal('invalid_request', 'claims_too_many', 'claims asks for too much')

/** Most characters and names, and the deepest nesting, of what is read at all. */
const most = { characters: 16_384, names: 100, depth: 6 }

/** What is asked of one claim: the values it may have, in the order of preference; none: any. */
interface ClaimRequest {
  readonly essential: boolean
  readonly values: readonly Json[]
}

/** What is asked for one place, by the name of the claim. */
type ClaimRequests = ReadonlyMap<string, ClaimRequest>

/** What is kept: for each place the names that this server knows, each with the values it may have. */
type Kept = Readonly<Record<'id_token' | 'userinfo', Readonly<Record<string, readonly Json[]>>>>

const claimsKey: BindingKey<Kept> = { name: 'claims', parse: (kept) => kept as Kept }

export const claimsParameter = {
  name: 'claims parameter',
  spec: ['OpenID Connect Core §5.5'],
  refusals: [claimsMalformed, claimsTooMany],

  metadata: () => ({ claims_parameter_supported: true }),

  // §5.5.1: `sub` and `acr` of the id_token are about the sign-in, all else is the person's to tell. What is not known
  // here is ignored, as the section demands.
  authorizationRequest(draft) {
    const written = draft.parameters.get('claims')
    if (written === undefined) return
    const { id_token, userinfo } = readClaims(written)
    const subject = id_token.get('sub')?.values[0]
    if (subject !== undefined) {
      if (typeof subject !== 'string') throw claimsMalformed({ name: 'sub' })
      draft.subjects = [...draft.subjects, subject]
    }
    const acr = id_token.get('acr')
    if (acr !== undefined && (acr.essential || acr.values.length > 0)) draft.acr = acrOf(acr)
    const isKnown = ([name]: readonly [string, ClaimRequest]): boolean => draft.knownClaims.has(name)
    const places = { id_token: [...id_token].filter(isKnown), userinfo: [...userinfo].filter(isKnown) }
    const asked = new Map<string, boolean>()
    for (const [name, { essential }] of [...places.id_token, ...places.userinfo]) {
      asked.set(name, essential || asked.get(name) === true)
    }
    draft.claims = [...draft.claims, ...[...asked].map(([name, essential]) => ({ name, essential }))]
    draft.bindings.set(claimsKey, { id_token: valuesOf(places.id_token), userinfo: valuesOf(places.userinfo) })
  },

  // A claim whose value is not among those asked for is left out: the client wants one of them or nothing.
  personalClaims({ into, bindings, find }) {
    const asked = bindings.get(claimsKey)?.[into] ?? {}
    return Object.fromEntries(
      Object.entries(asked).flatMap(([name, values]) => {
        const value = find(name)
        const isWanted = values.length === 0 || values.some((one) => isDeepStrictEqual(one, value))
        return value !== undefined && isWanted ? [[name, value]] : []
      }),
    )
  },
} satisfies Feature

function acrOf({ essential, values }: ClaimRequest): AcrWish {
  return {
    values: values.filter((value) => typeof value === 'string'),
    kind: essential ? 'essential' : 'voluntary',
  }
}

function valuesOf(requests: readonly (readonly [string, ClaimRequest])[]): Readonly<Record<string, readonly Json[]>> {
  return Object.fromEntries(requests.map(([name, { values }]) => [name, values]))
}

/** Reads the parameter. AZ-41: what is long, deep, ambiguous or many is refused before it is looked into. */
function readClaims(written: string): Readonly<Record<'id_token' | 'userinfo', ClaimRequests>> {
  if (written.length > most.characters) throw claimsTooMany({ length: written.length })
  const claims = readUnambiguousJson(written)
  if (!isMapping(claims) || depthOf(claims) > most.depth) throw claimsMalformed()
  checkNames(Object.keys(claims))
  return { id_token: readPlace(claims['id_token']), userinfo: readPlace(claims['userinfo']) }
}

function readPlace(place: Json | undefined): ClaimRequests {
  if (place === undefined || place === null) return new Map()
  if (!isMapping(place)) throw claimsMalformed()
  const names = Object.keys(place)
  if (names.length > most.names) throw claimsTooMany({ length: names.length })
  checkNames(names)
  return new Map(Object.entries(place).map(([name, asked]) => [name, readClaim(name, asked)]))
}

/** No claim is named like something that every object inherits; whoever sends such a name is trying what happens. */
function checkNames(names: readonly string[]): void {
  const inherited = names.find((name) => name in Object.prototype)
  if (inherited !== undefined) throw claimsMalformed({ name: inherited })
}

function readClaim(name: string, asked: Json): ClaimRequest {
  if (asked === null) return { essential: false, values: [] }
  const detail = { name: name.slice(0, 100) }
  if (!isMapping(asked)) throw claimsMalformed(detail)
  const { essential = false, value, values = value === undefined ? [] : [value] } = asked
  if (typeof essential !== 'boolean' || !Array.isArray(values)) throw claimsMalformed(detail)
  return { essential, values: values as readonly Json[] }
}

/** How deep a value is nested, one level beyond what is allowed at most: nothing deeper is walked through. */
function depthOf(value: Json): number {
  let level: readonly Json[] = [value]
  let depth = 0
  while (level.length > 0 && depth <= most.depth) {
    depth += 1
    level = level.flatMap((one): readonly Json[] => (typeof one === 'object' && one !== null ? Object.values(one) : []))
  }
  return depth
}
