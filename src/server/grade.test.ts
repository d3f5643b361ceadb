import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readConfiguration } from '../config/configuration.ts'
import { grade } from './grade.ts'
import { judged } from './loaded-configuration.ts'

const now = 1_795_824_000 // 2026-11-28T00:00:00Z
const secret = Buffer.alloc(32, 7).toString('base64url')
const inEveryLanguage = Object.fromEntries(['de', 'fr', 'es', 'ja', 'ar'].map((tag) => [tag, { title: '…' }]))
const read = { title: 'Read', description: 'All of it.', translations: inEveryLanguage }
const good = {
  issuer: 'https://id.example.com',
  trusted_proxies: ['10.0.0.0/8'],
  secret,
  resources: [{ resource: 'https://api.example.com/', name: 'API', scopes: { 'api.read': read } }],
  clients: [
    {
      client_id: 'app',
      token_endpoint_auth_method: 'none',
      redirect_uris: ['https://app.example.com/cb'],
      scope: 'openid profile api.read',
    },
  ],
}

function graded(otherwise: object, level: 'finding' | 'note' = 'finding'): readonly string[] {
  const loaded = judged(readConfiguration({ ...good, ...otherwise }, '/', {}), 'test')
  assert.ok(loaded.outcome === 'good', JSON.stringify(loaded))
  return grade(loaded.configuration, now)
    .filter((one) => one.level === level)
    .map(({ key, spec }) => `${key} (${spec})`)
}

const client = (more: object) => ({ clients: [{ ...good.clients[0], ...more }] })

test('a set-up as RFC 9700 and OAuth 2.1 want it has no finding', () => {
  assert.deepEqual(graded({}), [])
})

test('each rule finds what it is for', () => {
  const cases: readonly (readonly [object, string])[] = [
    [client({ profile: 'oidc' }), 'clients[0].profile (RFC 9700 §2.1.1)'],
    [
      client({ token_endpoint_auth_method: 'client_secret_basic', client_secret: 'short' }),
      'clients[0].client_secret (RFC 6749 §10.10)',
    ],
    [client({ first_party: true }), 'clients[0].first_party (RFC 8252 §8.6)'],
    [
      { legacy: [{ client_id: 'app', response_types: ['token code'], until: '2027-06-30' }] },
      'legacy[0].response_types (RFC 9700 §2.1.2)',
    ],
    [
      { legacy: [{ client_id: 'app', grant_types: ['password'], until: '2027-06-30' }] },
      'legacy[0].grant_types (RFC 9700 §2.4)',
    ],
    [
      client({ application_type: 'native', redirect_uris: ['http://localhost/cb'] }),
      'clients[0].redirect_uris (RFC 8252 §8.3)',
    ],
    [{ lifetimes: { access_token: '2h' } }, 'lifetimes.access_token (RFC 6750 §5.3)'],
    [
      { upstream: [{ id: 'up', name: 'Up', client_id: 'a', issuer: 'http://up.example.com' }] },
      'upstream[0].issuer (OpenID Connect Core §16.17)',
    ],
    [{ listen: '0.0.0.0:4000', trusted_proxies: [] }, 'tls (OAuth 2.1 §1.5)'],
    [{ throttle: { exempt: ['192.0.2.0/24'] } }, 'throttle.exempt (RFC 6749 §10.10)'],
    [
      { resources: [{ ...good.resources[0], introspection_clients: ['ap'] }] },
      'resources[0].introspection_clients (RFC 7662 §4)',
    ],
    [
      { resources: [{ ...good.resources[0], access_token_format: 'opaque' }] },
      'resources[0].introspection_clients (RFC 7662 §4)',
    ],
    [client({ scope: 'openid api.write' }), 'clients[0].scope (RFC 6749 §3.3)'],
  ]
  for (const [otherwise, expected] of cases) assert.deepEqual(graded(otherwise), [expected], expected)
})

test('PX-02: to believe everybody’s X-Forwarded-For is a finding', () => {
  assert.deepEqual(graded({ trusted_proxies: ['10.0.0.0/8', '::/0'] }), ['trusted_proxies (RFC 9700 §4.13)'])
})

