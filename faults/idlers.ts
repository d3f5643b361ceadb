/** In a process of its own: opens many connections, asks once on each, asks again when it is told to, and leaves them idle. */
import { connect, type Socket } from 'node:net'
import { takePart, tell } from '../testing/processes.ts'
import { takeOwnCore } from './cores.ts'

/** What the process is started with. */
export interface Idling {
  readonly port: number
  readonly connections: number
  /** Whether it stays until the server has closed every connection. */
  readonly until: 'asked_again' | 'closed'
}

/** What became of the connections. */
export interface Idled {
  /** Answered the first time, and again, or closed by then for having been idle: on a busy machine all that takes long. */
  readonly answered: number
  readonly answeredAgain: number
  /** Closed before the first answer. */
  readonly refused: number
  /** How long after its last answer the server closed each, milliseconds. */
  readonly closedAfter: readonly number[]
}

/** So many are opened at once: more would be waiting to be accepted. */
const atOnce = 100

await takePart<Idling>(async ({ input: { port, connections, until } }) => {
  takeOwnCore()
  const asked = `GET /healthz HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`
  const open: Socket[] = []
  const closed: Promise<number>[] = []
  let refused = 0

  /** Asks on a connection; false where it is closed instead of answered. */
  function ask(socket: Socket): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const answer = (): void => resolve(true)
    const over = (): void => resolve(false)
    socket.once('data', answer).once('close', over).write(asked)
    return promise.finally(() => socket.off('data', answer).off('close', over))
  }

  async function openOne(): Promise<void> {
    const socket = connect({ port, host: '127.0.0.1' }).on('error', () => undefined)
    if (!(await ask(socket))) {
      refused += 1
      return
    }
    open.push(socket)
    let last = performance.now()
    socket.on('data', () => (last = performance.now()))
    closed.push(new Promise((resolve) => socket.once('close', () => resolve(performance.now() - last))))
  }

  for (let begun = 0; begun < connections; begun += atOnce) {
    await Promise.all(Array.from({ length: Math.min(atOnce, connections - begun) }, openOne))
  }

  return async (): Promise<Idled> => {
    const answered = open.length
    let answeredAgain = 0
    for (let begun = 0; begun < open.length; begun += atOnce) {
      const again = await Promise.all(
        open.slice(begun, begun + atOnce).map(async (socket) => socket.closed || ask(socket)),
      )
      answeredAgain += again.filter(Boolean).length
    }
    tell('asked again')
    const closedAfter = until === 'closed' ? await Promise.all(closed) : []
    return { answered, answeredAgain, refused, closedAfter }
  }
})
