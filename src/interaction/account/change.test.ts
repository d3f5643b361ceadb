/** What a person changes about an access on their own page, and what its tokens are good for afterwards. */
import assert from 'node:assert/strict'
import { after, describe } from 'node:test'
import { must } from '../../../testing/must.ts'
import { basic, formRequest, resourceRecord } from '../../../testing/protocol.ts'
import { authorizationUrl, openSteps, proof } from '../../../testing/steps.ts'
import { formsOf, wordsOf, type Visited, type Visitor } from '../../../testing/visitor.ts'
import { permissionKey } from '../../domain/grant.ts'
import { introspectionEndpoint } from '../../protocol/introspection/endpoint.ts'
import { tokenEndpoint } from '../../protocol/token/endpoint.ts'
import { userinfoEndpoint } from '../../protocol/userinfo/endpoint.ts'

const steps = await openSteps({
  resource: {
    introspection_clients: ['postcards-api'],
    access_token_lifetime: 300,
    scopes: {
      'postcards.read': { title: 'See your postcards', optional: false },
      'postcards.send': { title: 'Send postcards in your name', optional: true },
      'postcards.keep': { title: 'Keep your postcards', optional: true },
      'postcards.sort': { title: 'Sort your postcards', optional: true },
    },
    authorization_details_types: { one_postcard: { title: 'Send one postcard', actions: {}, fields: {} } },
  },
})
await steps.client({ client_id: 'postcards-api' })
after(() => steps.close())

const { api } = { api: resourceRecord().resource }
const scope = 'openid postcards.read postcards.send'
const day = 86_400
let clients = 0

interface Held {
  readonly client_id: string
  readonly grant_id: string
  readonly visitor: Visitor
  readonly tokens: Readonly<Record<string, string>>
}

type Answer = Readonly<Record<string, string | number | boolean>> & { readonly status: number }

async function token(client_id: string, form: Readonly<Record<string, string>>): Promise<Answer> {
  const response = await tokenEndpoint(steps.parts)(formRequest(form, basic(client_id)))
  return { ...(JSON.parse(response.body) as Record<string, string>), status: response.status }
}

const refresh = ({ client_id, tokens }: Held, more: Readonly<Record<string, string>> = {}): Promise<Answer> =>
  token(client_id, { grant_type: 'refresh_token', refresh_token: tokens['refresh_token'] ?? '', ...more })

const redeem = (client_id: string, code: string): Promise<Answer> =>
  token(client_id, { grant_type: 'authorization_code', code, code_verifier: proof.code_verifier })

async function introspected({ client_id, tokens }: Held): Promise<Record<string, unknown>> {
  const request = formRequest({ token: tokens['access_token'] ?? '' }, basic(client_id))
  return JSON.parse((await introspectionEndpoint(steps.parts)(request)).body) as Record<string, unknown>
}

const reason = () => steps.log.findLast(({ event }) => event === 'refused')?.detail['reason']

/** A new client that Alice allows everything it asks for, with its tokens. */
async function held(otherwise: { access_for?: string; first_party?: boolean; more?: string } = {}): Promise<Held> {
  const { access_for = '30d', first_party = false, more = '' } = otherwise
  const client_id = `changed-${(clients += 1)}`
  await steps.client({ client_id, first_party }, { scope: `${scope}${more}` })
  const visitor = steps.visitor()
  const asked = authorizationUrl({ client_id, scope: `${scope}${more}` })
  const page = await steps.signIn(visitor, await visitor.go(asked))
  const end = first_party ? page : await visitor.submit(page, { press: 'consent-allow', fields: { access_for } })
  const tokens = await redeem(client_id, end.leaves?.searchParams.get('code') ?? '')
  assert.equal(tokens.status, 200)
  const grant = await steps.stores.grants.findStanding(steps.alice.account_id, client_id)
  assert.ok(grant)
  return { client_id, visitor, grant_id: grant.grant_id, tokens: tokens as unknown as Record<string, string> }
}

