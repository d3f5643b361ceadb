/** Where clients register, under the issuer; a registration's own address is below it (RFC 7592 §2). */
export const registrationPath = '/register'
