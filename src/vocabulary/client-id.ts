/**
 * What a client identifier is made of. RFC 6749 Appendix A.1 has ASCII alone, which is all that we ever make up; but
 * operators bring identifiers from elsewhere, and those have letters of any script. None has what cannot be seen, turns
 * the writing round, or stands for no character: these would make two of them look like one.
 */
const alphabet = /^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+$/u

/** What `isClientId` asks of one that an operator chooses, after “must be”. */
export const clientIdForm = '1 to 200 letters, digits, signs or spaces'

/**
 * Tells whether a text may identify a client. They are compared byte for byte, so that two spellings of one letter are
 * two clients.
 *
 * @param longest how many UTF-16 code units it may have: one that an operator chooses 200; one that is looked up 2,000,
 *   since a client's metadata may be in it, or at an address
 */
export function isClientId(text: string, longest: 200 | 2000): boolean {
  return text.length <= longest && alphabet.test(text)
}
