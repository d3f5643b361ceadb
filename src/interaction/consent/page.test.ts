import assert from 'node:assert/strict'
import { test } from 'node:test'
import { render } from '../../kernel/html.ts'
import { destinationOf } from '../../ui/destination.ts'
import { catalogues } from '../../ui/words/catalogues.ts'
import { consentPage, type ConsentView } from './page.ts'

const { en } = catalogues

/** 2026-08-13T14:05:00Z */
const now = 1_786_629_900

const view: ConsentView = {
  home: '',
  words: en,
  csrf_token: 'c"1',
  question: 'example',
  client: { destination: destinationOf('https://evil.test:8443/cb'), client_name: 'Great App', verified: false },
  acquaintance: { came: 'by_itself', first_seen: now - 60, people: 'nobody' },
  account: { username: 'alice', name: 'Alice Liddell', email: 'alice@example.com' },
  asks: [
    {
      name: 'Postcards API',
      resource: 'https://api.example.com/',
      permissions: [
        { scope: 'postcards.read', title: 'See your postcards', optional: false },
        { scope: 'postcards.send', title: 'Send postcards in your name', optional: true },
      ],
    },
    {
      name: 'About you',
      permissions: [
        {
          scope: 'email',
          title: 'Know your e-mail address',
          optional: false,
          values: [{ label: 'E-mail', value: 'alice@example.com' }, { label: 'Phone' }],
        },
      ],
    },
  ],
  holds: [],
  lasting: false,
  durations: [
    { value: '1h', lasts: 3_600, ends_at: now + 3_600 },
    { value: '90d', lasts: 90 * 86_400, ends_at: now + 90 * 86_400 },
    { value: 'until_removed', lasts: 'until_removed' },
  ],
  access_for: '1h',
  form_expired: false,
  now,
}

/** What a person reads: the page without its tags, spaces as one. */
function readable(changes: Partial<ConsentView> = {}): string {
  const main = /<main>(.*)<\/main>/s.exec(render(consentPage({ ...view, ...changes })))?.[1] ?? ''
  return main.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ')
}

/** Fails unless all these are read, in this order. */
function readInOrder(text: string, parts: readonly string[]): void {
  let from = 0
  for (const part of parts) {
    const found = text.indexOf(part, from)
    assert.ok(found >= 0, `“${part}” in ${text.slice(from)}`)
    from = found + part.length
  }
}

test('BR-26: the host comes before the claimed name, then account, permissions with their resource, and the time', () => {
  readInOrder(readable(), [
    'evil.test:8443',
    'Great App',
    'Nobody here has checked that name',
    'alice@example.com',
    'Postcards API',
    'https://api.example.com/',
    'See your postcards',
    'Send postcards in your name',
    'E-mail: alice@example.com',
    'Phone: none on file',
    '1 hour',
    'until today at 15:05 UTC',
    '90 days',
    'until 11 November 2026',
    'your connected applications',
    'Deny',
    'Allow',
    'evil.test:8443',
  ])
})

test('BR-26: a name is quoted unless an operator vouches for it', () => {
  assert.match(readable(), /calls itself “ Great App ”/)
  const vouched = readable({ client: { ...view.client, verified: true } })
  assert.match(vouched, /Registered with this server as Great App/)
  assert.doesNotMatch(vouched, /“/)
})

test('BR-26: an international host is shown in punycode first, then in its own letters', () => {
  const client = { ...view.client, destination: destinationOf('https://bücher.example/cb') }
  readInOrder(readable({ client }), ['xn--bcher-kva.example', 'asks for access', 'bücher.example'])
})

test('says how a client came here, since when it is known, and how many use it, without telling small numbers apart', () => {
  const known = (acquaintance: Partial<ConsentView['acquaintance']>) =>
    readable({ acquaintance: { ...view.acquaintance, ...acquaintance } })
  assert.match(known({}), /It registered itself here\. First seen: today at 14:04 UTC \. Nobody here uses it yet\./)
  assert.match(
    known({ came: 'by_operator', people: 'few' }),
    /runs this server registered it.* Fewer than 10 people here/,
  )
  assert.match(
    known({ came: 'by_address', people: 4_000 }),
    /Nobody registered it here: .* About 4,000 people here use it/,
  )
  assert.match(
    known({ first_seen: undefined, people: 'very_many' }),
    /registered itself here\. More than 10,000 people/,
  )
})

test('BR-27: a name that looks like that of another client is pointed out, before what is known of it', () => {
  const text = readable({ acquaintance: { ...view.acquaintance, resembles: 'Grеat App' } })
  readInOrder(text, ['calls itself', 'Another application here is called “ Grеat App ”', 'It registered itself here'])
})

test('BR-27: letters of several alphabets in a name or a host are pointed out', () => {
  const client = { destination: destinationOf('https://gооgle.example/cb'), client_name: 'Gооgle', verified: false }
  readInOrder(readable({ client }), ['The address mixes letters', 'The name mixes letters'])
})

