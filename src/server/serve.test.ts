/** The process that an operator starts: what it says, which signals it minds, how it ends. */
import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect, createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { testCertificate } from '../../testing/certificate.ts'
import { freePort } from '../../testing/free-port.ts'
import { root } from '../../testing/source.ts'

const directory = mkdtempSync(join(tmpdir(), 'licet-serve-'))
const children: ChildProcess[] = []
after(() => {
  for (const child of children) child.kill('SIGKILL')
  rmSync(directory, { recursive: true })
})

const machine = {
  client_id: 'machine',
  client_secret: 'a-secret-of-more-than-32-characters-for-tests',
  grant_types: ['client_credentials'],
}
const resource = { resource: 'https://api.test/', name: 'API', scopes: { 'api.read': { title: 'Read' } } }
const usual = {
  issuer: 'http://localhost:4000',
  listen: '127.0.0.1:0',
  drain: '0s',
  clients: [machine],
  resources: [resource],
}

interface Process {
  readonly file: string
  readonly lines: readonly string[]
  readonly signal: (name: NodeJS.Signals) => void
  /** Awaits a line of either output that fits. */
  says(fits: RegExp): Promise<string>
  /** Awaits the end, and answers its exit code. */
  ended(): Promise<number | null>
}

function serve(configuration: object): Process {
  const own = mkdtempSync(join(directory, 'server-'))
  const file = join(own, 'licet.json')
  writeFileSync(file, JSON.stringify(configuration))
  const child = spawn(join(root, 'bin/licet'), ['serve', '--config', file], { stdio: ['ignore', 'pipe', 'pipe'] })
  children.push(child)
  const lines: string[] = []
  const waiting = new Set<() => void>()
  const closed = once(child, 'close').then(([code]) => {
    for (const look of waiting) look()
    return code as number | null
  })
  for (const stream of [child.stdout, child.stderr]) {
    createInterface(stream).on('line', (line) => {
      lines.push(line)
      for (const look of waiting) look()
    })
  }
  return {
    file,
    lines,
    signal: (name) => void child.kill(name),
    ended: () => closed,
    says: (fits) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const line = lines.find((one) => fits.test(one))
          if (line !== undefined) resolve(line)
          else if (child.exitCode !== null) reject(new Error(`It ended, and said:\n${lines.join('\n')}`))
          else return
          waiting.delete(look)
        }
        waiting.add(look)
        look()
      }),
  }
}

const ready = /^licet is ready: http:\/\/localhost:4000 on 127\.0\.0\.1:(\d+)$/

async function serving(configuration: object = usual): Promise<Process & { readonly port: number }> {
  const process = serve(configuration)
  const [, port] = ready.exec(await process.says(ready)) ?? []
  return { ...process, port: Number(port) }
}

const askToken = (port: number, { client_id, client_secret } = machine) =>
  fetch(`http://127.0.0.1:${port}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${client_id}:${client_secret}`)}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  })

test('a first start makes secret, database and keys, says that it is ready, and a second start finds them', async () => {
  const first = await serving()
  assert.match(first.lines.find((line) => !line.startsWith('{')) ?? '', ready)
  const secret = join(first.file, '../licet.secret')
  assert.equal(statSync(secret).mode & 0o777, 0o600)
  assert.equal(Buffer.from(readFileSync(secret, 'utf8').trim(), 'base64url').length, 32)
  const keys = await (await fetch(`http://127.0.0.1:${first.port}/jwks`)).text()
  assert.equal((await askToken(first.port)).status, 200)
  first.signal('SIGTERM')
  assert.equal(await first.ended(), 0)
  for (const line of first.lines.filter((one) => !ready.test(one))) JSON.parse(line)

  const second = spawn(join(root, 'bin/licet'), ['serve', '--config', first.file], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.push(second)
  const [line] = (await once(createInterface(second.stdout), 'line')) as [string]
  const [, port] = ready.exec(line) ?? []
  assert.equal(await (await fetch(`http://127.0.0.1:${port ?? ''}/jwks`)).text(), keys)
  second.kill('SIGTERM')
  assert.equal((await once(second, 'close'))[0], 0)
})

test('a wrong configuration ends it with 2, after every mistake was said', async () => {
  const process = serve({
    ...usual,
    issuer: 'https://id.test/',
    clients: [{ client_id: 'a', redirect_uri: 'x' }],
    drian: '1s',
  })
  assert.equal(await process.ended(), 2)
  const said = process.lines.join('\n')
  for (const words of [
    /licet\.json:1: issuer must not end in a slash/,
    /drian is not a setting; did you mean drain\?/,
    /clients\[0\]\.redirect_uri is not client metadata; did you mean redirect_uris\?/,
  ]) {
    assert.match(said, words)
  }
})

test('a port in use ends it with 1, and one sentence on what to do', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  const process = serve({ ...usual, listen: `127.0.0.1:${port}` })
  assert.equal(await process.ended(), 1)
  assert.match(process.lines.join('\n'), new RegExp(`^licet: 127\\.0\\.0\\.1:${port} is in use by another program`))
  other.close()
})

