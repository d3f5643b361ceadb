/** What answers and cookies say of a browser's state, and to whom: over the edge, with the setting on and off. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, describe } from 'node:test'
import { decodeJwt } from 'jose'
import { must } from '../../../testing/must.ts'
import type { Visitor } from '../../../testing/visitor.ts'
import { world, worldSecret, type World } from '../../../testing/world.ts'

const redirects = { greatapp: 'https://rp1.test/cb', second: 'https://second.test:8443/cb', native: 'app.native:/cb' }
const app = (client_id: string, redirect_uri: string, more: object = {}) => ({
  client_id,
  client_name: client_id,
  client_secret: worldSecret,
  redirect_uris: [redirect_uri],
  grant_types: ['authorization_code', 'refresh_token'],
  scope: 'openid offline_access postcards.read',
  authorization_signed_response_alg: 'ES256',
  ...more,
})
const clients = [
  app('greatapp', redirects.greatapp),
  app('second', redirects.second, {
    grant_types: ['authorization_code', 'implicit'],
    response_types: ['code id_token'],
  }),
  app('native', redirects.native, { application_type: 'native' }),
]
const legacy = [{ client_id: 'second', response_types: ['code id_token'], until: '2099-12-31' }]
const server = await world({ session_management: 'on', clients, legacy })
const closed = await world({ clients, legacy })
after(() => Promise.all([server.close(), closed.close()]))

const stateCookie = '__Host-licet-state'
const sessionCookie = '__Host-licet-session'

/** Asks for an answer, and tells its parameters, wherever they travel. */
async function answered(
  visitor: Visitor,
  otherwise: Readonly<Record<string, string | undefined>> = {},
  { allow, authorizeUrl }: World = server,
): Promise<URLSearchParams> {
  const { leaves } = await allow(visitor, authorizeUrl(otherwise))
  assert.ok(leaves)
  return new URLSearchParams(leaves.search === '' ? leaves.hash.slice(1) : leaves.search)
}

/** As the page at `check_session_iframe` computes it, OpenID Connect Session Management §3.2. */
function expected(visitor: Visitor, session_state: string | null, [client_id, origin]: readonly [string, string]) {
  const [, salt = ''] = (session_state ?? '').split('.')
  const text = `${client_id} ${origin} ${visitor.cookies.get(stateCookie) ?? ''} ${salt}`
  return `${createHash('sha256').update(text).digest('hex')}.${salt}`
}

const greatapp = ['greatapp', 'https://rp1.test'] as const

async function signOut(visitor: Visitor): Promise<void> {
  await visitor.submit(await visitor.go('/logout'), { press: 'logout-confirm' })
}

