/** Importing accounts: each line that makes none is told with its reason, before anything is made and when it is. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { openProtocol } from '../../testing/protocol.ts'
import { accountRecord } from '../../testing/records.ts'
import { importAccounts } from './import.ts'

const protocol = await openProtocol()
const { stores } = protocol
after(() => protocol.close())

const parts = {
  ...protocol.parts,
  ...stores,
  actor: 'operator:test',
  hashPassword: (password: string) => Promise.resolve(password),
  hashFault: (written: string) => (written.startsWith('$2b$') ? undefined : 'is damaged'),
}

const hash = '$2b$10$secret'
const good = [
  { username: 'carol', password_hash: hash, claims: { email: 'carol@example.com', email_verified: true } },
  { username: 'dave', disabled: true },
]

const file = (lines: readonly unknown[]) =>
  lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n')

test('a dry run tells every line that makes no account, with its reason, and makes none', async () => {
  await stores.accounts.create(accountRecord({ username: 'taken' }))
  const lines = [
    good[0],
    '{"username": "half',
    '[]',
    { password_hash: hash },
    { username: ' ' },
    { username: 'x'.repeat(321) },
    { username: 'eve', password: 'in clear' },
    { username: 'eve', password_hash: 'md5' },
    { username: 'eve', password_hash: 7 },
    { username: 'eve', claims: [] },
    { username: 'eve', claims: { sub: 'x' } },
    { username: 'eve', claims: { email_verified: 'yes' } },
    { username: 'eve', disabled: 'no' },
    { username: ' CAROL' },
    { username: 'Carol@Example.com' },
    { username: 'Taken' },
    '',
    good[1],
  ]
  const outcome = await importAccounts(file(lines), 'dry', parts)
  assert.equal(outcome.accounts, 2)
  const told = outcome.refused.map(({ line, reason }) => `${line}: ${reason}`)
  assert.deepEqual(told, [
    '2: it is not a JSON object',
    '3: it is not a JSON object',
    '4: username must be 1 to 320 letters, digits, signs or spaces',
    '5: username must be 1 to 320 letters, digits, signs or spaces',
    '6: username must be 1 to 320 letters, digits, signs or spaces',
    '7: "password" is not a member of an account',
    '8: password_hash is damaged',
    '9: password_hash must be a text',
    '10: claims must be an object',
    '11: sub is a claim that the protocol sets itself',
    '12: the claim email_verified must be true or false',
    '13: disabled must be true or false',
    '14: a line before it has that user name or e-mail address',
    '15: a line before it has that user name or e-mail address',
    '16: an account here has that user name or e-mail address',
  ])
  assert.doesNotMatch(JSON.stringify(outcome), /md5|secret/)
  assert.equal(await stores.accounts.findByLogin('carol'), undefined)
})

test('a run makes what the dry run said, once, each on record', async () => {
  const outcome = await importAccounts(file(good), 'real', parts)
  assert.deepEqual(outcome, { accounts: 2, refused: [] })
  const carol = await stores.accounts.findByLogin('carol@example.com')
  assert.deepEqual([carol?.username, carol?.password_hash, carol?.disabled], ['carol', hash, false])
  assert.equal((await stores.accounts.findByLogin('dave'))?.disabled, true)
  const [event] = await stores.auditEvents.list({ account_id: carol?.account_id ?? '', limit: 1 })
  assert.deepEqual([event?.event, event?.actor], ['account_created', 'operator:test'])
  for (const mode of ['dry', 'real'] as const) {
    const again = await importAccounts(file(good), mode, parts)
    assert.deepEqual([again.accounts, again.refused.length], [0, 2])
  }
})