test('a certificate that is not there, or not that of the key, is a wrong configuration, at a reload too', async () => {
  const https = { ...usual, issuer: 'https://localhost:4000' }
  const lost = serve({ ...https, tls: { certificate: 'none.crt', key: 'none.key' }, drian: '1s' })
  assert.equal(await lost.ended(), 2)
  assert.match(lost.lines.join('\n'), /drian is not a setting/)
  assert.match(lost.lines.join('\n'), /licet\.json:1: tls\.certificate names \S+none\.crt, which is not there/)

  const [certificate, key] = [join(directory, 'own.crt'), join(directory, 'own.key')]
  writeFileSync(certificate, testCertificate.certificate)
  writeFileSync(key, testCertificate.key)
  const process = serve({ ...https, tls: { certificate, key } })
  await process.says(/^licet is ready: https:/)
  writeFileSync(key, testCertificate.certificate)
  process.signal('SIGHUP')
  assert.match(await process.says(/"event":"configuration_refused"/), /tls\.key names \S+own\.key, which does not hold/)
  process.signal('SIGTERM')
  assert.equal(await process.ended(), 0)
})

test('RL-06: a server that is told to end while its PostgreSQL is away ends with 0, and never says that it is ready', async () => {
  const secret = Buffer.alloc(32, 7).toString('base64url')
  const process = serve({ ...usual, drain: '2s', secret, database: 'postgres://licet@127.0.0.1:1/licet' })
  await process.says(/"event":"database_unavailable"/)
  process.signal('SIGTERM')
  assert.equal(await process.ended(), 0)
  assert.doesNotMatch(process.lines.join('\n'), /is ready/)
})

test('a database that cannot be opened ends it with 1, and says which', async () => {
  const process = serve({ ...usual, database: 'sqlite:/nowhere/at/all/licet.db' })
  assert.equal(await process.ended(), 1)
  assert.match(process.lines.join('\n'), /licet: the database cannot be opened: \/nowhere\/at\/all\/licet\.db/)
})

test('RL-12: SIGTERM: readiness says 503, requests are still taken, those in flight finish, and it ends with 0', async () => {
  const process = await serving({ ...usual, drain: '1s' })
  const body = new URLSearchParams({ grant_type: 'client_credentials' }).toString()
  const head = [
    'POST /token HTTP/1.1',
    'Host: localhost:4000',
    `Authorization: Basic ${btoa(`${machine.client_id}:${machine.client_secret}`)}`,
    'Content-Type: application/x-www-form-urlencoded',
    `Content-Length: ${body.length}`,
  ]
  const inFlight = connect(process.port, '127.0.0.1')
  inFlight.write(`${head.join('\r\n')}\r\n\r\n${body.slice(0, 5)}`)
  await once(inFlight, 'connect')
  assert.equal((await fetch(`http://127.0.0.1:${process.port}/readyz`)).status, 200)

  process.signal('SIGTERM')
  await process.says(/"event":"draining"/)
  const readiness = await fetch(`http://127.0.0.1:${process.port}/readyz`)
  assert.deepEqual([readiness.status, readiness.headers.get('connection')], [503, 'close'])
  assert.equal((await askToken(process.port)).status, 200)

  inFlight.write(body.slice(5))
  const [answer] = (await once(inFlight, 'data')) as [Buffer]
  assert.match(answer.toString(), /^HTTP\/1\.1 200 .*connection: close/is)
  assert.equal(await process.ended(), 0)
  assert.match(process.lines.at(-1) ?? '', /"event":"stopped"/)
})

test('RL-12: a connection that nobody uses does not hold up the end', async () => {
  const process = await serving()
  const idle = connect(process.port, '127.0.0.1')
  await once(idle, 'connect')
  process.signal('SIGTERM')
  assert.equal(await process.ended(), 0)
  idle.destroy()
})

