/** R10: clients known by the address of a document about them; the network itself is `outside/`'s, and tested there. */
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { must } from '../../../testing/must.ts'
import { openProtocol } from '../../../testing/protocol.ts'
import { auditEventRecord, consentRecord, grantRecord } from '../../../testing/records.ts'
import { refusedFor } from '../../../testing/refused.ts'
import { findToTell, type Client, type Clients } from '../../domain/client.ts'
import type { Outbound, OutboundAnswer, OutboundRefusal } from '../../domain/outbound.ts'
import type { RegistrationSettings } from '../parts.ts'
import { openClientDocuments } from './client-documents.ts'
import { selfRegisteredClients } from './self-registered.ts'

const protocol = await openProtocol()
after(protocol.close)
const { parts, stores } = protocol

const address = 'https://agent.test/client.json'
const document = {
  client_id: address,
  client_name: 'Agent',
  redirect_uris: ['https://agent.test/cb', 'http://127.0.0.1/cb', 'com.example.agent:/cb'],
  token_endpoint_auth_method: 'none',
  grant_types: ['authorization_code', 'refresh_token'],
  application_type: 'native',
}

type Given = OutboundAnswer | OutboundRefusal

function answer(body: unknown, headers: Readonly<Record<string, string>> = {}, status = 200): OutboundAnswer {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: new TextEncoder().encode(text) }
}

const outage: OutboundRefusal = { refused: 'unreachable', why: 'too_slow' }

/** Documents behind which one answer waits, and how often it was asked for. */
function documents(registration: Partial<RegistrationSettings> = {}) {
  let given: Given | ((url: string) => Given) = answer(document)
  let moment = 0
  const asked: string[] = []
  const get: Outbound['get'] = async (url, limits) => {
    asked.push(url)
    assert.deepEqual([limits.maximum, limits.timeout], [5120, 2500])
    await new Promise(setImmediate)
    return typeof given === 'function' ? given(url) : given
  }
  const outbound: Outbound = { get, post: () => Promise.reject(new Error('nobody posts')) }
  const settings = {
    ...parts.settings,
    registration: { ...parts.settings.registration, metadata_documents: 'any' as const, ...registration },
  }
  const clientDocuments = openClientDocuments({
    ...parts,
    settings,
    outbound,
    stored: stores.clients,
    now: () => moment,
  })
  return {
    clients: selfRegisteredClients(stores.clients, { ...parts, settings, clientDocuments }),
    asked,
    give: (next: typeof given) => void (given = next),
    pass: (milliseconds: number) => void (moment += milliseconds),
  }
}

/** A client as its row would be. */
async function kept(clients: Clients, client_id: string): Promise<Client> {
  const found = await clients.find(client_id)
  assert.ok(found !== undefined)
  const { provisional_until: _end, ...whole } = found
  return whole
}

