/** Proof that the sender of a bound token holds its key: a DPoP proof (RFC 9449 §7), a TLS certificate (RFC 8705 §3). */
import { calculateJwkThumbprint, EmbeddedJWK, jwtVerify, type JWTPayload } from 'jose'

/** How DPoP proofs are checked, where not as usual. */
export interface DpopOptions {
  /**
   * Remembers a proof until a moment (milliseconds) and tells whether it is new, for an API of several processes: one
   * statement that inserts where nothing is. Where left out, each process remembers by itself.
   */
  readonly isNew?: (proof: string, until: number) => boolean | Promise<boolean>
  /** Asks for a nonce of this API in each proof, RFC 9449 §9: what to give out, and what to take. */
  readonly nonce?: { readonly current: () => string; readonly accepts: (nonce: string) => boolean }
}

/** Why possession is not proved. */
export type PossessionProblem =
  'scheme_mismatch' | 'proof_invalid' | 'proof_replayed' | 'nonce_needed' | 'other_key' | 'other_certificate'

/** As much of a request as is read: a `Request` will do. */
export interface PresentedRequest {
  readonly method: string
  /** Its URL, or the path alone. */
  readonly url: string
  readonly headers: {
    /** Finds a field by its name in lower case; `null` = there is none, and what came repeatedly is joined by commas. */
    get(name: string): string | null
  }
}

/** A token as it is presented. */
export interface Presentation {
  readonly request: PresentedRequest
  readonly token: string
  readonly scheme: 'bearer' | 'dpop'
  readonly claims: JWTPayload
  /** What the client showed of itself as it connected, DER. */
  readonly certificate: Uint8Array | undefined
}

/** The algorithms that a proof may be signed by. */
export const proofAlgorithms = ['ES256', 'PS256', 'EdDSA', 'Ed25519']

/** How far `iat` may be from now, either way, in milliseconds. */
const window = 60_000
/** How many proofs one process remembers: as many as it can check while they are good. */
const most = 500_000
const unreserved = /^[A-Za-z0-9._~-]$/

/** Makes the check: undefined when the holder is proved, or nothing is to be proved. */
export function possessionCheck(
  resource: string,
  { isNew, nonce }: DpopOptions,
  now: () => number,
): (presentation: Presentation) => Promise<PossessionProblem | undefined> {
  const { origin } = new URL(resource)
  const isFirst = isNew ?? remember(now)

  /** RFC 9449 §4.3, less what `jose` checks: signature, a public key in the header, type, algorithm. */
  async function proofProblem({ request, token }: Presentation, jkt: string): Promise<PossessionProblem | undefined> {
    const verified = await jwtVerify(request.headers.get('dpop') ?? '', EmbeddedJWK, {
      typ: 'dpop+jwt',
      algorithms: proofAlgorithms,
      requiredClaims: ['iat', 'jti', 'htm', 'htu', 'ath'],
      currentDate: new Date(now()),
      clockTolerance: 60,
      // Nothing is asked of anybody here: whatever it is that fails, the proof brought it along.
    }).catch(() => undefined)
    if (verified === undefined) return 'proof_invalid'
    const { payload, protectedHeader } = verified
    // A path of two slashes at first is one, and names no host.
    const url = request.url.startsWith('/') ? origin + request.url : request.url
    if (!URL.canParse(url, resource)) return 'proof_invalid'
    const target = normalized(origin + new URL(url, resource).pathname)
    if (payload['htm'] !== request.method || normalized(String(payload['htu'])) !== target) return 'proof_invalid'
    if (payload['ath'] !== (await sha256(new TextEncoder().encode(token)))) return 'proof_invalid'
    if (nonce !== undefined && !nonce.accepts(String(payload['nonce']))) return 'nonce_needed'
    if (nonce === undefined && Math.abs(now() - Number(payload.iat) * 1000) > window) return 'proof_invalid'
    const { jwk } = protectedHeader
    if (jwk === undefined || (await calculateJwkThumbprint(jwk)) !== jkt) return 'other_key'
    // Once more for processes whose clocks differ. With a nonce it is that which ends the proof, whatever its `iat`.
    const until = nonce === undefined ? Number(payload.iat) * 1000 + 2 * window : now() + 5 * window
    return (await isFirst(await sha256(new TextEncoder().encode(`${jkt} ${payload.jti}`)), until))
      ? undefined
      : 'proof_replayed'
  }

  return async (presentation) => {
    const { claims, scheme, certificate } = presentation
    const { jkt, 'x5t#S256': x5t } = (claims['cnf'] ?? {}) as Readonly<Record<string, unknown>>
    if (x5t !== undefined && (certificate === undefined || (await sha256(certificate)) !== x5t))
      return 'other_certificate'
    if ((scheme === 'dpop') !== (jkt !== undefined)) return 'scheme_mismatch'
    if (jkt === undefined) return undefined
    return typeof jkt === 'string' ? proofProblem(presentation, jkt) : 'other_key'
  }
}

/** Remembers in this process. When there is no room left, nothing is new: a flood must never make a replay possible. */
function remember(now: () => number): (proof: string, until: number) => boolean {
  const known = new Map<string, number>()
  return (proof, until) => {
    for (const [old, ends] of known) {
      if (ends > now()) break
      known.delete(old)
    }
    if (known.has(proof) || known.size >= most) return false
    known.set(proof, until)
    return true
  }
}

async function sha256(bytes: Uint8Array): Promise<string> {
  return Buffer.from(await crypto.subtle.digest('SHA-256', Uint8Array.from(bytes))).toString('base64url')
}

/** RFC 3986 §6.2.2 and §6.2.3, without query and fragment; undefined for what is not a URI. */
function normalized(uri: string): string | undefined {
  if (!/^https?:\/\//i.test(uri) || uri.includes('\\') || !URL.canParse(uri)) return undefined
  const { protocol, host, pathname, username, password } = new URL(uri)
  if (username !== '' || password !== '') return undefined
  const path = pathname.replace(/%[0-9A-Fa-f]{2}/g, (escape) => {
    const character = String.fromCharCode(Number.parseInt(escape.slice(1), 16))
    return unreserved.test(character) ? character : escape.toUpperCase()
  })
  return `${protocol}//${host}${path}`
}
