/** What people and systems are told, by a real mail server and a real receiver, from the decision to the delivery. */
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { after, beforeEach, describe, test } from 'node:test'
import { makeAccount } from '../../testing/account.ts'
import { openMailbox, openReceiver, type Received } from '../../testing/mailbox.ts'
import { mailTokenRecord, messageRecord } from '../../testing/records.ts'
import { startServer } from '../../testing/server.ts'
import { authorizationUrl, openSteps, type Steps } from '../../testing/steps.ts'
import { wordsOf, type Visitor } from '../../testing/visitor.ts'
import type { ClientMetadata } from '../vocabulary/client-metadata.ts'
import { Hidden } from '../kernel/hidden.ts'
import { outboxKinds, outboxPatience } from '../domain/outbox.ts'
import { endDueGrants } from '../management/due-grants.ts'
import { openOutbound } from '../outside/fetch.ts'
import { openMailer } from '../outside/mail.ts'
import { sql } from '../storage/sql.ts'
import { deliver, logoutTokenSender, mailSender, webhookSender, type Send, type Senders } from './deliveries.ts'

const mailbox = await openMailbox()
const receiver = await openReceiver()
const secret = 'whsec_' + Buffer.alloc(24, 9).toString('base64')
const steps = withAudience(await openSteps(), { mail: true, webhooks: [receiver.url] })
const { parts } = steps
const outbound = openOutbound({ allow: [receiver.host] })
const mailer = openMailer({ smtp: new Hidden(mailbox.url), from: 'Licet <id@example.com>', domain: 'id.test' })
const senders: Senders = {
  mail: mailSender(mailer, parts),
  logout_token: logoutTokenSender({ ...parts, outbound }),
  webhook: webhookSender([{ url: receiver.url, secret: new Hidden(secret) }], { ...parts, outbound }),
}
after(async () => {
  await steps.close()
  await mailbox.close()
  await receiver.close()
})
beforeEach(async () => {
  mailbox.refuse(undefined)
  receiver.answer(204)
  await steps.database.write(sql`delete from outbox`)
})

/** The same pages, with somebody to tell. */
function withAudience(plain: Steps, audience: Steps['parts']['audience']): Steps {
  return Object.assign(plain, { parts: Object.assign(plain.parts, { audience }) })
}

async function delivered(): Promise<void> {
  const parting = { outbox: steps.stores.outbox, clock: parts.clock, log: parts.log, isStopping: () => false }
  for (const kind of outboxKinds) await deliver(kind, senders[kind], parting)
}

async function waiting(): Promise<number> {
  const [row] = await steps.database.read(sql`select count(*) as rows from outbox`)
  return Number(row?.['rows'])
}

/** Alice, or who else, allows a new client something. */
async function allow(
  client_id: string,
  { account = steps.alice, metadata = {}, first_party = false }: Partial<Allowed> = {},
): Promise<Visitor> {
  await steps.client({ client_id, first_party }, metadata)
  const visitor = steps.visitor()
  const url = authorizationUrl({ client_id, scope: 'openid postcards.read' })
  const page = await steps.signIn(visitor, await visitor.go(url), account)
  if (!first_party) await visitor.submit(page, { press: 'consent-allow' })
  return visitor
}

interface Allowed {
  readonly account: Steps['alice']
  readonly metadata: Partial<ClientMetadata>
  readonly first_party: boolean
}

const lettersAfter = async (act: () => Promise<unknown>): Promise<readonly Received[]> => {
  const before = mailbox.letters.length
  await act()
  await delivered()
  return mailbox.letters.slice(before)
}

const eventsAfter = async (act: () => Promise<unknown>) => {
  const before = receiver.posted.length
  await act()
  await delivered()
  return receiver.posted.slice(before)
}

