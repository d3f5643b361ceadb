/** The pages, as browsers get them: what surrounds each, and whom they listen to. */
import assert from 'node:assert/strict'
import { after } from 'node:test'
import { must } from '../testing/must.ts'
import { startServer } from '../testing/server.ts'
import { formsOf, type Received, type Visited, type Visitor } from '../testing/visitor.ts'
import {
  authorizationPath,
  authorize,
  clients,
  configuration,
  form,
  newPkce,
  passPages,
  people,
  redeem,
  tokensOf,
  type ScenePerson,
} from './scene.ts'

const { C1, C1post, C2, C4, C5 } = clients
const server = await startServer({ configuration })
/** As it is on the internet: an issuer with https, behind a proxy. */
const secure = await startServer({ configuration: { ...configuration, accounts: [] }, issuer: 'https://id.test' })
after(() => Promise.all([server.stop(), secure.stop()]))

const pkce = newPkce()
const formType = { 'content-type': 'application/x-www-form-urlencoded' }

/** Goes as far as the consent page. */
async function atConsent(visitor: Visitor, by = C5, person: ScenePerson = people.alice): Promise<Visited> {
  const page = await visitor.go(authorizationPath(by, pkce, { prompt: 'consent' }))
  if (hasButton(page, 'consent-allow')) return page
  const { username, password } = person
  return visitor.submit(page, { press: 'login-submit', fields: { username, password } })
}

function hasButton({ body }: Pick<Received, 'body'>, id: string): boolean {
  return formsOf(body).some(({ buttons }) => buttons.some((button) => button.id === id))
}

/** What is sent when a form is sent by its button. */
function filled({ body }: Visited, press: string): readonly (readonly [string, string])[] {
  const found = formsOf(body).find(({ buttons }) => buttons.some(({ id }) => id === press))
  const button = found?.buttons.find(({ id }) => id === press)
  return [...(found?.fields ?? []), ...(button?.name === undefined ? [] : [[button.name, button.value] as const])]
}

must(
  'OAuth 2.1 §7.15',
  'BR-01, BR-03, BR-05, BR-06: every page stands alone, in nobody’s frame and nobody’s cache',
  async () => {
    const [alice, bob] = [server.visitor(), server.visitor()]
    const signIn = await alice.go(authorizationPath(C4, pkce))
    const consent = await alice.submit(signIn, { press: 'login-submit', fields: people.alice })
    assert.ok(hasButton(consent, 'consent-allow'))
    const pages: Readonly<Record<string, Promise<Received>>> = {
      'sign-in': Promise.resolve(signIn),
      consent: Promise.resolve(consent),
      'wrong password': bob
        .go(authorizationPath(C4, pkce))
        .then((page) => bob.submit(page, { press: 'login-submit', fields: { username: 'bob', password: 'x' } })),
      account: alice.go('/account'),
      'sign-out': alice.go('/logout'),
      'an interaction of nobody': server.send({ path: '/interaction/nobody' }),
      'a refused request': server.send({ path: '/authorize?client_id=nope' }),
      'nothing there': server.send({ path: '/nowhere', headers: { accept: 'text/html' } }),
      'another method': server.send({ method: 'PUT', path: '/account' }),
      'another host': server.send({ path: '/account', headers: { host: 'evil.test' } }),
      'an answer by form': server.send({
        path: authorizationPath(C1, pkce, { response_mode: 'form_post', prompt: 'none' }),
      }),
      'behind a proxy': secure.send({ path: '/authorize?client_id=nope' }),
    }
    for (const [name, asked] of Object.entries(pages)) {
      const { headers, body } = await asked
      assert.equal(headers['content-type'], 'text/html; charset=utf-8', name)
      const policy = String(headers['content-security-policy'])
      assert.match(policy, /default-src 'none'/, name)
      assert.match(policy, /frame-ancestors 'none'/, name)
      assert.match(policy, /base-uri 'none'/, name)
      assert.doesNotMatch(policy, /unsafe|\*|http:(?!\/\/localhost)/, name)
      assert.equal(headers['x-frame-options'], 'DENY', name)
      assert.equal(headers['referrer-policy'], 'no-referrer', name)
      assert.equal(headers['cache-control'], 'no-store', name)
      assert.equal(headers['x-content-type-options'], 'nosniff', name)
      assert.equal(headers['cross-origin-opener-policy'], 'same-origin', name)
      assert.match(String(headers['permissions-policy']), /camera=\(\)/, name)
      const age = /max-age=(\d+)/.exec(String(headers['strict-transport-security'] ?? ''))?.[1]
      assert.ok(name === 'behind a proxy' ? Number(age) >= 31_536_000 : age === undefined, name)
      assert.doesNotMatch(
        body,
        /<(?:iframe|object|embed|img)|<script(?!>document\.forms| type="module" src="[^"]+"><\/script>)|style="|\son[a-z]+="|(?:src|href|action)="https?:\/\/(?!localhost|id\.test|rp1\.test)/,
        name,
      )
    }
  },
)

