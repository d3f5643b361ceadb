import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, describe } from 'node:test'
import { decodeJwt } from 'jose'
import { must } from '../../../testing/must.ts'
import { wordsOf, type Visited, type Visitor } from '../../../testing/visitor.ts'
import { world, worldAuthorization, type Tokens } from '../../../testing/world.ts'
import { recentUses, unwrittenFor } from '../../domain/grant-use.ts'

const until = '2099-12-31'
const scope = 'openid email postcards.read'

const here = await world({
  resources: [
    {
      resource: 'https://api.test/',
      name: 'Postcards API',
      introspection_clients: ['greatapp'],
      scopes: { 'postcards.read': { title: 'See your postcards' } },
    },
    {
      resource: 'https://letters.test/',
      name: 'Letters API',
      access_token_lifetime: '60s',
      scopes: { 'letters.read': { title: 'See your letters', optional: true } },
    },
  ],
  clients: [
    {
      client_id: 'greatapp',
      client_secret: 'a-secret-of-more-than-32-characters-for-tests',
      client_name: 'Great App',
      redirect_uris: ['https://rp1.test/cb'],
      grant_types: ['authorization_code', 'refresh_token'],
      scope: 'openid profile email offline_access postcards.read',
    },
    {
      client_id: 'oldapp',
      client_name: 'Old App',
      token_endpoint_auth_method: 'none',
      redirect_uris: ['https://old.test/cb'],
      grant_types: ['implicit'],
      response_types: ['token', 'id_token'],
      scope: `${scope} letters.read`,
    },
    {
      client_id: 'bound',
      client_name: 'Bound App',
      client_secret: 'a-secret-of-more-than-32-characters-for-tests',
      redirect_uris: ['https://bound.test/cb'],
      scope,
    },
  ],
  legacy: [
    {
      client_id: 'greatapp',
      response_types: ['token', 'id_token', 'token id_token', 'token code', 'id_token code', 'token id_token code'],
      until,
    },
    { client_id: 'oldapp', response_types: ['token', 'id_token', 'id_token token'], grant_types: ['implicit'], until },
  ],
})
after(() => here.close())

const url = (more: Readonly<Record<string, string | undefined>>) => here.authorizeUrl({ scope, nonce: 'n-1', ...more })

/** A browser in which Alice has allowed `greatapp` everything that is asked for here. */
async function settled(): Promise<Visitor> {
  const visitor = here.visitor()
  await here.allow(visitor, url({ response_type: 'code' }))
  return visitor
}

/** What came in the fragment; nothing may have come in the query. */
function fragmentOf({ leaves }: Visited): Readonly<Record<string, string>> {
  assert.equal(leaves?.search, '')
  return Object.fromEntries(new URLSearchParams(leaves.hash.slice(1)))
}

async function front(response_type: string, more: Readonly<Record<string, string>> = {}) {
  return fragmentOf(await (await settled()).go(url({ response_type, ...more })))
}

const half = (text: string) => createHash('sha256').update(text).digest().subarray(0, 16).toString('base64url')

async function isActive(token: string): Promise<boolean> {
  const answer = await here.request('POST', '/introspect', { headers: worldAuthorization, body: { token } })
  return (JSON.parse(answer.body) as { active: boolean }).active
}

function redeem(code: string) {
  const code_verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
  const body = { grant_type: 'authorization_code', code, code_verifier }
  return here.request('POST', '/token', { headers: worldAuthorization, body })
}

