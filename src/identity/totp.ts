/**
 * Codes of an authenticator app: RFC 6238 with what every app understands, six digits of SHA-1 every thirty seconds.
 * The secret is sealed at rest together with the account, so that a row moved to another account opens nothing.
 */
import { Secret, TOTP } from 'otpauth'
import { randomBytes } from '../kernel/random.ts'
import type { Secrets } from '../kernel/secret.ts'
import type { EpochSeconds, Seconds } from '../kernel/time.ts'

type SecretParts = { readonly secrets: Secrets }

/** RFC 4226 §4 R6 recommends 160 bits. */
const secretLength = 20
const period: Seconds = 30
/** RFC 6238 §5.2: one step before and one after, for clocks that are wrong and fingers that are slow. */
const tolerance = 1
/** How long a person has to type the first code of a new secret. */
const enrolmentTime: Seconds = 1800

/** A secret that is being set up: it counts for nothing until a code of it was right. */
export interface TotpEnrolment {
  /** Base32, as a person types it. */
  readonly secret: string
  /** What an app reads from the picture. */
  readonly uri: string
  /** The secret for the form that comes back: sealed, for this account and half an hour. */
  readonly sealed: string
}

/** Whose app it is to be, and what the app will call the account. */
export interface EnrolledAccount {
  readonly account_id: string
  readonly username: string
  /** What the app calls this server. */
  readonly server: string
}

/**
 * Makes a secret for an account, or shows the one again whose first code was wrong.
 *
 * @param sealed what came back with the form, if one came; where it is not of this account or too old, a new one is made
 */
export function totpEnrolment(
  { account_id, username, server }: EnrolledAccount,
  at: EpochSeconds,
  parts: SecretParts,
  sealed = sealedEnrolment(account_id, at, parts),
): TotpEnrolment {
  const secret = openedEnrolment(sealed, account_id, at, parts)
  if (secret === undefined) return totpEnrolment({ account_id, username, server }, at, parts)
  // An app splits what it reads at the first colon.
  const uri = totpOf(secret, { issuer: server.replaceAll(':', ' '), label: username }).toString()
  return { secret, uri, sealed }
}

function sealedEnrolment(account_id: string, at: EpochSeconds, { secrets }: SecretParts): string {
  const secret = new Secret({ buffer: new Uint8Array(randomBytes(secretLength)).buffer }).base32
  return secrets.sealAtRest('totp enrolment', JSON.stringify([account_id, at + enrolmentTime, secret]))
}

/** Opens the secret of a form; undefined where it was sealed for another account, too long ago, or not by us. */
export function openedEnrolment(
  sealed: string,
  account_id: string,
  at: EpochSeconds,
  { secrets }: SecretParts,
): string | undefined {
  const opened = secrets.openAtRest('totp enrolment', sealed)
  if (opened === undefined) return undefined
  const [owner, until, secret] = JSON.parse(opened) as [string, EpochSeconds, string]
  return owner === account_id && at < until ? secret : undefined
}

/** Seals the secret of an account for its row. */
export function sealTotpSecret(secret: string, account_id: string, { secrets }: SecretParts): string {
  return secrets.sealAtRest('totp secret', JSON.stringify([account_id, secret]))
}

/** Opens the secret of an account's row; undefined for a row that was not written for this account under this key. */
export function openTotpSecret(sealed: string, account_id: string, { secrets }: SecretParts): string | undefined {
  const opened = secrets.openAtRest('totp secret', sealed)
  if (opened === undefined) return undefined
  const [owner, secret] = JSON.parse(opened) as [string, string]
  return owner === account_id ? secret : undefined
}

/** Finds the time step that a code is of, RFC 6238 §4.2; undefined where it is not of one that counts now. Spends nothing. */
export function stepOf(code: string, secret: string, at: EpochSeconds): number | undefined {
  const digits = code.replaceAll(/[\s-]/g, '')
  if (!/^\d{6}$/.test(digits)) return undefined
  const delta = totpOf(secret).validate({ token: digits, timestamp: at * 1000, window: tolerance })
  return delta === null ? undefined : Math.floor(at / period) + delta
}

function totpOf(secret: string, about: { readonly issuer?: string; readonly label?: string } = {}): TOTP {
  return new TOTP({ ...about, secret: Secret.fromBase32(secret), algorithm: 'SHA1', digits: 6, period })
}