must(
  'RFC 6265 §4.1',
  'BR-07, BR-08: every cookie is for this host alone, and a session begins under a new name',
  async () => {
    const alice = server.visitor()
    const page = await alice.go(authorizationPath(C4, pkce))
    const session = await passPages(alice, page)
    await authorize(alice, C1, { prompt: 'login' })
    const again = await alice.go(authorizationPath(C4, pkce, { prompt: 'login' }))
    const first = alice.cookies.get('__Host-licet-session') ?? ''
    const renewed = await alice.submit(again, { press: 'login-submit', fields: people.alice })
    assert.notEqual(alice.cookies.get('__Host-licet-session'), first)
    const old = await server.send({ path: '/account', headers: { cookie: `__Host-licet-session=${first}` } })
    assert.equal(old.status, 303)

    const answers = [page, session, again, renewed].flatMap(({ answers: all }) => all)
    const cookies = answers.flatMap(({ headers }) => [headers['set-cookie'] ?? []].flat())
    assert.ok(cookies.length >= 3)
    for (const cookie of cookies) {
      const [pair = '', ...attributes] = cookie.split('; ')
      assert.match(pair, /^__Host-/)
      for (const needed of ['Secure', 'HttpOnly', 'Path=/']) assert.ok(attributes.includes(needed), cookie)
      assert.match(cookie, /SameSite=(?:Lax|Strict)/)
      assert.doesNotMatch(cookie, /Domain=/i)
      assert.ok(cookie.length < 4_096)
    }
  },
)

must(
  'RFC 9700 §4.7',
  'BR-09, BR-10, BR-12: a transaction is one browser’s, and nothing in it can be edited',
  async () => {
    const [attacker, victim] = [server.visitor(), server.visitor()]
    const page = await attacker.go(authorizationPath(C5, pkce))
    const opened = await victim.go(page.url)
    assert.ok(opened.status >= 400 && !hasButton(opened, 'login-submit'), String(opened.status))
    const fields = { ...Object.fromEntries(filled(page, 'login-submit')), ...people.alice }
    const posted = await victim.post(page.url, fields)
    assert.ok(posted.status >= 400 && posted.leaves === undefined)
    assert.equal(victim.cookies.get('__Host-licet-session'), undefined)
    assert.equal((await attacker.go('/account')).url.pathname.startsWith('/interaction/'), true)

    const consent = await atConsent(attacker)
    const edited = {
      client_id: C1.client_id,
      redirect_uri: C1.redirect_uri,
      scope: 'openid postcards.send',
      response_type: 'token',
      state: 'x',
    }
    const own = Object.fromEntries(filled(consent, 'consent-allow').filter(([name]) => name !== 'scope'))
    const { leaves } = await attacker.post(consent.url, { ...own, ...edited })
    assert.ok(leaves === undefined || leaves.href.startsWith(`${C5.redirect_uri}?`), String(leaves))
    if (leaves?.searchParams.has('code') === true) {
      assert.equal(leaves.searchParams.get('state'), 'the state')
      const code = leaves.searchParams.get('code') ?? ''
      const { access_token } = tokensOf(
        await redeem(server, C5, { url: leaves, code, code_verifier: pkce.code_verifier }),
      )
      assert.doesNotMatch(Buffer.from(access_token.split('.')[1] ?? '', 'base64url').toString(), /postcards\.send/)
    }
  },
)