describe('tokens through the browser', () => {
  const brought = {
    token: ['access_token', 'expires_in', 'iss', 'scope', 'state', 'token_type'],
    id_token: ['id_token', 'iss', 'state'],
    'id_token token': ['access_token', 'expires_in', 'id_token', 'iss', 'scope', 'state', 'token_type'],
    'token code': ['access_token', 'code', 'expires_in', 'iss', 'scope', 'state', 'token_type'],
    'code id_token': ['code', 'id_token', 'iss', 'state'],
    'id_token code token': ['access_token', 'code', 'expires_in', 'id_token', 'iss', 'scope', 'state', 'token_type'],
  }
  for (const [response_type, members] of Object.entries(brought)) {
    must('OAuth 2.0 Multiple Response Types §5', `${response_type} brings exactly that, in the fragment`, async () => {
      assert.deepEqual(Object.keys(await front(response_type)).sort(), members)
    })
  }

  must('RFC 6749 §4.2.2', 'the access token is a bearer token, bounded, and without a refresh token', async () => {
    const { access_token = '', expires_in, token_type, refresh_token } = await front('token')
    assert.deepEqual([expires_in, token_type, refresh_token], ['300', 'Bearer', undefined])
    assert.equal(decodeJwt(access_token)['aud'], 'https://api.test/')
    assert.equal(await isActive(access_token), true)
  })

  must(
    'OpenID Connect Core §3.2.2.11',
    'an id_token beside an access token has its at_hash, and the nonce',
    async () => {
      const { id_token = '', access_token = '' } = await front('id_token token')
      const { at_hash, c_hash, nonce, aud } = decodeJwt(id_token)
      assert.deepEqual([at_hash, c_hash, nonce, aud], [half(access_token), undefined, 'n-1', 'greatapp'])
    },
  )

  must(
    'OpenID Connect Core §3.3.2.11',
    'an id_token beside a code has its c_hash, and at_hash only with a token',
    async () => {
      const { id_token: both = '', access_token = '', code: one = '' } = await front('code id_token token')
      const { id_token: alone = '', code: other = '' } = await front('code id_token')
      assert.deepEqual([decodeJwt(both)['c_hash'], decodeJwt(both)['at_hash']], [half(one), half(access_token)])
      assert.deepEqual([decodeJwt(alone)['c_hash'], decodeJwt(alone)['at_hash']], [half(other), undefined])
    },
  )

  must(
    'OpenID Connect Core §5.4',
    'claims are in the id_token where no access token is issued, and only there',
    async () => {
      const { id_token: alone = '' } = await front('id_token')
      const { id_token: beside = '' } = await front('id_token token')
      const { id_token: withCode = '' } = await front('code id_token')
      const emails = [alone, beside, withCode].map((token) => decodeJwt(token)['email'])
      assert.deepEqual(emails, ['alice@example.com', undefined, undefined])
    },
  )

  must(
    'OpenID Connect Core §3.3.3.6',
    'the code of a hybrid answer is redeemed as any other, for the same person',
    async () => {
      const { id_token = '', code = '' } = await front('code id_token')
      const answer = await redeem(code)
      const tokens = JSON.parse(answer.body) as Tokens
      assert.equal(answer.status, 200)
      const [first, second] = [decodeJwt(id_token), decodeJwt(tokens.id_token ?? '')]
      assert.deepEqual([first.iss, first.sub, first['nonce']], [second.iss, second.sub, second['nonce']])
      assert.ok(tokens.refresh_token)
    },
  )

  must('RFC 6749 §4.1.2', 'a hybrid code used twice ends what came beside it, too', async () => {
    const { code = '', access_token = '' } = await front('code token')
    await redeem(code)
    assert.equal(await isActive(access_token), true)
    assert.equal((await redeem(code)).status, 400)
    assert.equal(await isActive(access_token), false)
  })

  must(
    'RFC 7636 §4.4.1',
    'PK-01: a hybrid request without code_challenge is refused, one for tokens alone needs none',
    async () => {
      const without = { code_challenge: undefined, code_challenge_method: undefined }
      const visitor = await settled()
      assert.equal(
        fragmentOf(await visitor.go(url({ ...without, response_type: 'code token' })))['error'],
        'invalid_request',
      )
      assert.equal(here.log.at(-1)?.detail['reason'], 'code_challenge_missing')
      assert.ok(fragmentOf(await visitor.go(url({ ...without, response_type: 'token' })))['access_token'])
    },
  )

  must('RFC 9700 §4.16', 'what came through the browser ends with the grant, as everything under it', async () => {
    const { access_token = '' } = await front('token')
    const visitor = here.visitor()
    const page = await here.allow(visitor, `${here.issuer}/account`)
    await visitor.submit(page, { press: 'remove=greatapp' })
    assert.equal(await isActive(access_token), false)
  })

  must('R18', 'a token through the browser is a use, and removing names its true last end', async () => {
    const before = await settled()
    await before.submit(await before.go('/account'), { press: 'remove=greatapp' })
    const visitor = await settled()
    const { exp = 0 } = decodeJwt(fragmentOf(await visitor.go(url({ response_type: 'token' })))['access_token'] ?? '')
    here.wait(10)
    assert.ok(fragmentOf(await visitor.go(url({ response_type: 'id_token' })))['id_token'])
    // Longer than another node may take to write what it saw.
    here.wait(unwrittenFor)
    const page = await visitor.go('/account')
    const [held] = await here.ground.stores.grants.list(1, 'greatapp')
    assert.ok(held)
    assert.deepEqual(
      [recentUses(held, here.clock()), held.last_used_at, held.last_used_from, held.used_for.map(([what]) => what)],
      [2, here.clock() - unwrittenFor, undefined, ['openid']],
    )
    const removed = await visitor.submit(page, { press: 'remove=greatapp' })
    const [, last = ''] = /stop working <time datetime="([^"]*)">/.exec(removed.body) ?? []
    assert.equal(Date.parse(last) / 1000, exp)
  })
})

