/** One element of DER, X.690 §8.1: its identifier octet, and its contents. */
export interface DerElement {
  readonly tag: number
  readonly content: Buffer
}

/**
 * Reads the elements that lie one after another in some bytes: definite lengths in their shortest form and tags of one
 * octet, which is all that certificates have.
 *
 * @throws {Error} for anything else
 */
export function readDer(bytes: Buffer): readonly DerElement[] {
  const elements: DerElement[] = []
  for (let at = 0; at < bytes.length;) {
    const tag = octet(bytes, at)
    if ((tag & 0x1f) === 0x1f) throw new Error('DER with a tag of several octets')
    const { length, begin } = lengthAt(bytes, at + 1)
    if (begin + length > bytes.length) throw new Error('DER that is cut off')
    elements.push({ tag, content: bytes.subarray(begin, begin + length) })
    at = begin + length
  }
  return elements
}

/** Spells an object identifier with dots, X.690 §8.19. */
export function objectIdentifier(content: Buffer): string {
  const arcs: number[] = []
  let arc = 0
  for (const one of content) {
    if (arc > 0x1_ffff_ffff_ff) throw new Error('DER with an arc out of bounds')
    arc = arc * 128 + (one & 0x7f)
    if (one < 0x80) {
      arcs.push(arc)
      arc = 0
    }
  }
  const [first = 0, ...others] = arcs
  const root = Math.min(Math.floor(first / 40), 2)
  return [root, first - root * 40, ...others].join('.')
}

function lengthAt(bytes: Buffer, at: number): { readonly length: number; readonly begin: number } {
  const first = octet(bytes, at)
  if (first < 0x80) return { length: first, begin: at + 1 }
  const octets = first - 0x80
  if (octets < 1 || octets > 3) throw new Error('DER with a length out of bounds')
  let length = 0
  for (let index = 1; index <= octets; index += 1) length = length * 256 + octet(bytes, at + index)
  if (length < 0x80 || length < 256 ** (octets - 1)) throw new Error('DER with a needlessly long length')
  return { length, begin: at + 1 + octets }
}

function octet(bytes: Buffer, at: number): number {
  const found = bytes[at]
  if (found === undefined) throw new Error('DER that is cut off')
  return found
}
