/** Software statements, RFC 7591 §2.3: what somebody else says of a client and vouches for by a signature. */
import { refusal } from '../../kernel/refusal.ts'
import type { Json } from '../../kernel/binding.ts'
import type { Seconds } from '../../kernel/time.ts'
import { assertionAlgorithms } from '../client-authentication/assertion-algorithms.ts'
import { findSignatureProblem } from '../client-authentication/client-signature.ts'
import { readForeignJwt, shown } from '../client-authentication/compact-jws.ts'
import type { ProtocolParts } from '../parts.ts'

const tell = 'The software statement cannot be verified'
const malformed = refusal('invalid_software_statement', 'software_statement_malformed', tell)
const signatureWrong = refusal('invalid_software_statement', 'software_statement_signature_wrong', tell)
const expired = refusal('invalid_software_statement', 'software_statement_expired', tell)
const forOthers = refusal('invalid_software_statement', 'software_statement_for_others', tell)
const issuerUnknown = refusal(
  'unapproved_software_statement',
  'software_statement_issuer_unknown',
  'The software statement is of an issuer that is not approved here',
)

/** How far the issuer's clock may be off (R17). */
const skew: Seconds = 60

/** What a JWT says of itself: none of it is client metadata. */
const ofTheJwt = ['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti', 'software_statement']

/** What checking a statement takes. */
export type SoftwareStatementParts = Pick<ProtocolParts, 'issuer' | 'clock' | 'settings' | 'clientKeys'>

/**
 * Replaces what the client says of itself with what its software statement says (RFC 7591 §2.3: it takes precedence).
 * Where no issuer is approved, statements are ignored, as the RFC has it for servers that do not support them.
 *
 * @returns the metadata as it is to be checked, with the statement itself in it unchanged
 * @throws {OAuthError} `invalid_software_statement` or `unapproved_software_statement` (DR-12)
 */
export async function withSoftwareStatement(
  given: Readonly<Record<string, Json>>,
  parts: SoftwareStatementParts,
): Promise<Readonly<Record<string, Json>>> {
  const statement = given['software_statement']
  if (statement === undefined || statement === null || parts.settings.registration.software_statements.length === 0) {
    return Object.fromEntries(Object.entries(given).filter(([name]) => name !== 'software_statement'))
  }
  if (typeof statement !== 'string') throw malformed()
  const claims = await verifiedClaims(statement, parts)
  const said = Object.entries(claims).filter(([name]) => !ofTheJwt.includes(name))
  return { ...given, ...Object.fromEntries(said) }
}

async function verifiedClaims(
  statement: string,
  parts: SoftwareStatementParts,
): Promise<Readonly<Record<string, Json>>> {
  const jwt = readForeignJwt(statement)
  const { alg, typ } = jwt?.header ?? {}
  if (jwt === undefined || typeof alg !== 'string' || !assertionAlgorithms.includes(alg)) throw malformed()
  // RFC 8725 §3.11: a JWT made for another purpose is not for us.
  if (typ !== undefined && (typeof typ !== 'string' || !/^(application\/)?(software-statement\+)?jwt$/i.test(typ))) {
    throw malformed({ typ: shown(typ) })
  }
  const { iss, aud, exp, nbf } = jwt.claims
  const issuer = parts.settings.registration.software_statements.find((one) => one.issuer === iss)
  if (issuer === undefined) throw issuerUnknown({ iss: shown(iss) })
  const problem = await findSignatureProblem(statement, jwt, { metadata: issuer, profile: 'oauth21' }, parts)
  if (problem !== undefined) throw signatureWrong({ iss: issuer.issuer, ...problem })
  const at = parts.clock()
  if (exp !== undefined && !(typeof exp === 'number' && exp + skew > at)) throw expired({ iss: issuer.issuer })
  if (nbf !== undefined && !(typeof nbf === 'number' && nbf - skew <= at)) throw expired({ iss: issuer.issuer })
  if (aud !== undefined && aud !== parts.issuer && !(Array.isArray(aud) && aud.includes(parts.issuer))) {
    throw forOthers({ iss: issuer.issuer })
  }
  return jwt.claims
}
