import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HttpRequest, HttpResponse } from '../http/message.ts'
import { later } from './later.ts'

const request: HttpRequest = {
  method: 'GET',
  path: '/account',
  query: '',
  headers: {},
  body: '',
  params: {},
  address: '192.0.2.7',
  request_id: 'of a test',
}
const answer: HttpResponse = { status: 200, headers: {}, body: 'a page' }

test('RL-24: a page that could not be loaded once is loaded for whoever asks next, and then once for all', async () => {
  let asked = 0
  const handler = later(async () => {
    asked += 1
    if (asked === 1) throw new Error('too many open files')
    return async () => answer
  })
  const first = [handler(request), handler(request)]
  await Promise.all(first.map((one) => assert.rejects(one, /too many open files/)))
  assert.equal(asked, 1)
  assert.deepEqual(await Promise.all([handler(request), handler(request)]), [answer, answer])
  assert.equal(asked, 2)
})
