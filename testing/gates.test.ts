/**
 * Doors with one key. What mints, spends or leaves the house does so in one place, and these tables say where: a
 * second place is a hole, however well it is written, since nobody will look for it there.
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { SecretKind } from '../src/kernel/secret.ts'
import { isTest, sourcesIn, type Call, type Import, type Source } from './source.ts'

/** Who may import what: a file of ours, somebody's module, or one name of it. A folder ends in a slash. */
const mayBeImportedBy: Readonly<Record<string, readonly string[]>> = {
  // The signer is opened where the parts meet and handed on; who may sign with it: `signer.sign` below.
  'src/protocol/token/sign.ts': ['src/server/'],
  'node:crypto sign': ['src/protocol/token/sign.ts'],
  'node:crypto createSign': [],
  // Loaded as a whole it would be 46 files, of which few are for us: each use names its part.
  jose: [],
  'jose/jwt/sign': [],
  'jose/jwt/encrypt': [],
  'jose/jws/compact/sign': [],
  'jose/jws/flattened/sign': [],
  'jose/jws/general/sign': [],
  'jose/jwe/compact/encrypt': ['src/protocol/token/encrypt.ts'],
  'jose/jwe/flattened/encrypt': [],
  'jose/jwe/general/encrypt': [],

  // Requests to others leave by one guard against private addresses.
  undici: ['src/outside/'],
  'node:http': ['src/outside/', 'src/server/'],
  'node:https': ['src/outside/', 'src/server/'],
  'node:http2': ['src/outside/', 'src/server/'],
  'node:net': ['src/outside/', 'src/server/'],
  'node:tls': ['src/outside/', 'src/server/'],
  'node:dns': ['src/outside/'],
  'node:dns/promises': ['src/outside/'],

  // Each dependency is met in one place, so that leaving it is work in one place.
  fastify: ['src/server/'],
  pg: ['src/storage/'],
  'ipaddr.js': ['src/kernel/network.ts'],
  'node:sqlite': ['src/storage/sqlite.ts'],
  '@node-rs/argon2': ['src/identity/'],
  '@node-rs/bcrypt': ['src/identity/stored-hash.ts'],
  commander: ['src/cli/'],
  yaml: ['src/config/', 'src/cli/'],
  pino: ['src/outside/'],
  nodemailer: ['src/outside/mail.ts'],
  'prom-client': ['src/outside/'],
  cookie: ['src/http/'],
  sharp: ['src/outside/picture.ts'],
  otpauth: ['src/identity/totp.ts'],
  uqr: ['src/ui/qr-code.ts'],
  'openid-client': ['src/outside/upstreams.ts'],
  '@simplewebauthn/server': ['src/identity/passkey.ts'],
  unhomoglyph: ['src/domain/lookalikes.ts'],
  '@zxcvbn-ts/language-common': ['src/domain/password-rules.ts'],

  'node:child_process': ['src/cli/'],
  'node:worker_threads': [],
  'node:cluster': ['src/server/workers.ts', 'src/server/siblings.ts'],
  'node:vm': [],
}

/** Who may call what needs no import: a global, or a method of a part that was handed in. */
const mayBeCalledBy: Readonly<Record<string, readonly string[]>> = {
  // Every token comes out of one function that has re-read what it stands for. Beside it is signed what opens nothing: a
  // receipt (0030), userinfo, the envelope of an authorization response (0037), and a logout token (0042).
  'signer.sign': [
    'src/protocol/token/mint.ts',
    'src/protocol/consent-receipt.ts',
    'src/protocol/userinfo/response.ts',
    'src/protocol/jarm.ts',
    'src/protocol/logout/logout-token.ts',
  ],
  fetch: ['src/outside/'],
  WebSocket: [],
  EventSource: [],
  eval: [],
  Function: [],
}

