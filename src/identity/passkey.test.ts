/** Passkeys against an authenticator of our own making, which can lie in every way that a browser would not. */
import assert from 'node:assert/strict'
import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { after, describe, test } from 'node:test'
import { makeAccount } from '../../testing/account.ts'
import { must } from '../../testing/must.ts'
import { openSteps } from '../../testing/steps.ts'
import { newId } from '../kernel/ids.ts'
import { provePasskey, readNewPasskey, relyingParty, requestOptions, userHandle, type PasskeyParts } from './passkey.ts'

const steps = await openSteps()
after(() => steps.close())
const parts: PasskeyParts = steps.parts
const where = { browser: 'a browser', place: 'sign-in 1' }
const origin = 'https://id.test'

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
/** {1: 2, 3: -7, -1: 1, -2: x, -3: y}, RFC 9053 §7.1.1. */
const cose = Buffer.concat([
  Buffer.from('a5010203262001215820', 'hex'),
  Buffer.from(x, 'base64url'),
  Buffer.from('225820', 'hex'),
  Buffer.from(y, 'base64url'),
])

/** What an authenticator and a browser say, each part of which can be another. */
interface Said {
  readonly challenge: string
  readonly origin: string
  readonly rpId: string
  readonly type: string
  /** Present and verified = 5. */
  readonly flags: number
  readonly counter: number
  readonly userHandle: string | undefined
  readonly id: string
}

async function enrolled(counter = 0, account_id = steps.alice.account_id): Promise<string> {
  const credential_id = Buffer.from(newId()).toString('base64url')
  await parts.passkeys.create({
    credential_id,
    account_id,
    public_key: cose.toString('base64url'),
    counter,
    transports: [],
    kind: 'synced',
    name: 'Telephone',
    created_at: steps.parts.clock(),
  })
  return credential_id
}

function challengeFor(place = where): string {
  return (JSON.parse(requestOptions(place, parts) ?? '{}') as { readonly challenge: string }).challenge
}

function assertion(id: string, otherwise: Partial<Said> = {}): string {
  const said: Said = {
    challenge: challengeFor(),
    origin,
    rpId: 'id.test',
    type: 'webauthn.get',
    flags: 5,
    counter: 0,
    userHandle: userHandle(steps.alice.account_id, parts),
    id,
    ...otherwise,
  }
  const { type, challenge } = said
  const clientData = Buffer.from(JSON.stringify({ type, challenge, origin: said.origin, crossOrigin: false }))
  const counter = Buffer.alloc(4)
  counter.writeUInt32BE(said.counter)
  const rpIdHash = createHash('sha256').update(said.rpId).digest()
  const authenticatorData = Buffer.concat([rpIdHash, Buffer.from([said.flags]), counter])
  const signed = Buffer.concat([authenticatorData, createHash('sha256').update(clientData).digest()])
  return JSON.stringify({
    id: said.id,
    rawId: said.id,
    type: 'public-key',
    clientExtensionResults: {},
    response: {
      clientDataJSON: clientData.toString('base64url'),
      authenticatorData: authenticatorData.toString('base64url'),
      signature: sign('sha256', signed, privateKey).toString('base64url'),
      userHandle: said.userHandle,
    },
  })
}

describe('an assertion', () => {
  must(
    'Web Authentication Level 3 §7.2',
    'AC-26: tells whose it is, and that its key can leave the device',
    async () => {
      const proof = await provePasskey(assertion(await enrolled()), where, parts)
      assert.equal(proof?.account.account_id, steps.alice.account_id)
      assert.deepEqual(proof.amr, ['pop', 'swk', 'user', 'mfa'])
    },
  )

  must(
    'Web Authentication Level 3 §7.2',
    'AC-26: is refused for another origin, host, type, person or place',
    async () => {
      const id = await enrolled()
      const lies: Readonly<Record<string, Partial<Said>>> = {
        'another origin': { origin: 'https://evil.test' },
        'another port': { origin: 'https://id.test:8443' },
        'a host below': { origin: 'https://www.id.test' },
        'another rpId': { rpId: 'evil.test' },
        'a registration': { type: 'webauthn.create' },
        'nobody verified': { flags: 1 },
        'nobody there': { flags: 0 },
        'the handle of another': { userHandle: userHandle(steps.bob.account_id, parts) },
        'no handle': { userHandle: undefined },
        'another challenge': { challenge: 'AAAA' },
        'a challenge of another browser': { challenge: challengeFor({ ...where, browser: 'another' }) },
        'a challenge of another interaction': { challenge: challengeFor({ ...where, place: 'sign-in 2' }) },
        'an unknown passkey': { id: 'AAAA' },
      }
      for (const [name, lie] of Object.entries(lies)) {
        assert.equal(await provePasskey(assertion(id, lie), where, parts), undefined, name)
      }
      assert.ok(await provePasskey(assertion(id), where, parts))
    },
  )

  test('AC-26: of twenty who send one assertion at once one is let in, and nobody later', async () => {
    const written = assertion(await enrolled())
    const proofs = await Promise.all(Array.from({ length: 20 }, () => provePasskey(written, where, parts)))
    assert.equal(proofs.filter((proof) => proof !== undefined).length, 1)
    assert.equal(await provePasskey(written, where, parts), undefined)
  })

  test('AC-26: with a counter that does not grow is of a copy', async () => {
    const id = await enrolled(7)
    assert.equal(await provePasskey(assertion(id, { counter: 7 }), where, parts), undefined)
    assert.equal(await provePasskey(assertion(id, { counter: 0 }), where, parts), undefined)
    assert.ok(await provePasskey(assertion(id, { counter: 8 }), where, parts))
  })

  test('AC-26: answers a page of the last hour alone', async () => {
    const written = assertion(await enrolled())
    steps.wait(3600)
    assert.equal(await provePasskey(written, where, parts), undefined)
  })

  test('AC-08: of an account that is disabled proves nothing', async () => {
    const id = await enrolled()
    await makeAccount({ ...steps.alice, disabled: true }, parts.accounts)
    assert.equal(await provePasskey(assertion(id), where, parts), undefined)
    await makeAccount(steps.alice, parts.accounts)
  })

  test('that is not an assertion is refused, and is not an error', async () => {
    const id = await enrolled()
    for (const written of ['', 'null', '[]', '{', '{"id":1}', `{"id":"${id}","response":{"clientDataJSON":"AAAA"}}`]) {
      assert.equal(await provePasskey(written, where, parts), undefined, written)
      const given = { written, name: 'x', account_id: steps.alice.account_id }
      assert.equal(await readNewPasskey(given, where, parts), undefined, written)
    }
  })
})

test('there are passkeys for names of hosts alone, and the name is the issuer’s', () => {
  assert.equal(relyingParty('https://login.example.com:8443/tenant'), 'login.example.com')
  assert.equal(relyingParty('http://localhost:3000'), 'localhost')
  assert.equal(relyingParty('http://127.0.0.1:3000'), undefined)
  assert.equal(relyingParty('http://[::1]:3000'), undefined)
})

test('what a device calls an account says nothing of it', () => {
  const handle = userHandle(steps.alice.account_id, parts)
  assert.match(handle, /^[A-Za-z0-9_-]{43}$/)
  assert.notEqual(handle, userHandle(steps.bob.account_id, parts))
})