async function change(
  { visitor, grant_id }: Held,
  fields: Readonly<Record<string, string>> = {},
  untick: readonly string[] = [],
): Promise<Visited> {
  return visitor.submit(await visitor.go('/account'), { press: `change=${grant_id}`, fields, untick })
}

const press = async ({ visitor, grant_id }: Held, action: 'pause' | 'resume'): Promise<Visited> =>
  visitor.submit(await visitor.go('/account'), { press: `${action}=${grant_id}` })

async function lastEvent(client_id: string) {
  const [event] = await steps.stores.auditEvents.list({ client_id, limit: 1 })
  return event
}

describe('narrowing', () => {
  must('R6', 'a person drops an optional scope, and the next refresh returns the narrower scope', async () => {
    const one = await held()
    assert.equal(one.tokens['scope'], scope)
    const page = await change(one, {}, [`permission=postcards.send ${api}`])
    assert.match(wordsOf(page), /Changed for Great App .* Signed tokens already handed out stop working/)
    const answer = await refresh(one)
    assert.deepEqual([answer.status, answer['scope']], [200, 'openid postcards.read'])
    const event = await lastEvent(one.client_id)
    assert.deepEqual([event?.event, event?.detail['how']], ['grant_changed', ['narrowed']])
    assert.deepEqual(event?.detail['dropped'], [`postcards.send ${api}`])
  })

  must(
    'R6',
    'a dropped scope is gone from introspection at once, and is asked for again when it is wanted',
    async () => {
      const one = await held()
      await change(one, {}, [`permission=postcards.send ${api}`])
      assert.equal((await introspected(one))['scope'], 'openid postcards.read')
      const again = await one.visitor.go(authorizationUrl({ client_id: one.client_id, scope }))
      assert.match(again.body, /id="consent-allow"/)
    },
  )

  must('R6', 'of several optional permissions each is dropped by itself, and what is left stays ticked', async () => {
    const one = await held({ more: ' postcards.keep postcards.sort' })
    const untick = [`permission=postcards.keep ${api}`]
    assert.match(wordsOf(await change(one, { access_for: 'until_removed' }, untick)), /Changed for Great App/)
    for (const action of ['pause', 'resume'] as const) assert.equal((await press(one, action)).status, 200, action)
    const answer = await refresh(one)
    assert.deepEqual([answer.status, answer['scope']], [200, `${scope} postcards.sort`])
    assert.equal((await steps.stores.grants.find(one.grant_id))?.access_for, 'until_removed')
  })

  must('R6', 'what is required stays, whatever a form says', async () => {
    const one = await held()
    const page = await one.visitor.go('/account')
    const { csrf_token = '' } = Object.fromEntries(formsOf(page.body).at(-1)?.fields ?? [])
    await one.visitor.post('/account', { csrf_token, change: one.grant_id, revision: '1', access_for: 'once' })
    const grant = await steps.stores.grants.find(one.grant_id)
    assert.deepEqual(
      grant?.permissions.map((permission) => permission.scope),
      ['openid', 'postcards.read'],
    )
    assert.equal(grant?.access_for, '30d')
    const same = await one.visitor.submit(await one.visitor.go('/account'), { press: `change=${one.grant_id}` })
    assert.match(wordsOf(same), /Nothing was different from before/)
    assert.equal((await steps.stores.grants.find(one.grant_id))?.revision, grant?.revision)
  })
})

