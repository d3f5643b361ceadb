import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { closeSync, existsSync, openSync } from 'node:fs'
import { test } from 'node:test'
import { hash } from '@node-rs/argon2'
import { testCertificate } from '../../testing/certificate.ts'
import { newId } from '../kernel/ids.ts'
import { secretPrefixes, secretsUnder, type SecretKind } from '../kernel/secret.ts'
import { masked, openLog, type LogOptions } from './log.ts'

function logged(options: LogOptions = {}) {
  const lines: string[] = []
  const log = openLog({
    ...options,
    destination: { write: (line) => void lines.push(line), flush: async () => undefined },
  })
  return { log, lines, read: (): unknown[] => lines.map((line) => JSON.parse(line)) }
}

test('an event is one line of JSON in pino’s shape', () => {
  const { log, lines, read } = logged()
  log.info('token_issued', {
    client_id: 'greatapp',
    grant_id: 'g',
    request_id: 'r',
    grant_types: ['a', 'b'],
    status: 200,
    resource: undefined,
  })
  log.warn('refused', { reason: 'code_expired' })
  const [first, second] = read() as Record<string, unknown>[]
  assert.ok(first && second && lines.every((line) => line.endsWith('}\n') && line.indexOf('\n') === line.length - 1))
  const { time, ...rest } = first
  assert.equal(typeof time, 'number')
  const expected = { client_id: 'greatapp', grant_id: 'g', request_id: 'r', grant_types: ['a', 'b'], status: 200 }
  assert.deepEqual(rest, { level: 30, event: 'token_issued', ...expected })
  assert.deepEqual([second['level'], second['event'], second['reason']], [40, 'refused', 'code_expired'])
  assert.match(lines[0] ?? '', /^\{"level":30,"time":\d+,"event":"token_issued",/)
})

test('PX-10: no secret that we hand out gets into the log, wherever it is put', () => {
  const secrets = secretsUnder(Buffer.alloc(32, 7))
  const { log, lines } = logged()
  for (const kind of Object.keys(secretPrefixes) as SecretKind[]) {
    const { value } = secrets.issue(kind, newId())
    log.warn('refused', { client_id: value, presented: `https://rp.test/cb?code=${value}&x=1`, scope: `a ${value}` })
    log.warn('refused', { offered: [value], code: value, [kind]: value })
    log.error('failed', { reason: `(${value})` }, new Error(`at ${value}`, { cause: new TypeError(value) }))
    log.error('failed', {}, value)
    for (const part of [value, value.slice(3), value.slice(4, 40)])
      assert.equal(lines.join('').includes(part), false, kind)
  }
})

test('PX-10: nor a JWT, a password hash, a private key, a header field or a URL with credentials', async () => {
  const jwt = `eyJhbGciOiJFUzI1NiJ9.${Buffer.from('{"sub":"x"}').toString('base64url')}.c2lnbmF0dXJl`
  const hashed = await hash('secret', { memoryCost: 8, timeCost: 1 })
  const secrets: Readonly<Record<string, string>> = {
    [jwt]: `a ${jwt} b`,
    [jwt.split('.')[1] ?? '']: `eyJ${'x'.repeat(20)}.${jwt.split('.')[1]}`,
    [hashed]: `password_hash: ${hashed}`,
    [hashed.slice(-20)]: hashed,
    [testCertificate.key.split('\n')[1] ?? '']: `error in ${testCertificate.key}`,
    Z3JlYXRhcHA6c2VjcmV0: 'Authorization: Basic Z3JlYXRhcHA6c2VjcmV0',
    'mF_9.B5f-4.1JqM': 'Authorization: Bearer mF_9.B5f-4.1JqM',
    hunter2: 'postgres://licet:hunter2@db.test:5432/licet',
    'opaque-session': '__Host-licet-session=opaque-session; Path=/',
    'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk':
      'grant_type=x&code_verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk&a=b',
    'correct horse': 'password=correct horse'.replace(' ', '+'),
  }
  for (const [secret, text] of Object.entries(secrets)) assert.equal(masked(text).includes(secret), false, text)
})

test('PX-10: what is not secret stays legible', () => {
  for (const text of [
    'https://rp1.test/cb?x=1',
    'code_expired',
    'greatapp',
    'openid profile postcards.read',
    'all_the_clients_of_this_server_are_here',
    'urn:ietf:params:oauth:grant-type:device_code',
    '0190c2d0a1b2c3d4e5f60718293a4b5c',
    'mailto:a@b.test',
    'client_secret_basic',
    'basic and bearer',
  ]) {
    assert.equal(masked(text), text)
  }
})

test('PX-10: a field with a name that is not listed stays outside', () => {
  const { log, lines, read } = logged()
  log.info('x', { code_verifier: 'dBjftJeZ4CVP', password: 'hunter2', totp: 123456, client_id: 'c' })
  const [{ code_verifier, password, totp, client_id } = {}] = read() as Record<string, unknown>[]
  assert.deepEqual([code_verifier, password, totp, client_id], ['[unlisted]', '[unlisted]', '[unlisted]', 'c'])
  assert.doesNotMatch(lines.join(''), /hunter2|dBjft|123456/)
})

test('AD-13: what a stranger chose cannot forge a line or colour a terminal, and is cut where it is too long', () => {
  const { log, lines, read } = logged()
  log.info('x', {
    client_id: 'a\n{"level":30,"event":"forged"}\r\u001b[31m',
    scope: 'é'.repeat(1_000_000),
    offered: Array.from({ length: 1000 }, String),
  })
  assert.equal(lines.length, 1)
  assert.equal(lines[0]?.slice(0, -1).includes('\n'), false)
  assert.equal(lines[0]?.includes('\u001b'), false)
  const [{ scope, offered } = {}] = read() as { scope: string; offered: string[] }[]
  assert.deepEqual([scope?.length, offered?.length], [2049, 50])
})

test('an error is told with its causes, as far as five go', () => {
  const { log, read } = logged()
  const circular = new Error('round')
  circular.cause = circular
  log.error(
    'failed',
    { request_id: 'r' },
    new TypeError('outer', { cause: Object.assign(new Error('inner'), { code: 'ECONNREFUSED' }) }),
  )
  log.error('failed', {}, circular)
  log.error('failed', {}, undefined)
  const [first] = read() as { cause: { type: string; stack: string; cause: { message: string; code: string } } }[]
  assert.deepEqual(
    [first?.cause.type, first?.cause.cause.message, first?.cause.cause.code],
    ['TypeError', 'inner', 'ECONNREFUSED'],
  )
  assert.match(first?.cause.stack ?? '', /log\.test\.ts/)
})

test('levels under the one that is set are silent', () => {
  const { log, lines } = logged({ level: 'warn' })
  log.info('x', {})
  log.warn('y', {})
  assert.equal(lines.length, 1)
})

test('DS-04: no text takes long to mask', () => {
  for (const piece of [
    'eyJ',
    'eyJ.',
    '://',
    '-----BEGIN ',
    '-----BEGIN PRIVATE KEY-----',
    'la_',
    'basic ',
    'a',
    '$2a',
    'code=',
    '__Host-',
  ]) {
    const text = piece.repeat(Math.ceil(100_000 / piece.length))
    const before = process.cpuUsage()
    masked(text, 20_000)
    assert.ok(process.cpuUsage(before).user < 100_000, piece)
  }
})

const endOfLog = `
  import { openLog } from ${JSON.stringify(new URL('log.ts', import.meta.url).href)}
  const log = openLog()
  for (let line = 0; line < 1000; line += 1) log.info('line', { status: line })
  await log.flush()
  process.exit(0)`

function endOfLogTo(stdout: 'pipe' | number) {
  return spawnSync(process.execPath, ['--input-type=module', '-e', endOfLog], {
    stdio: ['ignore', stdout, 'pipe'],
    encoding: 'utf8',
    timeout: 20_000,
  })
}

test('nothing is lost at an orderly end', () => {
  const { status, stdout } = endOfLogTo('pipe')
  assert.deepEqual([status, stdout.trim().split('\n').length], [0, 1000])
})

test(
  'RL-10: a log on a full disk does not end the process, and does not hold it',
  { skip: !existsSync('/dev/full') },
  () => {
    const full = openSync('/dev/full', 'w')
    const { status, stderr } = endOfLogTo(full)
    closeSync(full)
    assert.deepEqual([status, stderr], [0, ''])
  },
)
