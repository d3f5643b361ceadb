/**
 * The signer: port and JWS. Its keys live in the database, so that every node signs with the same ones; their private
 * halves are sealed at rest and held here as key objects, which costs a fifth of handing OpenSSL the bytes each time.
 */
import {
  constants,
  createPrivateKey,
  createPublicKey,
  hash,
  sign,
  verify,
  type KeyObject,
  type SignKeyObjectInput,
} from 'node:crypto'
import { newSigningKey, signingKeyPurpose } from '../../domain/new-signing-key.ts'
import { isPublished, keyThatSigns, type SigningKey, type SigningKeys } from '../../domain/signing-key.ts'
import { Recent } from '../../kernel/recent.ts'
import type { Secrets } from '../../kernel/secret.ts'
import type { Clock, EpochSeconds } from '../../kernel/time.ts'
import { signingAlgorithms, type SigningAlgorithm } from '../../vocabulary/algorithms.ts'

/** What a signed token says. */
export type JwtClaims = Readonly<Record<string, unknown>>

/**
 * Signs and checks our own tokens. Only the mint gate signs them; what opens nothing (receipts, envelopes of responses,
 * logout tokens) is signed elsewhere.
 */
export interface Signer {
  /**
   * Signs claims as a compact JWS (RFC 7515 §3.1) with the active key of that algorithm.
   *
   * @param typ the media type that tells one kind of token from another, RFC 8725 §3.11: `at+jwt` (RFC 9068 §2.1), `JWT`
   */
  sign(typ: string, alg: SigningAlgorithm, claims: JwtClaims): Promise<string>
  /**
   * Reads a token of ours: the claims when one of our published keys signed it with that key's own algorithm and the
   * `typ` is the one asked for. Expiry is the caller's to judge.
   */
  verify(typ: string, token: string): JwtClaims | undefined
  /** The published keys, RFC 7517 §5: public halves only. */
  jwks(): { readonly keys: readonly Readonly<Record<string, unknown>>[] }
  /** Reads the keys again, so that a key made on another node is published and used here. */
  reload(): Promise<void>
}

/** What the signer is made with. */
export interface SignerParts {
  readonly signingKeys: SigningKeys
  readonly secrets: Secrets
  readonly clock: Clock
}

/** A key with what is worth keeping ready. */
interface LoadedKey {
  readonly kid: string
  readonly alg: SigningAlgorithm
  readonly active_from: EpochSeconds
  readonly retired_at?: EpochSeconds
  readonly published: Readonly<Record<string, unknown>>
  readonly publicKey: KeyObject
  /** Absent for a key that a newer one has replaced: it will not sign again. */
  readonly privateKey?: KeyObject
}

type SigningOptions = Pick<SignKeyObjectInput, 'padding' | 'saltLength' | 'dsaEncoding'>

/** How an algorithm signs, RFC 7518 §3.1 and RFC 8037 §3.1. */
interface SigningWay {
  /** What is hashed first; null where the algorithm hashes by itself. */
  readonly digest: 'sha256' | null
  readonly options?: SigningOptions
  /** `aside`: on the thread pool, since an RSA signature would hold up the event loop for 0.4 ms. */
  readonly where: 'in_turn' | 'aside'
}

const ways: Readonly<Record<SigningAlgorithm, SigningWay>> = {
  // RFC 7518 §3.4: the two numbers side by side.
  ES256: { digest: 'sha256', options: { dsaEncoding: 'ieee-p1363' }, where: 'in_turn' },
  RS256: { digest: 'sha256', where: 'aside' },
  PS256: {
    digest: 'sha256',
    // RFC 7518 §3.5: the salt is as long as the hash.
    options: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 },
    where: 'aside',
  },
  EdDSA: { digest: null, where: 'in_turn' },
}

/** No token of ours comes near it: a longer text is refused before any work. */
const longestToken = 16_384
/** How many checked tokens are remembered: about 3 MB. */
const tokensRemembered = 2000
/** Members of a public key, RFC 7518 §6.2.1 and §6.3.1. Naming them keeps a private one in, whatever the row holds. */
const publicMembers = ['kty', 'use', 'alg', 'kid', 'crv', 'x', 'y', 'n', 'e']

/**
 * Opens the signer, making the first key of each algorithm where there is none: of several nodes that start together
 * one makes it and the others use it.
 *
 * @throws {Error} when a key that is to sign was sealed under another secret than the configured one
 */
export async function openSigner(parts: SignerParts): Promise<Signer> {
  const { clock } = parts
  const verified = new Recent<{ readonly kid: string; readonly claims: JwtClaims }>(tokensRemembered)
  let keys: readonly LoadedKey[] = []

  const reload = async (): Promise<void> => {
    keys = loadedKeys(await storedKeys(parts), keys, parts)
  }
  await reload()

  return {
    async sign(typ, alg, claims) {
      const key = keyThatSigns(keys, alg, clock())
      if (key?.privateKey === undefined) throw new Error(`There is no ${alg} key to sign with`)
      const input = `${headerOf(key, typ)}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`
      const way = ways[alg]
      const signed =
        way.where === 'in_turn' ? signInTurn(input, key.privateKey, way) : signAside(input, key.privateKey, way)
      return `${input}.${(await signed).toString('base64url')}`
    },

    verify(typ, token) {
      if (token.length > longestToken) return undefined
      const at = clock()
      const fingerprint = hash('sha256', `${typ} ${token}`, 'base64url')
      const known = verified.get(fingerprint)
      if (known !== undefined) {
        // A key that was removed or retired meanwhile takes with it what it signed, remembered or not.
        return keys.some((key) => key.kid === known.kid && isPublished(key, at)) ? known.claims : undefined
      }
      const [header = '', payload = '', signature = '', ...rest] = token.split('.')
      // The header is compared, not parsed: it is one of those that we write, to the byte. So nothing in it can choose
      // an algorithm or a key, be there twice, or ask for an extension (RFC 8725 §3.1, §3.10).
      const key = keys.find((one) => isPublished(one, at) && headerOf(one, typ) === header)
      if (key === undefined || rest.length > 0 || !isSignedBy(key, `${header}.${payload}`, signature)) return undefined
      const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as JwtClaims
      verified.set(fingerprint, { kid: key.kid, claims })
      return claims
    },

    jwks() {
      const at = clock()
      return { keys: keys.filter((key) => isPublished(key, at)).map(({ published }) => published) }
    },

    reload,
  }
}

