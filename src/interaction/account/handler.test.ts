/** The person's own page: what it lists, what removing ends, and that it is nobody else's. */
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { basic, formRequest } from '../../../testing/protocol.ts'
import { auditEventRecord, consentRecord, grantRecord } from '../../../testing/records.ts'
import { must } from '../../../testing/must.ts'
import { authorizationUrl, openSteps, proof } from '../../../testing/steps.ts'
import { formsOf, wordsOf, type Visited, type Visitor } from '../../../testing/visitor.ts'
import type { Account } from '../../domain/account.ts'
import type { Client } from '../../domain/client.ts'
import { standingProblem } from '../../domain/standing.ts'
import { tokenEndpoint } from '../../protocol/token/endpoint.ts'
import { sql } from '../../storage/sql.ts'

const steps = await openSteps()
after(() => steps.close())

/** A person who allowed a new client what it asked for. */
async function allowed(
  client_id: string,
  { account = steps.alice, access_for = '30d' }: { account?: Account; access_for?: string } = {},
): Promise<{ visitor: Visitor; code: string }> {
  if ((await steps.stores.clients.find(client_id)) === undefined) await steps.client({ client_id })
  const visitor = steps.visitor()
  const consent = await steps.signIn(visitor, await visitor.go(authorizationUrl({ client_id })), account)
  const end = await visitor.submit(consent, { press: 'consent-allow', fields: { access_for } })
  return { visitor, code: end.leaves?.searchParams.get('code') ?? '' }
}

async function redeem(client_id: string, code: string): Promise<void> {
  const form = { grant_type: 'authorization_code', code, code_verifier: proof.code_verifier }
  const { status } = await tokenEndpoint(steps.parts)(formRequest(form, basic(client_id)))
  assert.equal(status, 200)
}

async function problemOf(code: string): Promise<string | undefined> {
  const { id = '' } = steps.parts.secrets.read('authorization_code', code) ?? {}
  const standing = await steps.stores.authorizations.findStanding(id)
  const client = await steps.stores.clients.find(standing?.authorization.client_id ?? '')
  return standingProblem(standing, client, steps.parts.clock())
}

function ownForm(page: Visited): Record<string, string> {
  return Object.fromEntries(formsOf(page.body).at(-1)?.fields ?? [])
}

