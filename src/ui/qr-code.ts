import { encode } from 'uqr'
import { html, type Html } from '../kernel/html.ts'

/**
 * Draws a text as a QR code, ISO/IEC 18004: dark on light in every colour scheme, since scanners cannot read it the
 * other way round, with the margin that they need.
 *
 * @param label what a screen reader says instead
 */
export function qrCode(text: string, label: string): Html {
  const { data, size } = encode(text, { ecc: 'M', border: 4 })
  // One stroke for each run of dark modules takes half the characters of squares.
  const path = data.flatMap((row, y) => runsOf(row).map(([x, length]) => `M${x} ${y}.5h${length}`)).join('')
  return html`<svg class="qr" viewBox="0 0 ${size} ${size}" role="img" aria-label="${label}" shape-rendering="crispEdges"><path d="${path}"/></svg>`
}

/** Where dark modules begin in a row, and how many follow one another. */
function runsOf(row: readonly boolean[]): readonly (readonly [number, number])[] {
  const begins = row.flatMap((dark, x) => (dark && row[x - 1] !== true ? [x] : []))
  return begins.map((x) => {
    const end = row.indexOf(false, x)
    return [x, (end === -1 ? row.length : end) - x]
  })
}
