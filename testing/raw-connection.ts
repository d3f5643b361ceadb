/** One connection on which a test writes bytes of its own choosing: what no HTTP client would send. */
import { connect } from 'node:net'
import { setImmediate as immediately, setTimeout as wait } from 'node:timers/promises'

/** What came of writing. */
export interface RawOutcome {
  /** All that was received, a character a byte. */
  readonly received: string
  /** The status of each answer, in order. */
  readonly statuses: readonly number[]
  /** Whether the server ended the connection before patience did. */
  readonly closed: boolean
  /** From the first byte written until the end, milliseconds. */
  readonly took: number
  /** Bytes that the server's side took in at most: those that were handed to the operating system. */
  readonly written: number
}

/** How to write. */
export interface RawOptions {
  /** How long to wait for the server to end the connection, milliseconds. Default 1,000. */
  readonly patience?: number
  /** What to write after the text: asked for again and again, until there is an answer or the connection ends. */
  readonly more?: () => string
  /** How long to wait before each further piece, milliseconds. Default 0: as fast as they are taken. */
  readonly pause?: number
}

/** Writes text, a byte a character, on a connection of its own to a port of this machine, and keeps what comes back. */
export async function writeRaw(port: number, text: string, options: RawOptions = {}): Promise<RawOutcome> {
  const { patience = 1_000, more, pause = 0 } = options
  const socket = connect(port, '127.0.0.1')
  const begun = performance.now()
  let received = ''
  let closed = false
  const { promise: ended, resolve: end } = Promise.withResolvers<void>()
  socket.setEncoding('latin1')
  socket.on('data', (piece: string) => (received += piece))
  // A server that has said all it will say may cut us off while we write on.
  socket.on('error', () => undefined)
  socket.on('close', () => {
    closed = true
    end()
  })
  socket.write(text, 'latin1')
  const timer = setTimeout(end, patience)
  if (more !== undefined) void writeOn()
  await ended
  clearTimeout(timer)
  const took = performance.now() - begun
  const written = socket.bytesWritten
  socket.destroy()
  const statuses = [...received.matchAll(/(?:^|\n|\}|>)HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status))
  return { received, statuses: statuses.filter((status) => status >= 200), closed, took, written }

  async function writeOn(): Promise<void> {
    while (more !== undefined && !closed && received === '') {
      // Even without a pause there is time to read: or else an answer could come and nobody look.
      await (pause > 0 ? wait(pause) : immediately())
      if (socket.destroyed) return
      if (!socket.write(more(), 'latin1')) await Promise.race([new Promise((go) => socket.once('drain', go)), ended])
    }
  }
}
