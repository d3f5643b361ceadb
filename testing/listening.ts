/** A whole server that listens, on this machine, with a database of its own and a clock that a test can put forward. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock, type Seconds } from '../src/kernel/time.ts'
import type { Composition } from '../src/server/compose.ts'
import { loadConfiguration } from '../src/server/loaded-configuration.ts'
import { start } from '../src/server/start.ts'
import { collectingLog, type LogLine } from './collecting-log.ts'
import { freePort } from './free-port.ts'

/** A server that serves. */
export interface ListeningServer {
  readonly issuer: string
  /** What was logged so far, oldest first. */
  readonly log: readonly LogLine[]
  readonly composition: Composition
  /** Puts the clock forward, for this server alone. */
  wait(seconds: Seconds): void
  close(): Promise<void>
}

/**
 * Starts a server on a free port of this machine.
 *
 * @param configuration what the configuration file holds besides issuer, address, database and secret; with `tls` the
 *   issuer is an https address
 */
export async function openListening(configuration: Readonly<Record<string, unknown>>): Promise<ListeningServer> {
  const directory = mkdtempSync(join(tmpdir(), 'licet-listening-'))
  const file = join(directory, 'licet.json')
  const port = await freePort()
  // A name would have its other ports by https alone from now on, in browsers that heed our header; an address does not.
  const issuer = 'tls' in configuration ? `https://127.0.0.1:${port}` : `http://localhost:${port}`
  const own = {
    issuer,
    listen: `127.0.0.1:${port}`,
    database: `sqlite:${join(directory, 'licet.db')}`,
    secret: Buffer.alloc(32, 7).toString('base64url'),
    drain: '0s',
  }
  writeFileSync(file, JSON.stringify({ ...own, ...configuration }))
  const loaded = await loadConfiguration(file, {})
  if (loaded.outcome === 'bad') throw new Error(loaded.mistakes.join('\n'))

  let ahead: Seconds = 0
  const log = collectingLog()
  const clock = () => systemClock() + ahead
  const load = () => loadConfiguration(file, {})
  const running = await start({ configuration: loaded.configuration, load, log, clock })
  await running.ready
  const composition = running.composition()
  if (composition === undefined) throw new Error('The server is ready and has no composition')
  return {
    issuer,
    log: log.lines,
    composition,
    wait(seconds) {
      ahead += seconds
    },
    async close() {
      await running.drain()
      rmSync(directory, { recursive: true })
    },
  }
}

/** A client's own web server: it keeps what arrives, and shows a page of its own. */
export interface ReceivingClient {
  /** `http://localhost:PORT` */
  readonly origin: string
  /** What came to `/cb`, oldest first: the parameters of the query or the form. */
  readonly arrivals: readonly { readonly method: string; readonly parameters: URLSearchParams }[]
  close(): Promise<void>
}

/**
 * Starts a client's web server on a free port.
 *
 * @param onward where it sends the browser on to after its callback; undefined = it shows a page
 */
export async function openReceivingClient(onward?: string): Promise<ReceivingClient> {
  const arrivals: { method: string; parameters: URLSearchParams }[] = []
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      if (url.pathname === '/cb') {
        const method = request.method ?? ''
        arrivals.push({ method, parameters: method === 'POST' ? new URLSearchParams(body) : url.searchParams })
        if (onward !== undefined) return response.writeHead(303, { location: onward }).end()
      }
      response.setHeader('content-type', 'text/html')
      return response.end('<!doctype html><html lang="en"><title>Client</title><h1>Back at the client</h1>')
    })
  })
  const port = await listening(server)
  return {
    origin: `http://localhost:${port}`,
    arrivals,
    close: () => closed(server),
  }
}

function listening(server: Server): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  server.on('error', reject)
  server.listen(0, '127.0.0.1', () => {
    const address = server.address()
    resolve(typeof address === 'object' && address !== null ? address.port : 0)
  })
  return promise
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(() => resolve()))
}
