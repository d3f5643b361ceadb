/** What is asked, what counts as an answer, and what is recorded. */
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { must } from '../../../testing/must.ts'
import { authorizationUrl, openSteps } from '../../../testing/steps.ts'
import { formsOf, wordsOf, type Visited, type Visitor } from '../../../testing/visitor.ts'
import type { Client } from '../../domain/client.ts'
import type { Grant } from '../../domain/grant.ts'
import { declaredRefusals } from '../../kernel/refusal.ts'
import { sql } from '../../storage/sql.ts'
import { composeLetter } from '../letter/compose.ts'

const steps = await openSteps()
after(() => steps.close())

let clients = 0

/** A client that nobody knows yet, and a person who is signed in and asked by it. */
async function asked(
  parameters: Readonly<Record<string, string | undefined>> = {},
  { record, metadata }: { record?: Partial<Client>; metadata?: Partial<Client['metadata']> } = {},
): Promise<{ visitor: Visitor; consent: Visited; client_id: string }> {
  const client_id = `client-${(clients += 1)}`
  await steps.client({ client_id, ...record }, metadata)
  const visitor = steps.visitor()
  const redirect_uri = metadata?.redirect_uris?.[0]
  const url = authorizationUrl({ client_id, ...(redirect_uri !== undefined && { redirect_uri }), ...parameters })
  return { visitor, consent: await steps.signIn(visitor, await visitor.go(url)), client_id }
}

async function grantOf(client_id: string): Promise<Grant | undefined> {
  return steps.stores.grants.findStanding(steps.alice.account_id, client_id)
}

async function scopesOf(client_id: string): Promise<readonly string[]> {
  return ((await grantOf(client_id))?.permissions ?? []).map(({ scope }) => scope).sort()
}

async function countRows(table: 'authorizations' | 'consents', client_id: string): Promise<number> {
  const rows =
    table === 'consents'
      ? await steps.database.read(sql`select decision from consents where client_id = ${client_id}`)
      : await steps.database.read(sql`select code_hash from authorizations where client_id = ${client_id}`)
  return rows.length
}

