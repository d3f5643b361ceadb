import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exampleClient } from '../../testing/drafts.ts'
import { must } from '../../testing/must.ts'
import { refusedFor } from '../../testing/refused.ts'
import { checkClientMetadataOutside } from './client-metadata-outside.ts'
import type { Outbound, OutboundAnswer, OutboundRefusal } from './outbound.ts'

const sector_identifier_uri = 'https://sector.test/uris.json'
const redirect_uris = ['https://a.test/cb', 'https://b.test/cb']
const inSector = exampleClient({ metadata: { subject_type: 'pairwise', redirect_uris, sector_identifier_uri } })

/** What the guard brought back; the network itself is `outside/`'s, and tested there. */
function brought(answer: OutboundAnswer | OutboundRefusal) {
  const asked: string[] = []
  const outbound: Outbound = {
    get(url) {
      asked.push(url)
      return Promise.resolve(answer)
    },
    post: () => Promise.reject(new Error('nobody posts')),
  }
  return { outbound, asked }
}
const listing = (body: string, status = 200) => brought({ status, headers: {}, body: new TextEncoder().encode(body) })

must('OpenID Connect Core §8.1', 'a sector takes in a client when it lists every redirect URI of it', async () => {
  const sector = listing(JSON.stringify([...redirect_uris, 'https://c.test/cb']))
  await checkClientMetadataOutside(inSector, sector)
  assert.deepEqual(sector.asked, [sector_identifier_uri])
  for (const listed of [['https://a.test/cb'], ['https://a.test/cb', 'https://b.test/cb/'], []]) {
    await assert.rejects(
      checkClientMetadataOutside(inSector, listing(JSON.stringify(listed))),
      refusedFor('redirect_uri_not_in_sector'),
    )
  }
})

must('OpenID Connect Core §8.1', 'what is not an array of texts is not a sector', async () => {
  for (const body of ['{"0":"https://a.test/cb"}', '[1]', '"https://a.test/cb"', '', '<html>', 'null']) {
    await assert.rejects(
      checkClientMetadataOutside(inSector, listing(body)),
      refusedFor('sector_identifier_uri_malformed'),
    )
  }
})

test('SF-02, SF-06: a sector in our own network has the answer of one that is not there', async () => {
  for (const answer of [
    brought({ refused: 'unreachable', why: 'private_address' }),
    brought({ refused: 'unreachable', why: 'name_unknown' }),
    brought({ refused: 'redirected', why: 'redirect' }),
    listing(JSON.stringify(redirect_uris), 404),
  ]) {
    await assert.rejects(checkClientMetadataOutside(inSector, answer), refusedFor('sector_identifier_uri_unreachable'))
  }
})

test('SF-01: of a client without a sector_identifier_uri nothing is fetched', async () => {
  const sector = listing('[]')
  await checkClientMetadataOutside(exampleClient(), sector)
  assert.deepEqual(sector.asked, [])
})
