import assert from 'node:assert/strict'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { must } from '../../testing/must.ts'
import { readConfiguration, readConfigurationFile, readJsonConfigurationFile } from './configuration.ts'
import { settings } from './settings.ts'

const directory = mkdtempSync(join(tmpdir(), 'licet-config-'))
const minimal = { issuer: 'https://id.example.com', secret: 'x'.repeat(43) }

const read = (raw: object, environment: Record<string, string> = {}) =>
  readConfiguration({ ...minimal, ...raw }, directory, environment)
const findingsOf = (raw: object, environment: Record<string, string> = {}) =>
  read(raw, environment).findings.map(({ key, words }) => `${key}: ${words}`)

const documented = `
issuer: https://id.example.com
listen: 127.0.0.1:4000
tls: { certificate: server.crt, key: server.key }
database: sqlite:./licet.db
secret: file:./licet.secret
trusted_proxies: [10.0.0.0/8]
outbound: { allow: ['rp.test:8443'] }
throttle: { exempt: [127.0.0.0/8] }
lifetimes: { authorization_code: 60s, access_token: 5m, refresh_token_idle: 30d, refresh_token_max: 365d, session_idle: 8h, session_max: 7d }
consent: { access_for: [once, 1h, 1d, 30d, until_removed], default: 30d }
accounts:
  - { username: alice, claims: { name: Alice Liddell, email: alice@example.com, email_verified: true } }
resources:
  - resource: https://api.example.com/
    name: Postcards API
    access_token_format: jwt
    introspection_clients: [postcards-api]
    scopes:
      postcards.read: { title: See your postcards, description: Pictures and texts., optional: false }
      postcards.send: { title: Send postcards in your name, optional: true }
clients:
  - client_id: greatapp
    client_name: Great App
    client_secret: \${GREATAPP_SECRET}
    token_endpoint_auth_method: client_secret_basic
    redirect_uris: ['https://greatapp.example/callback']
    grant_types: [authorization_code, refresh_token]
    scope: openid profile email offline_access postcards.read postcards.send
    first_party: false
    profile: oauth21
client_registration: { dynamic: off, metadata_documents: off }
account_registration: off
mail: { smtp: 'smtp://127.0.0.1:1025', from: 'Licet <id@example.com>' }
`

test('the documented file is read as it stands', async () => {
  const file = join(directory, 'documented.yaml')
  writeFileSync(file, documented)
  const { values, findings } = await readConfigurationFile(file, { GREATAPP_SECRET: 'a-secret' })
  assert.deepEqual(findings, [])
  assert.equal(values.issuer, 'https://id.example.com')
  assert.deepEqual(values.listen, { host: '127.0.0.1', port: 4000 })
  assert.equal(values['tls.certificate'], join(directory, 'server.crt'))
  assert.deepEqual(values.database, { kind: 'sqlite', path: join(directory, 'licet.db') })
  assert.deepEqual(values.secret, { value: undefined, file: join(directory, 'licet.secret') })
  assert.equal(values['lifetimes.session_idle'], 8 * 3600)
  assert.deepEqual(values['consent.default'], { value: '30d', seconds: 30 * 86_400 })
  assert.equal(values.clients?.[0]?.client_secret?.reveal(), 'a-secret')
  assert.equal(values.clients[0].metadata['client_name'], 'Great App')
  assert.equal(values.resources?.[0]?.scopes['postcards.send']?.optional, true)
})

test('JSON is read too, indented with tabs', async () => {
  const file = join(directory, 'licet.json')
  writeFileSync(file, JSON.stringify({ ...minimal, lifetimes: { access_token: '7m' } }, undefined, '\t'))
  const { values, findings } = await readConfigurationFile(file, {})
  assert.deepEqual(findings, [])
  assert.equal(values['lifetimes.access_token'], 420)
})

test('every default is a value that the table itself accepts', () => {
  assert.deepEqual(findingsOf({}), [])
  assert.equal(read({}).values['lifetimes.access_token'], 300)
})

