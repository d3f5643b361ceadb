/**
 * The two spellings of an ECDSA signature on P-256. OpenSSL speaks DER (RFC 3279 §2.2.3), a JWS wants r‖s (RFC 7518
 * §3.4); converting here costs a microsecond, while asking OpenSSL for r‖s doubles the price of a signature on some
 * versions of Node.
 */

/** Bytes of each of the two numbers. */
const width = 32

/** Spells an ECDSA signature as r‖s, 64 bytes, from DER as OpenSSL makes it. */
export function rawFromDer(der: Buffer): Buffer {
  const raw = Buffer.alloc(2 * width)
  const lengthOfR = der[3] ?? 0
  copyNumber(der.subarray(4, 4 + lengthOfR), raw.subarray(0, width))
  copyNumber(der.subarray(6 + lengthOfR), raw.subarray(width))
  return raw
}

/** Spells an ECDSA signature in DER from r‖s; undefined for anything that is not 64 bytes. */
export function derFromRaw(raw: Buffer): Buffer | undefined {
  if (raw.length !== 2 * width) return undefined
  const r = derNumber(raw.subarray(0, width))
  const s = derNumber(raw.subarray(width))
  return Buffer.concat([Buffer.from([0x30, r.length + s.length]), r, s])
}

/** Puts a number of at most 33 bytes (a leading zero keeps it positive) right-aligned into its place. */
function copyNumber(bytes: Buffer, place: Buffer): void {
  const digits = bytes.length > width ? bytes.subarray(bytes.length - width) : bytes
  digits.copy(place, width - digits.length)
}

/** A DER INTEGER: no needless leading zeros, and one where the number would look negative. */
function derNumber(bytes: Buffer): Buffer {
  let start = 0
  while (start < bytes.length - 1 && bytes[start] === 0) start += 1
  const digits = bytes.subarray(start)
  const sign = (digits[0] ?? 0) >= 0x80 ? [0] : []
  return Buffer.concat([Buffer.from([0x02, digits.length + sign.length, ...sign]), digits])
}
