/**
 * More doors to one address. In one turn of the event loop Node takes one connection from a listener, however many
 * wait: with turns of 50 ms that is twenty a second, the kernel's queue runs over, and whoever comes then tries again a
 * second later, before anybody could even tell them that there is no room (RL-22).
 */
import { once } from 'node:events'
import type { Server as HttpServer } from 'node:http'
import type { Server as SecureServer } from 'node:https'
import { createServer, type Server } from 'node:net'
import { isWorker } from './siblings.ts'

/**
 * How many listeners take connections in one turn, where the system lets several share an address: more than one node
 * can answer newcomers within a turn or two, and so few that taking them makes no turn much longer (some 5 ms).
 */
const count = 32

/** Where to listen. */
export interface DoorOptions {
  readonly host: string
  readonly port: number
  readonly backlog: number
}

/** Doors besides the first. */
export interface Doors {
  /** Takes no more connections, and ends when those that came in this way are over. */
  close(): Promise<void>
}

/** Whether listeners may share an address: workers have one queue, so that nobody who waits in it is lost with one of them. */
export const sharesAddress = (): boolean => process.platform === 'linux' && !isWorker()

/**
 * Makes sure that nobody listens there: listeners that may share an address would share it with another program, too.
 *
 * @throws {Error} with `code` `EADDRINUSE`, `EACCES` and the like as Node has them
 */
export async function assertFree({ host, port }: Pick<DoorOptions, 'host' | 'port'>): Promise<void> {
  const alone = createServer().listen({ host, port })
  await once(alone, 'listening')
  alone.close()
  await once(alone, 'close')
}

/** Opens further doors to a server that listens already, and bounds how many connections it has in all. */
export async function openDoors(server: HttpServer | SecureServer, options: DoorOptions): Promise<Doors> {
  boundConnections(server)
  // As Node's own servers take connections: answers leave at once, and a peer that has finished sending is still answered.
  const taking = { noDelay: true, allowHalfOpen: !('setSecureContext' in server) }
  const doors = Array.from({ length: count - 1 }, () =>
    createServer(taking, (socket) => server.emit('connection', socket)).listen({ ...options, reusePort: true }),
  )
  await Promise.all(doors.map((door) => once(door, 'listening')))
  return { close: async () => void (await Promise.all(doors.map(closed))) }
}

/** Node counts for each listener; the bound is for all of them. */
function boundConnections(server: HttpServer | SecureServer): void {
  let open = 0
  server.on('connection', (socket) => {
    open += 1
    socket.once('close', () => (open -= 1))
    if (open > server.maxConnections) socket.destroy()
  })
}

async function closed(door: Server): Promise<void> {
  const over = once(door, 'close')
  door.close()
  await over
}