describe('the question', () => {
  test('BR-24: is put to everybody the first time, and not again while the grant stands', async () => {
    const { visitor, consent, client_id } = await asked()
    assert.match(consent.body, /id="consent-allow"/)
    await visitor.submit(consent, { press: 'consent-allow' })
    assert.ok((await visitor.go(authorizationUrl({ client_id }))).leaves?.searchParams.has('code'))
  })

  test('BR-24: is put every time by a client that cannot prove which program it is', async () => {
    const metadata = { redirect_uris: ['http://127.0.0.1/cb'], token_endpoint_auth_method: 'none' } as const
    const { visitor, consent, client_id } = await asked({}, { metadata })
    assert.match(wordsOf(consent), /whatever runs at 127\.0\.0\.1 on this computer/)
    await visitor.submit(consent, { press: 'consent-allow' })
    const again = await visitor.go(authorizationUrl({ client_id, redirect_uri: 'http://127.0.0.1:51004/cb' }))
    assert.match(again.body, /id="consent-allow"/)
  })

  test('is not put for a first-party client; its consent is recorded', async () => {
    const { consent, client_id } = await asked({}, { record: { first_party: true } })
    assert.ok(consent.leaves?.searchParams.has('code'))
    assert.deepEqual(await scopesOf(client_id), ['openid', 'postcards.read'])
    assert.equal(await countRows('authorizations', client_id), 1)
  })

  test('BR-25: names only the difference when more is asked for, and both stand afterwards', async () => {
    const { visitor, consent, client_id } = await asked({ scope: 'postcards.read' })
    await visitor.submit(consent, { press: 'consent-allow' })
    const more = await visitor.go(authorizationUrl({ client_id, scope: 'postcards.read email' }))
    const words = wordsOf(more)
    assert.match(words, /asks for more access/)
    assert.doesNotMatch(words, /Nobody here uses it/, 'who is asked for more uses it')
    assert.match(words, /It will also be able to About you New to it See your e-mail address/)
    assert.match(words, /What it can do already .* See your postcards/)
    assert.match(words, /What it has now ends \d+ \w+ 20\d\d ?\. If you allow this/)
    assert.doesNotMatch(words, /Postcards API New to it/)
    await visitor.submit(more, { press: 'consent-allow' })
    assert.deepEqual(await scopesOf(client_id), ['email', 'postcards.read'])
  })

  test('BR-25: is not worded as one for more when nothing more is asked for', async () => {
    const { visitor, consent, client_id } = await asked({ scope: 'postcards.read email' })
    await visitor.submit(consent, { press: 'consent-allow', fields: { access_for: 'until_removed' } })
    const again = await visitor.go(authorizationUrl({ client_id, scope: 'email', prompt: 'consent' }))
    assert.match(
      wordsOf(again),
      /asks again for access that it has .* It will still be able to About you See your e-mail/,
    )
    assert.match(wordsOf(again), /What it can do already It keeps this, .* What it has now ends when you remove it/)
  })

  test('BR-25: is put again once the time is over', async () => {
    const { visitor, consent, client_id } = await asked()
    await visitor.submit(consent, { press: 'consent-allow' })
    steps.wait(2_592_000)
    const page = await steps.signIn(visitor, await visitor.go(authorizationUrl({ client_id })))
    assert.match(wordsOf(page), /asks for access .* See your postcards/)
  })

  test('BR-26: says who asks, where the answer goes, for whom, what in words, with values, and until when', async () => {
    const scope = 'openid profile email offline_access postcards.read postcards.send'
    const metadata = { redirect_uris: ['https://xn--bcher-kva.example/cb'], client_name: 'Bücher' }
    const words = wordsOf((await asked({ scope }, { metadata })).consent)
    for (const told of [
      /^ ?Licet xn--bcher-kva\.example asks for access to your account/,
      /In its own letters: bücher\.example/,
      /Registered with this server as Bücher/,
      /With your account Alice Liddell alice@example\.com/,
      /Postcards API https:\/\/api\.test\/ See your postcards Every card you sent\. Send postcards in your name/,
      /Recognise you when you come back/,
      /See your name and profile Name: Alice Liddell/,
      /See your e-mail address E-mail: alice@example\.com E-mail confirmed: yes/,
      /Go on while you are away/,
      /30 days until \d+ \w+ 20\d\d/,
      /Until I remove it no end date/,
      /Until then it can go on without you/,
      /Deny Allow Either answer takes you to xn--bcher-kva\.example/,
    ]) {
      assert.match(words, told)
    }
  })

  test('BR-26: says that nobody vouches for the name of a client that registered itself', async () => {
    const { consent } = await asked({}, { record: { registered_by: 'metadata_document' } })
    assert.match(wordsOf(consent), /It calls itself “ ?Great App ?”\. Nobody here has checked that name/)
  })

  must(
    'draft-ietf-oauth-client-id-metadata-document-01 §6.4',
    'shows the host at which a client describes itself, before its name, wherever its answer goes',
    async () => {
      const record = { client_id: 'https://agents.example/one.json', registered_by: 'metadata_document' } as const
      const metadata = { redirect_uris: ['http://127.0.0.1/cb'], token_endpoint_auth_method: 'none' } as const
      const { visitor, consent } = await asked({ client_id: record.client_id }, { record, metadata })
      assert.match(wordsOf(consent), /It describes itself at agents\.example ?\. It calls itself/)
      await visitor.submit(consent, { press: 'consent-allow' })
      const account = wordsOf(await visitor.go('/account'))
      assert.match(account, /An application on a computer “ Great App ” It describes itself at agents\.example/)
      assert.doesNotMatch(account, /this computer/, 'it may be read on another one')
      const { grant_id = '' } = (await grantOf(record.client_id)) ?? {}
      const payload = { type: 'grant_given', grant_id, permissions: [] }
      const message = { message_id: 'm', kind: 'mail', payload, queued_at: steps.parts.clock(), attempts: 1 } as const
      const letter = await composeLetter(message, steps.parts)
      assert.match(
        letter?.text ?? '',
        /127\.0\.0\.1 on a computer was allowed.*\nIt describes itself at agents\.example\./,
      )
    },
  )

  test('BR-27: shows a hostile name as text that can only be read', async () => {
    const client_name = `\u202Eelgoog\u200B<script>alert(1)</script>${'W'.repeat(5_000)}`
    const { consent } = await asked({}, { metadata: { client_name } })
    assert.doesNotMatch(consent.body, /<script|\u202E|\u200B/)
    assert.match(consent.body, /elgoog&lt;script&gt;/)
    assert.doesNotMatch(consent.body, /W{100}/)
  })

  test('says how the client came here, when, and how many use it', async () => {
    const { visitor, consent, client_id } = await asked({}, { record: { registered_by: 'registration' } })
    assert.match(wordsOf(consent), /It registered itself here\. First seen: .* 20\d\d ?\. Nobody here uses it yet/)
    await visitor.submit(consent, { press: 'consent-allow' })
    const configured = { registered_by: 'configuration', created_at: 0 } as const
    assert.match(wordsOf((await asked({}, { record: configured })).consent), /runs this server registered it\. Nobody/)
    assert.equal(await steps.parts.clientUse.people(client_id, steps.parts.clock()), 0, 'counted a moment ago')
  })

  test('BR-27: points out that the name of a stranger looks like that of a client somebody vouches for', async () => {
    const record = { registered_by: 'registration' } as const
    const { consent } = await asked({}, { record, metadata: { client_name: 'Gr\u0435at-App' } })
    assert.match(
      wordsOf(consent),
      /Another application here is called “ ?Great App ?”, which looks much like this name/,
    )
    const { consent: honest } = await asked({}, { record, metadata: { client_name: 'Other' } })
    assert.doesNotMatch(wordsOf(honest), /Another application here/)
  })

  test('marks what the owner says is sensitive, tells what fails without it, and why the client wants it', async () => {
    const purposes = { 'postcards.send': 'Cards on time', email: '\u202EsdrawkcaB<b>' }
    const { consent } = await asked({ scope: 'openid email postcards.send' }, { metadata: { purposes } })
    const words = wordsOf(consent)
    assert.match(words, /Send postcards in your name Sensitive Its reason, in its own words: “ ?Cards on time ?”/)
    assert.match(words, /Without this, Great App cannot send the cards you write/)
    assert.match(words, /See your e-mail address .* Its reason, in its own words: “ ?sdrawkcaB<b> ?”/)
    assert.doesNotMatch(consent.body, /\u202E|<b>/)
  })

  test('tells even a client that asks for nothing what it gets', async () => {
    const { visitor, consent, client_id } = await asked({ scope: undefined }, { metadata: { scope: '' } })
    assert.match(wordsOf(consent), /Recognise you when you come back/)
    await visitor.submit(consent, { press: 'consent-allow' })
    assert.deepEqual(await scopesOf(client_id), [])
  })
})

