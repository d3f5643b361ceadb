import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { lineWriter } from './line-writer.ts'

const folder = mkdtempSync(join(tmpdir(), 'licet-lines-'))
after(() => rmSync(folder, { recursive: true }))

const spellLoss = (lost: number): string => `lost ${lost}\n`

test('lines are written whole and in order', async () => {
  const path = join(folder, 'order')
  const descriptor = openSync(path, 'w')
  const lines = lineWriter(descriptor, spellLoss)
  for (let number = 0; number < 100; number += 1) {
    lines.write(`${number} ${'ä'.repeat(number)}\n`)
    if (number % 10 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  await lines.flush()
  closeSync(descriptor)
  const expected = Array.from({ length: 100 }, (_, number) => `${number} ${'ä'.repeat(number)}\n`)
  assert.equal(readFileSync(path, 'utf8'), expected.join(''))
})

test(
  'RL-10: what cannot be written is lost, without an error and without waiting',
  { skip: !existsSync('/dev/full') },
  async () => {
    const descriptor = openSync('/dev/full', 'w')
    const lines = lineWriter(descriptor, spellLoss)
    for (let number = 0; number < 1000; number += 1) lines.write('line\n')
    await lines.flush()
    closeSync(descriptor)
  },
)

test('DS-05: beyond a bound lines are lost in place of memory, and how many is told', async () => {
  const path = join(folder, 'bound')
  const descriptor = openSync(path, 'w')
  const lines = lineWriter(descriptor, spellLoss)
  const line = `${'x'.repeat(99_999)}\n`
  for (let number = 0; number < 100; number += 1) lines.write(line)
  await lines.flush()
  lines.write('last\n')
  await lines.flush()
  closeSync(descriptor)
  const written = readFileSync(path, 'utf8')
  const kept = written.split(line.slice(0, -1)).length - 1
  assert.ok(kept < 50)
  assert.ok(written.endsWith('last\n'))
  assert.ok(written.includes(`lost ${100 - kept}\n`))
})

test('a reader that is slow or gone holds nobody', async () => {
  const script = `
    import { lineWriter } from ${JSON.stringify(new URL('line-writer.ts', import.meta.url).href)}
    const lines = lineWriter(1, String)
    for (let number = 0; number < 100_000; number += 1) lines.write('line of a log that nobody reads to its end\\n')
    await lines.flush()
    process.stderr.write('flushed')
    process.exit(0)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (said += chunk))
  child.stdout.once('data', () => child.stdout.destroy())
  const [status] = await once(child, 'close')
  assert.deepEqual([status, said], [0, 'flushed'])
})
