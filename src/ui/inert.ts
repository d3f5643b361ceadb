import { html, type Html } from '../kernel/html.ts'

/**
 * Disarms a text that a stranger chose, a client's name above all, so that it can only be read.
 *
 * Gone are: control characters and line breaks, what turns the reading direction around, what takes no room
 * (zero-width characters, fillers, tags), private and unassigned characters, towers of combining marks, and everything
 * past `max`. Look-alike letters stay, see `mixesAlphabets`.
 *
 * @param max the longest text shown, in code points, the ellipsis included
 * @returns `—` when nothing is left
 */
export function inertText(text: string, max: number): string {
  // What comes is at most some kilobytes, but nothing says so here: the rest of it cannot be shown anyway.
  const bounded = text.slice(0, max * 16)
  const visible = bounded
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Z}\u2800]+/gu, ' ')
    .replace(/[\p{C}\p{Default_Ignorable_Code_Point}]/gu, '')
    // Two marks on one letter are what living scripts need in a name; a tower of them hides its neighbours.
    .replace(/(\p{M}{2})\p{M}+/gu, '$1')
    .replace(/(^|\s)\p{M}+/gu, '$1')
    .replace(/ +/g, ' ')
    .trim()
  if (visible === '') return '—'
  const characters = Array.from(visible)
  return characters.length <= max
    ? visible
    : `${characters
        .slice(0, max - 1)
        .join('')
        .trimEnd()}…`
}

/** Shows a stranger's text disarmed, `inertText`, and apart from the writing direction of what stands around it. */
export function inert(text: string, max: number): Html {
  return html`<bdi>${inertText(text, max)}</bdi>`
}

const alphabets = [
  /\p{Script=Latin}/u,
  /\p{Script=Cyrillic}/u,
  /\p{Script=Greek}/u,
  /\p{Script=Armenian}/u,
  /\p{Script=Cherokee}/u,
]

/** Tells whether a word of the text is written in letters of several look-alike alphabets: “Gооgle” with Cyrillic о. */
export function mixesAlphabets(text: string): boolean {
  return text.split(/[^\p{L}\p{M}]+/u).some((word) => alphabets.filter((alphabet) => alphabet.test(word)).length > 1)
}