describe('the answer', () => {
  const scope = 'openid postcards.read postcards.send'

  must('RFC 6749 §3.3', 'what stays ticked is allowed, and what is required with it', async () => {
    const { visitor, consent, client_id } = await asked({ scope })
    assert.ok(formsOf(consent.body)[0]?.fields.some((field) => field.join('=') === 'scope=postcards.send'))
    await visitor.submit(consent, { press: 'consent-allow' })
    assert.deepEqual(await scopesOf(client_id), ['openid', 'postcards.read', 'postcards.send'])
  })

  must('RFC 6749 §3.3', 'what was unticked is left out, and nothing that was not asked for comes in', async () => {
    const { visitor, consent, client_id } = await asked({ scope })
    const fields = { scope: 'email' }
    await visitor.submit(consent, { press: 'consent-allow', untick: ['scope=postcards.send'], fields })
    assert.deepEqual(await scopesOf(client_id), ['openid', 'postcards.read'])
  })

  test('what the client says it can do without is the person’s to leave out, but for what signing in takes', async () => {
    const metadata = { optional_scope: 'openid email postcards.read' }
    const { visitor, consent, client_id } = await asked({ scope: 'openid email postcards.read' }, { metadata })
    const boxes = formsOf(consent.body)[0]?.fields.filter(([name]) => name === 'scope')
    assert.deepEqual(
      boxes?.map(([, value]) => value),
      ['postcards.read', 'email'],
    )
    const untick = ['scope=email', 'scope=postcards.read']
    await visitor.submit(consent, { press: 'consent-allow', untick })
    assert.deepEqual(await scopesOf(client_id), ['openid'])
  })

  must(
    'RFC 6749 §3.3',
    'TK-13: is no where all was unticked, since no answer could say that nothing is allowed',
    async () => {
      const { visitor, consent, client_id } = await asked({ scope: 'postcards.send' })
      const end = await visitor.submit(consent, { press: 'consent-allow', untick: ['scope=postcards.send'] })
      assert.equal(end.leaves?.searchParams.get('error'), 'access_denied')
      assert.deepEqual([await grantOf(client_id), await countRows('authorizations', client_id)], [undefined, 0])
    },
  )

  test('R6: what was left out is not asked for again by the same request, whose answer says what it holds', async () => {
    const { visitor, consent, client_id } = await asked({ scope })
    await visitor.submit(consent, { press: 'consent-allow', untick: ['scope=postcards.send'] })
    const codeOf = async (otherwise: Record<string, string>) =>
      (await visitor.go(authorizationUrl({ client_id, scope, ...otherwise }))).leaves?.searchParams.get('code') ?? ''
    for (const code of [await codeOf({}), await codeOf({ prompt: 'none' })]) {
      const { id = '' } = steps.parts.secrets.read('authorization_code', code) ?? {}
      const { permissions = [] } = (await steps.stores.authorizations.findStanding(id))?.authorization ?? {}
      assert.deepEqual(permissions.map((permission) => permission.scope).sort(), ['openid', 'postcards.read'])
    }
    // Who asks for something else, or asks to ask, asks the person.
    assert.equal(await codeOf({ scope: 'openid postcards.send' }), '')
    const again = await visitor.go(authorizationUrl({ client_id, scope, prompt: 'consent' }))
    assert.match(
      wordsOf(again),
      /It will also be able to .* Send postcards in your name .* What it can do already .* See your postcards/,
    )
    await visitor.submit(again, { press: 'consent-allow' })
    assert.deepEqual(await scopesOf(client_id), ['openid', 'postcards.read', 'postcards.send'])
  })

  test('R6: what was left out is asked for again once it cannot be left out, or the person had allowed it since', async () => {
    const metadata = { optional_scope: 'postcards.read' }
    const { visitor, consent, client_id } = await asked({ scope: 'openid postcards.read' }, { metadata })
    await visitor.submit(consent, { press: 'consent-allow', untick: ['scope=postcards.read'] })
    const url = authorizationUrl({ client_id, scope: 'openid postcards.read' })
    assert.ok((await visitor.go(url)).leaves)
    const client = await steps.stores.clients.find(client_id)
    assert.ok(client)
    const { optional_scope, ...without } = client.metadata
    assert.equal(optional_scope, 'postcards.read')
    await steps.stores.clients.update({ ...client, metadata: without })
    assert.match((await visitor.go(url)).body, /id="consent-allow"/)
  })

  test('gives up what is asked for again and unticked now', async () => {
    const { visitor, consent, client_id } = await asked({ scope })
    await visitor.submit(consent, { press: 'consent-allow' })
    const again = await visitor.go(authorizationUrl({ client_id, scope, prompt: 'consent' }))
    await visitor.submit(again, { press: 'consent-allow', untick: ['scope=postcards.send'] })
    assert.deepEqual(await scopesOf(client_id), ['openid', 'postcards.read'])
  })

  test('ends when the person chose, to the second', async () => {
    const { visitor, consent, client_id } = await asked()
    await visitor.submit(consent, { press: 'consent-allow', fields: { access_for: '30d' } })
    assert.equal((await grantOf(client_id))?.expires_at, steps.parts.clock() + 2_592_000)
    const again = await visitor.go(authorizationUrl({ client_id, prompt: 'consent' }))
    await visitor.submit(again, { press: 'consent-allow', fields: { access_for: 'until_removed' } })
    assert.equal((await grantOf(client_id))?.expires_at, undefined)
  })

  test('for this time only is not remembered', async () => {
    const { visitor, consent, client_id } = await asked()
    const end = await visitor.submit(consent, { press: 'consent-allow', fields: { access_for: 'once' } })
    assert.ok(end.leaves?.searchParams.has('code'))
    assert.equal(await grantOf(client_id), undefined)
    assert.match((await visitor.go(authorizationUrl({ client_id }))).body, /id="consent-allow"/)
  })

  for (const fields of [{ access_for: '9999d' }, { decision: 'yes' }, { question: 'other' }]) {
    test(`does not count with ${JSON.stringify(fields)}: the question is put again, and nothing recorded`, async () => {
      const { visitor, consent, client_id } = await asked()
      const pairs = { ...Object.fromEntries(formsOf(consent.body)[0]?.fields ?? []), decision: 'allow', ...fields }
      const page = await visitor.post(consent.url, pairs)
      assert.equal(page.leaves, undefined)
      assert.match(page.body, /id="consent-allow"/)
      assert.equal(await countRows('consents', client_id), 0)
    })
  }

  test('R6: that says not for how long leaves it as it was chosen at first', async () => {
    const { visitor, consent, client_id } = await asked()
    const kept = (formsOf(consent.body)[0]?.fields ?? []).filter(([name]) => name !== 'access_for')
    const end = await visitor.post(consent.url, [...kept, ['decision', 'allow']])
    assert.ok(end.leaves?.searchParams.has('code'))
    assert.equal((await grantOf(client_id))?.access_for, '30d')
  })

  must('RFC 6749 §4.1.2.1', 'a no is access_denied, and touches nothing that was allowed before', async () => {
    const { visitor, consent, client_id } = await asked()
    await visitor.submit(consent, { press: 'consent-allow' })
    const again = await visitor.go(authorizationUrl({ client_id, scope: 'email', prompt: 'consent' }))
    const end = await visitor.submit(again, { press: 'consent-deny' })
    assert.equal(end.leaves?.searchParams.get('error'), 'access_denied')
    const told = declaredRefusals().find(({ reason }) => reason === 'denied_by_person')?.tell
    assert.equal(end.leaves.searchParams.get('error_description'), told)
    assert.equal(end.leaves.searchParams.get('iss'), 'https://id.test')
    assert.equal(end.leaves.searchParams.get('state'), 'the state')
    assert.deepEqual(await scopesOf(client_id), ['openid', 'postcards.read'])
  })

  must('RFC 9700 §4.12', 'AZ-29: leaves by 303, so that nothing of the form goes along', async () => {
    const { visitor, consent } = await asked()
    const end = await visitor.submit(consent, { press: 'consent-allow' })
    assert.equal(end.status, 303)
    assert.equal(end.body, '')
  })
})

