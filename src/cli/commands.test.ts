/** The command line as scripts use it, beside a server that serves from the same database. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { after, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { auditEventRecord } from '../../testing/records.ts'
import { startServer } from '../../testing/server.ts'
import { root } from '../../testing/source.ts'
import { newId } from '../kernel/ids.ts'
import { spellMoment, systemClock } from '../kernel/time.ts'
import { openDatabase } from '../storage/open.ts'
import { openStores } from '../storage/stores.ts'

const server = await startServer({
  configuration: {
    keys: { publish_before: '1h' },
    upstream: [{ id: 'nobody', name: 'Nobody', issuer: 'https://127.0.0.1:9', client_id: 'licet' }],
    resources: [{ resource: 'https://api.test/', name: 'API', scopes: { 'api.read': { title: 'Read' } } }],
    clients: [{ client_id: 'configured', client_secret: 'x'.repeat(40), grant_types: ['client_credentials'] }],
  },
})
after(() => server.stop())

interface Record {
  readonly [name: string]: unknown
}

/** Runs a command that must end well, and reads its JSON. */
async function json(...words: readonly string[]): Promise<Record> {
  const { code, stdout, stderr } = await server.command([...words, '--json'])
  assert.equal(code, 0, stderr)
  return JSON.parse(stdout) as Record
}

/** Runs a command, and answers its exit code with all it said. */
async function outcome(words: readonly string[], input?: string): Promise<string> {
  const { code, stdout, stderr } = await server.command(words, input)
  return `${code} ${stdout}${stderr}`.trim()
}