describe('session_state', () => {
  must(
    'OpenID Connect Session Management §3.2',
    'is a salted hash of client, origin and the state of the browser, and opaque',
    async () => {
      const visitor = server.visitor()
      const first = (await answered(visitor)).get('session_state')
      assert.match(first ?? '', /^[^ ]{20,}\.[^ ]{22}$/)
      assert.equal(first, expected(visitor, first, greatapp))
      const again = (await answered(visitor)).get('session_state')
      assert.equal(again, expected(visitor, again, greatapp))
      assert.notEqual(again, first)
    },
  )

  must(
    'OpenID Connect Session Management §2',
    'comes in fragments and envelopes as well, for the origin there',
    async () => {
      const visitor = server.visitor()
      const hybrid = await answered(visitor, {
        client_id: 'second',
        redirect_uri: redirects.second,
        response_type: 'code id_token',
        nonce: 'n',
      })
      const second = ['second', 'https://second.test:8443'] as const
      const inFragment = hybrid.get('session_state')
      assert.equal(inFragment, expected(visitor, inFragment, second))
      const packed = await answered(visitor, { response_mode: 'jwt' })
      assert.deepEqual([...packed.keys()], ['response'])
      const inEnvelope = String(decodeJwt(packed.get('response') ?? '')['session_state'])
      assert.equal(inEnvelope, expected(visitor, inEnvelope, greatapp))
    },
  )

  must(
    'OpenID Connect Session Management §2',
    'comes with a no, and with the error that tells of a sign-out',
    async () => {
      const visitor = server.visitor()
      await answered(visitor)
      const page = await visitor.go(server.authorizeUrl({ prompt: 'consent' }))
      const denied = (await visitor.submit(page, { press: 'consent-deny' })).leaves?.searchParams
      assert.equal(denied?.get('error'), 'access_denied')
      assert.equal(denied?.get('session_state'), expected(visitor, denied.get('session_state'), greatapp))
      await signOut(visitor)
      const told = await answered(visitor, { prompt: 'none' })
      assert.equal(told.get('error'), 'login_required')
      assert.equal(told.get('session_state'), expected(visitor, told.get('session_state'), greatapp))
    },
  )

  must(
    'OpenID Connect Session Management §2',
    'is missing where no page could ask, or nobody asked who it is',
    async () => {
      const visitor = server.visitor()
      assert.equal((await answered(server.visitor(), { prompt: 'none' })).has('session_state'), false)
      assert.equal((await answered(visitor, { scope: 'postcards.read' })).has('session_state'), false)
      const native = await answered(visitor, { client_id: 'native', redirect_uri: redirects.native })
      assert.deepEqual([native.has('code'), native.has('session_state')], [true, false])
      for (const odd of ['', 'x', `${visitor.cookies.get(stateCookie) ?? ''}x`, '%00']) {
        const { headers } = await server.request(
          'GET',
          server.authorizeUrl({ prompt: 'none' }).slice(server.issuer.length),
          {
            headers: { cookie: `${stateCookie}=${odd}` },
          },
        )
        assert.match(String(headers['location']), /error=login_required(?!.*session_state)/)
      }
    },
  )

  must(
    'OpenID Connect Session Management §3.2',
    'BR-15: an answer that is asked for again is the same one, and none after a sign-out',
    async () => {
      const visitor = server.visitor()
      await answered(visitor)
      const page = await visitor.go(server.authorizeUrl({ prompt: 'consent' }))
      const [one, two] = [
        await visitor.submit(page, { press: 'consent-allow' }),
        await visitor.submit(page, { press: 'consent-allow' }),
      ]
      const session_state = one.leaves?.searchParams.get('session_state') ?? null
      assert.equal(two.leaves?.href, one.leaves?.href)
      assert.equal(session_state, expected(visitor, session_state, greatapp))
      await signOut(visitor)
      const signedOut = visitor.cookies.get(stateCookie)
      assert.equal((await visitor.go(page.url)).leaves, undefined)
      assert.equal(visitor.cookies.get(stateCookie), signedOut)
    },
  )
})

