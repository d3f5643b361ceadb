/** The algorithms of JOSE that we sign and encrypt by, in their registered spelling: RFC 7518 §3.1, §4.1 and §5.1. */

/**
 * Every algorithm that we keep a signing key for: ES256 is what we prefer, RS256 what OpenID Connect's clients default to,
 * PS256 and EdDSA (RFC 8037 §3.1) what those may ask for that are allowed neither.
 */
export const signingAlgorithms = ['ES256', 'RS256', 'PS256', 'EdDSA'] as const

/** An algorithm that we sign with. */
export type SigningAlgorithm = (typeof signingAlgorithms)[number]

/**
 * `alg` of what we encrypt for a client: how its key gets there. Left out: RSA1_5, which has been broken again and again;
 * RSA-OAEP, which rests on SHA-1; `dir` and AES key wrapping alone, since no client and we have a key in common.
 */
export const keyManagementAlgorithms = ['RSA-OAEP-256', 'ECDH-ES', 'ECDH-ES+A128KW', 'ECDH-ES+A256KW'] as const

/** How a key gets to a client. */
export type KeyManagementAlgorithm = (typeof keyManagementAlgorithms)[number]

/** `enc` of what we encrypt. The first is meant where a client names none (OpenID Connect Registration §2). */
export const contentEncryptionAlgorithms = ['A128CBC-HS256', 'A128GCM', 'A256GCM', 'A256CBC-HS512'] as const

/** How content is encrypted. */
export type ContentEncryptionAlgorithm = (typeof contentEncryptionAlgorithms)[number]
