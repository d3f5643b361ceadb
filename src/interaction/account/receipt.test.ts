/** The receipt: what was shown and decided, signed; for its owner alone, and good for nothing else. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify, type JSONWebKeySet } from 'jose'
import { authorizationUrl, openSteps } from '../../../testing/steps.ts'
import { wordsOf, type Visitor } from '../../../testing/visitor.ts'

const steps = await openSteps()
after(() => steps.close())

/** A new client that Alice answered, and where her page says the receipt is. */
async function answered(client_id: string, scope: string): Promise<{ visitor: Visitor; receipt: string }> {
  await steps.client({ client_id })
  const visitor = steps.visitor()
  const consent = await steps.signIn(visitor, await visitor.go(authorizationUrl({ client_id, scope })))
  await visitor.submit(consent, { press: 'consent-allow', untick: ['scope=postcards.send'] })
  return { visitor, receipt: receiptOn((await visitor.go('/account')).body, client_id) }
}

/** The address of the receipt in the block of one client. */
function receiptOn(body: string, client_id: string): string {
  const block = body.slice(body.indexOf(`data-client-id="${client_id}"`))
  return /href="([^"]*\/account\/receipts\/[0-9a-f]{32})"/.exec(block)?.[1] ?? ''
}

async function opened(jwt: string) {
  const jwks = createLocalJWKSet(steps.parts.signer.jwks() as JSONWebKeySet)
  const { payload } = await jwtVerify(jwt, jwks, { issuer: 'https://id.test', typ: 'consent-receipt+jwt' })
  return payload
}

test('R12: the person downloads it, it verifies against the key set and says what was shown and chosen', async () => {
  const { visitor, receipt } = await answered('receipted', 'email postcards.read postcards.send')
  const { status, headers, body } = await visitor.go(receipt)
  assert.equal(status, 200)
  assert.equal(headers['content-type'], 'application/jwt')
  assert.match(String(headers['content-disposition']), /^attachment; filename="consent-receipt-[0-9a-f]{32}\.jwt"$/)
  const { consent_receipt } = await opened(body)
  const { sub, decision, decided_at, shown } = consent_receipt as Readonly<Record<string, unknown>>
  assert.deepEqual([sub, decision, decided_at], [steps.alice.sub, 'allowed', steps.parts.clock()])
  assert.equal((shown as Readonly<Record<string, unknown>>)['ends_when_unused_for'], 7_776_000)
  const { asks, allowed, ends_at, language } = shown as Readonly<Record<string, unknown>>
  assert.deepEqual(asks, ['email', 'postcards.read https://api.test/', 'postcards.send https://api.test/'])
  assert.deepEqual(allowed, ['email', 'postcards.read https://api.test/'])
  assert.deepEqual([language, ends_at], ['en', steps.parts.clock() + 2_592_000])
  assert.match(JSON.stringify(shown), /See your postcards.*"particulars":\["E-mail","E-mail confirmed"\]/)
  assert.doesNotMatch(JSON.stringify(consent_receipt), /alice@example\.com/)
})

test('R12: after a second decision the grant’s receipt is that one; the first keeps its own', async () => {
  const { visitor, receipt } = await answered('widened', 'postcards.read')
  const first = (await opened((await visitor.go(receipt)).body)).jti
  const more = await visitor.go(authorizationUrl({ client_id: 'widened', scope: 'postcards.read email' }))
  await visitor.submit(more, { press: 'consent-allow' })
  const second = await opened((await visitor.go(receipt)).body)
  assert.notEqual(second.jti, first)
  const again = await opened((await visitor.go(`/account/receipts/${first}`)).body)
  assert.equal(again.jti, first)
  assert.doesNotMatch(JSON.stringify(again), /email/)
})

test('AC-29: somebody else’s is not there, nor one that never was', async () => {
  const { receipt } = await answered('mine', 'postcards.read')
  const bob = steps.visitor()
  await steps.signIn(bob, await bob.go('/account'), steps.bob)
  for (const address of [receipt, `/account/receipts/${'0'.repeat(32)}`]) {
    const page = await bob.go(address)
    assert.equal(page.status, 404)
    assert.match(wordsOf(page), /There is nothing here/)
  }
  assert.equal(steps.log.filter(({ detail }) => detail['reason'] === 'receipt_unknown').length, 2)
})

test('is nobody’s without signing in', async () => {
  const { receipt } = await answered('signed-out', 'postcards.read')
  const page = await steps.visitor().go(receipt)
  assert.match(page.body, /id="login-submit"/)
})

test('is not a token: it has another type, and nothing that a token is known by', async () => {
  const { visitor, receipt } = await answered('no-token', 'openid')
  const { body } = await visitor.go(receipt)
  assert.equal(decodeProtectedHeader(body).typ, 'consent-receipt+jwt')
  for (const typ of ['at+jwt', 'JWT']) assert.equal(steps.parts.signer.verify(typ, body), undefined)
  assert.deepEqual(Object.keys(await opened(body)).toSorted(), ['consent_receipt', 'iat', 'iss', 'jti'])
})
