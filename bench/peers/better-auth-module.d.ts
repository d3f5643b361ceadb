/** What we use of Better Auth, so that the types hold where it is not installed. */
declare module 'better-auth' {
  export interface Auth {
    readonly api: {
      signUpEmail(call: { readonly body: object; readonly asResponse: true }): Promise<Response>
      adminCreateOAuthClient(call: { readonly body: object; readonly headers: Headers }): Promise<object>
    }
    readonly $context: Promise<{ readonly runMigrations: () => Promise<void> }>
  }
  export function betterAuth(options: object): Auth
}
declare module 'better-auth/node' {
  import type { RequestListener } from 'node:http'
  export function toNodeHandler(auth: object): RequestListener
}
declare module 'better-auth/plugins' {
  export function jwt(options: object): object
}
declare module '@better-auth/oauth-provider' {
  export function oauthProvider(options: object): object
}