describe('a client that is known by an address', () => {
  must('draft-ietf-oauth-client-id-metadata-document-01 §3', 'CI-01: only a plain https address is one', async () => {
    const { clients, asked } = documents()
    for (const other of [
      'http://agent.test/client.json',
      'https://agent.test/client.json#x',
      'https://agent.test/client.json#',
      'https://agent.test/client.json?',
      'https://agent.test/client.json?a=b',
      'https://a@agent.test/client.json',
      'https://a:b@agent.test/client.json',
      'https://@agent.test/client.json',
      'https://agent.test/a/../client.json',
      'https://agent.test/./client.json',
      'https://agent.test/%2e%2e/client.json',
      'https://agent.test',
      'https://agent.test:443/client.json',
      'HTTPS://agent.test/client.json',
      'https://AGENT.test/client.json',
      'https://äg.test/client.json',
      'https:\\\\agent.test\\client.json',
      'https://agent.test/client.json ',
      'https:///client.json',
      `https://agent.test/${'x'.repeat(500)}`,
    ]) {
      assert.equal(await clients.find(other), undefined, other)
    }
    assert.deepEqual(asked, [])
  })

  must(
    'draft-ietf-oauth-client-id-metadata-document-01 §4',
    'R10: is what its document says, checked as any other',
    async () => {
      const { clients } = documents()
      const client = await clients.find(address)
      assert.ok(client !== undefined)
      assert.deepEqual([client.client_id, client.registered_by, client.secrets], [address, 'metadata_document', []])
      assert.deepEqual(client.metadata.redirect_uris, document.redirect_uris)
      assert.deepEqual([client.first_party, client.profile, client.disabled], [false, 'oauth21', false])
      assert.equal(await stores.clients.find(address), undefined, 'nothing is stored')
    },
  )

  test('R10: off, a list of hosts, or any', async () => {
    for (const [metadata_documents, found] of [
      ['off', false],
      [['agent.test'], true],
      [['other.test'], false],
      ['any', true],
    ] as const) {
      const { clients, asked } = documents({ metadata_documents })
      assert.equal((await clients.find(address)) !== undefined, found)
      assert.equal(asked.length, found ? 1 : 0)
    }
  })

  must(
    'draft-ietf-oauth-client-id-metadata-document-01 §4.1',
    'CI-02, CI-03: a document of another client, with a secret, or that sends elsewhere, is not believed',
    async () => {
      const wrong: readonly (readonly [object | string, string])[] = [
        [{ ...document, client_id: 'https://agent.test/other.json' }, 'client_document_of_other_client'],
        [{ ...document, client_id: undefined }, 'client_document_of_other_client'],
        [{ ...document, client_secret: 'x' }, 'client_document_has_secret'],
        [{ ...document, client_secret_expires_at: 0 }, 'client_document_has_secret'],
        [{ ...document, redirect_uris: ['https://evil.test/cb'] }, 'client_document_redirects_elsewhere'],
        [{ ...document, redirect_uris: ['https://agent.test:8443/cb'] }, 'client_document_redirects_elsewhere'],
        [{ ...document, token_endpoint_auth_method: 'client_secret_basic' }, 'client_document_refused'],
        [{ ...document, token_endpoint_auth_method: undefined }, 'client_document_refused'],
        [{ ...document, token_endpoint_auth_method: 'client_secret_jwt' }, 'client_document_refused'],
        [{ ...document, redirect_uris: ['javascript:alert(1)'] }, 'client_document_refused'],
        [{ ...document, redirect_uris: [] }, 'client_document_refused'],
        [{ ...document, logo_uri: 'http://169.254.169.254/' }, 'client_document_refused'],
        [{ ...document, jwks_uri: 'https://a@agent.test/jwks' }, 'client_document_refused'],
        [{ ...document, client_name: 'Go\u202Egle' }, 'client_document_refused'],
        ['[]', 'client_document_not_json'],
        ['{', 'client_document_not_json'],
        [JSON.stringify(document).replace('{', '{"client_id":"x",'), 'client_document_not_json'],
      ]
      for (const [body, reason] of wrong) {
        const { clients, give } = documents()
        give(answer(body))
        await assert.rejects(clients.find(address), refusedFor(reason), JSON.stringify(body))
      }
      const { clients, give } = documents()
      give(answer({ ...document, first_party: true, profile: 'legacy', trusted: true, scope: 'admin openid' }))
      const client = await clients.find(address)
      assert.deepEqual([client?.first_party, client?.profile], [false, 'oauth21'])
      const { scope = '', default_scope } = client?.metadata ?? {}
      assert.deepEqual([scope.includes('admin'), default_scope], [false, 'openid'])
    },
  )

  test('R10: anything but 200 and JSON is not a document', async () => {
    for (const given of [
      answer(document, { 'content-type': 'text/html' }),
      answer(document, { 'content-type': '' }),
      answer(document, {}, 201),
      answer(document, {}, 400),
      { refused: 'redirected', why: 'redirect' },
      { refused: 'too_large', why: 'too_many_bytes' },
      { refused: 'not_allowed', why: 'port' },
    ] as const) {
      const { clients, give, asked } = documents()
      give(given)
      for (const _twice of [1, 2]) {
        await assert.rejects(clients.find(address), ({ error }: { error: string }) => error === 'invalid_client')
      }
      assert.equal(asked.length, 2, 'what is wrong is not kept (§4.4)')
    }
    const { clients, give } = documents()
    give(answer(document, { 'content-type': 'application/vnd.client+json; charset=utf-8' }))
    assert.ok((await clients.find(address)) !== undefined)
  })

  must(
    'draft-ietf-oauth-client-id-metadata-document-01 §4.4',
    'CI-04: a document is kept as long as its server says, from a minute to a day',
    async () => {
      const cases = [
        [undefined, 300],
        ['max-age=1000', 1000],
        ['public, max-age=1000', 1000],
        ['max-age=0', 60],
        ['no-store', 60],
        ['no-cache, max-age=1000', 60],
        ['max-age=999999999', 86_400],
        ['max-age=-1', 300],
      ] as const
      for (const [cacheControl, seconds] of cases) {
        const { clients, give, asked } = documents()
        give(answer(document, cacheControl === undefined ? {} : { 'cache-control': cacheControl }))
        await clients.find(address)
        protocol.wait(seconds - 1)
        await clients.find(address)
        assert.equal(asked.length, 1, cacheControl ?? 'nothing')
        protocol.wait(1)
        await clients.find(address)
        assert.equal(asked.length, 2, cacheControl ?? 'nothing')
      }
      const { clients, give, asked } = documents()
      give(answer(document, { 'cache-control': 'max-age=1000', age: '400' }))
      await clients.find(address)
      protocol.wait(600)
      await clients.find(address)
      assert.equal(asked.length, 2, 'the age it had counts')
    },
  )

  test('SF-08: of those who ask at the same time one fetches', async () => {
    const { clients, asked } = documents()
    const found = await Promise.all(Array.from({ length: 100 }, () => clients.find(address)))
    assert.deepEqual([asked.length, new Set(found.map((client) => client?.client_id)).size], [1, 1])
  })

  test('R10, SF-08: a thousand addresses cost a bounded number of fetches, on one host and on many', async () => {
    for (const [hostOf, most] of [
      [() => 'agent', 20],
      [(each: number) => `agent-${each}`, 200],
    ] as const) {
      const { clients, asked, give, pass } = documents()
      give((url) => answer({ ...document, client_id: url, redirect_uris: ['http://127.0.0.1/cb'] }))
      const outcomes = await Promise.allSettled(
        Array.from({ length: 1000 }, (_, each) => clients.find(`https://${hostOf(each)}.test/${each}`)),
      )
      assert.equal(asked.length, most)
      const [refused] = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []))
      assert.ok(refusedFor('client_documents_limited')(refused))
      pass(2000)
      assert.ok((await clients.find(`https://${hostOf(999)}.test/999`)) !== undefined)
    }
  })

  test('R10: while its server cannot be reached, or says 403 or 5xx, who is known goes on; nobody else comes in', async () => {
    const { clients, give } = documents()
    await clients.find(address)
    for (const status of [500, 502, 503, 403, 429]) {
      protocol.wait(86_400)
      give(answer('', {}, status))
      assert.equal((await clients.find(address))?.metadata.client_name, 'Agent')
    }
    give(outage)
    protocol.wait(3600)
    assert.equal((await clients.find(address))?.metadata.client_name, 'Agent')
    await assert.rejects(clients.find('https://new.test/client.json'), refusedFor('client_document_unreachable'))
    give({ refused: 'redirected', why: 'redirect' })
    protocol.wait(61)
    await assert.rejects(clients.find(address), refusedFor('client_document_refused'))
  })

  test('R7, R10: who only speaks of a client goes on without it', async () => {
    const { clients, give } = documents()
    give(outage)
    await assert.rejects(clients.find(address), refusedFor('client_document_unreachable'))
    assert.equal(await findToTell(address, { clients }), undefined)
    const away = () => Promise.reject(new Error('no database'))
    const broken = { find: away, findStored: away }
    await assert.rejects(findToTell(address, { clients: broken }), /no database/)
  })

  test('R10, R22: who has a row is known on a node that never saw the document', async () => {
    const row = 'https://kept.test/client.json'
    const first = { ...document, client_id: row, redirect_uris: ['https://kept.test/cb'] }
    const { clients, give } = documents()
    give(answer(first))
    const found = await kept(clients, row)
    await stores.clients.create(found)
    const elsewhere = documents()
    elsewhere.give(outage)
    assert.deepEqual((await elsewhere.clients.find(row))?.metadata, found.metadata)
    give(answer({ ...first, client_name: 'Renamed' }))
    protocol.wait(86_400)
    assert.equal((await clients.find(row))?.metadata.client_name, 'Renamed')
    assert.equal((await stores.clients.find(row))?.metadata.client_name, 'Renamed', 'the row follows')
  })

  test('R10: 404 and 410 end its use, and all that it was allowed', async () => {
    for (const status of [404, 410]) {
      const client_id = `https://gone-${status}.test/client.json`
      const { clients, give } = documents()
      give(answer({ ...document, client_id, redirect_uris: ['http://127.0.0.1/cb'] }))
      await stores.clients.create(await kept(clients, client_id))
      const grant = grantRecord({ client_id })
      await stores.consents.record({ consent: consentRecord(grant), grant, event: auditEventRecord() })
      give(answer('', {}, status))
      protocol.wait(86_400)
      assert.equal(await clients.find(client_id), undefined)
      assert.equal(await stores.clients.find(client_id), undefined)
      assert.equal((await stores.grants.find(grant.grant_id))?.end_reason, 'client_deleted')
    }
  })

  test('whom an operator shut out stays out, gone and back again', async () => {
    const client_id = 'https://banned.test/client.json'
    const { clients, give } = documents()
    give(answer({ ...document, client_id, redirect_uris: ['http://127.0.0.1/cb'] }))
    const found = await clients.find(client_id)
    assert.ok(found !== undefined)
    assert.equal(await clients.update({ ...found, disabled: true }), 'updated')
    give(answer('', {}, 404))
    protocol.wait(86_400)
    await clients.find(client_id)
    give(answer({ ...document, client_id, redirect_uris: ['http://127.0.0.1/cb'] }))
    protocol.wait(86_400)
    assert.equal((await clients.find(client_id))?.disabled, true)
  })

  test('R20: whom the operator registered under an address is taken from there, and nothing is fetched', async () => {
    const client_id = 'https://operator.test/client.json'
    const { clients, asked } = documents()
    await stores.clients.create({ ...(await kept(documents().clients, address)), client_id, registered_by: 'operator' })
    assert.equal((await clients.find(client_id))?.registered_by, 'operator')
    assert.deepEqual(asked, [])
  })
})
