import { milliseconds, type Milliseconds } from './time.ts'
import { randomBytes } from './random.ts'

let time: () => Milliseconds = milliseconds
let last = 0
let sequence = 0

/**
 * Lets ids begin with the time that a node goes by, the same on all nodes: whoever reads the audit trail from a cursor on
 * would miss what a node whose own clock is behind wrote after that.
 */
export function idsGoBy(kept: () => Milliseconds): void {
  time = kept
  last = 0
}

/**
 * Makes the id of a new row: 16 bytes as 32 hexadecimal digits. The first 6 bytes are milliseconds and the next 2 a
 * counter, so that rows made together lie together on disk; the last 8 are random, so that nodes never collide.
 * An id is not a secret and proves nothing.
 */
export function newId(): string {
  const now = time()
  if (now > last) {
    last = now
    sequence = 0
  } else {
    sequence = (sequence + 1) & 0xffff
    if (sequence === 0) last += 1
  }
  const bytes = randomBytes(16)
  bytes.writeUIntBE(last, 0, 6)
  bytes.writeUInt16BE(sequence, 6)
  return bytes.toString('hex')
}

/**
 * Makes a public identifier that tells nothing: 128 random bits as 22 characters of base64url. It never begins with
 * `-`, so that whoever hands it to a command is not taken to have meant an option.
 */
export function newOpaqueId(): string {
  for (;;) {
    const id = randomBytes(16).toString('base64url')
    if (!id.startsWith('-')) return id
  }
}
