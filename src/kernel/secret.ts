/**
 * Every opaque value we hand out: a visible kind, an id that only we can read, a secret half, and a checksum.
 *
 * `lr_` + base64url(16 random bytes ‖ AES(id)) + 6 characters of checksum. The id names the row, encrypted under a key
 * of its kind, so that nobody outside can read it, order values by time, or aim a made-up value at somebody's row. The
 * row holds only a keyed hash of the whole. A scanner can tell a leaked value by prefix and checksum without asking us.
 */
import { createCipheriv, createDecipheriv, createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { derivedKey } from './hash.ts'
import { randomBytes } from './random.ts'
import { seal, unseal } from './seal.ts'

/** The kinds of secret there are, each with the prefix it is recognised by. */
export const secretPrefixes = {
  authorization_code: 'lc_',
  refresh_token: 'lr_',
  access_token: 'la_',
  device_code: 'ld_',
  pushed_request: 'lp_',
  client_secret: 'ls_',
  administration_key: 'lk_',
  initial_access_token: 'li_',
  registration_access_token: 'lm_',
  session: 'le_',
  browser: 'lb_',
} as const

/** A kind of secret: a value of one kind is never looked up as another. */
export type SecretKind = keyof typeof secretPrefixes

/** A secret as it is handed out, and what is kept of it. */
export interface IssuedSecret {
  /** The value for its holder. */
  readonly value: string
  /** The keyed hash for the row, base64url of 32 bytes. */
  readonly hash: string
}

/** Issues and reads secrets under the configured key. */
export interface Secrets {
  /** Makes a secret of a kind for the row of that id (32 hexadecimal digits). */
  issue(kind: SecretKind, id: string): IssuedSecret
  /**
   * Reads a presented value: the id of the row it may belong to, and the hash to compare with what that row holds.
   * Undefined for another kind, a wrong checksum or a wrong shape; none of these was ever handed out by us.
   */
  read(kind: SecretKind, value: string): { readonly id: string; readonly hash: string } | undefined
  /** Hashes a text that is not of our making, such as a configured client secret, under a key of that purpose. */
  hash(purpose: string, text: string): string
  /** Encrypts a text so that only a holder of `value` can have it opened again, and only by us. */
  sealFor(value: string, text: string): string
  /** Opens what `sealFor` closed for the same value. */
  openFor(value: string, sealed: string): string | undefined
  /** Encrypts a text at rest under the configured secret, for one purpose. */
  sealAtRest(purpose: string, text: string): string
  /** Opens what `sealAtRest` closed for the same purpose. */
  openAtRest(purpose: string, sealed: string): string | undefined
}

const bodyLength = 43
const checksumLength = 6

function checksum(text: string): string {
  const bytes = Buffer.allocUnsafe(4)
  bytes.writeUInt32BE(crc32(text))
  return bytes.toString('base64url')
}

/** The id under AES, one block at a time: the cipher objects are kept, since making one costs more than the block. */
function blockCipher(key: KeyObject): { close: (id: string) => Buffer; open: (block: Buffer) => string } {
  const encrypt = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false)
  const decrypt = createDecipheriv('aes-256-ecb', key, null).setAutoPadding(false)
  return { close: (id) => encrypt.update(id, 'hex'), open: (block) => decrypt.update(block).toString('hex') }
}

/** Makes the issuer and reader of secrets from the configured secret, at least 32 random bytes. */
export function secretsUnder(configured: Uint8Array): Secrets {
  const hashKeys = new Map<string, KeyObject>()
  const ciphers = new Map<string, ReturnType<typeof blockCipher>>()

  const keyFor = (purpose: string): KeyObject => {
    let key = hashKeys.get(purpose)
    if (key === undefined) hashKeys.set(purpose, (key = derivedKey(configured, purpose)))
    return key
  }
  const cipherFor = (kind: SecretKind) => {
    let cipher = ciphers.get(kind)
    if (cipher === undefined) ciphers.set(kind, (cipher = blockCipher(keyFor(`id ${kind}`))))
    return cipher
  }
  const hash = (purpose: string, text: string): string =>
    createHmac('sha256', keyFor(`hash ${purpose}`))
      .update(text)
      .digest('base64url')
  // NIST SP 800-108: a keyed pseudorandom function makes a key of its own for each holder.
  const holderKey = (value: string): KeyObject =>
    createSecretKey(createHmac('sha256', keyFor('holder')).update(value).digest())

  return {
    issue(kind, id) {
      const body = Buffer.concat([randomBytes(16), cipherFor(kind).close(id)]).toString('base64url')
      const unsealed = secretPrefixes[kind] + body
      const value = unsealed + checksum(unsealed)
      return { value, hash: hash(kind, value) }
    },
    read(kind, value) {
      const prefix = secretPrefixes[kind]
      if (value.length !== prefix.length + bodyLength + checksumLength || !value.startsWith(prefix)) return undefined
      const unsealed = value.slice(0, -checksumLength)
      if (checksum(unsealed) !== value.slice(-checksumLength)) return undefined
      const bytes = Buffer.from(unsealed.slice(prefix.length), 'base64url')
      if (bytes.toString('base64url') !== unsealed.slice(prefix.length)) return undefined
      return { id: cipherFor(kind).open(bytes.subarray(16)), hash: hash(kind, value) }
    },
    hash,
    sealFor: (value, text) => seal(holderKey(value), text),
    openFor: (value, sealed) => unseal(holderKey(value), sealed),
    sealAtRest: (purpose, text) => seal(keyFor(`rest ${purpose}`), text),
    openAtRest: (purpose, sealed) => unseal(keyFor(`rest ${purpose}`), sealed),
  }
}
