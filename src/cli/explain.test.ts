/** `licet explain` beside a server that answered, from the log that it wrote. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { startServer } from '../../testing/server.ts'

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

test('a reference that the log does not have ends with 1, a log that is not there with 2', async () => {
  const reference = 'A'.repeat(22)
  const unknown = await server.command(['explain', reference], '{}\n')
  assert.deepEqual([unknown.code, unknown.stdout], [1, ''])
  assert.equal((await server.command(['explain', reference, '--log', '/nowhere/licet.log'])).code, 2)
})

test('R5: a request that would be refused ends with 1 and says why as JSON too', async () => {
  const { code, stdout } = await server.command(['explain', `http://localhost/authorize?${query}`, '--json'])
  assert.equal(code, 1)
  const [explanation] = JSON.parse(stdout) as readonly { readonly outcome: string; readonly mend: string }[]
  assert.match(explanation?.outcome ?? '', /redirect_uri_unregistered/)
  assert.notEqual(explanation?.mend, undefined)
})
