import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { cpuOfTree, endServer, startServer } from './processes.ts'

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

test('a server that ends before it serves is quoted', async () => {
  const script = "console.error('the port is taken'); process.exit(3)"
  await assert.rejects(startServer(program(script)), /does not serve:\nthe port is taken/)
})