describe('the state of a browser', () => {
  must(
    'OpenID Connect Session Management §3.2',
    'changes when somebody signs in, signs in again or signs out, and comes back where it was lost',
    async () => {
      const [visitor, other] = [server.visitor(), server.visitor()]
      const seen: (string | undefined)[] = []
      const note = () => seen.push(visitor.cookies.get(stateCookie))
      await answered(visitor)
      note()
      const page = await visitor.go(server.authorizeUrl({ prompt: 'login' }))
      await visitor.submit(page, { press: 'login-submit', fields: { username: 'alice', password: 'wonderland' } })
      note()
      visitor.cookies.delete(stateCookie)
      await answered(visitor)
      assert.equal(visitor.cookies.get(stateCookie), seen[1])
      await signOut(visitor)
      note()
      await answered(other)
      seen.push(other.cookies.get(stateCookie))
      await signOut(other)
      seen.push(other.cookies.get(stateCookie))
      assert.equal(new Set(seen).size, 5)
      assert.ok(!seen.includes(undefined))
    },
  )

  must(
    'RFC 6265 §4.1',
    'BR-07: its cookie is for this host alone, readable by scripts and frames, and ends with the session',
    async () => {
      const visitor = server.visitor()
      const page = await visitor.go(server.authorizeUrl({ prompt: 'login' }))
      const { answers } = await visitor.submit(page, {
        press: 'login-submit',
        fields: { username: 'alice', password: 'wonderland' },
      })
      const cookies = answers.flatMap(({ headers }) => [headers['set-cookie'] ?? []].flat())
      const attributes = cookies.map((cookie) => cookie.split('; ')).filter(([pair]) => pair?.startsWith(stateCookie))
      assert.ok(attributes.length > 0)
      for (const [, ...rest] of attributes) {
        assert.deepEqual(rest.toSorted(), ['Max-Age=28800', 'Path=/', 'SameSite=None', 'Secure'])
      }
    },
  )

  must('OpenID Connect Session Management §3.2', 'BR-18: it signs nobody in, and names no session', async () => {
    const visitor = server.visitor()
    await answered(visitor)
    const state = visitor.cookies.get(stateCookie) ?? ''
    const account = await server.parts.accounts.findByLogin('alice')
    const sessions = await server.parts.sessions.listByAccount(account?.account_id ?? '')
    for (const session of sessions) assert.ok(!Object.values(session).includes(state))
    const cookies = new Map([
      [stateCookie, state],
      [sessionCookie, state],
    ])
    for (const carried of [cookies, new Map([[stateCookie, state]])]) {
      const { status, headers } = await server.request('GET', '/account', { cookies: carried })
      assert.equal(status, 303)
      assert.match(String(headers['location']), /\/interaction\//)
    }
  })
})

describe('check_session_iframe', () => {
  must(
    'OpenID Connect Session Management §3.3',
    'oidcc-session-management-discovery-endpoint-verification: discovery names it beside end_session_endpoint',
    async () => {
      const discovery = await server.request('GET', '/.well-known/openid-configuration')
      const { check_session_iframe, end_session_endpoint } = JSON.parse(discovery.body) as Record<string, unknown>
      assert.equal(check_session_iframe, `${server.issuer}/check_session`)
      assert.equal(end_session_endpoint, `${server.issuer}/logout`)
    },
  )

  must(
    'OpenID Connect Session Management §3.2',
    'BR-01: anybody may frame it, and one script alone runs there',
    async () => {
      const { status, headers, body } = await server.request('GET', '/check_session')
      assert.equal(status, 200)
      const script = /<script>([^]*)<\/script>/.exec(body)?.[1] ?? ''
      const source = createHash('sha256').update(script).digest('base64')
      const policy = String(headers['content-security-policy'])
      assert.match(policy, /^default-src 'none'; .*; frame-ancestors \*; base-uri 'none'$/)
      assert.ok(policy.includes(`; script-src 'sha256-${source}'; `))
      assert.equal(headers['x-frame-options'], undefined)
      assert.equal(headers['x-content-type-options'], 'nosniff')
    },
  )

  must('OAuth 2.1 §7.15', 'BR-01: what else there is at its address, and beside it, is in nobody’s frame', async () => {
    for (const [method, path] of [
      ['POST', '/check_session'],
      ['GET', '/check_session/x'],
      ['GET', '/account'],
      ['GET', '/logout'],
      ['GET', '/jwks'],
    ] as const) {
      const { headers } = await server.request(method, path, { headers: { accept: 'text/html' } })
      assert.equal(headers['x-frame-options'], 'DENY', path)
      const policy = headers['content-security-policy']
      if (headers['location'] === undefined) assert.match(String(policy), /frame-ancestors 'none'/, path)
    }
  })

  must(
    'OpenID Connect Session Management §3.3',
    'BR-35: unless it is turned on, there is no page, no cookie and no session_state, and discovery is silent',
    async () => {
      const { status } = await closed.request('GET', '/check_session')
      assert.equal(status, 404)
      assert.ok(closed.log.some(({ detail }) => detail['reason'] === 'session_management_off'))
      const discovery = await closed.request('GET', '/.well-known/openid-configuration')
      assert.doesNotMatch(discovery.body, /check_session_iframe/)
      const visitor = closed.visitor()
      visitor.cookies.set(stateCookie, 'A'.repeat(43))
      assert.equal((await answered(visitor, { prompt: 'none' }, closed)).has('session_state'), false)
      assert.equal((await answered(visitor, {}, closed)).has('session_state'), false)
      await signOut(visitor)
      assert.equal(visitor.cookies.get(stateCookie), 'A'.repeat(43))
    },
  )
})
