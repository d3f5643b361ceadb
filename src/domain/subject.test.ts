import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exampleClient } from '../../testing/drafts.ts'
import { must } from '../../testing/must.ts'
import { accountRecord } from '../../testing/records.ts'
import { secretsUnder } from '../kernel/secret.ts'
import { sidFor } from './session.ts'
import { sectorOf, subjectFor } from './subject.ts'

const secrets = secretsUnder(Buffer.alloc(32, 7))
const others = secretsUnder(Buffer.alloc(32, 8))
const [alice, bob] = [accountRecord({ sub: 'alice' }), accountRecord({ sub: 'bob' })]
const pairwise = (redirect_uris: readonly string[], sector_identifier_uri?: string) =>
  exampleClient({
    metadata: { subject_type: 'pairwise', redirect_uris, ...(sector_identifier_uri && { sector_identifier_uri }) },
  })

must('OpenID Connect Core §8', 'UI-06: a public subject is the same for every client', () => {
  assert.equal(subjectFor(alice, exampleClient(), { secrets }), 'alice')
  assert.equal(subjectFor(alice, exampleClient({ metadata: { subject_type: 'public' } }), { secrets }), 'alice')
})

must('OpenID Connect Core §8.1', 'UI-06: a pairwise subject is one for each sector and person, and stays', () => {
  const one = subjectFor(alice, pairwise(['https://a.test/cb']), { secrets })
  assert.match(one, /^[A-Za-z0-9_-]{43}$/)
  assert.equal(subjectFor(alice, pairwise(['https://a.test/1', 'https://a.test/2']), { secrets }), one)
  const inSector = pairwise(['https://b.test/cb', 'https://c.test/cb'], 'https://a.test/uris.json')
  assert.equal(subjectFor(alice, inSector, { secrets }), one)
  assert.notEqual(subjectFor(alice, pairwise(['https://b.test/cb']), { secrets }), one)
  assert.notEqual(subjectFor(bob, pairwise(['https://a.test/cb']), { secrets }), one)
})

must('OpenID Connect Core §8.1', 'UI-06: without our key nobody computes a pairwise subject', () => {
  const client = pairwise(['https://a.test/cb'])
  assert.notEqual(subjectFor(alice, client, { secrets }), subjectFor(alice, client, { secrets: others }))
})

must(
  'OpenID Connect Core §8.1',
  'the sector is a host: that of the sector_identifier_uri, or the one that all share',
  () => {
    assert.equal(sectorOf({ redirect_uris: ['https://a.test:8443/cb', 'https://a.test/cb'] }), 'a.test')
    assert.equal(sectorOf({ redirect_uris: ['https://a.test/cb', 'https://b.test/cb'] }), undefined)
    assert.equal(sectorOf({ redirect_uris: ['https://a.test/cb', 'app.example:/cb'] }), undefined)
    assert.equal(sectorOf({ redirect_uris: ['app.example:/cb'] }), undefined)
    assert.equal(sectorOf({ redirect_uris: [] }), undefined)
    const redirect_uris = ['app.example:/cb', 'https://b.test/cb']
    assert.equal(sectorOf({ redirect_uris, sector_identifier_uri: 'https://s.test/x' }), 's.test')
  },
)

test('two clients of one session cannot compare its sid, which stays the same for each of them', () => {
  const sid = sidFor('session', 'a', { secrets })
  assert.equal(sidFor('session', 'a', { secrets }), sid)
  for (const other of [
    sidFor('session', 'b', { secrets }),
    sidFor('other', 'a', { secrets }),
    sidFor('session', 'a', { secrets: others }),
  ]) {
    assert.notEqual(other, sid)
  }
  assert.doesNotMatch(sid, /session/)
})
