/** One step of the flow, as the page tells it. */
export interface Step {
  readonly title: string
  readonly explain: string
  /** What was sent, and what came back. */
  readonly exchanges?: readonly Exchange[]
  /** Texts to show as they are: checks that were made, tokens taken apart. */
  readonly shown?: Readonly<Record<string, string>>
}

/** One request and its answer, spelled as HTTP. */
export interface Exchange {
  readonly request: string
  readonly response: string
}

/** What the application remembers of one visitor. The tokens never reach the browser's scripts: the page only shows them. */
export interface Visit {
  readonly steps: Step[]
  /** Kept from the authorization request until its answer. */
  pending?: { readonly state: string; readonly nonce: string; readonly code_verifier: string } | undefined
  tokens?:
    | {
        readonly access_token: string
        readonly refresh_token?: string | undefined
        readonly id_token?: string | undefined
      }
    | undefined
  postcards?: readonly string[] | undefined
  name?: string | undefined
}

/** Begins to remember a visitor. */
export const newVisit = (): Visit => ({ steps: [] })