test('AD-11: whom letters come from is one address in one line', () => {
  const of = (from: string) =>
    judged(readConfiguration({ ...good, mail: { smtp: 'smtp://127.0.0.1', from } }, '/', {}), 'test').outcome
  const written = [
    'id@example.com',
    'Licet <id@example.com>',
    '"Licet, Inc." <id@example.com>',
    'リセット <id@example.com>',
  ]
  for (const from of written) assert.equal(of(from), 'good', from)
  const wrong = [
    'Licet',
    'Licet\r\nBcc: a@b.test <id@example.com>',
    'a@b.test, id@example.com',
    'a@b.test <id@example.com>',
  ]
  for (const from of [...wrong, '<>', 'Licet <id@example.com>\n', 'Licet <id@example.com> x'])
    assert.equal(of(from), 'bad', from)
})

test('what is good to know is a note, and no finding', () => {
  assert.deepEqual(graded({ issuer: 'http://localhost:4000', secret }, 'note'), [
    'issuer (RFC 8414 §2)',
    'secret (RFC 6749 §10.2)',
  ])
  const withSecret = client({ token_endpoint_auth_method: 'client_secret_basic', client_secret: 'x'.repeat(40) })
  assert.deepEqual(graded(withSecret), [])
  assert.ok(graded(withSecret, 'note').includes('clients[0].token_endpoint_auth_method (RFC 9700 §2.5)'))
})

test('AC-20: whose word about addresses is believed is a note', () => {
  const upstream = [{ id: 'up', preset: 'google', client_id: 'a', trust_email: true }]
  const noted = 'upstream[0].trust_email (OpenID Connect Core §5.7)'
  assert.ok(graded({ upstream }, 'note').includes(noted))
  assert.ok(!graded({ upstream: [{ ...upstream[0], trust_email: false }] }, 'note').includes(noted))
})

test('what the legacy fence lets through is shown as debt, with its date', () => {
  const legacy = [
    { client_id: 'app', response_types: ['id_token token'], grant_types: ['password'], until: '2027-06-30' },
  ]
  const loaded = judged(readConfiguration({ ...good, legacy }, '/', {}), 'test')
  assert.ok(loaded.outcome === 'good')
  const debts = grade(loaded.configuration, now).filter(({ key }) => key.startsWith('legacy'))
  assert.equal(debts.length, 2)
  for (const { words } of debts) assert.match(words, /debt until 2027-06-30: app /)
})

test('a row of the fence that is over is no debt, but something to take out', () => {
  const legacy = [{ client_id: 'app', grant_types: ['password'], until: '2026-11-27' }]
  assert.deepEqual(graded({ legacy }), [])
  assert.ok(graded({ legacy }, 'note').includes('legacy[0] (RFC 9700 §2.1.2)'))
})

test('a proxy on this machine that is not trusted is a note: all that comes through it has one address', () => {
  const noted = 'trusted_proxies (RFC 7239 §4)'
  assert.ok(graded({ trusted_proxies: [] }, 'note').includes(noted))
  for (const fine of [{}, { trusted_proxies: [], issuer: 'http://localhost:4000' }]) {
    assert.ok(!graded(fine, 'note').includes(noted))
  }
})

describe('colours', () => {
  const coloured = (colours: object) => ({ branding: { colours } })

  test('WCAG 2.2 §1.4.3, §1.4.11: one that is hard to read is found, for the server and for clients', () => {
    assert.deepEqual(graded(coloured({ light: { accent: '#7a1f5c' } })), [])
    assert.deepEqual(graded(coloured({ light: { accent: '#ff6600' } })), [
      'branding.colours.light.accent (WCAG 2.2 §1.4.3)',
    ])
    assert.deepEqual(graded(coloured({ dark: { edge: '#333333' } })), ['branding.colours.dark.edge (WCAG 2.2 §1.4.11)'])
    const client_brandings = { shop: { colours: { dark: { accent: '#222222' } } }, plain: { name: 'Plain' } }
    assert.deepEqual(graded({ ...coloured({ light: { accent: '#ff6600' } }), client_brandings }), [
      'branding.colours.light.accent (WCAG 2.2 §1.4.3)',
      'client_brandings.shop.colours.dark.accent (WCAG 2.2 §1.4.3)',
    ])
  })

  test('it is told which pairs, how well they are read, how well they should be, and what would do', () => {
    const loaded = judged(
      readConfiguration({ ...good, ...coloured({ light: { on_accent: '#0b6a5b' } }) }, '/', {}),
      'test',
    )
    assert.ok(loaded.outcome === 'good')
    const [found] = grade(loaded.configuration, now)
    assert.equal(
      found?.words,
      'is #0b6a5b and hard to read (on_accent on accent 1.00 to 1, wanted 4.5; on_accent on accent_hover 1.37 to 1, wanted 4.5): the nearest that does is #96e6d4',
    )
  })
})
