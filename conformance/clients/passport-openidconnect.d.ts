/** What we use of passport-openidconnect, which comes without types. */
declare module 'passport-openidconnect' {
  import type { Strategy as PassportStrategy } from 'passport'

  export interface Options {
    readonly issuer: string
    readonly authorizationURL: string
    readonly tokenURL: string
    readonly userInfoURL: string
    readonly clientID: string
    readonly clientSecret: string
    readonly callbackURL: string
    readonly scope: readonly string[]
    readonly nonce: boolean
    readonly maxAge: number
    readonly skipUserProfile: boolean
  }

  export type Verified = (error: unknown, user?: Express.User) => void

  // The strategy counts the parameters of this function to know which are wanted.
  export type Verify = (
    ...parameters: [
      issuer: string,
      profile: { readonly id: string; readonly displayName?: string },
      context: object,
      idToken: string,
      accessToken: string,
      refreshToken: string,
      verified: Verified,
    ]
  ) => void

  export class Strategy extends PassportStrategy {
    constructor(options: Options, verify: Verify)
    authenticate(): void
  }
}
