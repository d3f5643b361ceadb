import assert from 'node:assert/strict'
import { test } from 'node:test'
import { must } from '../../testing/must.ts'
import { readConfiguration } from './configuration.ts'
import { legacyRows } from './legacy-client.ts'

const read = (legacy: unknown) =>
  readConfiguration({ issuer: 'https://id.example.com', secret: 'y'.repeat(43), legacy }, '/', {})

must('OAuth 2.0 Multiple Response Types §2', 'the words of a response type may stand in any order', () => {
  const { values, findings } = read([
    { client_id: 'a', response_types: ['token id_token', 'id_token token code'], until: '2027-06-30' },
  ])
  assert.deepEqual(findings, [])
  assert.deepEqual(values.legacy?.[0]?.response_types, ['id_token token', 'code id_token token'])
})

test('every mistake in the fence is told at once', () => {
  const { findings } = read([
    { client_id: 'a', response_types: ['code', 'tokens', 7], grant_types: ['client_credentials'], until: '2027-02-30' },
    { client_id: 'b', response_type: ['token'], until: 'never' },
    { response_types: ['token'] },
  ])
  assert.deepEqual(
    findings.map(({ key }) => key),
    [
      'legacy[0].response_types[0]',
      'legacy[0].response_types[1]',
      'legacy[0].response_types[2]',
      'legacy[0].grant_types[0]',
      'legacy[0].until',
      'legacy[1].response_type',
      'legacy[1].until',
      'legacy[2].client_id',
      'legacy[2].until',
    ],
  )
})

test('a row that opens nothing is a mistake', () => {
  const { findings } = read([
    { client_id: 'a', until: '2027-06-30' },
    { client_id: 'a', grant_types: ['implicit'], until: '2027-06-30' },
  ])
  assert.deepEqual(
    findings.map(({ key }) => key),
    ['legacy[0]', 'legacy[1]'],
  )
})

test('a row lasts to the end of its day in UTC', () => {
  const [row] = legacyRows([{ until: '2027-06-30' }])
  assert.equal(row?.closes_at, Date.UTC(2027, 6, 1) / 1000)
})
