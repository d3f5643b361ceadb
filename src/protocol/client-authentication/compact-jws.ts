import type { Json } from '../../kernel/binding.ts'
import { isMapping } from '../../kernel/mapping.ts'
import { readUnambiguousJson } from '../../kernel/unambiguous-json.ts'

/** A signed JWT that somebody else made, taken apart; its signature is not checked yet. */
export interface ForeignJwt {
  readonly header: Readonly<Record<string, Json>>
  readonly claims: Readonly<Record<string, Json>>
}

const longest = 16_384
const compact = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Reads a JWT in the compact serialisation, RFC 7515 §7.1, and in no other: three parts of unpadded base64url without
 * needless bits, header and claims objects in which no name comes twice. Undefined for anything else, for an extension
 * that must be understood (`crit`, `b64`: we understand none), and beyond 16,384 characters.
 */
export function readForeignJwt(text: string): ForeignJwt | undefined {
  if (text.length > longest || !compact.test(text)) return undefined
  const parts = text.split('.')
  if (parts.some((part) => Buffer.from(part, 'base64url').toString('base64url') !== part)) return undefined
  const [header, claims] = parts.slice(0, 2).map(readObject)
  if (header === undefined || claims === undefined) return undefined
  return 'crit' in header || 'b64' in header ? undefined : { header, claims }
}

function readObject(part: string): Readonly<Record<string, Json>> | undefined {
  try {
    const value = readUnambiguousJson(utf8.decode(Buffer.from(part, 'base64url')))
    return isMapping(value) ? value : undefined
  } catch {
    return undefined // no UTF-8
  }
}

/** Tells whether a value is a NumericDate, RFC 7519 §2. */
export function isMoment(value: Json | undefined): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

/** Reads a text; an empty one instead of anything else. */
export function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : ''
}

/** Spells what a stranger wrote for the log, at most 200 characters of it. */
export function shown(value: Json | undefined): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 200)
}