describe('the list', () => {
  test('AC-28: says who may do what, since when, until when', async () => {
    const { visitor } = await allowed('listed')
    const page = await visitor.go('/account')
    assert.match(page.body, /data-client-id="listed"/)
    const words = wordsOf(page)
    assert.match(words, /rp1\.test Great App Postcards API See your postcards About you Recognise you/)
    assert.match(words, /Allowed today at .* UTC Ends \d+ \w+ 20\d\d Last used never/)
  })

  test('DS-05, AC-28: shows fifty accesses at once, and leads to the others', async () => {
    const { visitor } = await allowed('first-of-many', { account: steps.bob })
    for (let count = 1; count <= 51; count += 1) {
      const grant = grantRecord({ account_id: steps.bob.account_id, client_id: `many-${count}`, granted_at: count })
      await steps.stores.consents.record({ consent: consentRecord(grant), grant, event: auditEventRecord() })
    }
    const shown = ({ body }: Visited) => [...body.matchAll(/data-client-id="([^"]*)"/g)].map(([, id]) => id)
    const newest = await visitor.go('/account')
    assert.deepEqual([shown(newest).length, shown(newest)[0], shown(newest)[1]], [50, 'first-of-many', 'many-51'])
    const older = /id="older" href="([^"]*)"/.exec(newest.body)?.[1] ?? ''
    const rest = await visitor.go(older)
    assert.deepEqual(shown(rest), ['many-2', 'many-1'])
    assert.doesNotMatch(rest.body, /id="older"/)
    await visitor.submit(rest, { press: 'remove=many-1' })
    const last = await visitor.submit(await visitor.go(older), { press: 'remove=many-2' })
    assert.deepEqual(shown(last), shown(newest))
  })

  test('AC-28: times are those of the zone that the person said they live in', async () => {
    const change = { account_id: steps.alice.account_id, at: steps.parts.clock() }
    await steps.stores.accounts.changeClaims({ ...change, claims: { zoneinfo: 'Pacific/Kiritimati' } })
    const { visitor } = await allowed('far-east')
    assert.match(wordsOf(await visitor.go('/account')), /Allowed today at \d\d:\d\d GMT\+14 Ends/)
    await steps.stores.accounts.changeClaims({ ...change, claims: { zoneinfo: null } })
    assert.match(wordsOf(await visitor.go('/account')), /Allowed (?:today|yesterday) at \d\d:\d\d UTC Ends/)
  })

  must('OpenID Connect Core §4', 'an application that said where its login begins is opened from there', async () => {
    const iss = new URLSearchParams({ iss: steps.parts.issuer }).toString()
    const opens = async (client_id: string, initiate_login_uri: string, more: Partial<Client> = {}) => {
      const client = await steps.client({ client_id, ...more }, { initiate_login_uri })
      const { visitor } = await allowed(client_id)
      const found = async (): Promise<string | undefined> => {
        const [, listed = ''] = (await visitor.go('/account')).body.split(`data-client-id="${client_id}"`)
        return /<a\s+href="([^"]*)" rel="noreferrer">Open/.exec(listed.split('data-client-id=')[0] ?? '')?.[1]
      }
      const first = await found()
      await steps.stores.clients.update({ ...client, disabled: true })
      assert.equal(await found(), undefined)
      return first
    }
    const stranger = { registered_by: 'registration' } as const
    assert.equal(await opens('opens', 'https://elsewhere.test/in'), `https://elsewhere.test/in?${iss}`)
    assert.equal(await opens('with-query', 'https://rp1.test/in?a=b'), `https://rp1.test/in?a=b&amp;${iss}`)
    assert.equal(await opens('stranger', 'https://rp1.test/in', stranger), `https://rp1.test/in?${iss}`)
    assert.equal(await opens('leads-away', 'https://evil.test/in', stranger), undefined)
  })

  test('AC-28: names what is given for one time, and without end', async () => {
    const { visitor } = await allowed('kinds', { access_for: 'once' })
    await allowed('kinds', { access_for: 'until_removed' })
    const words = wordsOf(await visitor.go('/account'))
    assert.match(words, /This time only .* Ends today at/)
    assert.match(words, /Ends when you remove it/)
  })

  test('R7: lists and removes clients whose ids are addresses, of any script, and full of marks', async () => {
    for (const client_id of ['https://client.test/a%2Fb?c=d&e', 'ключ"\'<>', 'a/../b#c', 'plus+and space', '日本%']) {
      const { visitor, code } = await allowed(client_id)
      await redeem(client_id, code)
      const after = await visitor.submit(await visitor.go('/account'), { press: `remove=${client_id}` })
      assert.deepEqual([after.status, await problemOf(code)], [200, 'grant_ended'], client_id)
    }
  })

  test('keeps a client that is registered no more, so that its access can be ended', async () => {
    const { visitor } = await allowed('forgotten')
    await steps.database.write(sql`delete from clients where client_id = ${'forgotten'}`)
    steps.wait(3)
    const page = await visitor.go('/account')
    assert.match(page.body, /data-client-id="forgotten"/)
    assert.equal((await visitor.submit(page, { press: 'remove=forgotten' })).status, 200)
  })
})

