import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { startServer } from '../../testing/server.ts'

const server = await startServer({
  configuration: {
    clients: [{ client_id: 'app', client_secret: 'x'.repeat(40), redirect_uris: ['https://rp1.test/cb'] }],
  },
})
const folder = mkdtempSync(join(tmpdir(), 'licet-preview-'))
after(async () => {
  await server.stop()
  rmSync(folder, { recursive: true })
})

test('R6: the consent page of a client is written to a file, in a language', async () => {
  const out = join(folder, 'consent.html')
  const words = ['client', 'preview', 'app', '--scope', 'openid email', '--lang', 'de', '--out', out]
  const { code, stdout, stderr } = await server.command(words)
  assert.deepEqual([code, stdout.trim()], [0, out], stderr)
  assert.match(readFileSync(out, 'utf8'), /<html lang="de"[^]*id="consent-allow"/)
})

test('an unknown client, scope or language ends with 2 and says which', async () => {
  for (const [words, said] of [
    [['nobody'], /nobody/],
    [['app', '--scope', 'nonsense'], /nonsense/],
    [['app', '--lang', 'tlh'], /tlh/],
  ] as const) {
    const { code, stdout, stderr } = await server.command(['client', 'preview', ...words])
    assert.deepEqual([code, stdout], [2, ''], words.join(' '))
    assert.match(stderr, said)
  }
})