describe('answers that race', () => {
  test('BR-15: of twenty identical yeses one is recorded, and each is answered with its code', async () => {
    const { visitor, consent, client_id } = await asked()
    const ends = await Promise.all(
      Array.from({ length: 20 }, () => visitor.submit(consent, { press: 'consent-allow' })),
    )
    assert.equal(new Set(ends.map(({ leaves }) => leaves?.searchParams.get('code'))).size, 1)
    assert.equal(await countRows('consents', client_id), 1)
    assert.equal(await countRows('authorizations', client_id), 1)
  })

  test('BR-16: of a yes and a no at once one counts, and both are answered with it', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { visitor, consent, client_id } = await asked()
      const presses = round % 2 === 0 ? ['consent-allow', 'consent-deny'] : ['consent-deny', 'consent-allow']
      const ends = await Promise.all(presses.map((press) => visitor.submit(consent, { press })))
      assert.equal(new Set(ends.map(({ leaves }) => leaves?.href)).size, 1)
      assert.equal(await countRows('consents', client_id), 1)
      assert.equal((await grantOf(client_id)) !== undefined, ends[0]?.leaves?.searchParams.has('code'))
    }
  })

  test('BR-16: a no in one tab is a no, although another tab was told yes', async () => {
    const { visitor, consent, client_id } = await asked()
    const other = await visitor.go(authorizationUrl({ client_id }))
    await visitor.submit(consent, { press: 'consent-allow' })
    const no = await visitor.submit(other, { press: 'consent-deny' })
    assert.equal(no.leaves?.searchParams.get('error'), 'access_denied')
  })

  test('BR-25: a shorter time in one tab is the time, although another tab was told longer', async () => {
    const { visitor, consent, client_id } = await asked()
    const other = await visitor.go(authorizationUrl({ client_id }))
    await visitor.submit(consent, { press: 'consent-allow', fields: { access_for: 'until_removed' } })
    await visitor.submit(other, { press: 'consent-allow', fields: { access_for: '30d' } })
    assert.notEqual((await grantOf(client_id))?.expires_at, undefined)
  })

  test('an answer given for one account does not count for another that signed in meanwhile', async () => {
    const { visitor, consent, client_id } = await asked()
    await steps.signIn(visitor, await visitor.go(authorizationUrl({ client_id, prompt: 'login' })), steps.bob)
    const page = await visitor.submit(consent, { press: 'consent-allow' })
    assert.equal(page.leaves, undefined)
    assert.match(wordsOf(page), /This page was out of date, so nothing was decided\. .* With your account bob/)
    assert.equal(await countRows('consents', client_id), 0)
  })
})