describe('removing', () => {
  test('AC-28: ends the code, says so, and the next request asks again', async () => {
    const { visitor, code } = await allowed('removed')
    assert.equal(await problemOf(code), undefined)
    const page = await visitor.submit(await visitor.go('/account'), { press: 'remove=removed' })
    assert.match(wordsOf(page), /Access ended for Great App \( ?rp1\.test ?\)\./)
    assert.doesNotMatch(page.body, /data-client-id="removed"/)
    assert.equal(await problemOf(code), 'grant_ended')
    const again = await visitor.go(authorizationUrl({ client_id: 'removed' }))
    assert.match(again.body, /id="consent-allow"/)
    const [event] = await steps.stores.auditEvents.list({ client_id: 'removed', limit: 1 })
    assert.equal(event?.event, 'grant_ended')
  })

  test('R18: tells until when a signed token that is out may still be believed', async () => {
    const { visitor, code } = await allowed('used')
    await redeem('used', code)
    const page = await visitor.submit(await visitor.go('/account'), { press: 'remove=used' })
    const [, spelled = ''] =
      /Signed tokens already handed out stop working <time datetime="([^"]*)">/.exec(page.body) ?? []
    assert.equal(Date.parse(spelled) / 1000, steps.parts.clock() + 300)
  })

  test('R18: tells the real end of the last signed token when that is known, and that all has stopped when none lives', async () => {
    for (const { client_id, later, told } of [
      { client_id: 'used-earlier', later: 200, told: /stop working <time [^>]*>today/ },
      { client_id: 'used-long-ago', later: 300, told: /All of it has stopped now/ },
      { client_id: 'never-used', later: 0, told: /All of it has stopped now/ },
    ]) {
      const { visitor, code } = await allowed(client_id)
      if (later > 0) await redeem(client_id, code)
      const signed_until = steps.parts.clock() + 300
      steps.wait(later)
      const page = await visitor.submit(await visitor.go('/account'), { press: `remove=${client_id}` })
      assert.match(page.body, told)
      const [, spelled = ''] = /stop working <time datetime="([^"]*)">/.exec(page.body) ?? []
      if (spelled !== '') assert.equal(Date.parse(spelled) / 1000, signed_until)
    }
  })

  test('AC-28: ends all that this client holds, and nothing of another', async () => {
    const once = await allowed('one-of-two', { access_for: 'once' })
    const { visitor, code } = await allowed('one-of-two')
    const other = await allowed('two-of-two')
    await visitor.submit(await visitor.go('/account'), { press: 'remove=one-of-two' })
    assert.equal(await problemOf(code), 'grant_ended')
    assert.equal(await problemOf(once.code), 'grant_ended')
    assert.equal(await problemOf(other.code), undefined)
  })

  test('AC-28: twice is said to be done already', async () => {
    const { visitor } = await allowed('twice')
    const page = await visitor.go('/account')
    await visitor.submit(page, { press: 'remove=twice' })
    const again = await visitor.submit(page, { press: 'remove=twice' })
    assert.equal(again.status, 404)
    assert.match(wordsOf(again), /had ended already/)
  })

  test('AC-29: reaches nobody else’s access: it is not found', async () => {
    await steps.client({ client_id: 'of-alice' }, { client_name: 'App of Alice' })
    const { code } = await allowed('of-alice')
    const bob = steps.visitor()
    const page = await steps.signIn(bob, await bob.go('/account'), steps.bob)
    const { csrf_token = '' } = ownForm(page)
    const answer = await bob.post('/account', { csrf_token, step: 'remove', remove: 'of-alice' })
    assert.equal(answer.status, 404)
    assert.equal(await problemOf(code), undefined)
    assert.doesNotMatch(wordsOf(answer), /App of Alice/)
  })

  test('BR-14: needs the token of this browser, and a form from here', async () => {
    const { visitor, code } = await allowed('guarded')
    const page = await visitor.go('/account')
    const forged = { csrf_token: 'x'.repeat(43), step: 'remove', remove: 'guarded' }
    const answer = await visitor.post('/account', forged)
    assert.equal(answer.status, 403)
    assert.match(wordsOf(answer), /nothing was changed/)
    const foreign = await visitor.submit(page, { press: 'remove=guarded', headers: { origin: 'https://evil.test' } })
    assert.equal(foreign.status, 403)
    assert.equal(await problemOf(code), undefined)
  })
})

