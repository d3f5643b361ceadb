/** What a client asks PostgreSQL for, read off the wire: which statements a piece of its messages carries out. */

/** The statements that one connection has prepared, by name. */
export type Prepared = Map<string, string>

/**
 * Reads the texts of the statements that are bound in a piece. A message that is cut off at its end is passed over: what
 * the tests look for is far shorter than what is sent at once.
 */
export function boundIn(piece: Buffer, prepared: Prepared): readonly string[] {
  const bound: string[] = []
  for (let at = 0; at + 5 <= piece.length;) {
    const end = at + 1 + piece.readUInt32BE(at + 1)
    const [first = '', second = ''] = piece.toString('utf8', at + 5, end).split('\0', 2)
    // Parse: the name, then the text. Bind: the portal, then the name.
    if (piece[at] === 0x50) prepared.set(first, second)
    if (piece[at] === 0x42) bound.push(prepared.get(second) ?? '')
    at = end
  }
  return bound
}
