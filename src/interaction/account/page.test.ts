import assert from 'node:assert/strict'
import { test } from 'node:test'
import { must } from '../../../testing/must.ts'
import { render } from '../../kernel/html.ts'
import { destinationOf } from '../../ui/destination.ts'
import { catalogues } from '../../ui/words/catalogues.ts'
import { accountPage, type AccountView } from './page.ts'

const { en } = catalogues

/** 2026-08-13T14:00:00Z */
const now = 1_786_629_600
const client = { destination: destinationOf('https://greatapp.example/cb'), client_name: 'Great App', verified: true }

const view: AccountView = {
  home: '',
  words: en,
  csrf_token: 'c1',
  person: { username: 'alice' },
  sign_out: '/logout',
  links: { account: '/account', security: '/account/security', download: '/account/download' },
  history: [],
  now,
  applications: [
    {
      client_id: 'https://app.example/a?b=1&c="',
      client,
      first_party: false,
      access: [
        {
          permissions: [{ name: 'Postcards API', titles: [{ title: 'See your postcards', used: true }] }],
          kind: 'standing',
          granted_at: now - 10 * 86_400,
          expires_at: now + 20 * 86_400,
          use: { last_at: now - 60, from: '192.0.2.0/24', times: 2 },
          unused_until: now + 9 * 86_400,
          receipt: '/account/receipts/1',
        },
      ],
    },
  ],
}

const page = (changes: Partial<AccountView> = {}) => render(accountPage({ ...view, ...changes })).replace(/\s+/g, ' ')

test('R7: an application that has no name, or was deleted, is told by where it is, and no sign stands for a name', () => {
  const { client_name: _, ...nameless } = client
  const [one] = view.applications
  assert.ok(one)
  for (const verified of [true, false]) {
    const unnamed = { ...nameless, verified }
    const applications = [{ ...one, client: unnamed }]
    const shown = page({ applications, notice: { kind: 'resumed', client: unnamed } }).replace(/<[^>]*>/g, '')
    assert.match(shown, /greatapp\.example can go on\./)
    assert.doesNotMatch(shown, /—|“/)
  }
})

test('R7: each application is shown with its permissions, since when, until when and its last use', () => {
  const shown = page().replace(/<[^>]*>/g, '')
  for (const part of [
    'greatapp.example',
    'Great App',
    'Postcards API',
    'See your postcards',
    '3 August 2026',
    '2 September 2026',
    'Last usedtoday at 13:59 UTC From the network192.0.2.0/24',
    'In the last 30 daysused 2 times',
    'Ends if unused until22 August 2026',
    'See your postcards Used lately',
  ]) {
    assert.ok(shown.includes(part), part)
  }
})

must('OpenID Connect Core §4', 'the login of an application is one press away, and not told where from', () => {
  const [listed] = view.applications
  assert.ok(listed !== undefined)
  const opened = (opens: string) => page({ applications: [{ ...listed, opens }] })
  const said =
    '<a href="https://greatapp.example/login?iss=https%3A%2F%2Fid.test" rel="noreferrer">Open<span class="unseen">'
  assert.ok(opened('https://greatapp.example/login?iss=https%3A%2F%2Fid.test').includes(said))
  assert.doesNotMatch(page(), />Open</)
  for (const address of ['javascript:alert(1)', 'data:text/html,x', 'https://a@evil.test/'])
    assert.doesNotMatch(opened(address), /href="(javascript|data|https:\/\/a@)/)
})

test('R7: a client_id of any characters stays whole in the attribute and in the button that removes it', () => {
  assert.match(page(), /data-client-id="https:\/\/app\.example\/a\?b=1&amp;c=&quot;"/)
  assert.match(page(), /<button [^>]*name="remove" value="https:\/\/app\.example\/a\?b=1&amp;c=&quot;"/)
})

test('R7: after a removal the page says how long signed tokens may still be accepted', () => {
  assert.match(
    page({ notice: { kind: 'access_ended', client, signed_tokens_until: now + 300 } }),
    /stop working <time [^>]*>today at 14:05 UTC<\/time> at the latest/,
  )
  assert.doesNotMatch(page({ notice: { kind: 'access_ended', client } }), /Signed tokens/)
})

test('R7: what has ended is shown apart, with why, and can do nothing', () => {
  const history = [
    {
      client,
      first_party: false,
      permissions: [],
      granted_at: now - 9,
      ended_at: now,
      because: 'unused',
      use: { times: 0 },
      receipt: '/account/receipts/2',
    },
  ] as const
  const shown = page({ applications: [], history })
  assert.match(shown, /id="history".*greatapp\.example.*It ended by itself: nobody had used it\./)
  assert.doesNotMatch(shown, /data-client-id|name="remove"/)
})

test('R18: where no signed token lives, it says that all has stopped', () => {
  assert.match(page({ notice: { kind: 'access_ended', client } }), /All of it has stopped now/)
})

test('with no application, it says so', () => {
  assert.match(page({ applications: [] }), /No application has access to your account/)
})
