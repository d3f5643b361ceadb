import assert from 'node:assert/strict'
import { test } from 'node:test'
import { render } from '../kernel/html.ts'
import { catalogues } from './words/catalogues.ts'
import { moment, spellDuration, spellWait, spellWhole } from './moment.ts'

const { en } = catalogues

/** 2026-08-13T14:05:00Z */
const now = 1_786_629_900

test('a moment nearby is spelled by day and time, one further away by its date', () => {
  assert.equal(render(moment(now, now, en)), '<time datetime="2026-08-13T14:05:00Z">today at 14:05 UTC</time>')
  assert.match(render(moment(now + 86_400, now, en)), />tomorrow at 14:05 UTC</)
  assert.match(render(moment(now - 86_400, now, en)), />yesterday at 14:05 UTC</)
  assert.match(render(moment(now + 30 * 86_400, now, en)), />12 September 2026</)
})

test('the day is that of whoever reads, and the time says of which zone it is', () => {
  const at = (time_zone: string, moved = 0) => render(moment(now + moved, now, { ...en, time_zone }))
  assert.match(at('Europe/London'), /datetime="2026-08-13T14:05:00Z">today at 15:05 BST</)
  assert.match(at('Europe/London', 9 * 3600), />tomorrow at 00:05 BST</)
  assert.match(at('Asia/Tokyo', 3600), />tomorrow at 00:05 GMT\+9</)
  assert.match(at('America/New_York', -10.5 * 3600), />yesterday at 23:35 GMT-4</)
  assert.match(at('Europe/London', 90 * 86_400), />11 November 2026</)
  // On 25 October 2026 the day in London is an hour longer.
  const night = 1_792_882_800
  assert.match(render(moment(night + 86_400, night, { ...en, time_zone: 'Europe/London' })), />today at 23:00 GMT</)
})

test('a zone that nobody knows counts as none', () => {
  assert.match(render(moment(now, now, { ...en, time_zone: 'Europe/Nowhere' })), />today at 14:05 UTC</)
})

test('midnight is the first minute of its day', () => {
  const midnight = now - (now % 86_400) + 86_400
  assert.match(render(moment(midnight, now, en)), />tomorrow at 00:00 UTC</)
})

test('what may be read on another day names its own day, in each language', () => {
  const newYear = 1_798_761_600
  assert.deepEqual(
    Object.values(catalogues).map((words) => spellWhole(newYear, words)),
    [
      '1 January 2027 at 00:00 UTC',
      '1. Januar 2027 um 00:00 UTC',
      '1 janvier 2027 à 00:00 UTC',
      '1 de enero de 2027 a las 00:00 UTC',
      '2027年1月1日 00:00 UTC',
      '1 يناير 2027 في 00:00 UTC',
    ],
  )
})

test('lengths of time are spelled in their largest whole unit', () => {
  const spelled = [1, 60, 3_600, 5_400, 86_400, 30 * 86_400, 365 * 86_400].map((length) => spellDuration(length, en))
  assert.deepEqual(spelled, ['1 second', '1 minute', '1 hour', '90 minutes', '1 day', '30 days', '1 year'])
})

test('a wait is never spelled shorter than it is', () => {
  assert.deepEqual(
    [0, 43, 119, 121, 3_599].map((length) => spellWait(length, en)),
    ['1 second', '43 seconds', '119 seconds', '3 minutes', '1 hour'],
  )
})
