/**
 * The demo: the server with an account, a client web application and a protected resource, all on this machine. Each
 * start is a fresh one: what an earlier one kept is removed.
 */
import { appendFileSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { readConfiguration } from '../config/configuration.ts'
import { randomBytes } from '../kernel/random.ts'
import { openLog } from '../outside/log.ts'
import { judged } from './loaded-configuration.ts'
import { start, type RunningServer } from './start.ts'

/** The ports of the demo; 0 takes whatever is free. */
export interface DemoPorts {
  readonly server: number
  readonly application: number
  readonly resource: number
}

/** The demo, running. */
export interface Demo {
  readonly issuer: string
  readonly application: string
  readonly resource: string
  readonly username: string
  readonly password: string
  /** Where the log is. */
  readonly log: string
  /** Ends all three. */
  close(): Promise<void>
}

/** An example, loaded by its path: a server does not import its examples. */
interface Example {
  readonly start: (
    options: Readonly<Record<string, unknown>>,
  ) => Promise<{ readonly url: string; close: () => Promise<void> }>
}

const person = { username: 'alice', password: 'wonderland' }

/**
 * Starts the demo.
 *
 * @param clone the root of the clone, where `.demo/` and `examples/` are
 * @throws {Error} with `code` `EADDRINUSE` and `port` when one of the ports is taken
 */
export async function startDemo(clone: string, ports: DemoPorts): Promise<Demo> {
  const directory = join(clone, '.demo')
  rmSync(directory, { recursive: true, force: true })
  mkdirSync(directory, { mode: 0o700 })
  const secrets = { application: newSecret(), resource: newSecret() }
  const issuer = `http://localhost:${ports.server}`
  const resource = `http://localhost:${ports.resource}/`
  const logFile = join(directory, 'licet.log')
  const running: { close: () => Promise<void> }[] = []
  const close = async (): Promise<void> => {
    for (const one of running.splice(0).reverse()) await one.close()
  }

  try {
    const server = await startServer(configurationOf({ ports, issuer, resource, secrets }), directory, logFile)
    running.push({ close: () => server.drain() })
    await server.ready
    const api = await example(clone, 'protected-api', {
      issuer,
      port: ports.resource,
      // Asked at every call, so that a removal is seen at the next one.
      introspection: { client_id: 'postcards-api', client_secret: secrets.resource, seconds: 0 },
    })
    running.push(api)
    const client = { client_id: 'postcards', client_secret: secrets.application }
    const application = await example(clone, 'web-app', { issuer, port: ports.application, ...client, resource })
    running.push(application)
    return { issuer, application: application.url, resource: api.url, ...person, log: logFile, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function startServer(raw: object, directory: string, logFile: string): Promise<RunningServer> {
  const load = () => judged(readConfiguration(raw, directory, {}), 'demo')
  const loaded = load()
  if (loaded.outcome === 'bad') throw new Error(loaded.mistakes.join('\n'))
  const log = openLog({
    destination: { write: (line) => appendFileSync(logFile, line), flush: () => Promise.resolve() },
  })
  return start({ configuration: loaded.configuration, load, log })
}

async function example(clone: string, name: string, options: Readonly<Record<string, unknown>>) {
  const { start: begin } = (await import(join(clone, 'examples', name, 'server.ts'))) as Example
  return begin(options)
}

interface DemoSetting {
  readonly ports: DemoPorts
  readonly issuer: string
  readonly resource: string
  readonly secrets: { readonly application: string; readonly resource: string }
}

function configurationOf({ ports, issuer, resource, secrets }: DemoSetting): object {
  return {
    issuer,
    listen: `127.0.0.1:${ports.server}`,
    drain: '0s',
    accounts: [
      {
        ...person,
        claims: {
          name: 'Alice Liddell',
          given_name: 'Alice',
          family_name: 'Liddell',
          email: 'alice@example.com',
          email_verified: true,
        },
      },
    ],
    resources: [
      {
        resource,
        name: 'Postcards API',
        introspection_clients: ['postcards-api'],
        scopes: {
          'postcards.read': { title: 'See your postcards', description: 'Pictures and texts of every card you sent.' },
          'postcards.send': { title: 'Send postcards in your name', optional: true },
        },
      },
    ],
    clients: [
      {
        client_id: 'postcards',
        client_name: 'Postcards',
        client_secret: secrets.application,
        redirect_uris: [`http://localhost:${ports.application}/callback`],
        grant_types: ['authorization_code', 'refresh_token'],
        scope: 'openid profile email offline_access postcards.read postcards.send',
      },
      { client_id: 'postcards-api', client_secret: secrets.resource, grant_types: [] },
    ],
  }
}

function newSecret(): string {
  return randomBytes(32).toString('base64url')
}
