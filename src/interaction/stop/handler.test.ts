/** The link of a letter: opening it does nothing, confirming ends the grant, once. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { authorizationUrl, openSteps } from '../../../testing/steps.ts'
import { wordsOf } from '../../../testing/visitor.ts'
import type { Grant } from '../../domain/grant.ts'
import { stopLink } from './link.ts'

const steps = await openSteps()
after(() => steps.close())

async function given(client_id: string): Promise<{ grant: Grant; link: string }> {
  await steps.client({ client_id })
  const visitor = steps.visitor()
  const consent = await steps.signIn(visitor, await visitor.go(authorizationUrl({ client_id })))
  await visitor.submit(consent, { press: 'consent-allow' })
  const grant = await steps.stores.grants.findStanding(steps.alice.account_id, client_id)
  assert.ok(grant)
  return { grant, link: stopLink(grant.grant_id, steps.parts.clock(), steps.parts) }
}

const endOf = async ({ grant_id }: Grant) => (await steps.stores.grants.find(grant_id))?.end_reason

test('AC-16: a scanner that opens the link ten times ends nothing, and the person still can, without signing in', async () => {
  const { grant, link } = await given('scanned')
  for (let visit = 0; visit < 10; visit += 1) assert.equal((await steps.visitor().go(link)).status, 200)
  assert.equal(await endOf(grant), undefined)
  const person = steps.visitor()
  const page = await person.go(link)
  assert.match(wordsOf(page), /End this access\? rp1\.test Great App/)
  assert.match(wordsOf(await person.submit(page, { press: 'stop-confirm' })), /Access ended/)
  assert.equal(await endOf(grant), 'removed_by_person')
})

test('works once: of twenty confirmations one ends it, and it says so of a grant that ended elsewhere', async () => {
  const { grant, link } = await given('raced')
  const page = await steps.visitor().go(link)
  const ends = await Promise.all(
    Array.from({ length: 20 }, () => steps.visitor().submit(page, { press: 'stop-confirm' })),
  )
  assert.equal(ends.filter((end) => /Access ended/.test(wordsOf(end))).length, 1)
  assert.equal(await steps.parts.usedOnce.spend('stop_link', link.split('/').at(-1) ?? '', 0), 'already_used')
  assert.equal(await endOf(grant), 'removed_by_person')
  assert.match(wordsOf(await steps.visitor().go(link)), /There is nothing left to end/)
})

test('a link that is not ours, was changed, or is for another grant ends nothing', async () => {
  const [{ grant, link }, other] = [await given('forged'), await given('another')]
  const [, end, signed] = link.split('/').at(-1)?.split('.') ?? []
  const forged = [
    link.replace(grant.grant_id, other.grant.grant_id),
    link.replace(String(end), String(Number(end) + 1)),
    link.replace(String(signed), 'A'.repeat(43)),
    '/stop/x',
  ]
  for (const address of forged) assert.equal((await steps.visitor().post(address, {})).status, 404, address)
  assert.equal(await endOf(grant), undefined)
  assert.equal(await endOf(other.grant), undefined)
  assert.equal(steps.log.filter(({ detail }) => detail['reason'] === 'stop_link_unknown').length, forged.length)
})

test('a form that another site sends ends nothing', async () => {
  const { grant, link } = await given('foreign')
  const page = await steps.visitor().post(link, {}, { origin: 'https://evil.test', 'sec-fetch-site': 'cross-site' })
  assert.equal(page.status, 403)
  assert.equal(await endOf(grant), undefined)
})

test('AC-12: the link begins at the issuer, and is good for thirty days', async () => {
  const { grant, link } = await given('aged')
  assert.ok(link.startsWith('https://id.test/stop/'))
  steps.wait(30 * 86_400)
  assert.equal((await steps.visitor().post(link, {})).status, 404)
  assert.equal(await endOf(grant), undefined)
  assert.equal(steps.log.at(-1)?.detail['reason'], 'stop_link_expired')
})
