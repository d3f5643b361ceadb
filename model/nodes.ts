/** Two nodes of one server over one database, in this process, with one clock that the test holds. */
import type { HttpResponse } from '../src/http/message.ts'
import { newOpaqueId } from '../src/kernel/ids.ts'
import type { Seconds } from '../src/kernel/time.ts'
import type { Account } from '../src/domain/account.ts'
import type { Database } from '../src/storage/database.ts'
import { accountRecord } from '../testing/records.ts'
import type { LogLine } from '../testing/collecting-log.ts'
import { Visitor } from '../testing/visitor.ts'
import { world, worldAuthorization, type World, type WorldRequest } from '../testing/world.ts'

/** Which of the nodes. */
export type Node = 0 | 1

/** The nodes, and what is asked of them. */
export interface Nodes {
  readonly database: Database
  /** The first as it began: the clock, the stores, the addresses. */
  readonly one: World
  /** What all nodes logged, including those that have ended. */
  readonly log: readonly LogLine[]
  /** Kills a node, and starts it again over the same database. */
  restart(node: Node): Promise<void>
  /** Lets time pass on both. */
  wait(seconds: Seconds): void
  /** Somebody new, whose password is `wonderland`. */
  newPerson(): Promise<Account>
  /** A browser that was never here; each of its requests goes to the other node than the one before. */
  visitor(): Visitor
  /** Posts a form as `greatapp` or, without a secret, as `spa`. */
  post(node: Node, path: string, client: 0 | 1, body: Readonly<Record<string, string>>): Promise<HttpResponse>
  close(): Promise<void>
}

/** The clients, by number: a confidential one, and one in the browser whose tokens end at sign-out. */
export const clientIds = ['greatapp', 'spa'] as const

/** Opens two nodes. Sessions last, so that only signing out ends them. */
export async function openNodes(open: () => Promise<readonly [Database, Database]>): Promise<Nodes> {
  const settings = { lifetimes: { session_idle: '365d', session_max: '365d' } }
  const [first, second] = await open()
  const one = await world(settings, first)
  const nodes: [World, World] = [one, await world(settings, second)]
  const ended: World[] = []
  const alice = await one.parts.accounts.findByLogin('alice')
  let turn = 0
  const send = (node: Node, method: string, path: string, request: WorldRequest): Promise<HttpResponse> =>
    nodes[node].request(method, path, request)
  return {
    database: first,
    one,
    get log() {
      return [...ended, ...nodes].flatMap(({ log }) => log)
    },
    async restart(node) {
      const begun = await world(settings, [first, second][node])
      begun.wait(one.clock() - begun.clock())
      ended.push(nodes[node])
      nodes[node] = begun
    },
    wait: (seconds) => new Set([one, ...nodes]).forEach((node) => node.wait(seconds)),
    async newPerson() {
      const { password_hash } = alice ?? {}
      const account = accountRecord({ username: newOpaqueId(), ...(password_hash !== undefined && { password_hash }) })
      await one.parts.accounts.create(account)
      return account
    },
    visitor: () =>
      new Visitor(one.issuer, ({ method, url, headers, body }) =>
        send((turn++ % 2) as Node, method, url.pathname + url.search, { headers, body }),
      ),
    post: (node, path, client, body) =>
      send(
        node,
        'POST',
        path,
        client === 0 ? { headers: worldAuthorization, body } : { body: { client_id: 'spa', ...body } },
      ),
    async close() {
      await Promise.all([first.close(), second.close()])
    },
  }
}