must(
  'RFC 9700 §4.7',
  'BR-13, BR-14: what another site sends in a person’s name signs nobody in, and allows nothing',
  async () => {
    const [victim, attacker] = [server.visitor(), server.visitor()]
    await authorize(victim, C1)
    const session = victim.cookies.get('__Host-licet-session')
    const signIn = await victim.go(authorizationPath(C1, pkce, { prompt: 'login' }))
    const consent = await atConsent(victim, C1post)
    const ownConsent = await atConsent(attacker, C1post, people.bob)
    const login = Object.fromEntries(filled(signIn, 'login-submit'))
    const allow = Object.fromEntries(filled(consent, 'consent-allow'))
    const foreign = Object.fromEntries(filled(ownConsent, 'consent-allow'))
    const crossSite = [
      { origin: 'https://evil.test', 'sec-fetch-site': 'cross-site' },
      { origin: 'null', 'sec-fetch-site': 'cross-site' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site', origin: 'http://localhost:1' },
    ]
    for (const headers of crossSite) {
      const asBob = await victim.post(signIn.url, { ...login, ...people.bob }, headers)
      assert.equal(asBob.status, 403, JSON.stringify(headers))
      assert.equal((await victim.post(consent.url, allow, headers)).status, 403)
    }
    // Without anything of the browser's, the token decides: another browser's, and none, are refused.
    for (const fields of [{ ...allow, ...foreign }, { ...allow, csrf_token: '' }, { decision: 'allow' }]) {
      const answer = await victim.post(consent.url, fields)
      assert.ok(answer.leaves === undefined && !answer.body.includes('lc_'), JSON.stringify(fields))
    }
    assert.equal(victim.cookies.get('__Host-licet-session'), session)
    assert.doesNotMatch((await victim.go('/account')).body, /data-client-id="poster"/)
  },
)

must('R3', 'BR-15, BR-16: a decision that is sent twice, or both ways, is one decision', async () => {
  const alice = server.visitor()
  for (const [one, other] of [
    ['consent-allow', 'consent-allow'],
    ['consent-allow', 'consent-deny'],
  ] as const) {
    for (let trial = 0; trial < 5; trial += 1) {
      const page = await atConsent(alice, C5)
      const presses = [one, other, one, other].map((press) => filled(page, press))
      const outcomes = await Promise.all(presses.map((fields) => alice.post(page.url, fields)))
      const places = new Set(outcomes.map(({ leaves }) => leaves?.href))
      assert.deepEqual([places.size, places.has(undefined)], [1, false], [...places].join('\n'))
      assert.equal((await alice.post(page.url, filled(page, one))).leaves?.href, [...places][0])
    }
  }
})

must('RFC 6265 §5.4', 'BR-18: a malformed cookie is nobody’s, and never a failure', async () => {
  const alice = server.visitor()
  await authorize(alice, C1)
  const good = alice.cookies.get('__Host-licet-session') ?? ''
  const cookies = [
    ...[
      '',
      'x',
      'le_',
      good.slice(0, -1),
      `${good}x`,
      good.toUpperCase(),
      `"${good}"x`,
      '%00',
      '%',
      '%ff',
      '\u00e9',
      '=',
      ';;;',
      '{}',
    ],
    ...[
      `${good}; __Host-licet-session=${good}`,
      `x; __Host-licet-session=${good}`,
      `${good.slice(0, 20)}${'A'.repeat(32)}`,
      'a'.repeat(4_000),
    ],
    ...['__proto__', 'constructor', "' or 1=1 --"],
  ]
  for (const cookie of cookies) {
    for (const path of ['/account', '/logout', authorizationPath(C1, pkce)]) {
      const headers = {
        cookie: `__Host-licet-session=${cookie}; __Host-licet-browser=${cookie}; __Host-licet-device=${cookie}`,
      }
      const answer = await server.send({ path, headers })
      assert.ok([200, 303].includes(answer.status), `${path} ${cookie}: ${answer.status}`)
      assert.doesNotMatch(`${answer.body}${String(answer.headers['location'])}`, /Alice|lc_/, `${path} ${cookie}`)
    }
  }
})

must('ASVS 5 §3.5.3', 'BR-32: no link that a signed-in person can follow changes anything', async () => {
  const alice = server.visitor()
  const tokens = tokensOf(await redeem(server, C2, await authorize(alice, C2)))
  const seen = new Set<string>()
  const crawl = async (path: string): Promise<void> => {
    if (seen.has(path) || seen.size > 100) return
    seen.add(path)
    const page = await alice.go(path)
    assert.ok(page.status < 500, path)
    for (const [, href = ''] of page.body.matchAll(/href="([^"]+)"/g)) {
      const url = new URL(href.replaceAll('&amp;', '&'), page.url)
      if (url.origin === server.issuer) await crawl(url.pathname + url.search)
    }
  }
  for (const path of [
    '/account',
    '/logout',
    '/',
    '/account?remove=spa',
    '/logout?confirm=1',
    '/interaction/x?decision=allow',
  ])
    await crawl(path)
  assert.ok(seen.size >= 6)
  const told = await server.send({ path: '/userinfo', headers: { authorization: `Bearer ${tokens.access_token}` } })
  assert.equal(told.status, 200)
  assert.match((await alice.go('/account')).body, /data-client-id="spa"/)
  assert.equal((await server.send({ path: '/logout', headers: formType, body: form({}) })).status < 500, true)
})
