import type { Json } from './binding.ts'

const strings = /"(?:[^"\\]|\\.)*"/g

/**
 * Reads JSON that says each thing once: undefined for a text that is not JSON, or has one name twice in an object, which
 * two readers would understand in two ways (RFC 7515 §4, RFC 8725 §2.6).
 */
export function readUnambiguousJson(text: string): Json | undefined {
  let value: Json
  try {
    value = JSON.parse(text) as Json
  } catch {
    return undefined
  }
  // Outside of strings a colon follows a name and stands nowhere else; a name that came twice is kept once.
  const written = text.replaceAll(strings, '').split(':').length - 1
  return written === namesIn(value) ? value : undefined
}

function namesIn(value: Json): number {
  let names = 0
  const left: Json[] = [value]
  for (let one = left.pop(); one !== undefined; one = left.pop()) {
    if (typeof one !== 'object' || one === null) continue
    const inside: readonly Json[] = Object.values(one)
    if (!Array.isArray(one)) names += inside.length
    for (const each of inside) left.push(each)
  }
  return names
}
