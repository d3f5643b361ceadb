/** Two nodes over one PostgreSQL behind HAProxy, which asks each whether it is ready. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { endServer, startServer } from '../bench/processes.ts'
import { freePort } from '../testing/free-port.ts'
import { freshDatabase } from '../testing/postgres.ts'
import { openSender, type Send } from '../testing/sender.ts'
import { until } from './cluster/until.ts'
import { startNode, type FaultNode } from './node.ts'
import { configurationOf, type Scene } from './scene.ts'

/** The nodes and what stands before them. */
export interface Balanced {
  readonly issuer: string
  readonly database: string
  readonly nodes: readonly [FaultNode, FaultNode]
  readonly send: Send
  close(): Promise<void>
}

/** Starts both nodes and the balancer. It asks every 200 ms; a node says for three seconds that it ends before it does. */
export async function startBalanced(directory: string, scene: Scene): Promise<Balanced> {
  const database = await freshDatabase()
  const port = await freePort()
  const issuer = `http://localhost:${port}`
  const configuration = { ...configurationOf(scene), drain: '3s' }
  const start = async (name: string): Promise<FaultNode> => {
    await mkdir(join(directory, name))
    return startNode({ directory: join(directory, name), configuration, database, issuer })
  }
  const one = await start('one')
  const other = await start('other')
  const file = join(directory, 'haproxy.cfg')
  await writeFile(file, haproxy(port, [one.port, other.port]))
  const balancer = await startServer({
    ...{ command: 'haproxy', parameters: ['-db', '-f', file], output: join(directory, 'haproxy.log') },
    // It says nothing; that it leads to a node is asked of it.
    ready: '',
  })
  const sender = openSender(issuer)
  const leads = async (): Promise<boolean> => {
    const answer = await sender.send({ path: '/readyz' }).catch(() => undefined)
    return answer?.status === 200
  }
  await until(leads, 'the balancer leads to a node', 10_000)
  return {
    issuer,
    database,
    nodes: [one, other],
    send: sender.send,
    async close() {
      await sender.close()
      await endServer(balancer)
      await Promise.all([one.close(), other.close()])
    },
  }
}

/** Only what was never sent is sent again, to the other node: all else may have been done. */
const haproxy = (port: number, nodes: readonly number[]): string => `
global
  maxconn 4000
defaults
  mode http
  timeout connect 2s
  timeout client 30s
  timeout server 30s
  retries 3
  retry-on conn-failure
  option redispatch 1
  option httpchk GET /readyz
  timeout check 5s
  default-server inter 200ms fall 2 rise 1
frontend in
  bind 127.0.0.1:${port}
  default_backend nodes
backend nodes
  balance roundrobin
${nodes.map((each, index) => `  server node${index} 127.0.0.1:${each} check`).join('\n')}
`