test('the record says what was shown and what was chosen, and the trail says who and whence', async () => {
  const { visitor, consent, client_id } = await asked({ scope: 'openid postcards.read postcards.send' })
  await visitor.submit(consent, { press: 'consent-allow', untick: ['scope=postcards.send'] })
  const [row] = await steps.database.read(sql`select decision, shown from consents where client_id = ${client_id}`)
  const postcards = [
    { scope: 'postcards.read', title: 'See your postcards', description: 'Every card you sent.', optional: false },
    {
      scope: 'postcards.send',
      title: 'Send postcards in your name',
      optional: true,
      without: 'send the cards you write.',
      sensitive: true,
    },
  ]
  const recognised = { scope: 'openid', title: 'Recognise you when you come back', optional: false, particulars: [] }
  assert.deepEqual(JSON.parse(String(row?.['shown'])), {
    language: 'en',
    destination: 'rp1.test',
    client_name: 'Great App',
    client_name_verified: true,
    redirect_uri: 'https://rp1.test/cb',
    asks: ['openid', 'postcards.read https://api.test/', 'postcards.send https://api.test/'],
    asks_in_words: [
      { name: 'Postcards API', resource: 'https://api.test/', permissions: postcards },
      { name: 'About you', permissions: [recognised] },
    ],
    holds: [],
    holds_in_words: [],
    lasting: true,
    ends_when_unused_for: 7_776_000,
    access_for_offered: ['once', '30d', 'until_removed'],
    allowed: ['openid', 'postcards.read https://api.test/'],
    access_for: '30d',
    ends_at: steps.parts.clock() + 2_592_000,
  })
  const [event] = await steps.stores.auditEvents.list({ client_id, limit: 5 })
  assert.equal(event?.event, 'consent_given')
  assert.equal(event.actor, `account:${steps.alice.account_id}`)
  assert.match(event.address ?? '', /^198\.51\.100\./)
})
