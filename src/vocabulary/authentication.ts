/** How a person proved who they are, in the words that go into tokens. */

/** Authentication context class references, OpenID Connect Core §2; where none is registered, ours. */
export const acrValues = {
  /** A code that was sent to the person's e-mail address and nothing else: as good as the protection of that mailbox. */
  email_code: 'urn:licet:acr:email',
  /** Another provider said who it is; what was proved there is not known here. */
  upstream: 'urn:licet:acr:upstream',
  /** A password and nothing else. */
  password: 'urn:licet:acr:pwd',
  /** Two proofs of different kinds, such as a password and a one-time code. */
  multi_factor: 'urn:licet:acr:mfa',
  /** A key that signs for this origin alone: OpenID Connect Extended Authentication Profile ACR Values 1.0 §2. */
  phishing_resistant: 'phr',
} as const

/** The contexts that an operator can require, of a client or for a scope value, the weaker first. */
export const requirableAcrValues = [acrValues.multi_factor, acrValues.phishing_resistant] as const

/** One of them. */
export type RequirableAcr = (typeof requirableAcrValues)[number]

/** Authentication method references, RFC 8176 §2. */
export const amrValues = {
  password: 'pwd',
  one_time_code: 'otp',
  multi_factor: 'mfa',
  /** A key was shown to be there. */
  key: 'pop',
  /** That key can leave the device it was made on. */
  software_key: 'swk',
  /** The device asked the person. */
  user_presence: 'user',
} as const
