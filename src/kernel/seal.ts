import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto'
import { randomBytes } from './random.ts'

/**
 * Encrypts a text so that only who has the key can read it or change it: AES-256-GCM with a random nonce.
 *
 * @returns nonce, tag and ciphertext, in base64url
 */
export function seal(key: KeyObject, text: string): string {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url')
}

/** Decrypts what `seal` made; undefined when the key is another one or a byte was changed. */
export function unseal(key: KeyObject, sealed: string): string | undefined {
  const bytes = Buffer.from(sealed, 'base64url')
  if (bytes.length < 28) return undefined
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12))
  decipher.setAuthTag(bytes.subarray(12, 28))
  try {
    return decipher.update(bytes.subarray(28), undefined, 'utf8') + decipher.final('utf8')
  } catch {
    return undefined // the tag does not match: another key, or a changed byte
  }
}
