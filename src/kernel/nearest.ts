/**
 * Finds the known name that somebody who wrote `name` most likely meant; undefined when none is near.
 *
 * Near is an edit distance of at most a third of the name's length, so that `redirect_uri` finds `redirect_uris` and
 * `foo` finds nothing. Names longer than 64 characters are near to nothing: the work stays bounded.
 */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  if (name.length > 64) return undefined
  let best: string | undefined
  let bestDistance = Math.floor(Math.max(3, name.length) / 3) + 1
  for (const candidate of known) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase())
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance]
  }
  return best
}

/** Damerau's distance, row by row: two neighbours that changed places are one slip, not two. */
function editDistance(one: string, other: string): number {
  let before: readonly number[] = []
  let row = Array.from({ length: other.length + 1 }, (_, column) => column)
  for (let line = 1; line <= one.length; line += 1) {
    const next = [line]
    for (let column = 1; column <= other.length; column += 1) {
      const changed = (row[column - 1] ?? 0) + (one[line - 1] === other[column - 1] ? 0 : 1)
      const swapped = line > 1 && one[line - 1] === other[column - 2] && one[line - 2] === other[column - 1]
      const swap = swapped ? (before[column - 2] ?? Infinity) + 1 : Infinity
      next.push(Math.min(changed, swap, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1))
    }
    before = row
    row = next
  }
  return row[other.length] ?? 0
}
