/** What is measured: a server in a process of its own that we can start, sign in to, weigh and end. */
import type { Browser, Page } from '../browser.ts'
import type { Scene } from '../scene.ts'

/** A server that can be measured. */
export interface Peer {
  /** What it is asked for by, on the command line. */
  readonly name: string
  /** What the table calls it. */
  readonly title: string
  /** `ours` and `theirs` are compared; the `floor` answers constants and is not checked. */
  readonly side: 'ours' | 'theirs' | 'floor'
  /** `durable` = what it acknowledged survives `kill -9` and power loss, and a check proves the first. */
  readonly keeps: 'durable' | 'nothing'
  start(setting: Setting): Promise<RunningPeer>
}

/** What a peer is started in. */
export interface Setting {
  readonly scene: Scene
  /** An empty folder of its own. */
  readonly directory: string
  /** Where the CPU profile of the server goes, written when it ends; undefined = none is taken. */
  readonly profiles: string | undefined
}

/** A peer that serves. */
export interface RunningPeer {
  readonly endpoints: Endpoints
  /** CPU time since the start, user and system, of all its processes, in milliseconds. */
  cpu(): number
  /** Fills in the page that stands between an authorization request and its answer. */
  fill(browser: Browser, page: Page, username: string): Promise<Page>
  /** Kills the server as `kill -9` does and starts it again on what it kept. */
  crash(): Promise<void>
  /** Tells, where it can, that its database syncs each commit; throws when it does not. */
  checkSync?(): Promise<void>
  /** Ends it and everything it started. */
  stop(): Promise<void>
}

/** Where a peer's requests go. */
export interface Endpoints {
  readonly authorization_endpoint: URL
  readonly token_endpoint: URL
  readonly jwks_uri: URL
  readonly issuer: string
}

/** Reads the endpoints from the server's own metadata (RFC 8414). */
export async function discover(issuer: string): Promise<Endpoints> {
  const response = await fetch(`${issuer}/.well-known/openid-configuration`)
  const metadata = (await response.json()) as Readonly<Record<string, string>>
  const at = (name: string) => new URL(metadata[name] ?? '')
  return {
    issuer,
    authorization_endpoint: at('authorization_endpoint'),
    token_endpoint: at('token_endpoint'),
    jwks_uri: at('jwks_uri'),
  }
}

/** The switches of Node that take a CPU profile, when one is asked for. */
export function profiling({ profiles }: Setting): readonly string[] {
  return profiles === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profiles}`]
}
