/** What a client may call itself on a page where a person decides whether to trust it. */
import { refusal } from '../kernel/refusal.ts'

const tooLong = refusal('invalid_client_metadata', 'client_name_too_long', 'client_name has more than 100 characters')
const unsafe = refusal(
  'invalid_client_metadata',
  'client_name_unsafe',
  'client_name has invisible, control or stacked characters, or nothing to read',
)

/** Longest name, in code points. */
const longest = 100
// Control, unassigned, private-use and surrogate code points, line and paragraph separators; what turns the direction
// of writing (U+202E makes "gpj.exe" of "exe.jpg"); what is not seen, but for the emoji selector U+FE0F; the Braille blank.
const deceptive = /[\p{Cc}\p{Cn}\p{Co}\p{Cs}\p{Zl}\p{Zp}\p{Cf}\u2800]|(?!\ufe0f)\p{Default_Ignorable_Code_Point}/u
const stacked = /\p{M}{4}/u
const readable = /[\p{L}\p{N}]/u

/**
 * Reads a client's name, in Unicode's composed form and trimmed. Markup in it is inert, since pages escape all text.
 *
 * @throws {OAuthError} `invalid_client_metadata` (`client_name_too_long`, `client_name_unsafe`)
 */
export function readClientName(name: string): string {
  // Before normalising, so that a megabyte of text costs nothing.
  if (name.length > 4 * longest) throw tooLong()
  const composed = name
    .normalize('NFC')
    .trim()
    .replaceAll(/\p{Zs}+/gu, ' ')
  if (Array.from(composed).length > longest) throw tooLong()
  if (deceptive.test(composed) || stacked.test(composed) || !readable.test(composed)) throw unsafe()
  return composed
}