describe('the history', () => {
  test('R7: keeps what has ended, with when and why, for as long as that is configured', async () => {
    await steps.client({ client_id: 'past' }, { client_name: 'Past App' })
    const { visitor } = await allowed('past')
    await visitor.submit(await visitor.go('/account'), { press: 'remove=past' })
    assert.match(
      await sectionOf(visitor, 'history'),
      /Past App (?:(?!Past App).)*You removed it\. Allowed today at .* Ended today at/,
    )
    const at = steps.parts.clock()
    for (const { days, kept } of [
      { days: 89, kept: true },
      { days: 91, kept: false },
    ]) {
      await steps.stores.expiredRows.sweep(at + days * 86_400, 1000)
      const ended = await steps.stores.grants.listEnded(steps.alice.account_id, at, 1000)
      assert.equal(
        ended.some(({ client_id }) => client_id === 'past'),
        kept,
      )
    }
  })

  test('R7: has what ran out as well, and not what can still do something', async () => {
    const account = steps.bob
    await steps.client({ client_id: 'run-out' }, { client_name: 'Run Out App' })
    const { visitor } = await allowed('run-out', { account })
    assert.doesNotMatch(await sectionOf(visitor, 'history'), /Run Out App/)
    steps.wait(30 * 86_400)
    await steps.signIn(visitor, await visitor.go('/account'), account)
    assert.match(await sectionOf(visitor, 'history'), /Run Out App (?:(?!Run Out App).)*Its time was over\./)
  })
})

async function sectionOf(visitor: Visitor, id: string): Promise<string> {
  const { body } = await visitor.go('/account')
  const begin = body.indexOf(`id="${id}"`)
  return begin < 0 ? '' : wordsOf({ body: `<body>${body.slice(begin)}</body>` })
}

describe('nobody signed in', () => {
  test('is sent to sign in, and comes back', async () => {
    const visitor = steps.visitor()
    const page = await visitor.go('/account')
    assert.match(page.url.pathname, /^\/interaction\//)
    const back = await steps.signIn(visitor, page)
    assert.equal(back.url.pathname, '/account')
  })

  test('removes nothing', async () => {
    const { visitor, code } = await allowed('kept')
    const page = await visitor.go('/account')
    visitor.cookies.delete('__Host-licet-session')
    const answer = await visitor.submit(page, { press: 'remove=kept' })
    assert.match(answer.body, /id="login-submit"/)
    assert.equal(await problemOf(code), undefined)
    const back = await steps.signIn(visitor, answer)
    assert.match(wordsOf(back), /nothing was changed\. See whose account it is, and try once more/)
    assert.match(wordsOf(await visitor.submit(back, { press: 'remove=kept' })), /Access ended for Great App/)
    assert.doesNotMatch(wordsOf(await visitor.go('/account')), /nothing was changed/)
  })
})

test('BR-32: no address that is gone to changes what is allowed or who is signed in', async () => {
  const { visitor } = await allowed('crawled')
  const rows = async (): Promise<string> =>
    JSON.stringify([
      await steps.database.read(sql`select * from grants order by grant_id`),
      await steps.database.read(sql`select session_id, ended_at from sessions order by session_id`),
      await steps.database.read(sql`select * from consents order by consent_id`),
      await steps.database.read(sql`select * from accounts order by account_id`),
    ])
  const before = await rows()
  for (const address of ['/account', '/logout', '/account?remove=crawled&step=remove', '/logout?step=logout']) {
    const page = await visitor.go(address)
    for (const [, href = ''] of page.body.matchAll(/<a [^>]*href="([^"]*)"/g)) {
      if (href.startsWith('/') || href.startsWith('https://id.test/')) await visitor.go(href)
    }
  }
  assert.equal(await rows(), before)
})
