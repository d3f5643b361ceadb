/** Where the page is that tells whether a browser is still signed in, under the issuer. */
export const checkSessionPath = '/check_session'
