/**
 * Every secret that comes by in a long run, wherever it was put, rightly or wrongly: none is found again in the log, nor
 * in the database.
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after } from 'node:test'
import { must } from '../testing/must.ts'
import type { Request } from '../testing/sender.ts'
import { startServer, visitorOf } from '../testing/server.ts'
import { formsOf, type Received } from '../testing/visitor.ts'
import {
  assertion,
  assertionParameters,
  authorizationPath,
  authorize,
  basic,
  clients,
  configuration,
  form,
  jsonOf,
  newPkce,
  passPages,
  people,
  post,
  redeem,
  refresh,
  resources,
  tokensFor,
  tokensOf,
} from './scene.ts'

const { C1, C1post, C2, C4, C5, C6, RS1 } = clients
const server = await startServer({ configuration })
after(() => server.stop())

/** What is secret in a form, a query or an answer, by its name. */
const names = [
  ...[
    'code',
    'code_verifier',
    'access_token',
    'refresh_token',
    'id_token',
    'token',
    'client_secret',
    'client_assertion',
  ],
  ...['password', 'csrf_token', 'new_password', 'request_uri'],
]
/** Every secret that came by. */
const secrets = new Set<string>()

const keep = (secret: string | undefined): void => {
  if (secret !== undefined && secret.length >= 8) secrets.add(secret)
}

/** Notes the secrets of a request and of its answer. */
function note(request: Request, answer: Received): void {
  const query = request.path.split('?', 2)[1] ?? ''
  for (const text of [query, request.body ?? '', String(answer.headers['location'] ?? '').split('?', 2)[1] ?? '']) {
    for (const [name, value] of new URLSearchParams(text)) if (names.includes(name)) keep(value)
  }
  const { authorization, cookie } = request.headers ?? {}
  keep(authorization?.split(' ', 2)[1])
  for (const pair of cookie?.split('; ') ?? []) keep(pair.slice(pair.indexOf('=') + 1))
  for (const pair of [answer.headers['set-cookie'] ?? []].flat()) keep(/=([^;]*)/.exec(pair)?.[1])
  if (answer.headers['content-type'] === 'application/json' && answer.body !== '') {
    const values = JSON.parse(answer.body) as Readonly<Record<string, unknown>>
    for (const name of names) if (typeof values[name] === 'string') keep(values[name])
  }
  for (const { fields } of formsOf(answer.body)) {
    for (const [name, value] of fields) if (names.includes(name)) keep(value)
  }
}

const watched = {
  issuer: server.issuer,
  send: async (request: Request): Promise<Received> => {
    const answer = await server.send(request)
    note(request, answer)
    return answer
  },
}
const visitor = () => visitorOf(watched.issuer, watched.send)
const lasting = { scope: 'openid profile email offline_access postcards.read' }

async function rightly(): Promise<void> {
  const alice = visitor()
  for (const by of [C1, C1post, C2, C4, C5]) {
    const { access_token, refresh_token } = await tokensFor(watched, alice, by, lasting)
    await watched.send({ path: '/userinfo', headers: { authorization: `Bearer ${access_token}` } })
    await post(watched, '/introspect', RS1, { token: access_token })
    const next = tokensOf(await refresh(watched, by, refresh_token))
    await refresh(watched, by, refresh_token)
    await post(watched, '/revoke', by, { token: next.refresh_token })
    const request = Object.fromEntries(new URLSearchParams(authorizationPath(by, newPkce()).split('?')[1]))
    const { request_uri } = jsonOf(await post(watched, '/par', by, request))
    await alice.go(`/authorize?${form({ client_id: by.client_id, request_uri: String(request_uri) })}`)
    await refresh(watched, by, next.refresh_token)
  }
  const letters = { scope: 'letters.read', resource: resources.RS2 }
  await post(watched, '/token', C6, { grant_type: 'client_credentials', ...letters })
  const byForm = await alice.go(authorizationPath(C1, newPkce(), { response_mode: 'form_post' }))
  assert.match(byForm.body, /lc_/)
  await alice.submit(await alice.go('/account'), { press: `remove=${C5.client_id}` })
  await alice.submit(await alice.go('/logout'), { press: 'logout-confirm' })
}

