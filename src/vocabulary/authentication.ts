/** How a person proved who they are, in the words that go into tokens. */

/** Authentication context class references, OpenID Connect Core §2; ours, since none is registered for it. */
export const acrValues = {
  /** A password and nothing else. */
  password: 'urn:licet:acr:pwd',
} as const

/** Authentication method references, RFC 8176 §2. */
export const amrValues = {
  password: 'pwd',
} as const
