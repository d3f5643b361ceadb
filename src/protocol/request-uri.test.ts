import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after } from 'node:test'
import { must } from '../../testing/must.ts'
import { clientRecord, openProtocol } from '../../testing/protocol.ts'
import { refusedFor } from '../../testing/refused.ts'
import type { OutboundAnswer, OutboundRefusal } from '../domain/outbound.ts'
import { fetchRequestObject } from './request-uri.ts'

const object = 'header.claims.signature'
const sha256 = createHash('sha256').update(object).digest('base64url')
const asked: string[] = []
let answer: OutboundAnswer | OutboundRefusal = { status: 200, headers: {}, body: Buffer.from(object) }
// What a client's own server answers; the network itself is `outside/`'s, and tested there.
const outbound = {
  get: (url: string) => Promise.resolve((asked.push(url), answer)),
  post: () => Promise.reject(new Error('nobody posts')),
}
const { parts, close } = await openProtocol({ outbound })
after(close)

const open = {
  ...parts,
  settings: { ...parts.settings, authorization_requests: { require_pushed: false, by_reference: true } },
}
const client = clientRecord({}, { request_uris: ['https://rp1.test/request', `https://rp1.test/hashed#${sha256}`] })
const fetched = (request_uri: string, from = open) => fetchRequestObject(request_uri, client, from)

must('OpenID Connect Core §6.2', 'JR-03: nothing is fetched unless the operator opened it', async () => {
  await assert.rejects(fetched('https://rp1.test/request', parts), refusedFor('request_uri_unsupported'))
  assert.deepEqual(asked, [])
})

must(
  'OpenID Connect Registration §2',
  'JR-03, SF-06: only what was registered is fetched, whatever its fragment',
  async () => {
    for (const uri of [
      'https://rp1.test/',
      'https://rp1.test/request/',
      'https://rp1.test/request?a=b',
      'http://rp1.test/request',
    ])
      await assert.rejects(fetched(uri), refusedFor('request_uri_unregistered'))
    assert.deepEqual(asked, [])
    assert.equal(await fetched('https://rp1.test/request'), object)
    assert.equal(await fetched('https://rp1.test/request#version-2'), object)
    assert.deepEqual(asked, ['https://rp1.test/request', 'https://rp1.test/request'])
  },
)

must(
  'OpenID Connect Core §6.2.3',
  'a fragment says when to fetch again: it is no reason to refuse what is there',
  async () => {
    const before = createHash('sha256').update('what was there before').digest('base64url')
    for (const hash of [sha256, before]) assert.equal(await fetched(`https://rp1.test/hashed#${hash}`), object)
  },
)

must('RFC 9101 §6.1', 'what cannot be fetched is invalid_request_uri', async () => {
  for (const one of [
    { refused: 'unreachable', why: 'private_address' },
    { status: 404, headers: {}, body: Buffer.from('') },
  ] as const) {
    answer = one
    await assert.rejects(fetched('https://rp1.test/request'), refusedFor('request_uri_unreadable'))
  }
})
