/** What we use of `@node-oauth/oauth2-server`, so that the types hold where it is not installed. It is CommonJS. */
declare module '@node-oauth/oauth2-server' {
  interface Incoming {
    readonly method: string
    readonly headers: object
    readonly query: object
    readonly body?: object
  }
  export class Request {
    constructor(incoming: Incoming)
  }
  export class Response {
    readonly status: number
    readonly headers: Readonly<Record<string, string>>
    readonly body: object
  }
  class OAuth2Server {
    constructor(options: object)
    authorize(request: Request, response: Response, options: object): Promise<unknown>
    token(request: Request, response: Response, options: object): Promise<unknown>
  }
  export { OAuth2Server as default }
}
