import assert from 'node:assert/strict'
import { after } from 'node:test'
import { must } from '../../testing/must.ts'
import type { Visitor } from '../../testing/visitor.ts'
import { world, worldAuthorization, worldSecret } from '../../testing/world.ts'

const delivery = {
  title: 'Send one postcard',
  description: 'It is printed and posted for you.',
  sensitive: true,
  actions: { send: 'Send it', track: 'See where it is' },
  fields: {
    recipient: { title: 'To' },
    copies: { title: 'Copies', kind: 'whole_number', required: false },
    price: { title: 'For at most', kind: 'amount' },
  },
  translations: { de: { title: 'Eine Postkarte senden', actions: { send: 'Absenden' }, fields: { recipient: 'An' } } },
}
const there = await world({
  resources: [
    {
      resource: 'https://api.test/',
      name: 'Postcards API',
      introspection_clients: ['greatapp'],
      scopes: { 'postcards.read': { title: 'See your postcards' } },
      authorization_details_types: { postcard_delivery: delivery },
    },
    {
      resource: 'https://letters.test/',
      name: 'Letters API',
      access_token_format: 'opaque',
      introspection_clients: ['greatapp'],
      authorization_details_types: { letter: { title: 'Send one letter', fields: { text: { title: 'Text' } } } },
    },
  ],
  clients: [
    {
      client_id: 'greatapp',
      client_name: 'Great App',
      client_secret: worldSecret,
      redirect_uris: ['https://rp1.test/cb'],
      grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
      scope: 'openid postcards.read',
      authorization_details_types: ['postcard_delivery', 'letter', 'nobodys'],
    },
    {
      client_id: 'other',
      token_endpoint_auth_method: 'none',
      redirect_uris: ['https://rp1.test/cb'],
      scope: 'openid postcards.read',
    },
  ],
})
after(() => there.close())

type Detail = Readonly<Record<string, unknown>>
const card: Detail = {
  type: 'postcard_delivery',
  actions: ['send', 'track'],
  recipient: 'The White Rabbit',
  price: { amount: '2.50', currency: 'EUR' },
}
const letter: Detail = { type: 'letter', text: 'Dear Alice' }
const spelled = (...details: readonly unknown[]) => JSON.stringify(details)
const url = (authorization_details: string, more: Readonly<Record<string, string | undefined>> = {}) =>
  there.authorizeUrl({ scope: undefined, authorization_details, ...more })
const reason = () => there.log.findLast(({ event }) => /refused/.test(event))?.detail['reason']
const code_verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'

const token = async (body: Readonly<Record<string, string>>) => {
  const answer = await there.request('POST', '/token', { headers: worldAuthorization, body })
  return { status: answer.status, ...(JSON.parse(answer.body) as Readonly<Record<string, unknown>>) }
}
const redeem = (code: string | null | undefined, more: Readonly<Record<string, string>> = {}) =>
  token({ grant_type: 'authorization_code', code: code ?? '', code_verifier, ...more })
const codeFor = async (visitor: Visitor, address: string) =>
  (await there.allow(visitor, address)).leaves?.searchParams.get('code')
const introspected = async (access_token: unknown) => {
  const answer = await there.request('POST', '/introspect', {
    headers: worldAuthorization,
    body: { token: String(access_token) },
  })
  return JSON.parse(answer.body) as Readonly<Record<string, unknown>>
}
const claimsOf = (jwt: unknown) =>
  JSON.parse(Buffer.from(String(jwt).split('.')[1] ?? '', 'base64url').toString()) as Detail

must(
  'RFC 9396 §3, RFC 9396 §7, RFC 9396 §9',
  'what the person allowed in detail is in token, response and introspection',
  async () => {
    const visitor = there.visitor()
    const page = await visitor.submit(await visitor.go(url(spelled(card))), {
      press: 'login-submit',
      fields: { username: 'alice', password: 'wonderland' },
    })
    const text = page.body.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ')
    for (const said of ['Send one postcard', 'It is printed and posted for you.', 'Sensitive', 'Postcards API'])
      assert.ok(text.includes(said), said)
    for (const said of [/Actions: Send it, See where it is/, /To: .*The White Rabbit/, /For at most: .*2\.50 EUR/])
      assert.match(text, said)
    // What the client did not ask for it does not get beside the details.
    assert.doesNotMatch(text, /See your postcards/)
    const { leaves } = await visitor.submit(page, { press: 'consent-allow' })
    const tokens = await redeem(leaves?.searchParams.get('code'))
    const { access_token, authorization_details, scope } = {
      scope: undefined,
      authorization_details: [],
      ...tokens,
    } as Detail
    assert.deepEqual([authorization_details, scope], [[card], undefined])
    assert.deepEqual(claimsOf(access_token)['authorization_details'], [card])
    assert.equal(claimsOf(access_token)['aud'], 'https://api.test/')
    assert.deepEqual((await introspected(access_token))['authorization_details'], [card])

    const account = await visitor.go('/account')
    assert.match(account.body, /The White Rabbit/)
    await visitor.submit(account, { press: 'remove=greatapp' })
    assert.deepEqual(await introspected(access_token), { active: false })
  },
)