/** Who may issue a secret of each kind: whoever does makes something that will be accepted. */
const mayBeIssuedBy: Readonly<Record<SecretKind, readonly string[]>> = {
  authorization_code: ['src/protocol/authorize/answer.ts'],
  refresh_token: ['src/protocol/token/mint.ts'],
  access_token: ['src/protocol/token/mint.ts'],
  device_code: ['src/protocol/device/endpoint.ts'],
  pushed_request: ['src/protocol/par/push.ts'],
  client_secret: ['src/domain/new-client-secret.ts'],
  administration_key: [],
  initial_access_token: ['src/management/initial-access-tokens.ts'],
  registration_access_token: ['src/protocol/registration/stored.ts'],
  session: ['src/identity/session.ts'],
  browser: ['src/protocol/authorize/browser.ts'],
}

/**
 * Which files may change a table, or one column of it. What spends, ends or admits something stands in one file, where
 * its conditions can be read side by side; the row of a column is the narrower one.
 */
const mayBeWrittenBy: Readonly<Record<string, readonly string[]>> = {
  authorizations: ['src/storage/authorizations.ts'],
  grants: ['src/storage/grants.ts', 'src/storage/grant-use.ts'],
  'grants.ended_at': ['src/storage/grants.ts'],
  'grants.permissions': ['src/storage/grants.ts'],
  'grants.expires_at': ['src/storage/grants.ts'],
  access_tokens: ['src/storage/access-tokens.ts'],
  revoked_tokens: ['src/storage/access-tokens.ts'],
  used_once: ['src/storage/used-once.ts'],
  attempts: ['src/storage/attempts.ts'],
  sessions: ['src/storage/sessions.ts'],
  device_authorizations: ['src/storage/device-authorizations.ts'],
  session_clients: ['src/storage/sessions.ts'],
  interactions: ['src/storage/interactions.ts'],
  pushed_requests: ['src/storage/pushed-requests.ts'],
  // The second holds a row as it is, and changes nothing.
  accounts: ['src/storage/accounts.ts', 'src/storage/proved.ts'],
  logins: ['src/storage/accounts.ts'],
  clients: ['src/storage/clients.ts'],
  client_origins: ['src/storage/client-origins.ts'],
  initial_access_tokens: ['src/storage/initial-access-tokens.ts'],
  protected_resources: ['src/storage/protected-resources.ts'],
  signing_keys: ['src/storage/signing-keys.ts'],
  consents: ['src/storage/consents.ts'],
  audit_events: ['src/storage/audit-events.ts'],
  outbox: ['src/storage/outbox.ts'],
  totp_factors: ['src/storage/one-time-codes.ts'],
  recovery_codes: ['src/storage/one-time-codes.ts'],
  passkeys: ['src/storage/passkeys.ts'],
  upstream_identities: ['src/storage/upstream-identities.ts'],
  remembered_browsers: ['src/storage/remembered-browsers.ts'],
  leases: ['src/storage/lease.ts'],
  mail_tokens: ['src/storage/mail-tokens.ts'],
}

/** Which files may write to a table that is computed, or that no row above names. */
const mayWriteAnything = ['src/storage/expired-rows.ts', 'src/storage/migrate.ts']

const sources = sourcesIn('src').filter(({ path }) => !isTest(path))
const written = sources.flatMap(({ path, texts }) => texts().map((sql) => ({ path, names: writtenBy(sql) })))
const within = (path: string, places: readonly string[]): boolean =>
  places.some((place) => (place.endsWith('/') ? path.startsWith(place) : path === place))

/** The lines of all files but these places that something was found at. */
function elsewhere(
  places: readonly string[],
  found: (source: Source) => readonly { readonly line: number }[],
): readonly string[] {
  return sources
    .filter(({ path }) => !within(path, places))
    .flatMap((source) => found(source).map(({ line }) => `${source.path}:${line}`))
}

/** `node:crypto sign` is one name of a module, `pg` any of it. */
function takes({ target, names, typeOnly }: Import, wanted: string): boolean {
  const [module, name] = wanted.split(' ')
  return !typeOnly && target === module && (name === undefined || names.includes(name) || names.includes('*'))
}

function issued({ callsOn }: Source): readonly Call[] {
  return callsOn('secrets', 'issue')
}

