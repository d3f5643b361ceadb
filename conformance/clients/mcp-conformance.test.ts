/**
 * The authorization scenarios of `@modelcontextprotocol/conformance`, unchanged, against a process of ours, by a client
 * that registers itself: without a scope, for a resource that it names, and at an issuer with a path.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after } from 'node:test'
import { must } from '../../testing/must.ts'
import { freePort } from '../../testing/free-port.ts'
import { startServer, type TestServer } from '../../testing/server.ts'
import { jsonOf, passPages, people, resources } from '../scene.ts'

/** One check of the suite, as it writes them down. */
interface Check {
  readonly id: string
  readonly status: 'SUCCESS' | 'FAILURE' | 'WARNING' | 'SKIPPED' | 'INFO'
  readonly errorMessage?: string
}

const configuration = {
  accounts: [people.alice],
  resources: [
    {
      resource: resources.RS1,
      name: 'Postcards API',
      scopes: { 'postcards.read': { title: 'See your postcards' } },
    },
  ],
  client_registration: { dynamic: 'any', metadata_documents: 'any' },
}

const server = await startServer({ configuration })
after(() => server.stop())
const withPath = await startServer({ configuration, path: '/tenant' })
after(() => withPath.stop())

/** Runs the suite's scenarios as a person would who opens the address that it prints. */
async function checksOf(of: TestServer, more: readonly string[]): Promise<readonly Check[]> {
  const callback = await freePort()
  const path = new URL(of.issuer).pathname.replace(/\/$/, '')
  const registered = await of.send({
    path: `${path}/register`,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      client_name: 'Conformance',
      redirect_uris: [`http://127.0.0.1:${callback}/callback`],
      application_type: 'native',
      token_endpoint_auth_method: 'none',
    }),
  })
  assert.equal(registered.status, 201, registered.body)
  const { client_id } = jsonOf(registered)
  const results = await mkdtemp(join(tmpdir(), 'licet-conformance-'))
  const suite = spawn(
    'conformance',
    [
      'authorization',
      '--url',
      of.issuer,
      '--port',
      String(callback),
      '--output-dir',
      results,
      '--client-id',
      String(client_id),
      ...more,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  const said: string[] = []
  const errors = suite.stderr.setEncoding('utf8').toArray()
  const opened: Promise<void>[] = []
  createInterface(suite.stdout).on('line', (line) => {
    said.push(line)
    if (/^https?:\/\/\S+response_type=code/.test(line)) opened.push(opensInBrowser(of, line))
  })
  const [code] = (await once(suite, 'close')) as [number]
  await Promise.all(opened)
  const checks = await checksIn(results)
  await rm(results, { recursive: true })
  assert.equal(code, 0, [...said, ...((await errors) ?? [])].join('\n'))
  return checks
}

async function opensInBrowser(of: TestServer, address: string): Promise<void> {
  const visitor = of.visitor()
  const { leaves } = await passPages(visitor, await visitor.go(address))
  await fetch(leaves ?? '')
}

async function checksIn(directory: string): Promise<readonly Check[]> {
  const files = await readdir(directory, { recursive: true })
  const read = files
    .filter((file) => file.endsWith('checks.json'))
    .map((file) => readFile(join(directory, file), 'utf8'))
  return (await Promise.all(read)).flatMap((text) => JSON.parse(text) as readonly Check[])
}

async function finds(of: TestServer, ...more: readonly string[]): Promise<void> {
  const checks = await checksOf(of, more)
  assert.deepEqual(
    checks.filter(({ status }) => status !== 'SUCCESS' && status !== 'INFO'),
    [],
  )
  assert.deepEqual([...new Set(checks.map(({ id }) => id))].sort(), [
    'authorization-code-grant',
    'authorization-server-metadata',
    'authorization-server-metadata-cimd',
  ])
}

must('R9', 'the conformance suite of MCP finds neither failure nor warning, asking for no scope and no resource', () =>
  finds(server),
)

must('R9', 'the conformance suite of MCP finds neither failure nor warning, asking for a resource', () =>
  finds(server, '--resource', resources.RS1),
)

must('R9', 'the conformance suite of MCP finds neither failure nor warning, at an issuer with a path', () =>
  finds(withPath),
)