describe('an answer with tokens', () => {
  const asOldApp = (more: Readonly<Record<string, string | undefined>> = {}) =>
    url({ client_id: 'oldapp', redirect_uri: 'https://old.test/cb', response_type: 'id_token token', ...more })

  must('RFC 6749 §4.2.1', 'comes of the consent page as a code does, and the account page tells of it', async () => {
    const visitor = here.visitor()
    assert.ok(fragmentOf(await here.allow(visitor, asOldApp()))['access_token'])
    assert.match(wordsOf(await visitor.go('/account')), /Old App/)
  })

  must('RFC 8707 §2.2', 'is for no resource of which the person allowed nothing', async () => {
    const visitor = here.visitor()
    const signIn = await visitor.go(asOldApp({ scope: 'openid letters.read' }))
    const fields = { username: 'alice', password: 'wonderland' }
    const page = await visitor.submit(signIn, { press: 'login-submit', fields })
    const answer = await visitor.submit(page, { press: 'consent-allow', untick: ['scope=letters.read'] })
    const { access_token = '', scope: allowed, expires_in } = fragmentOf(answer)
    assert.deepEqual([allowed, decodeJwt(access_token).aud, expires_in], ['openid', here.issuer, '300'])
  })

  must('RFC 6749 §4.2.2.1', 'is an error in the fragment when the person says no', async () => {
    const visitor = here.visitor()
    await here.allow(visitor, asOldApp())
    const page = await visitor.go(asOldApp({ prompt: 'consent' }))
    const { error, access_token } = fragmentOf(await visitor.submit(page, { press: 'consent-deny' }))
    assert.deepEqual([error, access_token], ['access_denied', undefined])
  })

  must(
    'OAuth 2.1 §7.5.2',
    'R7: is the same again for a second click, until the code beside it would be stale',
    async () => {
      const visitor = here.visitor()
      await here.allow(visitor, asOldApp())
      const page = await visitor.go(asOldApp({ prompt: 'consent' }))
      const first = fragmentOf(await visitor.submit(page, { press: 'consent-allow' }))
      assert.deepEqual(fragmentOf(await visitor.submit(page, { press: 'consent-allow' })), first)
      here.wait(61)
      assert.equal((await visitor.submit(page, { press: 'consent-allow' })).leaves, undefined)
    },
  )

  must('OpenID Connect Core §3.2.2.1', 'needs a nonce and openid where it brings an id_token', async () => {
    const visitor = await settled()
    const asked = async (more: Readonly<Record<string, string | undefined>>) => {
      const { error } = fragmentOf(await visitor.go(url(more)))
      return [error, here.log.at(-1)?.detail['reason']]
    }
    for (const response_type of ['id_token', 'id_token token', 'code id_token', 'code id_token token']) {
      assert.deepEqual(await asked({ response_type, nonce: undefined }), ['invalid_request', 'nonce_missing'])
      const rest = { response_type, scope: 'postcards.read' }
      assert.deepEqual(await asked(rest), ['invalid_request', 'id_token_without_openid'])
    }
    assert.ok((await front('token', { nonce: '', scope: 'postcards.read' }))['access_token'])
  })

  must('RFC 9700 §4.16', 'is lost when its grant ends at this moment: nothing leaves', async () => {
    const visitor = here.visitor()
    await here.allow(visitor, asOldApp())
    const [held] = await here.ground.stores.grants.list(1, 'oldapp')
    const going = visitor.go(asOldApp({ prompt: 'none' }))
    const ended = here.ground.stores.grants.end(held?.grant_id ?? '', 'ended_by_operator', here.clock())
    const [answer] = await Promise.all([going, ended])
    const { access_token, error } = fragmentOf(answer)
    if (access_token === undefined) assert.equal(error, 'consent_required')
    else assert.equal(await isActive(access_token), false)
  })
})
