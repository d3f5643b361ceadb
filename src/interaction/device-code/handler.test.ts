/** Devices, from both sides: what the device asks at two endpoints, and what the person does in between. */
import assert from 'node:assert/strict'
import { after, describe } from 'node:test'
import { decodeJwt } from 'jose'
import { TOTP } from 'otpauth'
import { must } from '../../../testing/must.ts'
import { wordsOf, type Visited, type Visitor } from '../../../testing/visitor.ts'
import { world, worldAuthorization, worldSecret } from '../../../testing/world.ts'
import { createAccount, setAccountState } from '../../management/accounts.ts'
import { normalizedUserCode } from '../../protocol/device/user-code.ts'

const grant_type = 'urn:ietf:params:oauth:grant-type:device_code'
const scope = 'openid offline_access postcards.read postcards.send'
const device = { grant_types: [grant_type, 'refresh_token'], redirect_uris: [], scope }
const server = await world({
  clients: [
    { client_id: 'tv', client_name: 'Great TV', token_endpoint_auth_method: 'none', ...device },
    { client_id: 'radio', client_name: 'Radio', client_secret: worldSecret, ...device },
    {
      client_id: 'safe',
      client_name: 'Safe',
      token_endpoint_auth_method: 'none',
      required_acr: 'urn:licet:acr:mfa',
      ...device,
    },
    { client_id: 'ours', client_name: 'Ours', token_endpoint_auth_method: 'none', first_party: true, ...device },
    {
      client_id: 'greatapp',
      client_secret: worldSecret,
      redirect_uris: ['https://rp1.test/cb'],
      grant_types: ['authorization_code', 'refresh_token'],
      scope,
    },
  ],
})
after(() => server.close())
const management = {
  ...server.parts,
  actor: 'operator:test',
  language: 'en' as const,
  hashPassword: async (password: string) => String(await server.parts.passwords.hash(password)),
}
await createAccount({ username: 'bob', password: 'builder' }, management)

type Body = Readonly<Record<string, string>>

async function post(path: string, body: Body, headers: Body = {}): Promise<{ status: number; json: Body }> {
  const answer = await server.request('POST', path, { headers, body })
  return { status: answer.status, json: JSON.parse(answer.body) as Body }
}

async function asked(more: Body = {}): Promise<{ device_code: string; user_code: string; complete: string }> {
  const { status, json } = await post('/device_authorization', { client_id: 'tv', scope, ...more })
  assert.equal(status, 200, JSON.stringify(json))
  const { device_code = '', user_code = '', verification_uri_complete = '' } = json
  return { device_code, user_code, complete: verification_uri_complete }
}

/** Polls as a device does, after the interval; answers the error, or `tokens`. */
async function polled(device_code: string, more: Body = {}, after = 5): Promise<string> {
  server.wait(after)
  const { json } = await post('/token', { grant_type, client_id: 'tv', device_code, ...more })
  return json['error'] ?? 'tokens'
}

const addresses = function* () {
  for (let last = 1; ; last += 1) yield `198.51.${last >> 8}.${last & 255}`
}
const address = addresses()

async function signedIn(username = 'alice', password = 'wonderland'): Promise<Visitor> {
  const visitor = server.visitor(address.next().value ?? '')
  await visitor.submit(await visitor.go('/account'), { press: 'login-submit', fields: { username, password } })
  return visitor
}

async function enter(visitor: Visitor, user_code: string): Promise<Visited> {
  return visitor.submit(await visitor.go('/device'), { press: 'device-continue', fields: { user_code } })
}

async function allow(visitor: Visitor, user_code: string): Promise<Visited> {
  return visitor.submit(await enter(visitor, user_code), { press: 'consent-allow' })
}

const reasonsSince = (before: number): readonly unknown[] =>
  server.log.slice(before).flatMap(({ detail }) => (detail['reason'] === undefined ? [] : [detail['reason']]))

