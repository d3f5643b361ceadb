import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clientRecord } from '../../testing/protocol.ts'
import { openClientNames } from './lookalikes.ts'
import type { Client } from './client.ts'

const itself = 'registration'

function named(client_name: string, registered_by: Client['registered_by'], client_id = client_name): Client {
  return clientRecord({ client_id, registered_by }, { client_name })
}

async function resembled(client: Client, ...others: readonly Client[]): Promise<string | undefined> {
  return openClientNames({ clients: { listNotable: () => Promise.resolve([client, ...others]) } }).resembled(client)
}

for (const [name, written] of [
  ['PayPal', 'PayPaI'],
  ['PayPal', '\u0420\u0430\u0443\u0440\u0430l'],
  ['Microsoft', 'rnicrosoft'],
  ['Great App', 'GREAT-APP'],
  ['Great App', 'Gr\u0435at App'],
  ['Google', 'G00gle'],
  ['Café', 'Cafe'],
] as const) {
  test(`BR-27: ${JSON.stringify(written)} looks like ${name}`, async () => {
    assert.equal(await resembled(named(written, itself), named(name, 'operator')), name)
  })
}

test('BR-27: the very name of a client that an operator vouches for is found, in the configuration too', async () => {
  assert.equal(
    await resembled(named('Great App', 'metadata_document', 'x'), named('Great App', 'configuration')),
    'Great App',
  )
})

test('names that only begin alike, and names of other scripts, resemble nobody', async () => {
  const others = [named('Great App', 'operator'), named('日本', 'operator'), named('Ж', 'operator')]
  for (const name of ['Great', 'Great Apple', '日木', 'Я']) {
    assert.equal(await resembled(named(name, itself), ...others), undefined, name)
  }
})

test('an application that registered itself twice resembles not itself; one that is spelled otherwise does', async () => {
  assert.equal(await resembled(named('Inspector', itself, 'a'), named('Inspector', itself, 'b')), undefined)
  assert.equal(await resembled(named('lnspector', itself), named('Inspector', itself)), 'Inspector')
})

test('BR-27: a name in one language alone is compared as well, and protected as well', async () => {
  const hostile = named('Notes', itself, 'x')
  const inGerman = { ...hostile, metadata: { ...hostile.metadata, 'client_name#de': 'Gr\u0435at App' } }
  assert.equal(await resembled(inGerman, named('Great App', 'operator')), 'Great App')
  const great = named('Great App', 'operator')
  const vouched = { ...great, metadata: { ...great.metadata, 'client_name#fr': 'Super Appli' } }
  assert.equal(await resembled(named('Super-Appli', itself), vouched), 'Super Appli')
})

test('DS-05: ten names of a stranger are known, and others have their turn while names are learnt', async () => {
  const one = named('Notes', itself, 'x')
  const inLanguages = Object.fromEntries(
    Array.from({ length: 10 }, (_, index) => [`client_name#xx-${index}`, `N${index}`]),
  )
  const many = { ...one, metadata: { ...one.metadata, ...inLanguages } }
  let turns = 0
  setImmediate(() => (turns += 1))
  assert.equal(await resembled(named('n-8', itself), many), 'N8')
  assert.equal(turns, 1)
  assert.equal(await resembled(named('n-9', itself), many), undefined)
  assert.equal(await resembled(named('n-9', itself), { ...many, registered_by: 'operator' }), 'N9')
})

test('no stranger can throw doubt on a client that an operator vouches for', async () => {
  assert.equal(await resembled(named('Great App', 'operator'), named('Gr\u0435at App', itself)), undefined)
})

test('a client without a name resembles nobody', async () => {
  assert.equal(await resembled(clientRecord({ registered_by: itself }), named('Great App', 'operator')), undefined)
})

test('names are read once a minute, and again at once where reading failed', async () => {
  let [at, reads, isDown] = [0, 0, true]
  const listNotable = () => {
    reads += 1
    return isDown ? Promise.reject(new Error('no database')) : Promise.resolve([named('Great App', 'operator')])
  }
  const names = openClientNames({ clients: { listNotable } }, () => at)
  await assert.rejects(names.resembled(named('Great-App', itself)))
  isDown = false
  for (at of [1, 59_999, 60_001]) assert.equal(await names.resembled(named('Great-App', itself)), 'Great App')
  assert.equal(reads, 3)
})