test('RFC 8252: an answer to this computer or to an application says so in a sentence', () => {
  const to = (redirect_uri: string) =>
    readable({ client: { ...view.client, destination: destinationOf(redirect_uri) } })
  readInOrder(to('http://127.0.0.1:51004/cb'), [
    'An application on this computer',
    'runs at 127.0.0.1:51004 on this computer',
  ])
  readInOrder(to('com.example.app:/cb'), ['An application on this device', 'opens com.example.app: addresses'])
})

test('R6: it says when the access ends that nobody uses, where that can come first', () => {
  assert.match(readable({ idle: 90 * 86_400 }), /When nobody uses it for 90 days, it ends by itself/)
  assert.doesNotMatch(readable({ idle: undefined }), /nobody uses it/)
})

test('lasting access is said only where it is part of it', () => {
  assert.doesNotMatch(readable(), /while you are not signed in/)
  assert.match(readable({ lasting: true }), /while you are not signed in/)
})

test('BR-25: what it holds already stands apart from what is new, without boxes', () => {
  const [postcards, aboutYou] = view.asks
  assert.ok(postcards && aboutYou)
  const page = render(consentPage({ ...view, asks: [aboutYou], holds: [postcards], standing: { covers: false } }))
  readInOrder(page, ['asks for more access', 'Know your e-mail address', '<details>', 'Send postcards in your name'])
  assert.doesNotMatch(page, /type="checkbox"/)
})

test('BR-25: a later question says when what stands ends, what the choice is for, and which place is new', () => {
  const standing = { ends_at: now + 86_400, covers: false }
  const text = readable({ standing, asks: view.asks.slice(0, 1).map((group) => ({ ...group, is_new: true })) })
  readInOrder(text, ['asks for more access', 'Postcards API New to it', 'ends tomorrow at 14:05 UTC', 'for all of it'])
  assert.match(readable({ standing: { covers: false } }), /What it has now ends when you remove it/)
  assert.doesNotMatch(readable(), /What it has now|New to it/)
})

test('BR-25: a client that asks again for what it holds is not said to ask for more', () => {
  const text = readable({ standing: { covers: true }, holds: view.asks.slice(1) })
  readInOrder(text, ['asks again for access that it has', 'It will still be able to', 'What it can do already'])
  assert.doesNotMatch(text, /more access|also be able/)
})

test('R6: who paused an access is told so, and that allowing more resumes all of it', () => {
  const text = readable({ standing: { covers: false, paused_at: now - 300 }, holds: view.asks.slice(1) })
  readInOrder(text, [
    'asks for more access',
    'You have paused its access, since today at 14:00 UTC',
    '“Allow” resumes all of it',
  ])
  assert.doesNotMatch(readable({ standing: { covers: false } }), /paused/)
})

test('what is sensitive is marked, and said once; what is not is neither', () => {
  const [postcards] = view.asks
  assert.ok(postcards)
  const permissions = postcards.permissions.map((each) => ({ ...each, sensitive: each.optional }))
  const text = readable({ asks: [{ ...postcards, permissions }] })
  readInOrder(text, ['marked as sensitive can do harm', 'See your postcards', 'Send postcards in your name Sensitive'])
  assert.equal(text.match(/Sensitive/g)?.length, 1)
  assert.doesNotMatch(readable(), /ensitive/)
})

test('what will not work without a permission stands under its box, and the reason a client gives is quoted as its own', () => {
  const [postcards] = view.asks
  assert.ok(postcards)
  const told = { without: 'send the cards you write.', purpose: 'Send them at night' }
  const asks = [{ ...postcards, permissions: postcards.permissions.slice(1).map((each) => ({ ...each, ...told })) }]
  readInOrder(readable({ asks }), [
    'Send postcards in your name',
    'Its reason, in its own words: “ Send them at night ”',
    'Without this, “ Great App ” cannot send the cards you write.',
  ])
  const nameless = { ...view.client, client_name: '' }
  assert.match(readable({ asks, client: nameless }), /Without this, the application cannot send the cards/)
})

test('nothing a client, a resource or a person chose can become markup', () => {
  const hostile = '"><script>alert(1)</script>'
  const page = render(
    consentPage({
      ...view,
      csrf_token: hostile,
      question: hostile,
      client: {
        ...view.client,
        client_name: hostile,
        policy_uri: `https://evil.test/${hostile}`,
        tos_uri: 'javascript:alert(1)',
      },
      account: { username: hostile, name: hostile, email: hostile },
      asks: [
        {
          name: hostile,
          resource: hostile,
          permissions: [
            {
              scope: hostile,
              title: hostile,
              description: hostile,
              optional: true,
              without: hostile,
              purpose: hostile,
            },
          ],
        },
      ],
      durations: [{ value: hostile, lasts: 'once' }],
      access_for: hostile,
    }),
  )
  assert.doesNotMatch(page, /<script|href="javascript/)
})