test('an unknown key stops the start and names the nearest known one', () => {
  assert.deepEqual(findingsOf({ listn: 'x' }), ['listn: is not a setting; did you mean listen?'])
  assert.deepEqual(findingsOf({ lifetimes: { acces_token: '5m' } }), [
    'lifetimes.acces_token: is not a setting; did you mean access_token?',
  ])
  assert.deepEqual(findingsOf({ access_token: '5m' }), [
    'access_token: is not a setting; did you mean lifetimes.access_token?',
  ])
  assert.deepEqual(findingsOf({ accounts: [{ username: 'a', pasword: 'x' }] }), [
    'accounts[0].pasword: is not a setting; did you mean password?',
  ])
  assert.match(
    findingsOf(JSON.parse('{"__proto__": {"issuer": "x"}}'))[0] ?? '',
    /^__proto__: is not a setting; there are: issuer, /,
  )
  assert.deepEqual(findingsOf({ drian: '1s' }), ['drian: is not a setting; did you mean drain?'])
  assert.equal(findingsOf({ zzz: 1, constructor: 2 }).length, 2)
})

test('all mistakes are reported at once, each with its line', async () => {
  const file = join(directory, 'mistakes.yaml')
  writeFileSync(
    file,
    [
      'issuer: http://id.example.com',
      'lifetimes:',
      '  access_token: 5',
      '  session_idle: 9000d',
      'trusted_proxies: [10.0.0.0/8, nowhere]',
      'clients:',
      '  - client_id: a',
      '    client_secret: ${NOT_SET}',
      'consnt: {}',
    ].join('\n'),
  )
  const { findings, lineOf } = await readConfigurationFile(file, {})
  const found = Object.fromEntries(findings.map(({ key }) => [key, lineOf(key)]))
  assert.deepEqual(found, {
    issuer: 1,
    'lifetimes.access_token': 3,
    'lifetimes.session_idle': 4,
    'trusted_proxies[1]': 5,
    'clients[0].client_secret': 8,
    consnt: 9,
  })
})

test('what one setting says hides nothing of another: contradictions are reported beside slips, each with its line', async () => {
  const file = join(directory, 'contradictions.yaml')
  writeFileSync(
    file,
    [
      'issuer: https://id.example.com',
      'lifetimes.access_token: 5m',
      'lifetimes: { session_idle: 8d, refresh_token_idle: 5 }',
      'accounts:',
      '  - { username: alice, password: wonderland }',
      'resources:',
      '  - resource: https://api.example.com/',
      '    name: API',
      '    scopes:',
      '      api.read.all:',
      '        titel: Read',
    ].join('\n'),
  )
  const { findings, lineOf } = await readConfigurationFile(file, {})
  assert.deepEqual(
    findings.map(({ key, words }) => `${lineOf(key)} ${key} ${words}`),
    [
      '2 lifetimes.access_token is written in its section: lifetimes: { access_token: … }',
      '3 lifetimes.refresh_token_idle must be a duration such as 60s, 5m, 8h or 30d, not 5',
      '11 resources[0].scopes.api.read.all.titel is not a setting; did you mean title?',
      '11 resources[0].scopes.api.read.all.title is missing',
      '3 lifetimes.session_idle must not be longer than lifetimes.session_max, which is 7d',
      '5 accounts[0].password is for an issuer on this machine only; use password_hash, or `licet account create`',
    ],
  )
})

test('what an environment variable sets is told by its name, and stands on no line', async () => {
  const file = join(directory, 'overridden.yaml')
  writeFileSync(file, `issuer: https://id.example.com\nlisten: 4000\n`)
  const { findings, lineOf } = await readConfigurationFile(file, { LICET_ISSUER: 'https://id.example.com/' })
  assert.deepEqual(
    findings.map(({ key, words }) => [lineOf(key), `${key} ${words}`]),
    [
      [
        undefined,
        'issuer from LICET_ISSUER must not end in a slash: clients compare it byte for byte, not "https://id.example.com/"',
      ],
      [2, 'listen must be text, not 4000; put it in quotes'],
    ],
  )
})

