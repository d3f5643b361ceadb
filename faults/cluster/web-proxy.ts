/** HAProxy before the nodes, as an operator would set it up. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { endServer, startServer } from '../../bench/processes.ts'
import type { FaultNode } from '../node.ts'

/** Starts it; it retries at the other node only what never reached the first. */
export async function startWebProxy({
  directory,
  port,
  nodes,
}: {
  readonly directory: string
  readonly port: number
  readonly nodes: readonly FaultNode[]
}): Promise<{ readonly close: () => Promise<void> }> {
  const file = join(directory, 'haproxy-web.cfg')
  const servers = nodes.map((node, index) => `  server node${index} 127.0.0.1:${node.port} check`)
  await writeFile(
    file,
    `
defaults
  mode http
  timeout connect 1s
  timeout client 30s
  timeout server 30s
  retries 2
  retry-on conn-failure
  option redispatch
listen licet
  bind 127.0.0.1:${port}
  balance roundrobin
  option httpchk
  http-check send meth GET uri /healthz ver HTTP/1.1 hdr Host localhost:${port}
  default-server inter 500ms
${servers.join('\n')}
`,
  )
  const child = await startServer({
    ...{ command: 'haproxy', parameters: ['-db', '-f', file], output: join(directory, 'haproxy-web.log') },
    ready: '',
  })
  return { close: () => endServer(child) }
}
