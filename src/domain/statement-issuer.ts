/** Whose software statements are believed, RFC 7591 §2.3. */
import type { Finding } from '../kernel/setting.ts'
import { OAuthError } from '../kernel/refusal.ts'
import type { PublicJwks } from '../vocabulary/client-metadata.ts'
import { readPublicJwks } from './public-jwks.ts'

/** An issuer of software statements, with its keys or where they are. */
export interface StatementIssuer {
  /** `iss` of its statements, byte for byte. */
  readonly issuer: string
  readonly jwks?: PublicJwks
  readonly jwks_uri?: string
}

/** One as the configuration has it: its keys are not read yet. */
export interface ConfiguredStatementIssuer {
  readonly issuer: string
  readonly jwks?: unknown
  readonly jwks_uri?: string
}

/** Finds what is wrong with each: its keys are in one place, and can be read. */
export function findStatementIssuerMistakes(written: readonly ConfiguredStatementIssuer[]): readonly Finding[] {
  return written.flatMap(({ jwks, jwks_uri }, index) => {
    const key = `client_registration.software_statements[${index}]`
    if ((jwks === undefined) === (jwks_uri === undefined)) return [{ key, words: 'needs either jwks or jwks_uri' }]
    if (jwks_uri !== undefined) {
      const isAddress = /^https?:\/\/[\x21-\x7e]+$/.test(jwks_uri) && URL.canParse(jwks_uri)
      return isAddress ? [] : [{ key: `${key}.jwks_uri`, words: 'must be an https:// URL' }]
    }
    try {
      readPublicJwks(jwks)
      return []
    } catch (mistake) {
      if (!(mistake instanceof OAuthError)) throw mistake
      return [{ key: `${key}.jwks`, words: mistake.tell }]
    }
  })
}

/**
 * Reads the keys of each.
 *
 * @throws {OAuthError} for the first that `findStatementIssuerMistakes` would have found
 */
export function statementIssuers(written: readonly ConfiguredStatementIssuer[]): readonly StatementIssuer[] {
  return written.map(({ issuer, jwks, jwks_uri }) => ({
    issuer,
    ...(jwks !== undefined && { jwks: readPublicJwks(jwks) }),
    ...(jwks_uri !== undefined && { jwks_uri }),
  }))
}
