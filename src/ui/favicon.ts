import { html, render } from '../kernel/html.ts'
import type { Palette } from '../kernel/palette.ts'
import { asset, type Asset } from './asset.ts'

/** Draws the mark as the browser shows it on a tab, in the colours of filled buttons. */
export function faviconIn({ accent, on_accent }: Pick<Palette, 'accent' | 'on_accent'>): Asset {
  const drawn = html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><rect width="24" height="24" rx="6" fill="${accent}"/><path d="M18.5 10.8a6.8 6.8 0 1 1-3.6-5.1M9 11.6l2.9 3L19 6.8" fill="none" stroke="${on_accent}" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"/></svg>`
  return asset(render(drawn), 'svg', 'image/svg+xml')
}