describe('a device', () => {
  must('RFC 8628 §3.2', 'gets two codes, where to enter one of them, and how long and how often to ask', async () => {
    const { status, json } = await post('/device_authorization', { client_id: 'tv' })
    assert.equal(status, 200)
    const { device_code = '', user_code = '', ...rest } = json
    assert.match(device_code, /^ld_/)
    assert.match(user_code, /^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/)
    const uri = `${server.issuer}/device`
    const where = { verification_uri: uri, verification_uri_complete: `${uri}?user_code=${user_code}` }
    assert.deepEqual(rest, { ...where, expires_in: 600, interval: 5 })
  })

  must('RFC 8628 §3.5', 'DV-02: polls until somebody answered, slower after each poll too many', async () => {
    const { device_code, user_code } = await asked()
    assert.equal(await polled(device_code, {}, 0), 'authorization_pending')
    assert.equal(await polled(device_code, {}, 4), 'slow_down')
    assert.equal(await polled(device_code, {}, 9), 'slow_down')
    assert.equal(await polled(device_code, {}, 15), 'authorization_pending')
    await allow(await signedIn(), user_code)
    assert.equal(await polled(device_code, {}, 15), 'tokens')
    const before = server.log.length
    assert.equal(await polled(device_code, {}, 15), 'invalid_grant')
    assert.deepEqual(reasonsSince(before), ['device_code_spent'])

    const quick = await asked()
    const visitor = await signedIn()
    assert.equal(await polled(quick.device_code, {}, 0), 'authorization_pending')
    await allow(visitor, quick.user_code)
    assert.equal(await polled(quick.device_code, {}, 0), 'tokens')
  })

  must(
    'RFC 8628 §3.5',
    'DV-07: is told of a no, which no second answer changes, and that ten minutes are over',
    async () => {
      const denied = await asked()
      const visitor = await signedIn()
      const page = await visitor.submit(await enter(visitor, denied.user_code), { press: 'consent-deny' })
      assert.match(wordsOf(page), /The device gets no access/)
      assert.equal(await polled(denied.device_code), 'access_denied')
      assert.equal(await polled(denied.device_code), 'access_denied')

      const twice = await asked()
      const [tab, other] = [await enter(visitor, twice.user_code), await enter(visitor, twice.user_code)]
      await visitor.submit(tab, { press: 'consent-allow' })
      const second = await visitor.submit(other, { press: 'consent-deny' })
      assert.equal(second.status, 410)
      assert.match(wordsOf(second), /This is done already Your answer has been given and sent/)
      assert.equal(await polled(twice.device_code), 'tokens')

      const late = await asked()
      const consent = await enter(visitor, late.user_code)
      server.wait(600)
      assert.equal((await visitor.submit(consent, { press: 'consent-allow' })).status, 410)
      assert.equal(await polled(late.device_code, {}, 0), 'expired_token')
      assert.equal((await enter(visitor, late.user_code)).status, 400)
      const reasons = server.log.map(({ detail }) => detail['reason'])
      for (const reason of ['device_denied', 'device_code_expired', 'device_undecided', 'device_polled_early']) {
        assert.ok(reasons.includes(reason), reason)
      }
    },
  )

  must('RFC 8628 §3.4', 'DV-03, CD-09: a code is good for its own client, and no other value is one', async () => {
    const { device_code, user_code } = await asked()
    const before = server.log.length
    const stranger = { authorization: `Basic ${Buffer.from(`radio:${worldSecret}`).toString('base64')}` }
    assert.equal((await post('/token', { grant_type, device_code }, stranger)).json['error'], 'invalid_grant')
    for (const odd of [user_code, `${device_code}x`, device_code.replace('ld_', 'lc_'), 'ld_']) {
      assert.equal(await polled(odd, {}, 0), 'invalid_grant')
    }
    assert.equal(await polled('', {}, 0), 'invalid_request')
    const unknown = 'device_code_unknown'
    const missing = 'device_code_missing'
    assert.deepEqual(reasonsSince(before), [
      'device_code_of_another_client',
      unknown,
      unknown,
      unknown,
      unknown,
      missing,
    ])
    assert.equal(await polled(device_code, {}, 0), 'authorization_pending')
  })

  must('RFC 8628 §3.5', 'DV-03: of fifty polls at the moment of the yes exactly one gets tokens', async () => {
    const { device_code, user_code } = await asked()
    await allow(await signedIn(), user_code)
    const poll = () => post('/token', { grant_type, client_id: 'tv', device_code })
    const polls = await Promise.all(Array.from({ length: 50 }, poll))
    assert.equal(polls.filter(({ status }) => status === 200).length, 1)
    assert.ok(polls.every(({ status }) => status === 200 || status === 400))
  })

  must('RFC 8628 §3.1', 'DV-08: a client that does not hold the grant type asks for nothing', async () => {
    const before = server.log.length
    const { status, json } = await post('/device_authorization', { scope: 'openid' }, worldAuthorization)
    assert.deepEqual([status, json['error']], [400, 'unauthorized_client'])
    const redeem = await post('/token', { grant_type, device_code: 'ld_' }, worldAuthorization)
    assert.equal(redeem.json['error'], 'unauthorized_client')
    assert.deepEqual(reasonsSince(before), ['device_grant_not_held', 'grant_type_not_allowed'])
  })

  must('RFC 7636 §4.6', 'PK-10: is held to the challenge that it sent', async () => {
    const code_challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'
    const code_verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
    const plain = await post('/device_authorization', {
      client_id: 'tv',
      code_challenge,
      code_challenge_method: 'plain',
    })
    assert.equal(plain.json['error'], 'invalid_request')
    const { device_code, user_code } = await asked({ code_challenge, code_challenge_method: 'S256' })
    await allow(await signedIn(), user_code)
    assert.equal(await polled(device_code), 'invalid_grant')
    assert.equal(await polled(device_code, { code_verifier: code_verifier.toLowerCase() }), 'invalid_grant')
    assert.equal(await polled(device_code, { code_verifier }), 'tokens')
    const bare = await asked()
    await allow(await signedIn(), bare.user_code)
    assert.equal(await polled(bare.device_code, { code_verifier }), 'invalid_grant')
  })

  must('RFC 8628 §5.1', 'DS-07: is slowed down where its network asks without end and proves nothing', async () => {
    const before = server.log.length
    const ask = async (peer: string, more: Body, headers: Body = {}): Promise<number> =>
      (await server.request('POST', '/device_authorization', { peer, headers, body: { scope: 'openid', ...more } }))
        .status
    const statuses: number[] = []
    for (let each = 0; each < 70; each += 1) statuses.push(await ask('203.0.113.60', { client_id: 'tv' }))
    assert.deepEqual([new Set(statuses.slice(0, 60)), new Set(statuses)], [new Set([200]), new Set([200, 429])])
    assert.deepEqual(new Set(reasonsSince(before)), new Set(['device_authorization_limited']))
    assert.equal(await ask('203.0.113.61', { client_id: 'tv' }), 200)
    const radio = { authorization: `Basic ${Buffer.from(`radio:${worldSecret}`).toString('base64')}` }
    assert.equal(await ask('203.0.113.60', {}, radio), 200)
  })

  must('RFC 8707 §2.1', 'R12: may name the resource, and no unknown one', async () => {
    const unknown = await post('/device_authorization', { client_id: 'tv', resource: 'https://evil.test/' })
    assert.equal(unknown.json['error'], 'invalid_target')
    const { device_code, user_code } = await asked({ scope: 'postcards.read', resource: 'https://api.test/' })
    await allow(await signedIn(), user_code)
    assert.equal(await polled(device_code, { resource: 'https://api.test/' }), 'tokens')
  })
})

