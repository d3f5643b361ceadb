/** What is measured: a server in a process of its own that we can start, sign in to, weigh and end. */
import type { Browser, Page } from '../browser.ts'
import type { Scene } from '../scene.ts'
import type { WorkloadName } from '../workloads.ts'

/** A server that can be measured. */
export interface Peer {
  /** What it is asked for by, on the command line. */
  readonly name: string
  /** What the table calls it. */
  readonly title: string
  /** `ours` is compared with the others: `before` is ours as it was. The `floor` answers constants and is not checked. */
  readonly side: 'ours' | 'before' | 'theirs' | 'floor'
  /** `durable` = what it acknowledged survives `kill -9` and power loss, and a check proves the first. */
  readonly keeps: 'durable' | 'nothing'
  /** What it is compared with in its own kind: the floor of SQLite stands under Licet over SQLite. */
  readonly over: 'sqlite' | 'postgres' | 'memory'
  /** `lowest`: measured at the lowest concurrency alone, since it is here for the sake of completeness. */
  readonly measuredAt: 'all' | 'lowest'
  /** Work that it does not do, and why. */
  readonly lacks?: Readonly<Partial<Record<WorkloadName, string>>>
  /** The package that it takes, where that is none of ours (bench/peers/package.json). */
  readonly takes?: string
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
  /** CPU time since the start, user and system, of all its processes and its database's, in milliseconds. */
  cpu(): number
  /** Resident memory of its own processes, without a database server's, in bytes. */
  memory(): number
  /** Holds all its processes, and its database's, to one core. */
  pin(core: number): void
  /** How much the database holds, in bytes; absent where there is none. */
  stored?(): Promise<number>
  /** Fills in the page that stands between an authorization request and its answer. */
  fill(browser: Browser, page: Page, username: string): Promise<Page>
  /** Kills the server as `kill -9` does and starts it again on what it kept. */
  crash(): Promise<void>
  /** Ends the server, starts it again, and answers the milliseconds from there to its first right answer. */
  restart(): Promise<number>
  /** Tells, where it can, that its database syncs each commit; throws when it does not. */
  checkSync?(): Promise<void>
  /** Ends it and everything it started. */
  stop(): Promise<void>
}

/** Where a peer's requests go. */
export interface Endpoints {
  readonly issuer: string
  readonly discovery: URL
  readonly authorization_endpoint: URL
  readonly token_endpoint: URL
  readonly jwks_uri: URL
  readonly introspection_endpoint: URL
  readonly userinfo_endpoint: URL
  readonly revocation_endpoint: URL
}

/** Where the metadata of an issuer is, OpenID Connect Discovery §4. */
export const discoveryOf = (issuer: string): URL => new URL(`${issuer}/.well-known/openid-configuration`)

/** Reads the endpoints from the server's own metadata (RFC 8414). What it does not name is nowhere. */
export async function discover(issuer: string): Promise<Endpoints> {
  const discovery = discoveryOf(issuer)
  const metadata = (await (await fetch(discovery)).json()) as Readonly<Record<string, string>>
  const at = (name: string) => new URL(metadata[name] ?? `${issuer}/nowhere`)
  return {
    issuer,
    discovery,
    authorization_endpoint: at('authorization_endpoint'),
    token_endpoint: at('token_endpoint'),
    jwks_uri: at('jwks_uri'),
    introspection_endpoint: at('introspection_endpoint'),
    userinfo_endpoint: at('userinfo_endpoint'),
    revocation_endpoint: at('revocation_endpoint'),
  }
}
