import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { assertFree, openDoors, sharesAddress } from './doors.ts'

const skip = !sharesAddress() && 'listeners cannot share an address here'

/** A server with all its doors that answers nothing, and so many connections to it. */
async function crowd(connections: number, maxConnections: number) {
  const server = createServer()
  server.maxConnections = maxConnections
  const at = { host: '127.0.0.1', backlog: 1024 }
  await once(server.listen({ ...at, port: 0, reusePort: true }), 'listening')
  const { port } = server.address() as AddressInfo
  const doors = await openDoors(server, { ...at, port })
  const arrived: Socket[] = []
  server.on('connection', (socket) => void arrived.push(socket))
  const sockets = Array.from({ length: connections }, () => connect(port, at.host).on('error', () => undefined))
  return {
    port,
    arrived,
    sockets,
    async close() {
      for (const socket of sockets) socket.destroy()
      server.closeAllConnections()
      server.close()
      await doors.close()
    },
  }
}

test('RL-22: many connections are taken in one turn of the event loop', { skip }, async () => {
  const { arrived, close } = await crowd(128, 1000)
  let most = 0
  while (arrived.length < 128) {
    const before = arrived.length
    await turn()
    most = Math.max(most, arrived.length - before)
  }
  assert.ok(most > 2, `at most ${most} in a turn`)
  await close()
})

test(
  'RL-21: the bound on connections is one for all doors, and those that stand are left alone',
  { skip },
  async () => {
    const { arrived, sockets, close } = await crowd(60, 40)
    let refused = 0
    for (const socket of sockets) socket.once('close', () => (refused += 1))
    while (arrived.length < 60 || refused < 20) await turn()
    for (let later = 0; later < 100; later += 1) await turn()
    assert.equal(refused, 20)
    await close()
  },
)

test('an address that another program of ours shares with itself is not shared with us', { skip }, async () => {
  const { port, close } = await crowd(0, 1)
  await assert.rejects(assertFree({ host: '127.0.0.1', port }), { code: 'EADDRINUSE' })
  await close()
})
