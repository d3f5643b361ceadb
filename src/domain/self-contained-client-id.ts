/**
 * Client ids that hold their client's metadata, for registrations of which nothing is stored (R11).
 *
 * `c1.` + base64url(deflated [issued_at, nonce, metadata]) + `.` + a keyed hash of that. The metadata is what the client
 * itself sent, so nothing in it is secret; the hash is what makes the id ours. Whoever opens one lets the one check of
 * client metadata judge it again, so that an id never says more than is offered today.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { sameSecret } from '../kernel/hash.ts'
import { newOpaqueId } from '../kernel/ids.ts'
import type { Secrets } from '../kernel/secret.ts'
import type { EpochSeconds } from '../kernel/time.ts'

/** Longest id that is given out, in characters: it goes into every authorization request and many rows. */
const longest = 1024
const prefix = 'c1.'
/** 132 bits of the keyed hash: as hard to guess as a code. */
const hashLength = 22
const syntax = /^c1\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{22})$/

/**
 * What most registrations say, so that saying it costs next to nothing. Never changed: ids that were given out are read
 * with it. Other words would need another prefix.
 */
const dictionary = Buffer.from(
  '"software_id":"software_version":"contacts":["policy_uri":"https://tos_uri":"https://logo_uri":"https://client_uri":"https://' +
    'com.example.app:/"application_type":"web""application_type":"native""scope":"openid profile email offline_access"' +
    '"redirect_uris":["https:///callback""http://localhost:/oauth/callback""http://127.0.0.1:/callback"],"client_name":"' +
    '"token_endpoint_auth_method":"none","grant_types":["authorization_code","refresh_token"],"response_types":["code"],',
)

/** What an id says. */
export interface SelfContained {
  readonly issued_at: EpochSeconds
  /** As it was given to `issueSelfContainedId`; not checked against what is offered today. */
  readonly metadata: unknown
}

/** Makes an id that no other registration has; undefined where the metadata is too much for one. */
export function issueSelfContainedId(
  { issued_at, metadata }: SelfContained,
  parts: { readonly secrets: Secrets },
): string | undefined {
  const text = JSON.stringify([issued_at, newOpaqueId().slice(0, 11), metadata])
  const payload = deflateRawSync(text, { dictionary, level: 9 }).toString('base64url')
  const client_id = `${prefix}${payload}.${hashOf(payload, parts)}`
  return client_id.length > longest ? undefined : client_id
}

/** Opens an id that we made, however old it is; undefined for everything else. */
export function openSelfContainedId(
  client_id: string,
  parts: { readonly secrets: Secrets },
): SelfContained | undefined {
  const [, payload, hash] = (client_id.length <= longest && syntax.exec(client_id)) || []
  if (payload === undefined || hash === undefined || !sameSecret(hash, hashOf(payload, parts))) return undefined
  const text = inflateRawSync(Buffer.from(payload, 'base64url'), { dictionary }).toString()
  const [issued_at, , metadata] = JSON.parse(text) as [EpochSeconds, string, unknown]
  return { issued_at, metadata }
}

function hashOf(payload: string, { secrets }: { readonly secrets: Secrets }): string {
  return secrets.hash('self-contained client_id', payload).slice(0, hashLength)
}
