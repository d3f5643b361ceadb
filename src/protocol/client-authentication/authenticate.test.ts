import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { must } from '../../../testing/must.ts'
import { basic, clientRecord, clientSecret, formRequest, openProtocol } from '../../../testing/protocol.ts'
import { now } from '../../../testing/records.ts'
import { refusedFor } from '../../../testing/refused.ts'
import { OAuthError } from '../../kernel/refusal.ts'
import type { Client } from '../../domain/client.ts'
import { readForm } from '../../http/form.ts'
import type { HttpRequest } from '../../http/message.ts'
import { authenticateClient } from './authenticate.ts'

const { parts, stores, wait, close } = await openProtocol()
const { secrets } = parts
after(close)

const hashed = (value: string): string => secrets.hash('client_secret', value)
const issued = secrets.issue('client_secret', '0'.repeat(32))
const spa = clientRecord({ client_id: 'spa', secrets: [] }, { token_endpoint_auth_method: 'none' })
for (const client of [
  clientRecord(),
  clientRecord({ client_id: 'poster' }, { token_endpoint_auth_method: 'client_secret_post' }),
  clientRecord({ client_id: 'https://cimd.test/a b' }),
  clientRecord({ client_id: 'switched-off', disabled: true }),
  clientRecord({ client_id: 'issued', secrets: [{ hash: issued.hash, created_at: now }] }),
  spa,
]) {
  await stores.clients.create(client)
}

let address = 0
/** Each request from a network of its own, so that failures do not add up. */
function authenticate(request: HttpRequest): Promise<Client> {
  address += 1
  return authenticateClient({ ...request, address: `198.51.${String(address % 250)}.1` }, readForm(request), parts)
}
const post = (form: Readonly<Record<string, string>>) => authenticate(formRequest(form))
const byBasic = (authorization: string) => authenticate(formRequest('', { authorization }))
const encoded = (text: string | Buffer): string => `Basic ${Buffer.from(text).toString('base64')}`

describe('client_secret_basic', () => {
  must('RFC 6749 §2.3.1', 'CA-06: each half is form-decoded, so that any character can be in it', async () => {
    assert.equal((await authenticate(formRequest('', basic('greatapp')))).client_id, 'greatapp')
    assert.equal(
      (await authenticate(formRequest('', basic('https://cimd.test/a b')))).client_id,
      'https://cimd.test/a b',
    )
    const plus = encodeURIComponent('https://cimd.test/a b').replace('%20', '+')
    await byBasic(encoded(`${plus}:${encodeURIComponent(clientSecret)}`))
  })

  must('RFC 7617 §2', 'CA-06: the first colon divides, and the scheme may be written in any case', async () => {
    const { authorization } = basic('greatapp')
    for (const scheme of ['basic', 'BASIC', 'bAsIc']) await byBasic(authorization.replace('Basic', scheme))
    await byBasic(encoded(`greatapp:${encodeURIComponent(clientSecret).replace('%3A', ':')}`))
    // RFC 9110 §11.4: at least one space.
    await byBasic(authorization.replace('Basic ', 'Basic  '))
  })

  test('CA-06: what is malformed is refused, not mended', async () => {
    const right = basic('greatapp').authorization
    for (const authorization of [
      'Basic',
      'Basic ',
      'Basic !!!',
      encoded('greatapp'),
      encoded('greatapp:%zz'),
      encoded('gr%65atapp%:x'),
      encoded(':x'),
      encoded('greatapp:a\0b'),
      encoded('greatapp:a%00b'),
      encoded(Buffer.from([0x61, 0x3a, 0xff, 0xfe])),
      right.replace(/=+$/, ''),
      `${right}=`,
      `${right} x`,
      right.replace('Basic ', 'Basic\t'),
    ]) {
      await assert.rejects(byBasic(authorization), refusedFor('basic_credentials_malformed'), authorization)
    }
  })

  test('another scheme is refused', async () => {
    await assert.rejects(byBasic('Bearer abc'), refusedFor('authorization_scheme_unsupported'))
  })
})