must('RFC 9396 §3', 'BR-25: other details are asked about again, the same and narrower ones are not', async () => {
  const visitor = there.visitor()
  assert.ok(await codeFor(visitor, url(spelled(card))))
  for (const held of [card, { ...card, actions: ['track'] }, { ...card, locations: undefined }]) {
    assert.ok((await visitor.go(url(spelled(held)))).leaves?.searchParams.has('code'))
  }
  for (const more of [
    { ...card, recipient: 'The Queen' },
    { ...card, price: { amount: '2.51', currency: 'EUR' } },
    { ...card, copies: 2 },
  ]) {
    const page = await visitor.go(url(spelled(more)))
    assert.match(page.body, /id="consent-allow"/)
    const none = await visitor.go(url(spelled(more), { prompt: 'none' }))
    assert.equal(none.leaves?.searchParams.get('error'), 'consent_required')
  }
  // What was allowed before stays allowed.
  assert.ok(await codeFor(visitor, url(spelled({ ...card, recipient: 'The Queen' }))))
  assert.ok((await visitor.go(url(spelled(card)))).leaves?.searchParams.has('code'))
})

must(
  'RFC 9396 §6',
  'a token request may ask for less, of which the token then says, and refreshing gives all again',
  async () => {
    const visitor = there.visitor()
    const two = spelled(card, { ...card, recipient: 'The Queen' })
    const code = await codeFor(visitor, url(two, { scope: 'postcards.read offline_access' }))
    const less = { ...card, actions: ['send'] }
    const first = (await redeem(code, { authorization_details: spelled(less) })) as Detail
    assert.deepEqual(first['authorization_details'], [less])
    assert.equal(first['scope'], 'postcards.read offline_access')
    const refresh_token = String(first['refresh_token'])
    const again = (await token({ grant_type: 'refresh_token', refresh_token, scope: 'postcards.read' })) as Detail
    assert.deepEqual(again['authorization_details'], JSON.parse(two))
    assert.deepEqual((await introspected(again['access_token']))['authorization_details'], JSON.parse(two))
    const next = String(again['refresh_token'])
    const narrow = { grant_type: 'refresh_token', refresh_token: next, authorization_details: spelled(less) }
    const narrowed = (await token(narrow)) as Detail
    assert.deepEqual(narrowed['authorization_details'], [less])
    // A retry is the same request only when it asks for the same.
    assert.deepEqual(await token(narrow), narrowed)
    assert.equal((await token({ ...narrow, authorization_details: two }))['status'], 400)
  },
)

must('RFC 9396 §6', 'never for more, and never for what another resource is told', async () => {
  const visitor = there.visitor()
  const code = await codeFor(visitor, url(spelled({ ...card, actions: ['send'] }, letter)))
  for (const [details, why] of [
    [spelled(card), 'authorization_details_not_granted'],
    [
      spelled({ ...card, actions: ['send'], price: { amount: '9', currency: 'EUR' } }),
      'authorization_details_not_granted',
    ],
    [spelled({ ...letter, text: 'Dear Queen' }), 'authorization_details_not_granted'],
    [spelled({ type: 'nobodys' }), 'authorization_details_type_unknown'],
    [spelled({ ...card, actions: ['send'] }, letter), 'authorization_details_elsewhere'],
    ['{}', 'authorization_details_malformed'],
  ] as const) {
    const refused = (await redeem(code, { authorization_details: details })) as Detail
    assert.deepEqual([refused['status'], refused['error'], reason()], [400, 'invalid_authorization_details', why])
  }
  // Nothing was spent by any of that. The letter's token is of its resource, and tells of the letter alone.
  const tokens = (await redeem(code, { authorization_details: spelled(letter) })) as Detail
  const { aud, authorization_details } = await introspected(tokens['access_token'])
  assert.deepEqual([aud, authorization_details], ['https://letters.test/', [letter]])
})

must('RFC 9396 §6', 'a machine, which nobody authorized in detail, gets no details', async () => {
  const refused = (await token({ grant_type: 'client_credentials', authorization_details: spelled(card) })) as Detail
  assert.deepEqual([refused['status'], refused['error']], [400, 'invalid_authorization_details'])
})