describe('time', () => {
  must('R6', 'a shortened grant ends everything at its new end, to the second', async () => {
    const one = await held({ access_for: 'until_removed' })
    await change(one, { access_for: '30d' })
    assert.deepEqual((await lastEvent(one.client_id))?.detail['how'], ['shortened'])
    steps.wait(30 * day - 1)
    const answer = await refresh(one)
    assert.deepEqual([answer.status, answer['expires_in'], answer['authorization_expires_in']], [200, 1, 1])
    steps.wait(1)
    const late = await refresh({ ...one, tokens: { refresh_token: String(answer['refresh_token']) } })
    assert.deepEqual([late['error'], reason()], ['invalid_grant', 'standing_lost'])
  })

  must('R6', 'a lengthened grant goes on beyond its first end, without the application having to ask', async () => {
    const one = await held()
    await change(one, { access_for: 'until_removed' })
    assert.deepEqual((await lastEvent(one.client_id))?.detail['how'], ['lengthened'])
    steps.wait(29 * day)
    const answer = await refresh(one)
    assert.equal(answer['authorization_expires_in'], undefined)
    steps.wait(2 * day)
    assert.equal((await refresh({ ...one, tokens: { refresh_token: String(answer['refresh_token']) } })).status, 200)
  })

  must(
    'R6',
    'more time is given only by who signed in five minutes ago or less; nothing is changed before',
    async () => {
      const one = await held()
      steps.wait(301)
      const page = await change(one, { access_for: 'until_removed' })
      assert.match(page.body, /id="login-submit"/)
      assert.match(wordsOf(page), /please confirm that it is you/)
      assert.equal((await steps.stores.grants.find(one.grant_id))?.revision, 1)
      // Being signed in is not enough to get past.
      assert.match((await one.visitor.go(page.url)).body, /id="login-submit"/)
      const back = await steps.signIn(one.visitor, page)
      assert.equal(back.url.pathname, '/account')
      assert.match(wordsOf(back), /For five minutes you can now give more time/)
      const given = { press: `change=${one.grant_id}`, fields: { access_for: 'until_removed' } }
      assert.match(wordsOf(await one.visitor.submit(back, given)), /Changed for Great App/)
      steps.wait(301)
      assert.doesNotMatch(wordsOf(await one.visitor.go(back.url)), /you can now give more time/)
    },
  )

  must('R6', 'less time is given by whoever is signed in', async () => {
    const one = await held({ access_for: 'until_removed' })
    steps.wait(3_600)
    assert.match(wordsOf(await change(one, { access_for: '30d' })), /Changed for Great App/)
  })

  must('R6', 'what hung on a grant that had expired does not come back with the next yes', async () => {
    const one = await held()
    steps.wait(30 * day)
    const visitor = steps.visitor()
    const page = await steps.signIn(visitor, await visitor.go(authorizationUrl({ client_id: one.client_id, scope })))
    assert.ok((await visitor.submit(page, { press: 'consent-allow' })).leaves?.searchParams.get('code'))
    assert.equal((await refresh(one))['error'], 'invalid_grant')
  })
})

