import { html, type Html } from '../kernel/html.ts'

/** The drawings: strokes on a 24 by 24 field, in the colour of the text around them. Decoration only: no meaning without words. */
const drawings = {
  web: html`<circle cx="12" cy="12" r="9"/><path d="M3 12h18M12 3c2.5 2.6 3.8 5.6 3.8 9S14.5 18.4 12 21c-2.5-2.6-3.8-5.6-3.8-9S9.5 5.6 12 3z"/>`,
  this_computer: html`<rect x="4" y="5" width="16" height="11" rx="2"/><path d="M2 19.5h20"/>`,
  application: html`<rect x="4" y="4" width="16" height="16" rx="4"/><path d="M9 12h6M12 9v6"/>`,
  device: html`<rect x="3" y="5" width="18" height="12" rx="2"/><path d="M8 20.5h8M7.5 11h.1M12 11h.1M16.5 11h.1"/>`,
  person: html`<circle cx="12" cy="8.5" r="4"/><path d="M4.5 20.5c.9-3.8 3.8-6 7.5-6s6.6 2.2 7.5 6"/>`,
  tick: html`<path d="m5 12.5 4.5 4.5L19 7.5"/>`,
  warning: html`<path d="M12 3.5 2.5 20h19z"/><path d="M12 10v4.5M12 17.2v.1"/>`,
  note: html`<circle cx="12" cy="12" r="9"/><path d="M12 11v5M12 7.8v.1"/>`,
} as const

/** What can be drawn. */
export type IconName = keyof typeof drawings

/** Draws an icon, next to words that say the same. */
export function icon(name: IconName): Html {
  return html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">${drawings[name]}</svg>`
}

/** The mark of Licet: a ring that a hand left open, and a tick in it. */
export const mark: Html = html`<svg class="mark" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d="M20.5 10a9 9 0 1 1-5-6.3"/><path d="m8 11.8 3.6 3.7L21 5.5"/></svg>`
