import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { must } from '../../testing/must.ts'
import { clientRecord, openProtocol } from '../../testing/protocol.ts'
import { openBrowserOrigins } from './browser-origins.ts'

const protocol = await openProtocol()
const { parts, stores, database, wait } = protocol
after(protocol.close)
const isKnown = openBrowserOrigins(parts)

const none = { token_endpoint_auth_method: 'none' } as const
const spa = clientRecord(
  { client_id: 'spa' },
  { ...none, redirect_uris: ['https://spa.test/cb', 'https://spa.test:8443/cb?x=1'] },
)
for (const client of [
  spa,
  clientRecord({ client_id: 'local' }, { ...none, redirect_uris: ['http://localhost:5173/cb', 'http://127.0.0.1/cb'] }),
  clientRecord({ client_id: 'native' }, { ...none, redirect_uris: ['com.example.app:/cb'] }),
  clientRecord({ client_id: 'server' }, { redirect_uris: ['https://rp1.test/cb'] }),
  clientRecord({ client_id: 'off', disabled: true }, { ...none, redirect_uris: ['https://off.test/cb'] }),
]) {
  await stores.clients.create(client)
}

describe('the origins of browser-based clients', () => {
  must('RFC 9700 §2.6', 'R14: are those of the redirect URIs of public clients', async () => {
    assert.equal(await isKnown('https://spa.test'), true)
    assert.equal(await isKnown('https://spa.test:8443'), true)
    for (const origin of [
      'https://rp1.test',
      'https://off.test',
      'https://evil.test',
      'null',
      '',
      'com.example.app:',
    ]) {
      assert.equal(await isKnown(origin), false, origin)
    }
  })

  test('are compared as browsers spell them, to the byte', async () => {
    for (const origin of [
      'https://SPA.test',
      'https://spa.test/',
      'https://spa.test:443',
      'http://spa.test',
      'https://spa.test.evil.test',
      'https://spa.test@evil.test',
    ]) {
      assert.equal(await isKnown(origin), false, origin)
    }
  })

  test('R14: on the person’s own device fit whatever their port', async () => {
    for (const origin of ['http://localhost:5173', 'http://localhost:1', 'http://localhost', 'http://127.0.0.1:9']) {
      assert.equal(await isKnown(origin), true, origin)
    }
    for (const origin of [
      'https://localhost:5173',
      'http://127.0.0.2',
      'http://[::1]',
      'http://localhost.evil.test',
      'http://localhost:5173/x',
    ]) {
      assert.equal(await isKnown(origin), false, origin)
    }
  })

  test('R22: are known, and forgotten, within two seconds', async () => {
    const other = clientRecord({ client_id: 'new' }, { ...none, redirect_uris: ['https://new.test/cb'] })
    await stores.clients.create(other)
    wait(2)
    assert.equal(await isKnown('https://new.test'), true)
    await stores.clients.update({ ...other, disabled: true })
    wait(2)
    assert.equal(await isKnown('https://new.test'), false)
  })

  test('stay known while the database is away, so that a script can read that it is', async () => {
    await database.close()
    wait(60)
    assert.equal(await isKnown('https://spa.test'), true)
  })
})