describe('pausing', () => {
  must('R6', 'the refresh of a paused grant answers its own reason and ends nothing; resumed, it goes on', async () => {
    const one = await held()
    assert.match(wordsOf(await press(one, 'pause')), /can do nothing with your account until you resume it/)
    assert.deepEqual((await lastEvent(one.client_id))?.detail['how'], ['paused'])
    for (let count = 0; count < 2; count += 1) {
      assert.deepEqual([(await refresh(one))['error'], reason()], ['invalid_grant', 'grant_paused'])
      steps.wait(100)
    }
    assert.match(wordsOf(await one.visitor.go('/account')), /Paused since today at/)
    assert.match(wordsOf(await press(one, 'resume')), /can go on/)
    assert.deepEqual((await lastEvent(one.client_id))?.detail['how'], ['resumed'])
    assert.equal((await refresh(one)).status, 200)
  })

  must('R6', 'a replay to a paused grant is told the same, and the chain lives on', async () => {
    const one = await held()
    const next = await refresh(one)
    await press(one, 'pause')
    steps.wait(61)
    assert.deepEqual([(await refresh(one))['error'], reason()], ['invalid_grant', 'grant_paused'])
    await press(one, 'resume')
    assert.equal((await refresh({ ...one, tokens: { refresh_token: String(next['refresh_token']) } })).status, 200)
  })

  must('R6', 'while it is paused its tokens are inactive, and no particulars are told', async () => {
    const one = await held()
    const identity = await refresh(one, { scope: 'openid' })
    const bearer = { method: 'GET', headers: { authorization: `Bearer ${String(identity['access_token'])}` }, body: '' }
    const userinfo = async () => (await userinfoEndpoint(steps.parts)({ ...formRequest(''), ...bearer })).status
    assert.deepEqual([(await introspected(one))['active'], await userinfo()], [true, 200])
    await press(one, 'pause')
    assert.deepEqual([(await introspected(one))['active'], await userinfo()], [false, 401])
  })

  must('R6', 'a code of a paused grant is not redeemed, and is not spent by trying', async () => {
    const one = await held()
    const url = authorizationUrl({ client_id: one.client_id, scope })
    const code = (await one.visitor.go(url)).leaves?.searchParams.get('code') ?? ''
    await press(one, 'pause')
    assert.deepEqual([(await redeem(one.client_id, code))['error'], reason()], ['invalid_grant', 'grant_paused'])
    await press(one, 'resume')
    assert.equal((await redeem(one.client_id, code)).status, 200)
  })

  must('R6', 'a paused grant is not asked around: the person is asked, and allowing resumes it', async () => {
    const one = await held()
    await press(one, 'pause')
    const url = authorizationUrl({ client_id: one.client_id, scope })
    const silent = await one.visitor.go(authorizationUrl({ client_id: one.client_id, scope, prompt: 'none' }))
    assert.equal(silent.leaves?.searchParams.get('error'), 'consent_required')
    const page = await one.visitor.go(url)
    assert.match(page.body, /id="consent-allow"/)
    assert.ok((await one.visitor.submit(page, { press: 'consent-allow' })).leaves?.searchParams.get('code'))
    assert.equal((await refresh(one)).status, 200)
  })

  must('R6', 'an answer to a page from before the pause does not resume it: the page says so first', async () => {
    const one = await held()
    const page = await one.visitor.go(authorizationUrl({ client_id: one.client_id, scope, prompt: 'consent' }))
    await press(one, 'pause')
    const again = await one.visitor.submit(page, { press: 'consent-allow' })
    assert.deepEqual([again.status, (await refresh(one))['error'], reason()], [403, 'invalid_grant', 'grant_paused'])
    assert.match(wordsOf(again), /nothing was decided.* You have paused its access, since today at/)
    assert.ok((await one.visitor.submit(again, { press: 'consent-allow' })).leaves?.searchParams.get('code'))
    assert.equal((await refresh(one)).status, 200)
  })

  must('R6', 'what the person paused of a first-party client is not resumed without asking either', async () => {
    const one = await held({ first_party: true })
    const page = await press(one, 'pause')
    assert.doesNotMatch(page.body, new RegExp(`name="change" value="${one.grant_id}"`))
    const next = await one.visitor.go(authorizationUrl({ client_id: one.client_id, scope }))
    assert.match(next.body, /id="consent-allow"/)
  })
})

describe('removing', () => {
  must('R7', 'AC-28: ends refresh token, introspection and userinfo at once', async () => {
    const one = await held()
    assert.equal((await introspected(one))['active'], true)
    const page = await one.visitor.submit(await one.visitor.go('/account'), { press: `remove=${one.client_id}` })
    assert.match(wordsOf(page), /Access ended for Great App/)
    assert.deepEqual((await introspected(one))['active'], false)
    const answer = await refresh(one)
    assert.deepEqual([answer.status, answer['error']], [400, 'invalid_grant'])
    const [event] = await steps.stores.auditEvents.list({ client_id: one.client_id, limit: 1 })
    assert.equal(event?.detail['reason'], 'removed_by_person')
  })
})