/** Reads the stored keys, after making the first one of each algorithm that has none. */
async function storedKeys(parts: SignerParts): Promise<readonly SigningKey[]> {
  const stored = await parts.signingKeys.list()
  const missing = signingAlgorithms.filter((alg) => stored.every((key) => key.alg !== alg))
  if (missing.length === 0) return stored
  const made = await Promise.all(missing.map((alg) => newSigningKey(alg, parts.clock(), parts)))
  await Promise.all(made.map((key) => parts.signingKeys.create(key, { firstOf: key.alg })))
  return parts.signingKeys.list()
}

/** Makes stored keys ready, keeping those that are ready already; the newest first, as they are published. */
function loadedKeys(
  stored: readonly SigningKey[],
  ready: readonly LoadedKey[],
  { secrets, clock }: SignerParts,
): readonly LoadedKey[] {
  const at = clock()
  const beginsToSign = new Map(signingAlgorithms.map((alg) => [alg, keyThatSigns(stored, alg, at)?.active_from]))
  const loaded = stored.map((key): LoadedKey => {
    const known = ready.find(({ kid }) => kid === key.kid)
    const begin = beginsToSign.get(key.alg)
    const maySign = begin !== undefined && key.active_from >= begin
    const privateKey = maySign ? (known?.privateKey ?? openedPrivateKey(key, secrets)) : undefined
    return {
      kid: key.kid,
      alg: key.alg,
      active_from: key.active_from,
      ...(key.retired_at !== undefined && { retired_at: key.retired_at }),
      published: Object.fromEntries(
        publicMembers.flatMap((name) => (name in key.public_jwk ? [[name, key.public_jwk[name]]] : [])),
      ),
      publicKey: known?.publicKey ?? createPublicKey({ key: { ...key.public_jwk }, format: 'jwk' }),
      ...(privateKey !== undefined && { privateKey }),
    }
  })
  return loaded.sort((one, other) => other.active_from - one.active_from || (one.kid < other.kid ? -1 : 1))
}

function openedPrivateKey({ kid, sealed_private_jwk }: SigningKey, secrets: Secrets): KeyObject {
  const opened = secrets.openAtRest(signingKeyPurpose, sealed_private_jwk)
  if (opened === undefined) {
    throw new Error(`The signing key ${kid} does not open: it was sealed under another secret than the configured one`)
  }
  return createPrivateKey({ key: JSON.parse(opened) as Record<string, unknown>, format: 'jwk' })
}

const headers = new WeakMap<KeyObject, Map<string, string>>()

/**
 * The one header that a token of that key and type has. Its spelling never changes, or tokens made before an upgrade
 * would not be known again after it.
 */
function headerOf({ alg, kid, publicKey }: LoadedKey, typ: string): string {
  let ofKey = headers.get(publicKey)
  if (ofKey === undefined) headers.set(publicKey, (ofKey = new Map()))
  let header = ofKey.get(typ)
  if (header === undefined) {
    header = Buffer.from(JSON.stringify({ alg, typ, kid })).toString('base64url')
    ofKey.set(typ, header)
  }
  return header
}

/** Checks a signature by the key's own algorithm. RFC 4648 §3.5: one signature has one spelling, and no padding. */
function isSignedBy({ alg, publicKey }: LoadedKey, input: string, signature: string): boolean {
  const raw = Buffer.from(signature, 'base64url')
  if (raw.toString('base64url') !== signature) return false
  const { digest, options } = ways[alg]
  return verify(digest, Buffer.from(input), { key: publicKey, ...options }, raw)
}

interface Waiting {
  readonly input: string
  readonly way: SigningWay
  readonly privateKey: KeyObject
  readonly resolve: (signature: Buffer) => void
  readonly reject: (cause: unknown) => void
}

let waiting: Waiting[] = []

/** Signs together with all else that this turn of the event loop wants signed: back to back it is 1.4 times as fast. */
function signInTurn(input: string, privateKey: KeyObject, way: SigningWay): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    if (waiting.length === 0) setImmediate(signWaiting)
    waiting.push({ input, privateKey, way, resolve, reject })
  })
}

function signWaiting(): void {
  const batch = waiting
  waiting = []
  for (const { input, privateKey, way, resolve, reject } of batch) {
    try {
      resolve(sign(way.digest, Buffer.from(input), { key: privateKey, ...way.options }))
    } catch (cause) {
      reject(cause) // this signature's caller alone is told
    }
  }
}

/** Signs on the thread pool. */
function signAside(input: string, privateKey: KeyObject, { digest, options }: SigningWay): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    sign(digest, Buffer.from(input), { key: privateKey, ...options }, (error, signature) =>
      error ? reject(error) : resolve(signature),
    )
  })
}
