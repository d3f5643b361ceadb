/** A bare `node:http` server with constant answers: nobody who speaks HTTP in one Node process gets below it. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cpuOfTree, endServer, freePort, startServer } from '../processes.ts'
import { discover, profiling, type Peer } from './peer.ts'

/** The floor. */
export const floor: Peer = {
  name: 'floor',
  title: 'floor: bare `node:http`, constant answers',
  side: 'floor',
  keeps: 'nothing',
  async start(setting) {
    const port = await freePort()
    const child = await startServer({
      command: process.execPath,
      parameters: [...profiling(setting), fileURLToPath(import.meta.resolve('./floor-server.ts')), String(port)],
      output: join(setting.directory, 'output'),
      options: { env: { ...process.env, NODE_ENV: 'production' } },
      ready: 'the floor is ready',
    })
    return {
      endpoints: await discover(`http://127.0.0.1:${port}`),
      cpu: () => cpuOfTree(child.pid ?? 0),
      fill: (_browser, page) => Promise.resolve(page),
      crash: () => Promise.resolve(),
      stop: () => endServer(child),
    }
  },
}