test('R20: there are sixty settings at most, each with what it does', () => {
  assert.ok(Object.keys(settings).length <= 60)
  for (const { words } of Object.values(settings)) assert.match(words, /\.$/)
})

test('a file that is JSON says the same to the reader that knows JSON alone, which leaves all others to the one of YAML', async () => {
  const written = {
    issuer: 'https://a.example',
    listen: '127.0.0.1:4000',
    clients: [],
    secret: '${SECRET}',
    branding: 1,
  }
  const [json, twice, yaml] = ['all.json', 'twice.json', 'all.yaml'].map((name) => join(directory, name)) as [
    string,
    string,
    string,
  ]
  writeFileSync(json, JSON.stringify(written))
  writeFileSync(twice, '{"issuer":"https://a.example","issuer":"https://b.example"}')
  writeFileSync(yaml, 'issuer: https://a.example')
  const { lineOf: _, ...read } = await readConfigurationFile(json, { SECRET: 's'.repeat(43) })
  const { lineOf: __, ...readAsJson } = readJsonConfigurationFile(json, { SECRET: 's'.repeat(43) }) ?? {}
  assert.deepEqual(readAsJson, read)
  for (const other of [twice, yaml, join(directory, 'none.json')]) {
    assert.equal(readJsonConfigurationFile(other, {}), undefined)
  }
})

test('a file that is not YAML, has a key twice, or is not there is one finding with its place', async () => {
  const file = join(directory, 'broken.yaml')
  writeFileSync(file, 'issuer: https://a.example\nissuer: https://b.example\n')
  assert.match((await readConfigurationFile(file, {})).findings[0]?.words ?? '', /^line 2: /)
  assert.match(
    (await readConfigurationFile(join(directory, 'none.yaml'), {})).findings[0]?.words ?? '',
    /there is no file/,
  )
})

must(
  'RFC 8414 §2',
  'an issuer is https without query, fragment or trailing slash, spelled in the one canonical way',
  () => {
    const good = [
      'https://id.example.com',
      'https://id.example.com/tenant',
      'https://id.example.com:8443',
      'http://localhost:4000',
    ]
    const loopback = ['http://127.0.0.1:4000', 'http://[::1]:4000', 'http://127.3.2.1']
    for (const issuer of [...good, ...loopback]) assert.deepEqual(findingsOf({ issuer }), [], issuer)
    const bad = [
      ...[
        'https://id.example.com/',
        'https://id.example.com/a/',
        'https://id.example.com?x=1',
        'https://id.example.com/#f',
      ],
      ...[
        'http://id.example.com',
        'http://localhost.example.com',
        'http://127.1',
        'ftp://id.example.com',
        'id.example.com',
      ],
      ...[
        'https://ID.example.com',
        'https://id.example.com:443',
        'https://a@id.example.com',
        'https://id.example.com/a/../b',
      ],
      ...[
        'https://id.example.com/%61',
        'https://id.example.com//a',
        'https://bücher.example',
        ' https://id.example.com',
      ],
    ]
    for (const issuer of bad) assert.equal(read({ issuer }).findings[0]?.key, 'issuer', issuer)
  },
)

test('variables are filled in, in values alone, and cannot add keys', () => {
  const raw = { clients: [{ client_id: 'a', client_name: '${NAME}' }], mail: { smtp: 'smtp://u:$${x}@h' } }
  const { values } = read(raw, { NAME: 'a\nlegacy: []' })
  assert.equal(values.clients?.[0]?.metadata['client_name'], 'a\nlegacy: []')
  assert.equal(values['mail.smtp']?.reveal(), 'smtp://u:${x}@h')
})