describe('the person', () => {
  must('RFC 8628 §3.3', 'DV-09: signs in first, is told who asks, decides, and is led to where it ends', async () => {
    const { device_code, user_code } = await asked()
    const visitor = server.visitor(address.next().value ?? '')
    const login = await visitor.go('/device')
    const fields = { username: 'alice', password: 'wonderland' }
    const page = await visitor.submit(login, { press: 'login-submit', fields })
    const typed = ` ${user_code.toLowerCase().replace('-', ' ')} `
    const consent = await visitor.submit(page, { press: 'device-continue', fields: { user_code: typed } })
    const words = wordsOf(consent)
    assert.match(words, /A device asks .* Great TV/)
    assert.ok(
      words.includes(`only if you are looking at the device in front of you, and it shows this code: ${user_code}`),
    )
    assert.match(words, /See your postcards/)
    assert.doesNotMatch(consent.body, /switch_account/)
    const untick = ['scope=postcards.send']
    const done = await visitor.submit(consent, { press: 'consent-allow', untick, fields: { access_for: '1d' } })
    assert.match(wordsOf(done), /The device is connected .* A device Great TV/)
    assert.match(done.body, /id="device-account" class="button filled" href="https:\/\/id\.test\/account"/)
    server.wait(5)
    const { json } = await post('/token', { grant_type, client_id: 'tv', device_code })
    assert.equal(json['scope'], 'openid offline_access postcards.read')
    assert.match(json['refresh_token'] ?? '', /^lr_/)
    const account = await visitor.go('/account')
    assert.match(account.body, /data-client-id="tv"/)
    assert.match(wordsOf(account), /tv Great TV/)
    await visitor.submit(account, { press: 'remove=tv' })
    const { refresh_token = '' } = json
    const refreshed = await post('/token', { grant_type: 'refresh_token', client_id: 'tv', refresh_token })
    assert.equal(refreshed.json['error'], 'invalid_grant')
  })

  must(
    'RFC 8628 §5.4',
    'DV-05: a link fills the code in and does no more, also where the client was allowed before',
    async () => {
      const visitor = await signedIn()
      for (const client_id of ['tv', 'ours']) {
        await allow(visitor, (await asked({ client_id })).user_code)
        const { device_code, complete, user_code } = await asked({ client_id })
        const page = await visitor.go(complete)
        assert.match(page.body, new RegExp(`id="user-code" name="user_code" [^>]* value="${user_code}"`))
        const consent = await visitor.submit(page, { press: 'device-continue' })
        assert.match(consent.body, /id="consent-deny"/)
        assert.equal(await polled(device_code, { client_id }), 'authorization_pending')
      }
      const fresh = server.visitor(address.next().value ?? '')
      const login = await fresh.go((await asked()).complete)
      const fields = { username: 'alice', password: 'wonderland' }
      assert.match((await fresh.submit(login, { press: 'login-submit', fields })).body, /value="[A-Z]{4}-[A-Z]{4}"/)
    },
  )

  must(
    'RFC 8628 §5.4',
    'DV-04: answers in the session that entered the code; nobody else can, nor that person elsewhere',
    async () => {
      const { device_code, user_code } = await asked()
      const [victim, other] = [await signedIn(), await signedIn('bob', 'builder')]
      const consent = await enter(victim, user_code)
      const form = Object.fromEntries(
        [...consent.body.matchAll(/type="hidden" name="(\w+)" value="([^"]*)"/g)].map(([, name = '', value = '']) => [
          name,
          value,
        ]),
      )
      const stolen = await other.post(consent.url, { ...form, decision: 'allow', access_for: '1d' })
      assert.equal(stolen.status, 403)
      await victim.submit(await victim.go('/logout'), { press: 'logout-confirm' })
      assert.equal((await victim.submit(consent, { press: 'consent-allow' })).status, 403)
      assert.equal(await polled(device_code), 'authorization_pending')
    },
  )

  must(
    'RFC 8628 §5.4',
    'DV-07: a code that a second person enters is over for both, and an event says so',
    async () => {
      const { device_code, user_code } = await asked()
      const [one, two] = [await signedIn(), await signedIn('bob', 'builder')]
      const consent = await enter(one, user_code)
      assert.equal((await enter(two, user_code)).status, 400)
      assert.equal((await one.submit(consent, { press: 'consent-allow' })).status, 410)
      assert.equal(await polled(device_code), 'expired_token')
      const events = await server.parts.auditEvents.list({ client_id: 'tv', limit: 1 })
      assert.equal(events[0]?.event, 'user_code_entered_by_another')
    },
  )

  must('R3', 'BR-23: sets up what is required of whoever answers, and is asked with the code still there', async () => {
    const { device_code, user_code } = await asked({ client_id: 'safe' })
    const visitor = await signedIn('bob', 'builder')
    const again = await enter(visitor, user_code)
    assert.match(again.body, /id="login-submit"/)
    const fields = { username: 'bob', password: 'builder' }
    const page = await visitor.submit(again, { press: 'login-submit', fields })
    const secret = /id="totp-secret"[^>]*>([A-Z2-7]{32})</.exec(page.body)?.[1] ?? ''
    const one_time_code = new TOTP({ secret }).generate({ timestamp: server.clock() * 1000 })
    const shown = await visitor.submit(page, { press: 'totp-confirm', fields: { one_time_code } })
    const entered = await visitor.go(/id="go-on" class="[^"]*" href="([^"]+)"/.exec(shown.body)?.[1] ?? '')
    assert.match(entered.body, new RegExp(`value="${user_code}"`))
    const consent = await visitor.submit(entered, { press: 'device-continue' })
    assert.match(wordsOf(await visitor.submit(consent, { press: 'consent-allow' })), /is connected/)
    const { json } = await post('/token', { grant_type, client_id: 'safe', device_code })
    assert.equal(decodeJwt(json['id_token'] ?? '')['acr'], 'urn:licet:acr:mfa')
    const { account_id = '' } = (await server.parts.accounts.findByLogin('bob')) ?? {}
    await server.ground.stores.factors.removeAll(account_id)
  })

  must('RFC 8628 §5.1', 'DV-01: has five wrong tries before a wait; right ones do not count', async () => {
    const visitor = await signedIn()
    for (let right = 0; right < 7; right += 1) await enter(visitor, (await asked()).user_code)
    for (let wrong = 0; wrong < 5; wrong += 1) assert.equal((await enter(visitor, 'BBBB-BBBB')).status, 400)
    const page = await enter(visitor, (await asked()).user_code)
    assert.equal(page.status, 429)
    assert.match(String(page.headers['retry-after']), /^\d+$/)
    server.wait(600)
    assert.equal((await enter(visitor, (await asked()).user_code)).status, 200)
  })

  must('RFC 8628 §3.3', 'BR-14: no other site enters a code, or answers', async () => {
    const visitor = await signedIn()
    const { user_code } = await asked()
    const page = await visitor.go('/device')
    const fields = { user_code }
    const headers = { origin: 'https://evil.test' }
    assert.equal((await visitor.submit(page, { press: 'device-continue', fields, headers })).status, 403)
    assert.equal((await visitor.post('/device', { csrf_token: 'x'.repeat(43), user_code })).status, 403)
  })

  must('R3', 'BR-15: two answers at once are one, and both see it', async () => {
    const { device_code, user_code } = await asked()
    const visitor = await signedIn()
    const consent = await enter(visitor, user_code)
    const press = ['consent-allow', 'consent-allow', 'consent-deny']
    const pages = await Promise.all(press.map((one) => visitor.submit(consent, { press: one })))
    assert.deepEqual(new Set(pages.map((page) => wordsOf(page))).size, 1)
    const isAllowed = /is connected/.test(wordsOf(pages[0] ?? consent))
    assert.equal(await polled(device_code), isAllowed ? 'tokens' : 'access_denied')
  })

  must('RFC 8628 §5.4', 'DV-06: who is shut out approves nothing, and nothing approved is given', async () => {
    const { device_code, user_code } = await asked()
    const visitor = await signedIn('bob', 'builder')
    const consent = await enter(visitor, user_code)
    const approved = await asked()
    await allow(visitor, approved.user_code)
    await setAccountState('bob', 'disabled', management)
    assert.equal((await visitor.submit(consent, { press: 'consent-allow' })).status, 403)
    assert.equal(await polled(device_code), 'authorization_pending')
    assert.equal(await polled(approved.device_code), 'invalid_grant')
    await setAccountState('bob', 'enabled', management)
  })
})

must('RFC 8628 §6.1', 'a user code is read in any case, with anything or nothing between', () => {
  for (const typed of ['BCDF-GHJK', 'bcdfghjk', ' b c d f . g h j k ', 'BCDF–GHJK', 'ＢＣＤＦ－ｇｈｊｋ']) {
    assert.equal(normalizedUserCode(typed), 'BCDFGHJK')
  }
  for (const odd of ['', 'BCDF-GHJ', 'BCDF-GHJKL', 'ACDF-GHJK', '0CDF-GHJK', 'x'.repeat(10_000)]) {
    assert.equal(normalizedUserCode(odd), undefined)
  }
})
