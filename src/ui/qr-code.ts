import { encode } from 'uqr'
import { html, type Html } from '../kernel/html.ts'

/**
 * Draws a text as a QR code, ISO/IEC 18004: dark on light in every colour scheme, since scanners do not read it the other
 * way round, with the margin that they need.
 *
 * @param label what a screen reader says in its place
 */
export function qrCode(text: string, label: string): Html {
  const { data, size } = encode(text, { ecc: 'M', border: 4 })
  const path = data.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : []))).join('')
  return html`<svg class="qr" viewBox="0 0 ${size} ${size}" role="img" aria-label="${label}" shape-rendering="crispEdges"><path d="${path}"/></svg>`
}
