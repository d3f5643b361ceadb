/** What somebody may do to a server, and what they may be told. */
import type { Seconds } from '../src/kernel/time.ts'
import type { Node } from './nodes.ts'

/** 0: `greatapp`, which has a secret. 1: `spa`, whose tokens end with the session. */
export type Client = 0 | 1
/** Two browsers of one person. */
export type Browser = 0 | 1

/** What each client asks for, and is given. */
export const scopes = ['openid postcards.read offline_access', 'openid postcards.read'] as const

/** How long the person can give, and for how many seconds that is. */
export const lasting = { '1h': 3600, '30d': 2_592_000 } as const

/** What goes with each command: the codes and tokens are those of the run. */
export interface Commands {
  readonly wait: { readonly seconds: Seconds }
  readonly authorize: { readonly browser: Browser; readonly client: Client; readonly access_for: keyof typeof lasting }
  /** The same, but the answer is to go where the client is not registered. */
  readonly stray: { readonly browser: Browser; readonly client: Client; readonly to: string }
  /** A node dies, and is started again on what is in the database. */
  readonly restart: { readonly node: Node }
  readonly 'sign out': { readonly browser: Browser }
  readonly remove: { readonly browser: Browser; readonly client: Client }
  readonly redeem: { readonly code: string; readonly client: Client; readonly node: Node }
  readonly refresh: { readonly token: string; readonly client: Client; readonly node: Node }
  readonly revoke: { readonly token: string; readonly client: Client; readonly node: Node }
  readonly introspect: { readonly token: string; readonly node: Node }
}

/** What a client that is given tokens is told. */
export interface Given {
  readonly access_token: string
  readonly refresh_token: string
  readonly scope: string
  readonly expires_in: Seconds
  readonly id_token?: string
}

/** What the server may answer each; a text instead of tokens is the `error`. */
export interface Answers {
  readonly wait: undefined
  readonly authorize: { readonly code: string | undefined; readonly signed_in: boolean; readonly consented: boolean }
  /** Whether the browser was sent away. */
  readonly stray: boolean
  readonly restart: undefined
  readonly 'sign out': undefined
  readonly remove: 'ended' | 'nothing' | 'sign in'
  readonly redeem: Given | string
  readonly refresh: Given | string
  readonly revoke: undefined
  readonly introspect: boolean
}

/** The name of a command. */
export type Kind = keyof Commands

/** A command that was carried out. */
export type Answered = {
  readonly [K in Kind]: { readonly kind: K; readonly command: Commands[K]; readonly answer: Answers[K] }
}[Kind]
