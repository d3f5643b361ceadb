/**
 * Claims that the protocol itself says, in tokens and in answers about them: RFC 7519 §4.1, RFC 9068 §2.2, RFC 7662
 * §2.2, OpenID Connect Core §2. None of them can be configured as a claim of an account, or a person could be given
 * another one's identity by it.
 */
export const protocolClaims: ReadonlySet<string> = new Set([
  'iss',
  'sub',
  'aud',
  'exp',
  'nbf',
  'iat',
  'jti',
  'client_id',
  'scope',
  'auth_time',
  'nonce',
  'acr',
  'amr',
  'azp',
  'at_hash',
  'c_hash',
  's_hash',
  'sid',
  'cnf',
  'act',
  'may_act',
  'authorization_details',
  'active',
  'token_type',
  'events',
])

/** What values a claim can have. */
export interface ClaimForm {
  readonly fits: (value: unknown) => boolean
  /** For the author of another one: `true or false`. */
  readonly demand: string
}

const text: ClaimForm = { fits: (value) => typeof value === 'string' && value !== '', demand: 'a text' }
/** RFC 5322 §3.4.1, without quotes and comments; a name, a list or a blank makes two readers see two addresses (AC-19). */
const email: ClaimForm = {
  fits: (value) => typeof value === 'string' && /^[^\s@,;:<>()[\]\\"\p{Cc}]+@[^\s@,;:<>()\\"\p{Cc}]+$/u.test(value),
  demand: 'one e-mail address',
}
const truth: ClaimForm = { fits: (value) => typeof value === 'boolean', demand: 'true or false' }
const moment: ClaimForm = {
  fits: (value) => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0,
  demand: 'a whole number of seconds since 1970',
}
const addressMembers = ['formatted', 'street_address', 'locality', 'region', 'postal_code', 'country']
const address: ClaimForm = {
  fits: (value) =>
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.entries(value).every(([name, one]) => addressMembers.includes(name) && text.fits(one)),
  demand: `a mapping of ${addressMembers.join(', ')}, each a text`,
}

/**
 * The standard claims, each with its form: OpenID Connect Core §5.1, and §5.1.1 for the address. A client library that
 * finds another form in one of them may refuse the whole answer. What an operator makes up has any form.
 */
export const standardClaims: ReadonlyMap<string, ClaimForm> = new Map([
  ...['name', 'given_name', 'family_name', 'middle_name', 'nickname', 'preferred_username'].map(ofText),
  ...['profile', 'picture', 'website', 'gender', 'birthdate', 'zoneinfo', 'locale'].map(ofText),
  ['email', email],
  ['phone_number', text],
  ['email_verified', truth],
  ['phone_number_verified', truth],
  ['address', address],
  ['updated_at', moment],
])

function ofText(name: string): readonly [string, ClaimForm] {
  return [name, text]
}
