/** A TCP proxy that breaks connections the way networks do. */
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { pipeline } from 'node:stream'

/** A proxy on a port of 127.0.0.1. */
export interface Proxy {
  readonly port: number
  /** Takes connections again after {@link Proxy.refuse}, and passes data again after {@link Proxy.silence}. */
  pass(): Promise<void>
  /** Cuts every connection and refuses new ones. */
  refuse(): Promise<void>
  /** Swallows all data from now on, in both directions; connections stay and new ones are taken. */
  silence(): void
}

/** Starts a proxy to a socket's path. It does not keep the process from ending. */
export async function startProxy(target: string): Promise<Proxy> {
  const sockets = new Set<Socket>()
  let silent = false
  const server = createServer((near) => {
    const far = connect(target)
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
      socket.unref()
    }
    if (silent) near.pause()
    else
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const)
        pipeline(from, to, () => to.destroy())
  })
  server.unref()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    port,
    async pass() {
      silent = false
      if (server.listening) return
      server.listen(port, '127.0.0.1')
      await once(server, 'listening')
    },
    async refuse() {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
    silence() {
      silent = true
      for (const socket of sockets) socket.unpipe().pause()
    },
  }
}
