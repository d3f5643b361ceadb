/** `licet explain` beside a server that answered, from the log that it wrote. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, test } from 'node:test'
import { startServer } from '../../testing/server.ts'
import { root } from '../../testing/source.ts'

const server = await startServer({
  configuration: {
    clients: [{ client_id: 'app', client_secret: 'x'.repeat(40), redirect_uris: ['https://rp1.test/cb'] }],
  },
})
after(() => server.stop())

const query = 'client_id=app&response_type=code&redirect_uri=https%3A%2F%2Frp1.test%2Fcb%2F'

test('R5: a reference and the log give the decision path, the registered value beside the presented one', async () => {
  const { headers, body } = await server.send({ method: 'GET', path: `/authorize?${query}` })
  const reference = String(headers['x-request-id'])
  assert.ok(body.includes(reference))
  const line = JSON.stringify(await server.logged(({ request_id }) => request_id === reference))
  const { code, stdout, stderr } = await server.command(['explain', reference], `no JSON ${reference}\n${line}\n`)
  assert.equal(code, 0, stderr)
  assert.match(stdout, /presented: https:\/\/rp1\.test\/cb\/\n/)
  assert.match(stdout, /registered redirect_uris: https:\/\/rp1\.test\/cb\n/)
  assert.match(stdout, /differs_in: trailing slash/)
})

test('R5: why nobody was signed in is explained, though the person reads no more than that it did not work', async () => {
  const visitor = server.visitor()
  const parameters = 'redirect_uri=https%3A%2F%2Frp1.test%2Fcb&code_challenge_method=S256'
  const page = await visitor.go(
    `/authorize?client_id=app&response_type=code&code_challenge=${'c'.repeat(43)}&${parameters}`,
  )
  await visitor.submit(page, { press: 'login-submit', fields: { username: 'nobody', password: 'wonderland' } })
  const line = await server.logged(({ event }) => event === 'sign_in_refused')
  const { stdout } = await server.command(['explain', String(line['request_id'])], JSON.stringify(line))
  assert.match(stdout, /x password_wrong: Nobody here has that name, or their password is another/)
  assert.match(stdout, /= Nobody was signed in\n/)
})

test('R5: an error of the server is explained by its cause, while the database is away too', async () => {
  const cause = {
    type: 'DatabaseUnavailable',
    message: 'the database is unavailable',
    cause: { type: 'Error', message: 'x' },
  }
  const file = join(mkdtempSync(join(tmpdir(), 'licet-explain-')), 'licet.json')
  const secret = Buffer.alloc(32, 7).toString('base64url')
  writeFileSync(
    file,
    JSON.stringify({ issuer: 'http://localhost:4000', database: 'postgres://licet@127.0.0.1:1/x', secret }),
  )
  for (const [event, error] of [
    ['database_unavailable', 'temporarily_unavailable'],
    ['internal_failure', 'server_error'],
    ['failed', 'server_error'],
  ]) {
    const log = JSON.stringify({ level: 50, time: 1, event, endpoint: 'token', request_id: 'R'.repeat(22), cause })
    const child = spawn(join(root, 'bin/licet'), ['explain', 'R'.repeat(22), '--config', file])
    child.stdin.end(log)
    const [said, complained] = await Promise.all([text(child.stdout), text(child.stderr)])
    assert.match(said, /cause: DatabaseUnavailable: the database is unavailable, caused by Error: x\n/)
    assert.ok(said.includes(`= The answer was ${error}: `), said)
    assert.match(complained, /^What is registered is not shown: the database is unavailable/)
  }
})

test('a reference that the log does not have ends with 1, a log that is not there with 2', async () => {
  const reference = 'A'.repeat(22)
  const unknown = await server.command(['explain', reference], '{}\n')
  assert.deepEqual([unknown.code, unknown.stdout], [1, ''])
  assert.match(unknown.stderr, /turned away under overload .* have none/)
  assert.equal((await server.command(['explain', reference, '--log', '/nowhere/licet.log'])).code, 2)
})

test('R5: a request that would be refused ends with 1 and says why as JSON too', async () => {
  const { code, stdout } = await server.command(['explain', `http://localhost/authorize?${query}`, '--json'])
  assert.equal(code, 1)
  const [explanation] = JSON.parse(stdout) as readonly { readonly outcome: string; readonly mend: string }[]
  assert.match(explanation?.outcome ?? '', /redirect_uri_unregistered/)
  assert.notEqual(explanation?.mend, undefined)
})
