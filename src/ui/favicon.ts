import { html, render } from '../kernel/html.ts'
import { asset, type Asset } from './asset.ts'

/** The mark as the browser shows it on a tab. */
export const favicon: Asset = asset(
  render(
    html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><rect width="24" height="24" rx="6" fill="#0b6a5b"/><path d="M18.5 10.8a6.8 6.8 0 1 1-3.6-5.1M9 11.6l2.9 3L19 6.8" fill="none" stroke="#fff" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"/></svg>`,
  ),
  'svg',
  'image/svg+xml',
)