describe('client authentication', () => {
  must('RFC 6749 §2.3', 'CA-01: no more than one method in a request', async () => {
    const both = formRequest({ client_secret: clientSecret }, basic('greatapp'))
    await assert.rejects(authenticate(both), refusedFor('client_authentication_several'))
    const type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
    const claims = Buffer.from('{"sub":"greatapp"}').toString('base64url')
    const assertion = { client_assertion: `e30.${claims}.AA`, client_assertion_type: type }
    await assert.rejects(
      authenticate(formRequest(assertion, basic('greatapp'))),
      refusedFor('client_authentication_several'),
    )
  })

  must('RFC 7591 §2', 'CA-02: the method is the registered one', async () => {
    const mismatch = refusedFor('client_authentication_method_mismatch')
    await assert.rejects(post({ client_id: 'greatapp', client_secret: clientSecret }), mismatch)
    await assert.rejects(authenticate(formRequest('', basic('poster'))), mismatch)
    await assert.rejects(authenticate(formRequest('', basic('spa'))), mismatch)
    await assert.rejects(post({ client_id: 'spa', client_secret: clientSecret }), mismatch)
    assert.equal((await post({ client_id: 'poster', client_secret: clientSecret })).client_id, 'poster')
    assert.equal((await post({ client_id: 'spa' })).client_id, 'spa')
  })

  must('RFC 6749 §3.2.1', 'CA-03: a confidential client does not pass by its name', async () => {
    await assert.rejects(post({ client_id: 'greatapp' }), refusedFor('client_authentication_method_mismatch'))
    await assert.rejects(
      post({ client_id: 'greatapp', client_secret: '' }),
      refusedFor('client_authentication_method_mismatch'),
    )
    await assert.rejects(post({}), refusedFor('client_authentication_missing'))
    await assert.rejects(post({ client_secret: clientSecret }), refusedFor('client_authentication_missing'))
  })

  test('CA-07: client_id in the body may be repeated, not contradicted', async () => {
    await authenticate(formRequest({ client_id: 'greatapp' }, basic('greatapp')))
    const other = formRequest({ client_id: 'spa' }, basic('greatapp'))
    await assert.rejects(authenticate(other), refusedFor('client_id_contradicted'))
  })

  test('CD-16: a disabled client is refused, whatever it knows', async () => {
    await assert.rejects(
      authenticate(formRequest('', basic('switched-off'))),
      refusedFor('client_authentication_disabled_client'),
    )
  })

  must('RFC 6749 §5.2', 'CA-09: an unknown client, a wrong secret and a disabled client read the same', async () => {
    const answers = await Promise.all(
      [
        basic('nobody'),
        basic('greatapp', 'wrong'),
        basic('switched-off'),
        basic('spa', 'x'),
        basic('issued', 'ls_x'),
      ].map((header) => authenticate(formRequest('', header)).catch((error: unknown) => error)),
    )
    const told = answers.map((error) => error instanceof OAuthError && [error.error, error.tell, error.status])
    assert.deepEqual(
      new Set(told.map((one) => JSON.stringify(one))),
      new Set(['["invalid_client","Client authentication failed",401]']),
    )
    const reasons = answers.map((error) => error instanceof OAuthError && error.reason)
    assert.equal(reasons[0], 'client_authentication_unknown_client')
    assert.equal(reasons[1], 'client_secret_wrong')
  })
})

describe('client secrets', () => {
  test('R15: a difference at the eightieth of a hundred bytes is a difference', async () => {
    const long = 'x'.repeat(100)
    await stores.clients.create(clientRecord({ client_id: 'long', secrets: [{ hash: hashed(long), created_at: now }] }))
    await authenticate(formRequest('', basic('long', long)))
    const other = `${long.slice(0, 80)}y${long.slice(81)}`
    await assert.rejects(authenticate(formRequest('', basic('long', other))), refusedFor('client_secret_wrong'))
  })

  test('CA-11: two may be live at once, and one that has ended fails at once', async () => {
    const both = [
      { hash: hashed('old'), created_at: now, expires_at: now + 60 },
      { hash: hashed('new'), created_at: now },
    ]
    await stores.clients.create(clientRecord({ client_id: 'rotating', secrets: both }))
    for (const secret of ['old', 'new']) await authenticate(formRequest('', basic('rotating', secret)))
    wait(60)
    await assert.rejects(authenticate(formRequest('', basic('rotating', 'old'))), refusedFor('client_secret_expired'))
    await authenticate(formRequest('', basic('rotating', 'new')))
  })

  test('R15: a truncated secret of ours and a pasted hash have reasons of their own in the log', async () => {
    await authenticate(formRequest('', basic('issued', issued.value)))
    const truncated = basic('issued', issued.value.slice(0, -1))
    await assert.rejects(authenticate(formRequest('', truncated)), refusedFor('client_secret_damaged'))
    const pasted = basic('issued', issued.hash)
    await assert.rejects(authenticate(formRequest('', pasted)), refusedFor('client_secret_is_hash'))
  })
})

describe('guessing', () => {
  test('CA-08: is stopped for that client and network, and for no other', async () => {
    const guess = (client_id: string, from: string, secret: string) => {
      const request = { ...formRequest('', basic(client_id, secret)), address: from }
      return authenticateClient(request, readForm(request), parts).then(
        () => 'in',
        (error: unknown) => (error instanceof OAuthError ? error.reason : 'failed'),
      )
    }
    const reasons: string[] = []
    for (let guesses = 0; guesses < 100; guesses += 1)
      reasons.push(await guess('greatapp', '203.0.113.9', `g${String(guesses)}`))
    assert.equal(reasons.filter((reason) => reason === 'client_secret_wrong').length, 20)
    assert.equal(reasons.filter((reason) => reason === 'client_authentication_limited').length, 80)
    assert.equal(await guess('greatapp', '203.0.113.9', clientSecret), 'client_authentication_limited')
    assert.equal(await guess('greatapp', '203.0.114.9', clientSecret), 'in')
    assert.equal(await guess('https://cimd.test/a b', '203.0.113.9', clientSecret), 'in')
    wait(10)
    assert.equal(await guess('greatapp', '203.0.113.9', clientSecret), 'in')
  })

  test('CA-08: says when to come back', async () => {
    const request = { ...formRequest('', basic('greatapp', 'x')), address: '203.0.115.9' }
    let last: unknown
    for (let guesses = 0; guesses < 21; guesses += 1) {
      last = await authenticateClient(request, readForm(request), parts).catch((error: unknown) => error)
    }
    assert.ok(last instanceof OAuthError)
    assert.deepEqual([last.status, last.detail['retry_after']], [429, 10])
  })

  test('a client that is right is never slowed down, however often it comes', async () => {
    const request = formRequest('', basic('greatapp'))
    await Promise.all(Array.from({ length: 500 }, () => authenticateClient(request, readForm(request), parts)))
  })
})