describe('a letter', () => {
  test('R12: tells who got in, host first, what it may do and until when, with the link that ends it', async () => {
    const [letter, ...more] = await lettersAfter(() => allow('told'))
    assert.equal(more.length, 0)
    assert.deepEqual([letter?.from, letter?.to], ['id@example.com', ['alice@example.com']])
    assert.equal(letter?.headers.get('subject'), 'rp1.test has access to your account')
    assert.match(letter.headers.get('message-id') ?? '', /^<[0-9a-f]{32}@id\.test>$/)
    const text = letter.text.replaceAll('\r\n', '\n')
    assert.match(text, /^rp1\.test was allowed access to your account alice\.\nIt is registered .* as Great App\.\n/)
    assert.match(text, /What it may do:\n- Postcards API: See your postcards\n- About you: Recognise you/)
    assert.match(text, /\nUntil: \d+ \w+ 20\d\d at \d\d:\d\d UTC\n/)
    const [link = ''] = /https:\/\/id\.test\/stop\/\S+/.exec(text) ?? []
    const person = steps.visitor()
    assert.match(wordsOf(await person.submit(await person.go(link), { press: 'stop-confirm' })), /Access ended/)
    assert.equal(await steps.stores.grants.findStanding(steps.alice.account_id, 'told'), undefined)
  })

  test('R12: spells its times in the zone that the person said they live in', async () => {
    const { account_id } = steps.alice
    const live = (zoneinfo: string | null) =>
      steps.stores.accounts.changeClaims({ account_id, claims: { zoneinfo }, at: parts.clock() })
    await live('Asia/Kathmandu')
    const [letter] = await lettersAfter(() => allow('far-away'))
    await live(null)
    assert.match(letter?.text ?? '', /Until: \d+ \w+ 20\d\d at \d\d:\d\d GMT\+5:45\s/)
  })

  test('R12: tells what is new when a grant is widened, and nothing when it is not', async () => {
    const visitor = await allow('wider')
    const [letter, ...more] = await lettersAfter(async () => {
      await delivered()
      const page = await visitor.go(authorizationUrl({ client_id: 'wider', scope: 'postcards.read email' }))
      await visitor.submit(page, { press: 'consent-allow' })
      const same = await visitor.go(authorizationUrl({ client_id: 'wider', scope: 'email', prompt: 'consent' }))
      await visitor.submit(same, { press: 'consent-allow' })
    })
    assert.deepEqual(
      more.map(({ headers }) => headers.get('subject')),
      ['rp1.test has more access to your account'],
    )
    assert.match(more[0]?.text ?? '', /What it may do in addition:\r?\n- About you: See your e-mail address\r?\n\r?\n/)
    assert.equal(letter?.headers.get('subject'), 'rp1.test has access to your account')
  })

  test('AC-19: hostile names stay text, and make no header and no line of their own', async () => {
    const client_name = 'Evil\r\nBcc: eve@evil.test\r\n\r\n\u202Ehttps://evil.test'
    const [letter] = await lettersAfter(() => allow('hostile', { metadata: { client_name } }))
    assert.equal(letter?.headers.has('bcc'), false)
    assert.deepEqual(letter.to, ['alice@example.com'])
    assert.doesNotMatch(letter.text, /\u202E|\nBcc|\nhttps:\/\/evil/)
  })

  test('AC-19: goes to one address that was verified, or to nobody', async () => {
    const claims = (email: string, email_verified = true) => ({ email, email_verified })
    const unsafe = ['a@x.test, b@y.test', 'a@x.test\r\nBcc: b@y.test', '"a@x"@y.test', 'a\uFF20x.test', 'A <a@x.test>']
    const all = [claims('unproved@example.com', false), {}, ...unsafe.map((email) => claims(email))]
    for (const [place, one] of all.entries()) {
      await makeAccount({ ...steps.bob, claims: one }, steps.stores.accounts)
      assert.deepEqual(await lettersAfter(() => allow(`nobody-${place}`, { account: steps.bob })), [])
      assert.equal(await waiting(), 0)
    }
  })

  test('R12: tells what gives more on the person’s own page, whoever’s browser it was, and not what takes away', async () => {
    const visitor = await allow('own-page')
    await delivered()
    const { grant_id = '' } = (await steps.stores.grants.findStanding(steps.alice.account_id, 'own-page')) ?? {}
    const press = async (button: string, fields = {}) =>
      visitor.submit(await visitor.go('/account'), { press: `${button}=${grant_id}`, fields })
    const [longer, again, ...more] = await lettersAfter(async () => {
      await press('change', { access_for: 'until_removed' })
      await press('change', { access_for: '30d' })
      await press('pause')
      await press('resume')
      // By time: two of one second may be sent in either order.
      await delivered()
      await press('pause')
    })
    assert.deepEqual(more, [])
    const subjects = [longer, again].map((letter) => letter?.headers.get('subject'))
    assert.deepEqual(
      new Set(subjects),
      new Set(['rp1.test keeps access to your account for longer', 'rp1.test has access to your account again']),
    )
    for (const letter of [longer, again]) {
      const text = letter?.text.replaceAll('\r\n', ' ').replaceAll('\n', ' ') ?? ''
      assert.match(text, /On your own page.*What it may do: - Postcards API: See your postcards.*\/stop\//)
    }
  })

  test('R12: tells what nobody used and what ran out while it was paused, with nothing left to stop', async () => {
    const visitor = await allow('forgotten-one')
    await allow('ran-out')
    await delivered()
    const ranOut = await steps.stores.grants.findStanding(steps.alice.account_id, 'ran-out')
    const unused = await steps.stores.grants.findStanding(steps.alice.account_id, 'forgotten-one')
    const change = { press: `change=${unused?.grant_id}`, fields: { access_for: 'until_removed' } }
    await visitor.submit(await visitor.go('/account'), change)
    await visitor.submit(await visitor.go('/account'), { press: `pause=${ranOut?.grant_id}` })
    await delivered()
    const ended = await lettersAfter(async () => {
      steps.wait(31 * 86_400)
      await endDueGrants(parts)
      await delivered()
      steps.wait(61 * 86_400)
      await endDueGrants(parts)
    })
    const about = (subject: string) => ended.find(({ headers }) => headers.get('subject') === subject)?.text ?? ''
    const paused = about('The access of rp1.test to your account has ended')
    assert.match(paused, /which you had paused, is over\.[^]*What it could do:[^]*it asks you again/)
    const idle = about('rp1.test no longer has access to your account')
    assert.match(idle, /Nobody had used the access of rp1\.test to your account alice for 90 days/)
    for (const text of [paused, idle]) assert.doesNotMatch(text, /\/stop\//)
  })

  test('is not written for what belongs to whoever runs this server, nor for what has ended meanwhile', async () => {
    assert.deepEqual(await lettersAfter(() => allow('own', { first_party: true })), [])
    const gone = await lettersAfter(async () => {
      const visitor = await allow('gone')
      await visitor.submit(await visitor.go('/account'), { press: 'remove=gone' })
    })
    assert.deepEqual(gone, [])
  })

  test('RL-25: is tried again while the server says no for now, and given up when it says no for good', async () => {
    mailbox.refuse(451)
    assert.deepEqual(await lettersAfter(() => allow('later')), [])
    assert.equal(await waiting(), 1)
    mailbox.refuse(undefined)
    assert.deepEqual(await lettersAfter(() => Promise.resolve()), [], 'not before its time')
    steps.wait(5)
    assert.equal((await lettersAfter(() => Promise.resolve())).length, 1)
    mailbox.refuse(550)
    await lettersAfter(() => allow('never'))
    assert.equal(await waiting(), 0)
    const given_up = steps.log.filter(({ event }) => event === 'notice_given_up')
    assert.deepEqual(
      given_up.map(({ detail }) => [detail['kind'], detail['why']]),
      [['mail', 'smtp_550']],
    )
    assert.ok(!given_up.some((line) => 'cause' in line), 'a mailbox that does not exist is no failure of ours')
  })

  test('RL-25: waits while the mail server does not take the sender that is configured: somebody has to look', async () => {
    mailbox.refuse(550, 'sender')
    assert.deepEqual(await lettersAfter(() => allow('sent')), [])
    assert.equal(await waiting(), 1)
    mailbox.refuse(undefined)
    steps.wait(5)
    assert.equal((await lettersAfter(() => Promise.resolve())).length, 1)
  })
})

describe('a webhook', () => {
  test('R12: is told what was given, changed and ended, with the reason, signed by Standard Webhooks', async () => {
    const visitor = await allow('systems')
    const more = authorizationUrl({ client_id: 'systems', scope: 'postcards.read email' })
    await visitor.submit(await visitor.go(more), { press: 'consent-allow' })
    const events = await eventsAfter(async () =>
      visitor.submit(await visitor.go('/account'), { press: 'remove=systems' }),
    )
    const told = events.map(({ body }) => JSON.parse(body) as { type: string; data: Record<string, unknown> })
    assert.deepEqual(new Set(told.map(({ type }) => type)), new Set(['grant_given', 'grant_changed', 'grant_ended']))
    const ended = told.find(({ type }) => type === 'grant_ended')?.data
    assert.deepEqual(
      [ended?.['reason'], ended?.['client_id'], ended?.['sub']],
      ['removed_by_person', 'systems', steps.alice.sub],
    )
    for (const { headers, body } of events) {
      const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`
      const expected = createHmac('sha256', Buffer.alloc(24, 9)).update(signed).digest('base64')
      assert.equal(headers['webhook-signature'], `v1,${expected}`)
      assert.equal(headers['webhook-timestamp'], String(parts.clock()))
      assert.equal(headers['content-type'], 'application/json')
    }
    assert.doesNotMatch(JSON.stringify(told), /alice@example\.com|Liddell/)
  })

  test('R12: is told what a person changes on their own page, and how', async () => {
    const visitor = await allow('changed')
    const { grant_id = '' } = (await steps.stores.grants.findStanding(steps.alice.account_id, 'changed')) ?? {}
    await delivered()
    const events = await eventsAfter(async () => {
      for (const press of ['pause', 'resume']) {
        await visitor.submit(await visitor.go('/account'), { press: `${press}=${grant_id}` })
        await delivered()
      }
      const fields = { access_for: 'until_removed' }
      await visitor.submit(await visitor.go('/account'), { press: `change=${grant_id}`, fields })
    })
    const told = events.map(({ body }) => JSON.parse(body) as { type: string; data: Record<string, unknown> })
    assert.deepEqual(
      told.map(({ type, data }) => [type, data['how'], data['grant_id']]),
      [['paused'], ['resumed'], ['lengthened']].map((how) => ['grant_changed', how, grant_id]),
    )
  })

  test('RL-25: is told again, by the same id, until it answers 2xx, and given up after three days', async () => {
    receiver.answer(500)
    const [first] = await eventsAfter(() => allow('again'))
    assert.equal(await waiting(), 1)
    receiver.answer(204)
    steps.wait(5)
    const [second] = await eventsAfter(() => Promise.resolve())
    assert.equal(second?.headers['webhook-id'], first?.headers['webhook-id'])
    assert.equal(second?.body, first?.body)
    assert.equal(await waiting(), 0)
    receiver.answer(500)
    await eventsAfter(() => allow('given-up'))
    steps.wait(outboxPatience)
    await delivered()
    assert.equal(await waiting(), 0)
    assert.equal(steps.log.at(-1)?.event, 'notice_given_up')
    assert.equal(steps.log.at(-1)?.detail['why'], 'status_500')
    assert.ok('cause' in (steps.log.at(-1) ?? {}), 'a webhook is the operator’s own')
  })

  test('SF-06: leads nowhere that the one guard does not let it', async () => {
    const guarded = openOutbound({ allow: [] })
    const secretly = [{ url: receiver.url, secret: new Hidden(secret) }]
    const send = webhookSender(secretly, { ...parts, outbound: guarded })
    await allow('guarded')
    const [message] = await steps.stores.outbox.claim('webhook', 1, parts.clock())
    assert.ok(message)
    assert.deepEqual(await send(message), { outcome: 'failed', why: 'scheme' })
  })

  test('is forgotten when it is configured no more', async () => {
    const send = webhookSender([], { ...parts, outbound })
    await allow('forgotten')
    const [message] = await steps.stores.outbox.claim('webhook', 1, parts.clock())
    assert.ok(message)
    assert.deepEqual(await send(message), { outcome: 'nothing_to_send' })
  })
})

test('RL-25: a message that cannot even be tried is put off and given up like others, and holds up none of them', async () => {
  const { outbox } = steps.stores
  for (const message_id of ['1', '2', '3']) {
    const queued_at = parts.clock()
    const payload = { type: 'mail_token', token_id: message_id }
    await parts.mailTokens.create(
      mailTokenRecord({ token_id: message_id }),
      messageRecord({ message_id, kind: 'mail', payload, queued_at }),
    )
  }
  const sent: string[] = []
  const send: Send = ({ message_id }) => {
    if (message_id === '1') return Promise.reject(new Error('cannot be looked up'))
    sent.push(message_id)
    return Promise.resolve({ outcome: 'delivered' })
  }
  const parting = { outbox, clock: parts.clock, log: parts.log, isStopping: () => false }
  await deliver('mail', send, parting)
  assert.deepEqual([sent.toSorted(), await waiting()], [['2', '3'], 1])
  assert.equal(steps.log.filter(({ event }) => event === 'notice_failed').length, 1)
  steps.wait(outboxPatience)
  await deliver('mail', send, parting)
  assert.equal(await waiting(), 0)
})

test('RL-25: a receiver that does not answer in time is asked no more for now, so that others wait for it once', async () => {
  const { outbox } = steps.stores
  const [hanging, other] = ['https://hangs.example/', 'https://other.example/']
  for (const url of [...Array.from({ length: 40 }, () => hanging), other])
    await parts.mailTokens.create(mailTokenRecord(), messageRecord({ payload: { url }, queued_at: parts.clock() }))
  const asked: unknown[] = []
  const send: Send = ({ payload: { url } }) => {
    asked.push(url)
    return Promise.resolve(url === hanging ? { outcome: 'failed', why: 'too_slow' } : { outcome: 'delivered' })
  }
  await deliver('webhook', send, { outbox, clock: parts.clock, log: parts.log, isStopping: () => false })
  assert.equal(asked.filter((url) => url === hanging).length, 8, 'those that were under way already')
  assert.ok(asked.includes(other))
  assert.equal(await waiting(), 40, 'nothing of what it was to be told is lost')
})

test('without mail and webhooks nothing is queued', async () => {
  const plain = await openSteps()
  const visitor = plain.visitor()
  const page = await plain.signIn(visitor, await visitor.go(authorizationUrl()))
  await visitor.submit(page, { press: 'consent-allow' })
  await visitor.submit(await visitor.go('/account'), { press: 'remove=greatapp' })
  assert.deepEqual(await plain.database.read(sql`select message_id from outbox`), [])
  await plain.close()
})

test('R12: a server that runs sends what a decision queued, by itself; the command line tells as well', async () => {
  const server = await startServer({
    configuration: {
      accounts: [
        { username: 'alice', password: 'wonderland', claims: { email: 'alice@example.com', email_verified: true } },
      ],
      clients: [
        {
          client_id: 'greatapp',
          client_name: 'Great App',
          redirect_uris: ['https://rp1.test/cb'],
          client_secret: 'x'.repeat(40),
          scope: 'openid',
        },
      ],
      mail: { smtp: mailbox.url, from: 'Licet <id@example.com>' },
      webhooks: [{ url: receiver.url, secret }],
      outbound: { allow: [receiver.host] },
    },
  })
  const visitor = server.visitor()
  const before = mailbox.letters.length
  const signIn = await visitor.go(`/authorize${authorizationUrl({ scope: 'openid' }).search}`)
  const fields = { username: 'alice', password: 'wonderland' }
  const consent = await visitor.submit(signIn, { press: 'login-submit', fields })
  await visitor.submit(consent, { press: 'consent-allow' })
  await server.logged(({ event, kind }) => event === 'notice_delivered' && kind === 'mail')
  await server.logged(({ event, kind }) => event === 'notice_delivered' && kind === 'webhook')
  const letter = mailbox.letters[before]
  assert.match(letter?.text ?? '', new RegExp(`${server.issuer}/stop/[0-9a-f]{32}\\.`))

  const grant_id = String(
    (JSON.parse(receiver.posted.at(-1)?.body ?? '{}') as { data: { grant_id: string } }).data.grant_id,
  )
  const { stdout } = await server.command(['grant', 'receipt', grant_id])
  assert.match(stdout, /^eyJ[\w-]+\.[\w-]+\.[\w-]+\n$/)
  await server.command(['grant', 'end', grant_id])
  const posts = receiver.posted.length
  for (const late = performance.now() + 10_000; receiver.posted.length === posts && performance.now() < late;)
    await server.send({ path: '/healthz' })
  assert.match(receiver.posted.at(-1)?.body ?? '', /"type":"grant_ended".*"reason":"ended_by_operator"/)
  await server.stop()
})