test('SIGHUP reads the configuration again; a mistake in it is logged, and the old one stays', async () => {
  const process = await serving()
  const added = { ...machine, client_id: 'added' }
  assert.equal((await askToken(process.port, added)).status, 401)

  writeFileSync(process.file, JSON.stringify({ ...usual, clients: [machine, added] }))
  process.signal('SIGHUP')
  await process.says(/"event":"configuration_reloaded"/)
  assert.equal((await askToken(process.port, added)).status, 200)

  writeFileSync(process.file, JSON.stringify({ ...usual, clients: 'none' }))
  process.signal('SIGHUP')
  assert.match(await process.says(/"event":"configuration_refused"/), /clients must be a list/)
  assert.equal((await askToken(process.port, added)).status, 200)

  writeFileSync(process.file, JSON.stringify({ ...usual, issuer: 'http://localhost:5000' }))
  process.signal('SIGHUP')
  assert.match(await process.says(/"event":"configuration_needs_restart"/), /"setting":\["issuer"\]/)
  assert.equal((await askToken(process.port, added)).status, 200)
  process.signal('SIGTERM')
  assert.equal(await process.ended(), 0)
})

test('SIGHUP changes whose pages they are, and a colour that is hard to read is told of at every start and reload', async () => {
  const branding = { name: 'Example Ltd.', colours: { light: { accent: '#ff6600' } } }
  const process = await serving({ ...usual, branding })
  assert.match(await process.says(/"event":"colour_hard_to_read"/), /"setting":"branding\.colours\.light\.accent"/)
  const title = async (): Promise<string> => {
    const answer = await fetch(`http://localhost:${process.port}/nowhere`, { headers: { accept: 'text/html' } })
    return /<title>[^<]* · ([^<]*)</.exec(await answer.text())?.[1] ?? ''
  }
  assert.equal(await title(), 'Example Ltd.')

  writeFileSync(process.file, JSON.stringify({ ...usual, branding: { name: 'Another Ltd.' } }))
  process.signal('SIGHUP')
  await process.says(/"event":"configuration_reloaded"/)
  assert.equal(await title(), 'Another Ltd.')

  writeFileSync(process.file, JSON.stringify({ ...usual, branding: { name: 'A', logo: process.file } }))
  process.signal('SIGHUP')
  assert.match(
    await process.says(/"event":"configuration_refused"/),
    /branding\.logo names the file .*which is not a picture/,
  )
  assert.equal(await title(), 'Another Ltd.')
  process.signal('SIGTERM')
  assert.equal(await process.ended(), 0)
})

test('R20: no request is dropped while the configuration is read again and again', async () => {
  const process = await serving()
  let reading = true
  const failures: number[] = []
  const load = Array.from({ length: 4 }, async () => {
    while (reading) {
      const { status } = await askToken(process.port)
      if (status !== 200) failures.push(status)
    }
  })
  for (let time = 0; time < 20; time += 1) {
    const before = reloads(process)
    process.signal('SIGHUP')
    while (reloads(process) === before)
      await process.says(/configuration_reloaded/).then(() => new Promise(setImmediate))
  }
  reading = false
  await Promise.all(load)
  assert.deepEqual(failures, [])
  process.signal('SIGTERM')
  assert.equal(await process.ended(), 0)
})

const reloads = ({ lines }: Process): number => lines.filter((line) => line.includes('configuration_reloaded')).length

test('PX-10: a secret file that others can read is warned of', async () => {
  const own = mkdtempSync(join(directory, 'open-'))
  writeFileSync(join(own, 'open.secret'), Buffer.alloc(32, 7).toString('base64url'), { mode: 0o644 })
  const process = await serving({ ...usual, secret: `file:${join(own, 'open.secret')}` })
  await process.says(/"event":"secret_file_readable_by_others"/)
  process.signal('SIGTERM')
  assert.equal(await process.ended(), 0)
})

test(
  'RL-10: a server starts although the disk of its log is full',
  { skip: process.platform !== 'linux' },
  async () => {
    const file = join(mkdtempSync(join(directory, 'full-')), 'licet.json')
    const port = await freePort()
    writeFileSync(file, JSON.stringify({ ...usual, listen: `127.0.0.1:${port}` }))
    const words = [join(root, 'bin/licet'), 'serve', '--config', file]
    const child = spawn('sh', ['-c', 'exec "$@" >/dev/full', 'sh', ...words], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    children.push(child)
    const ended = once(child, 'close')
    const isReady = () =>
      fetch(`http://127.0.0.1:${port}/readyz`)
        .then(({ ok }) => ok)
        .catch(() => false)
    while (child.exitCode === null && !(await isReady())) await wait(20)
    child.kill('SIGTERM')
    assert.deepEqual(await ended, [0, null])
  },
)