describe('gates', () => {
  for (const [name, places] of Object.entries(mayBeImportedBy)) {
    test(`${name} is imported by ${places.join(', ') || 'nobody'} only`, () => {
      assert.deepEqual(
        elsewhere(places, ({ imports }) => imports.filter((one) => takes(one, name))),
        [],
      )
    })
  }

  for (const [name, places] of Object.entries(mayBeCalledBy)) {
    test(`${name} is called by ${places.join(', ') || 'nobody'} only`, () => {
      const [object = '', method] = name.split('.')
      assert.deepEqual(
        elsewhere(places, ({ calls, callsOn }) => (method === undefined ? calls(object) : callsOn(object, method))),
        [],
      )
    })
  }

  for (const [kind, places] of Object.entries(mayBeIssuedBy)) {
    test(`a secret of the kind ${kind} is issued by ${places.join(', ') || 'nobody'} only`, () => {
      assert.deepEqual(
        elsewhere(places, (source) => issued(source).filter(({ texts }) => texts[0] === kind)),
        [],
      )
    })
  }

  test('whoever issues a secret writes its kind out', () => {
    assert.deepEqual(
      elsewhere([], (source) => issued(source).filter(({ texts }) => texts[0] === undefined)),
      [],
    )
  })

  for (const [name, places] of Object.entries(mayBeWrittenBy)) {
    test(`${name} is written by ${places.join(', ')} only`, () => {
      const others = written
        .filter(({ path, names }) => names.includes(name) && !within(path, [...places, ...mayWriteAnything]))
        .map(({ path }) => path)
      assert.deepEqual(others, [])
    })
  }

  test('R12: what is on record is added to, and never changed: no statement updates it', () => {
    const changed = sources.flatMap(({ path, texts }) =>
      texts()
        .filter((sql) =>
          /\bupdate\s+(consents|audit_events)\b|into\s+(consents|audit_events)\b[^]*\bon\s+conflict/i.test(sql),
        )
        .map(() => path),
    )
    assert.deepEqual(changed, [])
  })

  test('every table that is written has its row', () => {
    const unlisted = written
      .filter(({ path }) => !within(path, mayWriteAnything))
      .flatMap(({ path, names }) =>
        names.filter((name) => !name.includes('.') && !(name in mayBeWrittenBy)).map((name) => `${path}: ${name}`),
      )
    assert.deepEqual(unlisted, [])
  })
})

describe('what a statement writes', () => {
  test('is a table and the columns that are set, up to the condition', () => {
    const sql = 'update codes set redeemed_at = …, x=1 where code_hash = … and y = 2'
    assert.deepEqual(writtenBy(sql), ['codes', 'codes.redeemed_at', 'codes.x'])
  })

  test('is a table and the columns of an insert, and those its conflict changes', () => {
    const sql = 'insert into codes (id, code_hash) values (…, …) on conflict (id) do update set used = … where z = 1'
    assert.deepEqual(writtenBy(sql), ['codes', 'codes.id', 'codes.code_hash', 'codes.used'])
  })

  test('is a table that rows are deleted from', () => {
    assert.deepEqual(writtenBy('delete from codes where redeemed_at = 1'), ['codes'])
  })

  test('is nothing, of a query and of prose', () => {
    assert.deepEqual(writtenBy('select redeemed_at from codes where redeemed_at = 1'), [])
    assert.deepEqual(writtenBy('An update set in stone'), [])
  })
})

/** The tables and columns that a SQL text changes, as `table` and `table.column`; enough for the SQL we write. */
function writtenBy(sql: string): readonly string[] {
  const [, table] =
    /^\s*(?:update|insert\s+into|delete\s+from)\s+([a-z_…]+)(?:\s+(?:set|where)\b|\s*\(|\s*$)/i.exec(sql) ?? []
  if (table === undefined) return []
  const listed = /^\s*insert\s+into\s+\S+\s*\(([^)]*)\)/i.exec(sql)?.[1]?.split(',') ?? []
  const set = [...sql.matchAll(/\bset\s+([^]*?)(?=\bwhere\b|\breturning\b|$)/gi)].flatMap(([, assignments = '']) =>
    [...assignments.matchAll(/(?:^|,)\s*([a-z_]+)\s*=/gi)].map(([, column = '']) => column),
  )
  return [table, ...[...listed, ...set].map((column) => `${table}.${column.trim()}`)]
}