test('LICET_ISSUER, LICET_LISTEN, LICET_DATABASE and LICET_SECRET override the keys of the same name', () => {
  const { values } = read(
    { listen: 'nonsense' },
    {
      LICET_ISSUER: 'https://other.example',
      LICET_LISTEN: '[::1]:9',
      LICET_DATABASE: 'postgres://u:secret@h/n',
      LICET_SECRET: 'y'.repeat(43),
    },
  )
  assert.equal(values.issuer, 'https://other.example')
  assert.deepEqual(values.listen, { host: '::1', port: 9 })
  assert.equal(values.database?.kind, 'postgres')
  assert.equal(values.secret?.value?.reveal(), 'y'.repeat(43))
})

test('a secret may be in a file, relative to the configuration, and its last newline does not count', () => {
  writeFileSync(join(directory, 'app.secret'), 'from-a-file\n')
  const { values } = read({ clients: [{ client_id: 'a', client_secret: 'file:app.secret' }] })
  assert.equal(values.clients?.[0]?.client_secret?.reveal(), 'from-a-file')
  assert.match(findingsOf({ clients: [{ client_id: 'a', client_secret: 'file:none' }] })[0] ?? '', /which is not there/)
})

test('what an editor adds to the file of a secret is no part of it, and a second line is a finding', () => {
  const of = (held: string) => {
    writeFileSync(join(directory, 'edited.secret'), held)
    return read({ clients: [{ client_id: 'a', client_secret: 'file:edited.secret' }] })
  }
  assert.equal(of('\uFEFFfrom-a-file\r\n').values.clients?.[0]?.client_secret?.reveal(), 'from-a-file')
  for (const held of ['from-a-file\n\n', 'from-a-file\nanother\n', '\nfrom-a-file']) {
    assert.match(of(held).findings[0]?.words ?? '', /edited\.secret holds more than one line$/)
  }
})

test('PX-10: no secret is seen when a configuration is printed, nor in a finding about it', () => {
  const seen = 'visible-secret-visible-secret-visible-secret'
  const { values } = read({
    secret: seen,
    database: `postgres://u:${seen}@h/n`,
    clients: [{ client_id: 'a', client_secret: seen }],
  })
  for (const printed of [JSON.stringify(values), inspect(values, { depth: 9 }), String(values.secret?.value)]) {
    assert.ok(!printed.includes(seen))
    assert.ok(printed.includes('***'))
  }
  const wrong = findingsOf({
    secret: `${seen}!`,
    database: `mysql://${seen}`,
    clients: [{ client_id: 'a', client_secret: 12_345_678 }],
  })
  assert.equal(wrong.length, 3)
  assert.ok(!wrong.join().includes(seen) && !wrong.join().includes('12345678'))
})

test('the server secret has 32 bytes or more, and is not made up for PostgreSQL', () => {
  assert.deepEqual(findingsOf({ secret: 'c2hvcnQ' }), [
    'secret: must be at least 32 random bytes, which are 43 characters of base64url',
  ])
  assert.match(
    findingsOf({ secret: 'file:none', database: 'postgres://h/n' })[0] ?? '',
    /every node needs the same one/,
  )
  assert.deepEqual(findingsOf({ secret: 'file:none' }), [])
})

test('a scope is marked as sensitive, and told what fails without it, or neither', () => {
  const marked = { title: 'Send', optional: true, without: 'send the cards you write.', sensitive: true }
  const resources = [{ resource: 'https://a/', name: 'A', scopes: { send: marked, read: { title: 'See' } } }]
  const { values } = read({ resources })
  assert.deepEqual(values.resources?.[0]?.scopes, { send: marked, read: { title: 'See', optional: false } })
  const odd = [{ ...resources[0], scopes: { send: { title: 'Send', sensitive: 'very' } } }]
  assert.match(findingsOf({ resources: odd })[0] ?? '', /^resources\[0\]\.scopes\.send\.sensitive: must be/)
})

