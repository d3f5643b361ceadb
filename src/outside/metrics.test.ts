import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { advisedReasons } from '../ui/words/advice.ts'
import type { EventLog } from '../domain/event-log.ts'
import { passwords } from '../identity/password.ts'
import { openMetrics } from './metrics.ts'

const calm = { skew: () => 0, overload: () => ({ overloaded: false, inFlight: 0, turnedAway: {} }) }
const silent: EventLog = { info: () => undefined, warn: () => undefined, error: () => undefined }

async function printed(metrics: ReturnType<typeof openMetrics>): Promise<string> {
  return (await metrics.print()).body
}

test('every name begins with licet_, and the names that alerts rely on are there from the first second', async () => {
  const metrics = openMetrics({ ...calm, oldestExpired: async () => 12 })
  const { content_type, body } = await metrics.print()
  assert.match(content_type, /^text\/plain/)
  const names = body.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  assert.deepEqual(
    names.filter((line) => !line.startsWith('licet_')),
    [],
  )
  for (const name of [
    'licet_oldest_expired_row_seconds 12',
    'licet_nodejs_eventloop_lag_p99_seconds ',
    'licet_process_resident_memory_bytes ',
  ]) {
    assert.ok(
      names.some((line) => line.startsWith(name)),
      name,
    )
  }
})

test('what operators are told to raise an alert on is a number from the first second, so that the first counts', async () => {
  const overload = () => ({ overloaded: false, inFlight: 0, turnedAway: { token: 0 } })
  const body = await printed(openMetrics({ ...calm, overload, oldestExpired: async () => 0 }))
  const [, table = ''] = /^Worth an alert:\n\n(.*?)\n\n/ms.exec(readFileSync('docs/operating.md', 'utf8')) ?? []
  const names = table.split('\n').flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([a-z_]+)`/g)])
  const absent = names
    .map(([, name = '']) => name)
    .filter((name) => !new RegExp(`^${name}|="${name}"} 0$`, 'm').test(body))
  assert.ok(names.length > 8)
  assert.deepEqual(absent, ['level'])
})

test('every reason to refuse has a number of its own, however many others came before it', async () => {
  const metrics = openMetrics({ ...calm, oldestExpired: async () => 0 })
  const log = metrics.counting(silent)
  for (const reason of advisedReasons) log.warn('refused', { reason })
  const body = await printed(metrics)
  assert.deepEqual(
    advisedReasons.filter((reason) => !body.includes(`licet_refusals_total{reason="${reason}"} 1`)),
    [],
  )
})

test('while the database is away nobody claims to know how old the oldest row is', async () => {
  const metrics = openMetrics({ ...calm, oldestExpired: () => Promise.reject(new Error('away')) })
  assert.match(await printed(metrics), /^licet_oldest_expired_row_seconds Nan$/im)
})

test('answers are counted by route and status, and timed by route', async () => {
  const metrics = openMetrics({ ...calm, oldestExpired: async () => 0 })
  metrics.answered('token_endpoint', 200, 4)
  metrics.answered('token_endpoint', 400, 40)
  const body = await printed(metrics)
  assert.match(body, /licet_http_answers_total\{route="token_endpoint",status="400"\} 1/)
  assert.match(body, /licet_http_answer_seconds_bucket\{le="0\.005",route="token_endpoint"\} 1/)
  assert.match(body, /licet_http_answer_seconds_count\{route="token_endpoint"\} 2/)
})

test('events, refusals and tokens are counted as they are logged', async () => {
  const told: unknown[] = []
  const metrics = openMetrics({ ...calm, oldestExpired: async () => 0 })
  const log = metrics.counting({ ...silent, warn: (...all) => told.push(all) })
  log.info('token_issued', { grant_type: 'authorization_code' })
  log.info('token_issued', { grant_type: 'authorization_code' })
  log.warn('refused', { reason: 'code_expired' })
  log.error('failed', {}, new Error('x'))
  const body = await printed(metrics)
  assert.deepEqual(told, [['refused', { reason: 'code_expired' }]])
  assert.match(body, /licet_tokens_issued_total\{grant_type="authorization_code"\} 2/)
  assert.match(body, /licet_refusals_total\{reason="code_expired"\} 1/)
  assert.match(body, /licet_events_total\{event="failed"\} 1/)
})

test('DS-05: labels are bounded, whatever a stranger sends', async () => {
  const metrics = openMetrics({ ...calm, oldestExpired: async () => 0 })
  const log = metrics.counting(silent)
  for (let number = 0; number < 10_000; number += 1) {
    log.info('token_issued', { grant_type: `urn:${number}` })
    log.warn('refused', { reason: `${number}${'x'.repeat(100)}` })
  }
  const body = await printed(metrics)
  assert.match(body, /licet_tokens_issued_total\{grant_type="other"\} 9800/)
  assert.match(body, /licet_refusals_total\{reason="other"\} 10000/)
  assert.ok(body.split('\n').length < 600)
})

test('R16: the door of the password hashes shows how full it is', async () => {
  const metrics = openMetrics({ ...calm, oldestExpired: async () => 0 })
  const door = passwords({ concurrency: 1, queue: 1, observe: metrics.passwords })
  const answers = Promise.all([1, 2, 3].map(() => door.verify({ costs_like: undefined }, 'x')))
  assert.match(
    await printed(metrics),
    /licet_password_hashes_running 1\n[^]*licet_password_hashes_waiting 1\n[^]*licet_password_hashes_refused_total 1/,
  )
  await answers
  assert.match(await printed(metrics), /licet_password_hashes_running 0\n[^]*licet_password_hashes_waiting 0/)
})

test('what the legacy fence let through is counted by kind, and by few of them', async () => {
  const metrics = openMetrics({ ...calm, oldestExpired: async () => 0 })
  const log = metrics.counting(silent)
  log.warn('legacy_used', { client_id: 'a', kind: 'id_token token', until: '2027-06-30' })
  log.warn('legacy_used', { client_id: 'b', kind: 'id_token token', until: '2027-06-30' })
  log.warn('legacy_used', { client_id: 'a', kind: 'password', until: '2027-06-30' })
  const body = await printed(metrics)
  assert.match(body, /licet_legacy_requests_total\{kind="id_token token"\} 2/)
  assert.match(body, /licet_legacy_requests_total\{kind="password"\} 1/)
})

test('R16: who was turned away under overload is counted by rank, from the first second', async () => {
  const turnedAway = { token: 0, list: 3 }
  const metrics = openMetrics({
    ...calm,
    oldestExpired: async () => 0,
    overload: () => ({ overloaded: true, inFlight: 128, turnedAway }),
  })
  for (const line of ['overload_refused_total{rank="token"} 0', 'overload_refused_total{rank="list"} 3']) {
    assert.ok((await printed(metrics)).includes(`licet_${line}\n`), line)
  }
  assert.match(await printed(metrics), /^licet_overloaded 1$/m)
  assert.match(await printed(metrics), /^licet_requests_in_flight 128$/m)
})

test('RL-11: how far the clock of this machine is off is told', async () => {
  const metrics = openMetrics({ ...calm, oldestExpired: async () => 0, skew: () => -300 })
  assert.match(await printed(metrics), /^licet_clock_skew_seconds -300$/m)
})
