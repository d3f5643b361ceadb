/** Where the person's own pages are, under the issuer. */
export const ownPaths = { account: '/account', logout: '/logout' } as const