async function wrongly(): Promise<void> {
  const alice = visitor()
  const { code, code_verifier } = await authorize(alice, C1, lasting)
  const response = await authorize(alice, C1, lasting)
  const tokens = tokensOf(await redeem(watched, C1, response))
  await redeem(watched, C1, response)
  await redeem(watched, C5, { ...response, code, code_verifier })
  const session = alice.cookies.get('__Host-licet-session') ?? ''
  const jwt = assertion(C4, { aud: 'https://other.test' })
  await post(watched, '/token', { headers: {}, parameters: assertionParameters(jwt) }, { grant_type: 'refresh_token' })

  // A password where the name should be, a name that is nobody's, a secret that is almost right.
  for (const [username, password] of [
    [people.bob.password, people.bob.username],
    ['nobody', 'a password of somebody'],
    ['bob', `${people.bob.password}?`],
    [`bob\u0000${people.bob.password}`, 'x'],
  ] as const) {
    const page = await visitor().go(authorizationPath(C1, newPkce()))
    await passPages(visitor(), page, { username, password })
    keep(username.length > 10 ? username : undefined)
  }
  for (const secret of ['another secret altogether', `${C1.client_secret}x`]) {
    await post(watched, '/token', { headers: basic(C1.client_id, secret), parameters: {} }, { grant_type: 'x' })
    await post(
      watched,
      '/token',
      { headers: {}, parameters: { client_id: C1post.client_id, client_secret: secret } },
      {},
    )
    keep(secret)
  }

  const misplaced = [code, response.code, tokens.access_token, tokens.refresh_token, tokens.id_token, session, jwt]
  for (const secret of misplaced) {
    const spelled = encodeURIComponent(secret)
    const requests: readonly Request[] = [
      { path: `/${spelled}` },
      { path: `/token?refresh_token=${spelled}&client_secret=${spelled}`, method: 'GET' },
      { path: `/userinfo?access_token=${spelled}` },
      { path: `/introspect?token=${spelled}` },
      { path: `/interaction/${spelled}` },
      { path: `/assets/${spelled}` },
      { path: `/token;${spelled}`, method: 'POST' },
      { path: `http://${spelled}/token`.slice(0, 2_000) },
      ...[
        'client_id',
        'redirect_uri',
        'scope',
        'state',
        'prompt',
        'resource',
        'response_type',
        'login_hint',
        'max_age',
      ].map((name) => ({ path: authorizationPath(C1, newPkce(), { [name]: secret }) })),
      { path: authorizationPath(C1, newPkce(), { redirect_uri: `https://rp1.test/cb?code=${secret}` }) },
      ...['grant_type', 'client_id', 'scope', 'resource', 'redirect_uri', 'client_assertion_type', secret].map(
        (name) => ({
          path: '/token',
          headers: { 'content-type': 'application/x-www-form-urlencoded', ...basic(C1.client_id, C1.client_secret) },
          body: form({ grant_type: 'refresh_token', [name]: secret }) + `&${name}=${spelled}`,
        }),
      ),
      { path: '/token', headers: basic(secret, secret), body: 'grant_type=x' },
      {
        path: '/account',
        headers: { origin: secret, referer: `https://rp1.test/?code=${secret}`, 'user-agent': secret },
      },
      { path: '/account', headers: { host: `${secret}.test` } },
      { path: '/account', headers: { 'x-forwarded-for': secret, forwarded: secret, 'x-request-id': secret } },
      { path: '/logout', headers: { 'content-type': secret }, body: secret },
      { path: '/account', method: 'PUT', headers: { authorization: `Bearer ${secret}` } },
    ]
    for (const request of requests) {
      const answer = await watched.send(request).catch((error: unknown) => {
        // Some of these no HTTP client sends.
        if (error instanceof Error && error.message.includes('nvalid')) return undefined
        throw error
      })
      assert.ok(answer === undefined || answer.status < 500, request.path)
    }
  }
}

/** The files of the database, as bytes. */
function stored(): string {
  const file = server.database.slice('sqlite:'.length)
  const files = readdirSync(dirname(file)).filter((name) => name.includes('.db'))
  assert.ok(files.length > 0)
  return files.map((name) => readFileSync(join(dirname(file), name), 'latin1')).join('')
}

must(
  'RFC 6819 §5.1.4.1',
  'CD-12, RT-17: the database holds no secret as it was handed out, nor a private key',
  async () => {
    await rightly()
    const bytes = stored()
    assert.ok(bytes.includes('greatapp') && bytes.includes('alice'))
    assert.deepEqual(
      [...secrets].filter((secret) => bytes.includes(Buffer.from(secret).toString('latin1'))),
      [],
    )
    assert.doesNotMatch(bytes, /"d":"|PRIVATE KEY|wonderland/)
  },
)

must('RFC 9700 §4.3, ASVS 5 §16.2.5', 'PX-10: of every secret of a whole run the log holds none', async (t) => {
  await wrongly()
  await server.send({ path: '/the-end-of-the-run' })
  await server.logged(({ path }) => path === '/the-end-of-the-run')
  const said = server.output.join('\n')
  const spelled = [...secrets].flatMap((secret) => [...new Set([secret, encodeURIComponent(secret)])])
  t.diagnostic(`${secrets.size} secrets, ${server.output.length} lines`)
  assert.ok(secrets.size > 100 && server.output.length > 100)
  assert.deepEqual(
    spelled.filter((secret) => said.includes(secret)),
    [],
  )
})

must(
  'RFC 6749 §10.1',
  'CA-10, CA-11: the secret of a stored client is shown once, and kept in no readable form',
  async () => {
    const create = [
      'client',
      'create',
      '--id',
      'stored',
      '--grant-type',
      'client_credentials',
      '--scope',
      'postcards.read',
    ]
    const made = await server.command([...create, '--json'])
    const { client_secret } = JSON.parse(made.stdout) as { readonly client_secret: string }
    assert.match(client_secret, /^ls_[\w-]{49}$/)
    const renewed = JSON.parse((await server.command(['client', 'new-secret', 'stored', '--json'])).stdout) as {
      readonly client_secret: string
    }
    const machine = (secret: string) =>
      post(
        server,
        '/token',
        { ...C6, client_id: 'stored', client_secret: secret },
        {
          grant_type: 'client_credentials',
        },
      )
    for (const secret of [client_secret, renewed.client_secret]) assert.equal((await machine(secret)).status, 200)
    const shown = await Promise.all([
      server.command(['client', 'list', '--json']),
      server.command(['client', 'show', 'stored', '--json']),
    ])
    const bytes = stored() + shown.map(({ stdout, stderr }) => stdout + stderr).join('')
    for (const secret of [client_secret, renewed.client_secret]) assert.ok(!bytes.includes(secret.slice(3, 40)))
    for (const { stdout } of shown) assert.doesNotMatch(stdout, /"(?:hash|client_secret\w*)":/)
    assert.doesNotMatch(shown[1]?.stdout ?? '', /[\w-]{43}/)

    assert.equal((await server.command(['client', 'retire-secrets', 'stored'])).code, 0)
    for (const late = performance.now() + 2_000; (await machine(client_secret)).status === 200;) {
      assert.ok(performance.now() < late)
    }
    assert.equal((await machine(renewed.client_secret)).status, 200)
  },
)
