/**
 * A proxy between a node and PostgreSQL that knows enough of the protocol to break it in the middle of a transaction, at
 * the statement that is aimed at.
 */
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { boundIn, type Prepared } from './postgres-messages.ts'

/** What is done to what passes by. */
export type Treatment =
  | { readonly kind: 'pass' }
  /** Everything comes so much later, each way, milliseconds. */
  | { readonly kind: 'delay'; readonly each: number }
  /** One statement in so many takes so long: what the server answers comes so much later, milliseconds. */
  | { readonly kind: 'stall'; readonly oneIn: number; readonly each: number }
  /** The server does what it is told, and who wrote to this table never hears of it. */
  | { readonly kind: 'hold_answer'; readonly table: string }
  /** The server is told everything but to commit. */
  | { readonly kind: 'hold_commit'; readonly table: string }
  /** One write in so many is answered with this SQLSTATE and never reaches the server. */
  | { readonly kind: 'inject'; readonly state: string; readonly oneIn: number }

/** A proxy on a port of 127.0.0.1. */
export interface CutProxy {
  /** Where to connect, in place of the server's own URL. */
  readonly url: string
  treat(treatment: Treatment): void
  /** Resolves when something was held since the treatment began. */
  held(): Promise<void>
  /** Whatever is connected now is never heard of again; new connections are as good as any. */
  freeze(): void
  /** Cuts whatever is connected now with a reset. */
  reset(): void
  close(): Promise<void>
}

interface Pair {
  readonly near: Socket
  readonly far: Socket
  readonly toNear: Way
  readonly toFar: Way
  readonly prepared: Prepared
  held: boolean
  /** Nothing that the server says is heard before, by `performance.now()`. */
  until: number
}

const writing = /\b(?:insert into|update|delete from)\s+([a-z_]+)/i
/** The message by which a client asks for all before it to be committed. */
const sync = Buffer.from([0x53, 0, 0, 0, 4])

/** Starts a proxy to a PostgreSQL server that listens on a socket: the `host` of its URL. */
export async function startCutProxy(target: string): Promise<CutProxy> {
  const pairs = new Set<Pair>()
  let treatment: Treatment = { kind: 'pass' }
  let told = Promise.withResolvers<void>()
  let writes = 0
  let statements = 0
  const aim = new URL(target)

  function up(pair: Pair, chunk: Buffer): void {
    const bound = boundIn(chunk, pair.prepared)
    const written = bound.flatMap((text) => writing.exec(text)?.[1] ?? [])
    if (treatment.kind === 'stall') {
      const { oneIn, each } = treatment
      if (bound.some(() => (statements += 1) % oneIn === 0)) pair.until = performance.now() + each
    }
    if (treatment.kind === 'delay') return pair.toFar(chunk, treatment.each)
    if (treatment.kind === 'inject' && written.length > 0 && (writes += 1) % treatment.oneIn === 0) {
      return void pair.near.write(refusal(treatment.state))
    }
    const isAimedAt = 'table' in treatment && written.includes(treatment.table)
    if (isAimedAt && treatment.kind === 'hold_commit' && chunk.subarray(-sync.length).equals(sync)) {
      pair.toFar(chunk.subarray(0, -sync.length))
      return told.resolve()
    }
    if (isAimedAt && treatment.kind === 'hold_answer') pair.held = true
    pair.toFar(chunk)
  }

  function down(pair: Pair, chunk: Buffer): void {
    if (treatment.kind === 'delay') return pair.toNear(chunk, treatment.each)
    if (pair.held) return told.resolve()
    pair.toNear(chunk, pair.until - performance.now())
  }

  const server = createServer((near) => {
    const far = connect(`${aim.searchParams.get('host')}/.s.PGSQL.5432`)
    const pair: Pair = { near, far, toNear: wayTo(near), toFar: wayTo(far), prepared: new Map(), held: false, until: 0 }
    pairs.add(pair)
    near.on('data', (chunk: Buffer) => up(pair, chunk))
    far.on('data', (chunk: Buffer) => down(pair, chunk))
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on('error', () => other.destroy())
      one.on('close', () => {
        other.destroy()
        pairs.delete(pair)
      })
    }
  })
  server.unref()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `postgres://${aim.username}@127.0.0.1:${port}${aim.pathname}`,
    treat(next) {
      told = Promise.withResolvers()
      writes = 0
      treatment = next
    },
    held: () => told.promise,
    freeze() {
      for (const { near, far } of pairs) {
        near.pause().removeAllListeners('data')
        far.pause().removeAllListeners('data')
      }
    },
    reset() {
      for (const { near, far } of pairs) {
        near.resetAndDestroy()
        far.destroy()
      }
    },
    async close() {
      for (const { near } of pairs) near.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Passes a piece on, so much later, milliseconds. */
type Way = (piece: Buffer, later?: number) => void

/** Opens a way on which nothing overtakes what went before, whatever is done to either: a connection keeps its order. */
function wayTo(socket: Socket): Way {
  const pieces: { readonly piece: Buffer; readonly due: number }[] = []

  function pass(): void {
    for (let [next] = pieces; next !== undefined; [next] = pieces) {
      const rest = next.due - performance.now()
      if (rest > 0) return void setTimeout(pass, rest)
      socket.write(next.piece)
      pieces.shift()
    }
  }

  return (piece, later = 0) => {
    if (pieces.push({ piece, due: performance.now() + later }) === 1) pass()
  }
}

/** What the server itself says when it gives up a transaction: `ErrorResponse`, then `ReadyForQuery`. */
function refusal(state: string): Buffer {
  const fields = Buffer.from(`SERROR\0VERROR\0C${state}\0Minjected\0\0`)
  const head = Buffer.alloc(5)
  head.write('E')
  head.writeUInt32BE(fields.length + 4, 1)
  return Buffer.concat([head, fields, Buffer.from([0x5a, 0, 0, 0, 5, 0x49])])
}
