/**
 * The registered response types: RFC 6749 §11.3, OAuth 2.0 Multiple Response Type Encoding Practices §3 and §5. Words of
 * one value stand in alphabetical order; in a request they may come in any (§2 there).
 */
export const responseTypes = [
  'code',
  'token',
  'id_token',
  'id_token token',
  'code token',
  'code id_token',
  'code id_token token',
] as const

/** A response type, in the one spelling that it has here. */
export type ResponseType = (typeof responseTypes)[number]

/** A word of a response type: one thing that the answer brings. */
export type ResponseWord = 'code' | 'token' | 'id_token'

/** Reads a response type whatever the order of its words; undefined for one that is not registered. */
export function readResponseType(written: string): ResponseType | undefined {
  const spelled = written.split(' ').sort().join(' ')
  return responseTypes.find((known) => known === spelled)
}

/** Tells whether an answer of that type brings something. */
export function brings(response_type: ResponseType, word: ResponseWord): boolean {
  return response_type.split(' ').includes(word)
}

/** Tells whether an answer of that type brings a token through the browser, which OAuth 2.1 has dropped. */
export function bringsToken(response_type: ResponseType): boolean {
  return response_type !== 'code'
}
