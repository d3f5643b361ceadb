import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { cpuOfTree, endServer, pin, startServer } from './processes.ts'

const directory = await mkdtemp(join(tmpdir(), 'licet-bench-'))
after(() => rm(directory, { recursive: true }))

const program = (script: string) => ({
  command: process.execPath,
  parameters: ['-e', script],
  output: join(directory, 'output'),
  ready: 'serving',
})

test('the CPU time of a process counts what its children do', async () => {
  const busy = 'let n = 0; for (const until = Date.now() + 200; Date.now() < until;) n++'
  const script = `require('node:child_process').execFileSync(process.execPath, ['-e', ${JSON.stringify(busy)}])
    console.log('serving'); setInterval(() => {}, 1000)`
  const child = await startServer(program(script))
  const cpu = cpuOfTree(child.pid ?? 0)
  await endServer(child)
  assert.ok(cpu > 20, `${cpu} ms`)
  assert.ok(child.signalCode === 'SIGTERM')
})

test('a server that is held to a core stays there, with all its threads and what it started', async (t) => {
  if (process.platform !== 'linux') return t.skip('others have no taskset')
  const script = `const child = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
    console.log('child ' + child.pid + ' serving'); setInterval(() => {}, 1000)`
  const server = await startServer(program(script))
  const child = Number(/child (\d+)/.exec(readFileSync(join(directory, 'output'), 'utf8'))?.[1])
  const [core = ''] = coresOf('/proc/self').split(/[-,]/)
  pin(Number(core), server.pid ?? 0)
  for (const pid of [server.pid, child]) {
    const threads = readdirSync(`/proc/${pid}/task`)
    assert.ok(threads.length > 1)
    for (const thread of threads) assert.equal(coresOf(`/proc/${pid}/task/${thread}`), core)
  }
  process.kill(child)
  await endServer(server)
})

const coresOf = (of: string): string =>
  /Cpus_allowed_list:\s*(\S+)/.exec(readFileSync(`${of}/status`, 'utf8'))?.[1] ?? ''

test('a server that ends before it serves is quoted', async () => {
  const script = "console.error('the port is taken'); process.exit(3)"
  await assert.rejects(startServer(program(script)), /does not serve:\nthe port is taken/)
})