describe('what it is used for', () => {
  const shown = async ({ visitor, client_id }: Held): Promise<string> => {
    const { body } = await visitor.go('/account')
    const block = body.slice(body.indexOf(`data-client-id="${client_id}"`))
    return wordsOf({ body: `<body>${block.slice(0, block.indexOf('</dl>'))}</body>` })
  }

  must('R7', 'a person sees when, from where, how often and which scopes were used', async () => {
    const one = await held()
    assert.match(
      await shown(one),
      /See your postcards Send postcards in your name About you Recognise you .* Used lately/,
    )
    assert.match(
      await shown(one),
      /Last used today at .* From the network 192\.0\.2\.0\/24 In the last 30 days used once/,
    )
    const narrow = await refresh(one, { scope: 'postcards.read' })
    assert.match(await shown(one), /See your postcards Used lately Send postcards in your name About/)
    assert.match(await shown(one), /used 2 times/)
    // A client that asks about a token of its own uses nothing.
    await introspected({ ...one, tokens: { access_token: String(narrow['access_token']) } })
    assert.match(await shown(one), /used 2 times/)
  })

  must('R7', 'what an API asks about and what userinfo tells is use, of that scope', async () => {
    const one = await held()
    const form = { token: one.tokens['access_token'] ?? '' }
    const asked = await introspectionEndpoint(steps.parts)(formRequest(form, basic('postcards-api')))
    assert.match(asked.body, /"active":true/)
    assert.match(await shown(one), /See your postcards Used lately Send postcards in your name Used lately/)
    const identity = await refresh(one, { scope: 'openid' })
    const headers = { authorization: `Bearer ${String(identity['access_token'])}` }
    const told = await userinfoEndpoint(steps.parts)({ ...formRequest(''), method: 'GET', headers, body: '' })
    assert.equal(told.status, 200)
    assert.match(await shown(one), /used 4 times/)
    steps.wait(30 * day - 3600)
    await steps.signIn(one.visitor, await one.visitor.go('/account'))
    assert.doesNotMatch(await shown(one), /Used lately/)
    assert.match(await shown(one), /In the last 30 days not used/)
  })

  must('R7', 'what was asked for in detail is use as well, of that detail alone', async () => {
    const one = await held()
    const grant = await steps.stores.grants.find(one.grant_id)
    assert.ok(grant)
    const details = ['one_postcard', 'no_longer_there'].map((type) => ({ scope: '', resource: api, detail: { type } }))
    const [used = { scope: '' }] = details
    const permissions = [...grant.permissions, ...details]
    const event = { event_id: 'e', at: 0, event: 'grant_changed', actor: 'server', detail: {} }
    await steps.stores.grants.change({ ...grant, permissions, revision: grant.revision + 1 }, event)
    const at = steps.parts.clock()
    steps.parts.grantUses.note({ grant_id: one.grant_id, at, permissions: [permissionKey(used)] })
    assert.match(await shown(one), /Send one postcard Used lately no_longer_there About you/)
  })

  must('R6', 'the page says when an access ends that nobody uses', async () => {
    const one = await held({ access_for: 'until_removed' })
    assert.match(await shown(one), /Ends when you remove it Ends if unused until \d+ \w+ 20\d\d/)
    assert.doesNotMatch(await shown(await held()), /unused/)
  })
})

describe('two at once', () => {
  must('R6', 'a change that follows on an older state of the grant is not made, and the person is told', async () => {
    const one = await held()
    const page = await one.visitor.go('/account')
    await press(one, 'pause')
    const late = await one.visitor.submit(page, { press: `change=${one.grant_id}`, fields: { access_for: '30d' } })
    assert.deepEqual([late.status, /changed in another window/.test(wordsOf(late))], [409, true])
    assert.ok((await steps.stores.grants.find(one.grant_id))?.paused_at)
  })

  must('R7', 'AC-29: reaches nobody else’s access: it is not found', async () => {
    const one = await held()
    const bob = steps.visitor()
    const page = await steps.signIn(bob, await bob.go('/account'), steps.bob)
    const { csrf_token = '' } = Object.fromEntries(formsOf(page.body).at(-1)?.fields ?? [])
    const answer = await bob.post('/account', { csrf_token, pause: one.grant_id, revision: '1' })
    assert.equal(answer.status, 404)
    assert.equal((await refresh(one)).status, 200)
  })

  must('R7', 'BR-14: nothing is changed by a form that was not made for this browser', async () => {
    const one = await held()
    const answer = await one.visitor.post('/account', { csrf_token: 'x', pause: one.grant_id, revision: '1' })
    assert.equal(answer.status, 403)
    assert.equal((await refresh(one)).status, 200)
  })
})