const token = (client_id: string, client_secret: unknown) =>
  server.send({
    path: '/token',
    headers: {
      authorization: `Basic ${Buffer.from(`${client_id}:${String(client_secret)}`).toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: 'grant_type=client_credentials',
  })

test('R15, CA-10, CA-11: a client’s secret is made here, shown once, and replaced without a gap', async () => {
  const made = await json(
    'client',
    'create',
    '--id',
    'machine',
    '--name',
    'Machine',
    '--grant-type',
    'client_credentials',
  )
  assert.match(String(made['client_secret']), /^ls_[A-Za-z0-9_-]{40,}$/)
  assert.equal((await token('machine', made['client_secret'])).status, 200)
  const shown = await json('client', 'show', 'machine')
  assert.doesNotMatch(JSON.stringify(shown), /ls_|hash/)

  const second = await json('client', 'new-secret', 'machine')
  await until(async () => (await token('machine', second['client_secret'])).status === 200)
  assert.equal((await token('machine', made['client_secret'])).status, 200)
  assert.equal(await outcome(['client', 'retire-secrets', 'machine']), '0')
  await until(async () => (await token('machine', made['client_secret'])).status === 401)
  assert.equal((await token('machine', second['client_secret'])).status, 200)
})

test('R22: a client that is disabled is refused within two seconds by a server that runs', async () => {
  const { client_secret } = await json('client', 'create', '--id', 'switched', '--grant-type', 'client_credentials')
  assert.equal((await token('switched', client_secret)).status, 200)
  assert.equal(await outcome(['client', 'disable', 'switched']), '0')
  const since = performance.now()
  await until(async () => (await token('switched', client_secret)).status === 401)
  assert.ok(performance.now() - since < 2500)
  assert.equal(await outcome(['client', 'enable', 'switched']), '0')
  assert.equal(await outcome(['client', 'delete', 'switched']), '0')
  assert.match(await outcome(['client', 'delete', 'switched']), /^1 There is no client switched$/)
})

test('what the configuration holds is shown, and changed only there', async () => {
  const all = (await json('client', 'list')) as unknown as readonly Record[]
  assert.equal(all.find(({ client_id }) => client_id === 'configured')?.['registered_by'], 'configuration')
  for (const words of [['delete'], ['disable'], ['new-secret'], ['update', '--name', 'X']]) {
    const [verb = '', ...rest] = words
    assert.match(
      await outcome(['client', verb, 'configured', ...rest]),
      /^1 The configuration file holds client configured/,
    )
  }
  assert.match(
    await outcome(['client', 'create', '--id', 'configured', '--grant-type', 'client_credentials']),
    /^1 There is a client configured already/,
  )
  assert.match(await outcome(['resource', 'delete', 'https://api.test/']), /^1 The configuration file holds/)
})

test('the account of a log line or a grant is found by its account_id, before whoever has that for a name', async () => {
  const { account_id } = await json('account', 'create', 'logged')
  const id = String(account_id)
  const other = await json('account', 'create', `${id}x`)
  assert.equal((await json('account', 'show', id))['username'], 'logged')
  assert.equal(await outcome(['account', 'disable', id]), '0')
  assert.equal((await json('account', 'show', 'logged'))['disabled'], true)
  assert.equal((await json('account', 'show', `${id}x`))['account_id'], other['account_id'])
  assert.deepEqual(await json('grant', 'list', '--account', id), [])
})

test('what a person reads has its moments spelled out, and what a script reads has them as numbers', async () => {
  const { created_at } = await json('account', 'create', 'moment')
  assert.ok(typeof created_at === 'number')
  assert.match(await outcome(['account', 'show', 'moment']), new RegExp(`created_at: ${spellMoment(created_at)}`))
  assert.match(await outcome(['client', 'show', 'configured']), /\ncreated_at: with the configuration\n/)
  assert.match(await outcome(['key', 'list']), /  signing  20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z  /)
})

test('R21: migrate says what it applied, and the second time that there was nothing', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'licet-migrate-')), 'licet.json')
  writeFileSync(file, JSON.stringify({ issuer: 'http://localhost:4000' }))
  const migrated = async () => {
    const child = spawn(join(root, 'bin/licet'), ['migrate', '--config', file], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [said] = await Promise.all([text(child.stdout), once(child, 'close')])
    return `${child.exitCode} ${said}`
  }
  assert.match(await migrated(), /^0 Applied: first-tables\n(?:Applied: [a-z-]+\n)+The database is up to date\n$/)
  assert.equal(await migrated(), '0 The database is up to date\n')
})

test('check asks other providers where it is told to, and tells what is wrong by its exit code', async () => {
  assert.doesNotMatch(await outcome(['check']), /upstream/)
  const asked = await outcome(['check', '--online'])
  assert.match(asked, /^1 /)
  assert.match(
    asked,
    /finding: upstream\[0\] has no description at https:\/\/127\.0\.0\.1:9\/\S+: port, unless outbound\.allow names it/,
  )
})

test('R7: a client_id may be of any letters, and is refused where a request could never name it', async () => {
  const machine = ['--grant-type', 'client_credentials']
  assert.equal((await json('client', 'create', '--id', 'ünïcode/日本%', ...machine))['client_id'], 'ünïcode/日本%')
  assert.equal((await json('client', 'show', 'ünïcode/日本%'))['client_id'], 'ünïcode/日本%')
  for (const wrong of ['', 'a\nb', 'a'.repeat(201)])
    assert.match(await outcome(['client', 'create', '--id', wrong, ...machine]), /^2 .*1 to 200 letters/s)
})

test('client metadata is checked as everywhere, and the mistake named', async () => {
  assert.match(
    await outcome(['client', 'create', '--redirect-uri', 'https://a.example/*', 'http://a.example/']),
    /^2 .*redirect/i,
  )
  assert.match(
    await outcome(['client', 'create', '--metadata', '-'], 'redirect_uri: https://a.example/'),
    /^2 redirect_uri is not client metadata; did you mean redirect_uris\?$/,
  )
})

test('an account is made with a password from standard input, and disabled, enabled, changed, deleted', async () => {
  assert.match(
    await outcome(
      ['account', 'create', 'bob', '--password-stdin', '--claim', 'name=Bob', 'email_verified=true'],
      'hunter22\n',
    ),
    /^0 (?=[^]*Warning: this is not a password to keep\. It has fewer than 15 characters\.)/,
  )
  const shown = await json('account', 'show', 'bob')
  assert.deepEqual(shown['claims'], { name: 'Bob', email_verified: true })
  assert.equal(shown['has_password'], true)
  assert.equal('password_hash' in shown, false)
  assert.match(await outcome(['account', 'create', 'BOB'], 'x'), /^1 There is an account/)
  assert.match(await outcome(['account', 'create', 'eve', '--password-stdin'], ''), /^2 Nothing came/)
  assert.match(
    await outcome(['account', 'update', 'bob', '--claim', 'sub=x']),
    /^2 sub is a claim that the protocol sets/,
  )
  assert.match(
    await outcome(['account', 'update', 'bob', '--claim', 'name="Bob" B']),
    /^2 The value of the claim name is no YAML: put /,
  )
  for (const wrong of ['', ' ', 'a\nb', 'a'.repeat(321)])
    assert.match(await outcome(['account', 'create', wrong]), /^2 .*1 to 320 letters/s)
  assert.equal(await outcome(['account', 'disable', 'bob']), '0')
  assert.equal((await json('account', 'show', 'bob'))['disabled'], true)
  assert.equal(await outcome(['account', 'enable', 'bob']), '0')
  assert.deepEqual(await json('account', 'remove-factors', 'bob'), { totp: false, recovery_codes: 0, passkeys: 0 })
  assert.match(await outcome(['account', 'remove-factors', 'nobody']), /^1 There is no account nobody$/)
  assert.equal(await outcome(['account', 'delete', 'bob']), '0')
  assert.match(await outcome(['account', 'show', 'bob']), /^1 There is no account bob$/)
})

test(
  'a password that is typed at a terminal is asked for, and not shown',
  // `script` of util-linux gives a command a terminal; others spell its arguments otherwise.
  { skip: process.platform !== 'linux' },
  async () => {
    const command = `${join(root, 'bin/licet')} account create typist --password-stdin --config ${server.file}`
    const child = spawn('script', ['-qec', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] })
    const ended = once(child, 'close')
    let seen = ''
    for await (const part of child.stdout.setEncoding('utf8')) {
      if (!seen.includes('not shown') && `${seen}${part}`.includes('not shown'))
        child.stdin.write('typed by nobody else\r')
      seen += part
    }
    await ended
    assert.equal(child.exitCode, 0, seen)
    assert.doesNotMatch(seen, /typed by/)
    assert.equal((await json('account', 'show', 'typist'))['has_password'], true)
  },
)

test('what is not YAML, not a mapping, or not there is wrong usage, and said so', async () => {
  assert.match(await outcome(['client', 'create', '--metadata', '-'], '{bad'), /^2 This is not YAML: /)
  assert.match(await outcome(['client', 'create', '--metadata', '/nowhere']), /^2 \/nowhere cannot be read: /)
  assert.match(
    await outcome(['resource', 'create', 'https://b.test/', '--file', '-'], '[1]'),
    /^2 Standard input holds no/,
  )
})

test('AC-11: accounts come with their hashes from elsewhere, after a dry run that tells what would not', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'licet-import-')), 'accounts.jsonl')
  const bcrypt = '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'
  const dear = `$2b$31$${'O'.repeat(53)}`
  const lines = [
    { username: 'imported', password_hash: bcrypt, claims: { name: 'Im Ported' } },
    { username: 'dear', password_hash: dear },
    { username: 'odd', password_hash: '$1$salt$hash' },
  ]
  writeFileSync(file, lines.map((line) => JSON.stringify(line)).join('\n'))
  assert.equal(
    await outcome(['account', 'import', file, '--dry-run']),
    [
      '1 line 2 (dear): password_hash would cost too much to compute at each sign-in',
      'line 3 (odd): password_hash is of none of the kinds that are read here: argon2, bcrypt, scrypt, pbkdf2',
      'Accounts that would be made: 1',
      'Lines that make no account: 2',
    ].join('\n'),
  )
  assert.match(await outcome(['account', 'show', 'imported']), /^1 There is no account/)
  assert.match(await outcome(['account', 'import', file]), /\nAccounts made: 1\nLines that make no account: 2$/)
  assert.equal((await json('account', 'show', 'imported'))['has_password'], true)
  assert.match(await outcome(['account', 'import', '/nowhere']), /^2 \/nowhere cannot be read/)
})

test('what a command says is written to its end, however much it is and whatever it ends with', async () => {
  const wrong = 'x\n'.repeat(20_000)
  const child = spawn(join(root, 'bin/licet'), ['account', 'import', '-', '--config', server.file])
  child.stdin.end(wrong)
  child.stderr.resume()
  const said = await text(child.stdout)
  assert.equal(said.split('\n').at(-2), 'Accounts made: 0')
  assert.equal(child.exitCode ?? (await once(child, 'close'))[0], 1)
})

test('R17: a rotated key is published at once, and signs when its time has come', async () => {
  const before = (await json('key', 'list')) as unknown as readonly Record[]
  const [made] = (await json('key', 'rotate', '--alg', 'ES256')) as unknown as readonly Record[]
  assert.equal(made?.['state'], 'waiting')
  assert.equal(made['active_from'], Number(made['created_at']) + 3600)
  await until(async () => (await server.send({ path: '/jwks' })).body.includes(String(made['kid'])))
  const [now] = (await json('key', 'rotate', '--alg', 'ES256', '--now')) as unknown as readonly Record[]
  assert.equal(now?.['state'], 'signing')
  assert.equal(((await json('key', 'list')) as unknown as readonly Record[]).length, before.length + 2)
  assert.equal(await outcome(['key', 'delete', String(made['kid'])]), '0')
})

test('a protected resource is added, changed and removed', async () => {
  const created = await json('resource', 'create', 'https://b.test/', '--name', 'B', '--scope', 'b.read=Read b')
  assert.deepEqual(created['scopes'], { 'b.read': { title: 'Read b', optional: false } })
  assert.equal(await outcome(['resource', 'update', 'https://b.test/', '--format', 'opaque']), '0')
  assert.equal((await json('resource', 'show', 'https://b.test/'))['access_token_format'], 'opaque')
  assert.match(
    await outcome(['resource', 'create', 'https://c.test/#f', '--name', 'C']),
    /^2 resource must be an absolute URI/,
  )
  assert.equal(await outcome(['resource', 'delete', 'https://b.test/']), '0')
})

test('grants are listed, shown and ended', async () => {
  assert.deepEqual(await json('grant', 'list'), [])
  assert.match(await outcome(['grant', 'end', '0'.repeat(32)]), /^1 There is no grant/)
  assert.match(await outcome(['grant', 'receipt', '0'.repeat(32)]), /^1 There is no decision or grant 0+$/)
  assert.match(await outcome(['grant', 'list', '--account', 'nobody']), /^1 There is no account nobody$/)
})

test('R12: what becomes of grants is printed from a cursor on, and followed until it is stopped', async () => {
  const database = await openDatabase(server.database)
  const { auditEvents } = openStores(database)
  const at = systemClock() - 60
  const end = (reason: string) => auditEventRecord({ at, event: 'grant_ended', detail: { reason } })
  // What other tests did within the last seconds is not told of yet, and neither is what comes after it.
  const before = newId()
  const [first, second, third] = [end('unused'), end('expired'), end('removed_by_person')]
  for (const event of [first, second]) await auditEvents.append(event)
  assert.match(await outcome(['grant', 'events', '--after', 'x']), /^2 .*what a line says after “cursor=”/)
  const all = await outcome(['grant', 'events', '--json', '--after', before])
  assert.match(all, new RegExp(`"reason":"unused".*\n.*"cursor":"${second.event_id}".*"reason":"expired"`))
  assert.match(
    await outcome(['grant', 'events', '--after', first.event_id]),
    /^0 \S+ {2}grant_ended {2}.*reason=expired {2}cursor=\w+$/,
  )

  const words = ['grant', 'events', '--json', '--follow', '--after', second.event_id, '--config', server.file]
  const child = spawn(join(root, 'bin/licet'), words, { stdio: ['ignore', 'pipe', 'inherit'] })
  await auditEvents.append(third)
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
  assert.match(line, new RegExp(`"cursor":"${third.event_id}".*"reason":"removed_by_person"`))
  // Whoever read it goes, and the command with them.
  child.stdout.destroy()
  await auditEvents.append(end('unused'))
  assert.equal((await once(child, 'close'))[0], 0)
  await database.close()
})

test('a command under another secret than the database was begun with does nothing, and makes no secret', async () => {
  const own = mkdtempSync(join(tmpdir(), 'licet-secret-'))
  const file = join(own, 'licet.json')
  const configuration = JSON.parse(readFileSync(server.file, 'utf8')) as Record
  const keys = await json('key', 'list')
  const under = async (secret: string): Promise<string> => {
    writeFileSync(file, JSON.stringify({ ...configuration, secret }))
    const child = spawn(join(root, 'bin/licet'), ['key', 'rotate', '--now', '--config', file], {
      stdio: ['ignore', 'inherit', 'pipe'],
    })
    const complaint = await text(child.stderr)
    return `${child.exitCode ?? (await once(child, 'close'))[0]} ${complaint}`
  }
  assert.match(await under(Buffer.alloc(32, 8).toString('base64url')), /^1 .*sealed under another secret/)
  const missing = join(own, 'licet.secret')
  assert.match(
    await under(`file:${missing}`),
    /^1 .*There is no file .*licet\.secret, and the database was begun under/,
  )
  assert.ok(!existsSync(missing))
  assert.deepEqual(await json('key', 'list'), keys)
})

test(
  'a command whose result cannot be written has failed, since a secret is shown once',
  { skip: process.platform !== 'linux' },
  async () => {
    const command = '"$@" >/dev/full'
    const words = [join(root, 'bin/licet'), 'key', 'list', '--config', server.file]
    const child = spawn('sh', ['-c', command, 'sh', ...words], { stdio: ['ignore', 'ignore', 'pipe'] })
    assert.match(await text(child.stderr), /^licet: what was to be said could not be written: ENOSPC/)
    assert.equal(child.exitCode ?? (await once(child, 'close'))[0], 1)
  },
)

test('wrong usage ends with 2, help with 0', async () => {
  for (const words of [
    ['clint'],
    ['client', 'shwo'],
    ['client', 'show'],
    ['account', 'create', 'a', '--pasword'],
    ['key', 'rotate', '--alg', 'HS256'],
  ]) {
    assert.match(await outcome(words), /^2 error: /, words.join(' '))
  }
  for (const words of [['--help'], ['client', '--help'], ['serve', '--help']]) {
    assert.match(await outcome(words), /^0 Usage: licet/, words.join(' '))
  }
})

/** Asks again and again until it holds; a running server may remember for two seconds what the database said. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const late = performance.now() + 10_000; !(await holds()); await wait(20)) {
    assert.ok(performance.now() < late, 'It did not come about in ten seconds')
  }
}

test('DR-01: an initial access token is made here, shown once, used as often as it says, and taken back', async () => {
  const noun = ['client', 'initial-access-token']
  const made = await json(...noun, 'create', '--uses', '3', '--lasts', '1h', '--note', 'the build server')
  assert.match(String(made['initial_access_token']), /^li_/)
  const [listed] = JSON.parse((await server.command([...noun, 'list', '--json'])).stdout) as readonly Record[]
  assert.deepEqual([listed?.['note'], listed?.['uses_left']], ['the build server', 3])
  assert.doesNotMatch(JSON.stringify(listed), /li_|hash/)
  assert.match(await outcome([...noun, 'create', '--uses', '0']), /^2 --uses must be/)
  assert.match(await outcome([...noun, 'create', '--lasts', '2 days']), /^2 --lasts must be/)
  assert.equal(await outcome([...noun, 'delete', String(made['token_id'])]), '0')
  assert.match(await outcome([...noun, 'delete', String(made['token_id'])]), /^1 There is no initial access token/)
})