test('R16: a client, a scope or a type of details asks for a second factor or a passkey, and for none where there can be none', () => {
  const send = { title: 'Send', optional: false, required_acr: 'phr' }
  const authorization_details_types = { pay: { title: 'Pay', required_acr: 'phr' } }
  const resources = [{ resource: 'https://a/', name: 'A', scopes: { send }, authorization_details_types }]
  const clients = [{ client_id: 'a', redirect_uris: ['https://a/cb'], required_acr: 'phr' }]
  assert.deepEqual(read({ resources }).values.resources?.[0]?.scopes, { send })
  assert.deepEqual(findingsOf({ resources, clients }), [])
  const low = [{ ...resources[0], scopes: { send: { ...send, required_acr: 'urn:licet:acr:pwd' } } }]
  assert.match(findingsOf({ resources: low })[0] ?? '', /^resources\[0\]\.scopes\.send\.required_acr: must be/)
  assert.deepEqual(
    findingsOf({ resources, clients, issuer: 'https://192.0.2.1' }).map((one) => one.split(':')[0]),
    [
      'clients[0].required_acr',
      'resources[0].scopes.send.required_acr',
      'resources[0].authorization_details_types.pay.required_acr',
    ],
  )
})

test('a file has no standby, and where that of PostgreSQL is stays hidden', () => {
  const database_standby = 'postgres://licet:wonderland@two.test/licet'
  const server = { database: 'postgres://licet@one.test/licet', secret: 'x'.repeat(43) }
  assert.deepEqual(findingsOf({ database_standby }), ['database_standby: needs PostgreSQL: a file has no standby'])
  assert.deepEqual(findingsOf({ ...server, database_standby }), [])
  const [finding = ''] = findingsOf({ ...server, database_standby: database_standby.replace('postgres', 'mysql') })
  assert.match(finding, /^database_standby: must be postgres:/)
  assert.ok(!finding.includes('wonderland'))
})

test('mail is configured whole or not at all, and a webhook once, with its secret', () => {
  const smtp = 'smtp://127.0.0.1:25'
  assert.deepEqual(findingsOf({ mail: { smtp } }), ['mail.from: is missing: mail needs both'])
  assert.deepEqual(findingsOf({ mail: { from: 'a@b.test' } }), ['mail.smtp: is missing: mail needs both'])
  const webhook = { url: 'https://systems.test/events', secret: 'whsec_abc' }
  assert.deepEqual(findingsOf({ mail: { smtp, from: 'a@b.test' }, webhooks: [webhook] }), [])
  assert.match(findingsOf({ webhooks: [webhook, webhook] })[0] ?? '', /^webhooks\[1\]\.url: is there twice/)
  assert.match(
    findingsOf({ webhooks: [{ url: 'ftp://systems.test', secret: 'x' }] })[0] ?? '',
    /^webhooks\[0\]\.url: must be/,
  )
  assert.match(findingsOf({ webhooks: [{ url: webhook.url }] })[0] ?? '', /^webhooks\[0\]\.secret/)
})

test('a plain password is taken with a loopback issuer only', () => {
  const accounts = [{ username: 'alice', password: 'wonderland' }]
  assert.deepEqual(findingsOf({ issuer: 'http://localhost:4000', accounts }), [])
  assert.match(findingsOf({ accounts })[0] ?? '', /^accounts\[0\]\.password: is for an issuer on this machine only/)
})

test('TK-16: no account and no rule can say what the protocol says', () => {
  for (const claim of ['sub', 'iss', 'aud', 'scope', 'client_id']) {
    assert.equal(findingsOf({ accounts: [{ username: 'a', claims: { [claim]: 'x' } }] }).length, 1, claim)
    assert.equal(findingsOf({ claims: [{ scope: 's', claims: [claim], into: ['access_token'] }] }).length, 1, claim)
  }
})