must('RFC 9396 §5', 'AZ-42: an unknown type or field, a wrong value and hostile JSON go back as an error', async () => {
  const visitor = there.visitor()
  const deep = `${'['.repeat(1_500)}${']'.repeat(1_500)}`
  const cases: readonly [string, string][] = [
    ...[
      ...['', ' ', '[', '{}', '[]', 'null', '5', '"x"', '[null]', '[[]]', '[{}]', '[{"type":5}]', deep],
      `[{"type":"letter","type":"letter","text":"x"}]`,
      spelled(...Array.from({ length: 21 }, () => letter)),
    ].map((text): [string, string] => [text === '' ? ' ' : text, 'authorization_details_malformed']),
    [spelled({ type: 'nobodys' }), 'authorization_details_type_unknown'],
    [spelled({ type: '__proto__' }), 'authorization_details_type_unknown'],
    [spelled({ type: 'constructor' }), 'authorization_details_type_unknown'],
    [spelled({ ...letter, locations: ['https://api.test/'] }), 'authorization_details_type_unknown'],
    [spelled({ ...letter, locations: 'https://letters.test/' }), 'authorization_details_type_unknown'],
    [spelled({ ...letter, colour: 'red' }), 'authorization_details_field_unknown'],
    [spelled({ ...letter, actions: ['send'] }), 'authorization_details_field_unknown'],
    ['[{"type":"letter","text":"x","__proto__":{"polluted":1}}]', 'authorization_details_field_unknown'],
    [spelled({ type: 'letter' }), 'authorization_details_field_invalid'],
    [spelled({ ...letter, text: 'x'.repeat(201) }), 'authorization_details_field_invalid'],
    [spelled({ ...letter, text: { a: 1 } }), 'authorization_details_field_invalid'],
    ...[
      { actions: [] },
      { actions: ['burn'] },
      { actions: ['constructor'] },
      { actions: 'send' },
      { copies: -1 },
      { copies: 1.5 },
      { copies: '2' },
      { price: 5 },
      { price: { amount: 2.5, currency: 'EUR' } },
      { price: { amount: '02.5', currency: 'EUR' } },
      { price: { amount: '2.5', currency: 'eur' } },
      { price: { amount: '2.5', currency: 'EUR', tip: '1' } },
    ].map((wrong): [string, string] => [spelled({ ...card, ...wrong }), 'authorization_details_field_invalid']),
  ]
  for (const [text, why] of cases) {
    const { leaves } = await visitor.go(url(text))
    assert.deepEqual(
      [leaves?.searchParams.get('error'), reason()],
      ['invalid_authorization_details', why],
      text.slice(0, 200),
    )
    assert.deepEqual([leaves?.origin, leaves?.searchParams.get('state')], ['https://rp1.test', 'a-state'])
  }
  assert.equal((await visitor.go(url('x'.repeat(1_000_000)))).status, 414)
  const pushed = { client_id: 'other', authorization_details: 'x'.repeat(1_000_000) }
  assert.equal((await there.request('POST', '/par', { body: pushed })).status, 413)
  assert.equal(Object.hasOwn(Object.prototype, 'polluted'), false)
})

must(
  'RFC 9396 §10',
  'a client asks for the types that it is registered with, of a resource that it asks for',
  async () => {
    const visitor = there.visitor()
    const { leaves } = await visitor.go(url(spelled(card), { client_id: 'other' }))
    assert.equal(leaves?.searchParams.get('error'), 'invalid_authorization_details')
    assert.equal(reason(), 'authorization_details_type_not_allowed')
    const elsewhere = await visitor.go(url(spelled(card), { resource: 'https://letters.test/' }))
    assert.equal(elsewhere.leaves?.searchParams.get('error'), 'invalid_authorization_details')
    assert.match((await visitor.go(url(spelled(card), { resource: 'https://api.test/' }))).body, /login-submit/)
    const metadata = await there.request('GET', '/.well-known/oauth-authorization-server')
    const told = JSON.parse(metadata.body) as Detail
    assert.deepEqual(told['authorization_details_types_supported'], ['postcard_delivery', 'letter'])
  },
)

must('RFC 9396 §13', 'BR-27: what a client puts into a field is shown inert, and written down as it was', async () => {
  const visitor = there.visitor()
  const hostile = { ...letter, text: '<script>alert(1)</script>\u202e"&' }
  const page = await visitor.submit(await visitor.go(url(spelled(hostile), { prompt: 'login' })), {
    press: 'login-submit',
    fields: { username: 'alice', password: 'wonderland' },
  })
  assert.doesNotMatch(page.body, /<script>alert|\u202e/)
  const { leaves } = await visitor.submit(page, { press: 'consent-allow' })
  const tokens = (await redeem(leaves?.searchParams.get('code'))) as Detail
  assert.deepEqual(tokens['authorization_details'], [hostile])
})

must(
  'OpenID Connect Core §3.1.2.1',
  'details are told in the language of whoever reads, as far as its owner wrote it',
  async () => {
    const visitor = there.visitor()
    const page = await visitor.submit(
      await visitor.go(url(spelled(card), { prompt: 'login consent', ui_locales: 'de' })),
      {
        press: 'login-submit',
        fields: { username: 'alice', password: 'wonderland' },
      },
    )
    const text = page.body.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ')
    assert.match(text, /Eine Postkarte senden.*Aktionen: Absenden, See where it is.*An: .*White Rabbit.*For at most/)
  },
)

must('R2', 'a grant keeps the details of the last fifty requests beside those of the newest', async () => {
  const visitor = there.visitor()
  for (let sent = 0; sent < 60; sent += 1) {
    assert.ok(await codeFor(visitor, url(spelled({ ...letter, text: `letter ${sent}` }))))
  }
  assert.ok((await visitor.go(url(spelled({ ...letter, text: 'letter 59' })))).leaves?.searchParams.has('code'))
  assert.match((await visitor.go(url(spelled({ ...letter, text: 'letter 1' })))).body, /id="consent-allow"/)
})
