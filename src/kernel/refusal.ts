/**
 * How we say no. A refusal is declared once, where it is used, with the registered code that goes on the wire and a
 * finer reason of our own that never changes; calling it makes the error to throw. The boundary alone reads it.
 */
import { errorCodes, type ErrorCode } from '../vocabulary/errors.ts'

/** Facts for the operator's log. Never sent to the client; never holds a secret. */
export type Detail = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>

/** An error that the client must be told, RFC 6749 §5.2. */
export class OAuthError extends Error {
  /** `error` on the wire. */
  readonly error: ErrorCode
  /** Our stable, finer name: what tests, audit events and alerts match on. */
  readonly reason: string
  /** `error_description` on the wire: safe for a stranger to read. */
  readonly tell: string
  /** HTTP status where no redirect carries the answer. */
  readonly status: number
  readonly detail: Detail

  constructor(from: Refusal, detail: Detail, cause: unknown) {
    super(`${from.error}: ${from.reason}`, { cause })
    this.name = 'OAuthError'
    this.error = from.error
    this.reason = from.reason
    this.tell = from.tell
    this.status = from.status
    this.detail = detail
  }
}

/** One way to say no. Calling it makes the error to throw. */
export interface Refusal {
  (detail?: Detail, cause?: unknown): OAuthError
  /** `error` on the wire: a registered code. */
  readonly error: ErrorCode
  /** Our stable, finer name, unique in the program: a `snake_case` fact. */
  readonly reason: string
  /** `error_description` on the wire: RFC 6749 §5.2 characters, safe for a stranger to read. */
  readonly tell: string
  /** HTTP status where no redirect carries the answer. */
  readonly status: number
}

const declared = new Map<string, Refusal>()
/** The refusals by what a stranger is told: those that share a sentence cannot be told apart by whoever reads it. */
const alike = new Map<string, Refusal[]>()
const tellable = /^[\x20\x21\x23-\x5b\x5d-\x7e]+$/

/**
 * Declares a refusal.
 *
 * @param tell `error_description`: the characters of RFC 6749 §5.2, no quotation mark, no backslash
 * @param status where it differs from what the code usually has, such as 413 for a body that is too large
 * @throws {Error} at load, when the reason is taken or `tell` has a character that RFC 6749 §5.2 forbids
 */
export function refusal(
  error: ErrorCode,
  reason: string,
  tell: string,
  status: number = errorCodes[error].status,
): Refusal {
  if (declared.has(reason)) throw new Error(`The reason ${reason} is declared twice`)
  if (!tellable.test(tell)) throw new Error(`The description of ${reason} has a character that RFC 6749 §5.2 forbids`)
  const made: Refusal = Object.assign((detail: Detail = {}, cause?: unknown) => new OAuthError(made, detail, cause), {
    error,
    reason,
    tell,
    status,
  })
  declared.set(reason, made)
  alike.set(tell, [...(alike.get(tell) ?? []), made])
  return made
}

/**
 * Names what a stranger is told, in lower case letters, digits and underscores: the reason, where the description is
 * that reason's alone, otherwise the description itself. So an address made of it tells no more than the description does.
 */
export function toldName({ reason, tell }: Pick<Refusal, 'reason' | 'tell'>): string {
  if ((alike.get(tell)?.length ?? 0) < 2) return reason
  return tell
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replaceAll(/^_|_$/g, '')
}

/** Spells `error_uri`, RFC 6749 §5.2: where this server explains what it told. */
export function errorUri(issuer: string, refused: Pick<Refusal, 'reason' | 'tell'>): string {
  return `${issuer}${explanationsPath}/${toldName(refused)}`
}

/** Where explanations are, under the issuer. */
export const explanationsPath = '/errors'

/** Finds the refusals that a name stands for: one by its reason, or all that are told alike; empty for any other name. */
export function refusalsNamed(name: string): readonly Refusal[] {
  const one = declared.get(name)
  return one === undefined ? declaredRefusals().filter((each) => toldName(each) === name) : [one]
}

/** Lists every refusal declared by the modules loaded so far, by reason: what `docs/errors.md` is printed from. */
export function declaredRefusals(): readonly Refusal[] {
  return [...declared.values()].sort((one, other) => one.reason.localeCompare(other.reason))
}