test('a standard claim of another form than OpenID Connect gives it is a finding, and any other claim may have any', () => {
  const of = (claims: object) => findingsOf({ accounts: [{ username: 'a', claims }] })
  assert.deepEqual(of({ email_verified: true, updated_at: 7, address: { country: 'GB' }, roles: [1, { a: null }] }), [])
  assert.match(of({ email_verified: 'yes' })[0] ?? '', /^accounts\[0\]\.claims\.email_verified: must be true or false/)
  assert.equal(of({ updated_at: '2026-01-01', address: 'Oxford', name: 7 }).length, 3)
})

test('settings that contradict one another are findings', () => {
  const cases: readonly (readonly [object, string])[] = [
    [{ tls: { certificate: 'a' } }, 'tls.key'],
    [{ issuer: 'http://localhost:1', tls: { certificate: 'a', key: 'b' } }, 'issuer'],
    [{ lifetimes: { session_idle: '2h', session_max: '1h' } }, 'lifetimes.session_idle'],
    [{ consent: { access_for: ['1d'], default: '30d' } }, 'consent.default'],
    [{ consent: { access_for: [] } }, 'consent.access_for'],
    [{ consent: { access_for: ['30d', '1h', '60m'] } }, 'consent.access_for[2]'],
    [{ consent: { access_for: ['once', '30d', 'once'] } }, 'consent.access_for[2]'],
    [{ clients: [{ client_id: 'a' }, { client_id: 'a' }] }, 'clients[1].client_id'],
    [{ accounts: [{ username: 'Alice' }, { username: 'alice ' }] }, 'accounts[1].username'],
    [
      { resources: [{ resource: 'https://a/', name: 'A', scopes: { openid: { title: 'x' } } }] },
      'resources[0].scopes.openid',
    ],
  ]
  for (const [raw, key] of cases) assert.equal(read(raw).findings[0]?.key, key, JSON.stringify(raw))
})

test('R6: how long access may last ends where dates can still be shown', () => {
  const of = (longest: string) => findingsOf({ consent: { access_for: ['30d', longest] } })
  assert.deepEqual(of('36500d'), [])
  assert.match(of('36501d')[0] ?? '', /^consent\.access_for\[1\]: must be 36500d at most/)
  assert.equal(of('0s').length, 1)
})

test('the hosts of metadata documents are host names, this machine’s own too', () => {
  const of = (host: string) => findingsOf({ client_registration: { metadata_documents: [host] } }).length
  assert.deepEqual(['id.example.com', 'localhost', 'any', 'Id.Example.com', 'https://a.b'].map(of), [0, 0, 1, 1, 1])
})

test('AC-32: what begins with a letter is refused where no mail is sent, so that no setting is silently without effect', () => {
  const mail = { smtp: 'smtp://127.0.0.1:1025', from: 'a@b.test' }
  for (const raw of [
    { account_registration: 'any' },
    { account_registration: ['example.com'] },
    { sign_in: { email_codes: 'on' } },
  ]) {
    const [finding] = read(raw).findings
    assert.match(`${finding?.key}: ${finding?.words}`, /^(account_registration|sign_in\.email_codes): needs mail/)
    assert.deepEqual(read({ ...raw, mail }).findings, [])
  }
})

test('AC-32: accounts can be made without mail where another provider proves the address', () => {
  const of = (trust_email: boolean) => {
    const upstream = [{ id: 'up', name: 'Up', issuer: 'https://up.test', client_id: 'a', trust_email }]
    return read({ account_registration: 'any', upstream }).findings[0]?.key
  }
  assert.deepEqual([of(false), of(true)], ['account_registration', undefined])
})

test('aliases that grow without bound are refused, not followed', async () => {
  const file = join(directory, 'laughs.yaml')
  const lines = Array.from({ length: 9 }, (_, index) => `a${index + 1}: &a${index + 1} [${`*a${index},`.repeat(9)}]`)
  writeFileSync(file, ['a0: &a0 [x,x,x,x,x,x,x,x,x]', ...lines].join('\n'))
  assert.notDeepEqual((await readConfigurationFile(file, {})).findings, [])
})
