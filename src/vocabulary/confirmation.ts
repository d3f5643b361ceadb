/**
 * Which keys a token is bound to: the members of the `cnf` claim (RFC 7800 §3.1) that we write, each a SHA-256
 * thumbprint in base64url. `jkt` is that of a key that signs DPoP proofs (RFC 9449 §6.1), `x5t#S256` that of a TLS
 * client certificate (RFC 8705 §3.1). Empty: any holder of the token may use it.
 */
export type Confirmation = Readonly<Partial<Record<'jkt' | 'x5t#S256', string>>>
