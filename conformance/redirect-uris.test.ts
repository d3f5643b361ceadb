/**
 * Twenty thousand redirect URIs that are nearly a registered one, and some that are. Each is asked for with
 * `prompt=none`, so that the answer goes wherever the server would send a browser, at once.
 */
import assert from 'node:assert/strict'
import { after } from 'node:test'
import fc from 'fast-check'
import { must } from '../testing/must.ts'
import { startServer } from '../testing/server.ts'
import { formsOf } from '../testing/visitor.ts'
import { clients, configuration, newPkce } from './scene.ts'

const server = await startServer({ configuration })
after(() => server.stop())

const inAll = 20_000
const atOnce = 50

/** A request: of which client, and how its query spells the URI. */
interface Attempt {
  readonly by: 'C1' | 'C2' | 'C3' | 'C5'
  readonly query: string
}

const registeredOf = (by: Attempt['by']) => clients[by].registered['redirect_uris'] as readonly string[]

/** Changes a text somewhere. */
type Mutation = (text: string) => string

const at = (place: number, text: string) => place % (text.length + 1)
const spliced = (text: string, place: number, [remove, insert]: readonly [number, string]): string =>
  text.slice(0, at(place, text)) + insert + text.slice(at(place, text) + remove)
const encoded = (char: string): string =>
  [...Buffer.from(char)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')

const odd = Array.from('/\\:@?#%&=;.,+*[]{}<>"\'` \t\r\n\0').concat([
  '\u00a0',
  '\u2024',
  '\uff0e',
  '\u2044',
  '\u202e',
  'ſ',
  'ı',
  '%00',
  '%0d%0a',
])
const host = /^([a-z]+:\/\/)([^/?#]*)/i

/** What attackers do to a host, from the advisories of other servers. */
const hosts = [
  ...['evil.test', 'rp1.test.evil.test', 'evil-rp1.test', 'rp1.test.', 'RP1.TEST', 'rp1.test:443', 'rp1.test:8443'],
  ...['rp1.test@evil.test', 'a@b@rp1.test', 'rp1.test%40evil.test', 'evil.test\\@rp1.test', 'evil.test#@rp1.test'],
  ...['127.0.0.1', '127.0.0.2', 'localhost', 'localhost:80', '[::1]', '127.1', '0x7f.1', '127.0.0.1.evil.test'],
  ...[
    '127.0.0.1:@evil.test',
    '127.0.0.1:80@evil.test',
    '127.0.0.1:99999',
    '127.0.0.1:0',
    '127.0.0.1:',
    '127.0.0.1:+80',
  ],
  ...['2130706433', '[::ffff:127.0.0.1]', '127.0.0.1%00', 'rp1.test\u3002evil.test', 'xn--rp1.test', '', '/', '*'],
]
const paths = [
  ...[
    '/cb/../x',
    '/cb/..;/x',
    '/cb/%2e%2e/x',
    '/cb/%252e%252e/x',
    '//cb',
    '/cbX',
    '/cb/',
    '/c',
    '',
    '/CB',
    '/%63b',
    '/cb;x',
  ],
  ...[
    '/cb?x=1',
    '/cb#f',
    '/cb%23f',
    '/q?x=1&y=2',
    '/q?x=2',
    '/q',
    '/q?x=1',
    '/q?X=1',
    '/cb%00',
    '/cb\u0000',
    '/cb\n',
    '/cb?',
  ],
]
const schemes = [
  'http:',
  'HTTPS:',
  'https:/',
  'https:\\\\',
  'javascript:',
  'data:',
  'ftp:',
  '',
  'com.example.app:',
  'blob:https:',
]

/** A cut may leave half of a character behind, which no URL can spell. */
const component = (text: string): string => encodeURIComponent(text.toWellFormed())

const place = fc.nat(80)
const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(place, fc.nat(2), fc.constantFrom(...odd, 'a', '0', '')).map(([where, remove, insert]): Mutation => {
    return (text) => spliced(text, where, [remove, insert])
  }),
  place.map((where): Mutation => (text) => {
    const char = text[at(where, text)] ?? ''
    return spliced(text, where, [1, char === char.toLowerCase() ? char.toUpperCase() : char.toLowerCase()])
  }),
  place.map(
    (where): Mutation =>
      (text) =>
        spliced(text, where, [1, encoded(text[at(where, text)] ?? '')]),
  ),
  fc.constantFrom(...hosts).map(
    (name): Mutation =>
      (text) =>
        text.replace(host, (_, scheme: string) => scheme + name),
  ),
  fc.nat(99_999).map(
    (port): Mutation =>
      (text) =>
        text.replace(host, (whole) => `${whole}:${port}`),
  ),
  fc.constantFrom(...paths).map(
    (path): Mutation =>
      (text) =>
        (host.exec(text)?.[0] ?? text) + path,
  ),
  fc.constantFrom(...schemes).map(
    (scheme): Mutation =>
      (text) =>
        text.replace(/^[a-z.]+:(?:\/\/)?/i, () => scheme),
  ),
  place.map(
    (length): Mutation =>
      (text) =>
        text.slice(0, length),
  ),
  fc.constantFrom<Mutation>(
    (text) => text + text,
    (text) => ` ${text}`,
    (text) => `${text} `,
    component,
    () => '',
  ),
  fc.string({ unit: 'binary', maxLength: 12 }).map(
    (tail): Mutation =>
      (text) =>
        text + tail,
  ),
)

/** How a query may spell a parameter, well and badly. */
const spellings: readonly ((uri: string) => string)[] = [
  (uri) => `redirect_uri=${component(uri)}`,
  (uri) => `redirect_uri=${encoded(uri)}`,
  (uri) => `redirect_uri=${component(uri).replaceAll('%20', '+')}`,
  (uri) => `redirect_uri=${component(uri).replace('%2F', '/')}`,
  (uri) => `redirect_uri=${component(uri).slice(0, -1)}%`,
  (uri) => `redirect_uri=${component(uri)}%ff`,
  (uri) => `redirect_uri=${component(uri)}%00`,
  (uri) => `redirect%5Furi=${component(uri)}`,
  (uri) => `REDIRECT_URI=${component(uri)}`,
  (uri) => `redirect_uri[]=${component(uri)}`,
  (uri) => `redirect_uri=${component(uri)}&redirect_uri=https%3A%2F%2Fevil.test%2Fcb`,
  (uri) => `redirect_uri=https%3A%2F%2Fevil.test%2Fcb&redirect_uri=${component(uri)}`,
  (uri) => `redirect_uri=&redirect_uri=${component(uri)}`,
  (uri) => `redirect_uri=${component(uri)};redirect_uri=https://evil.test/cb`,
]

const attempt: fc.Arbitrary<Attempt> = fc
  .record({
    by: fc.constantFrom('C1', 'C2', 'C3', 'C5'),
    which: fc.nat(9),
    mutations: fc.array(mutation, { maxLength: 3 }),
    spelling: fc.oneof(
      { weight: 5, arbitrary: fc.constant(0) },
      { weight: 3, arbitrary: fc.nat(spellings.length - 1) },
    ),
    mode: fc.constantFrom('', '', '', '&response_mode=form_post', '&response_mode=fragment'),
  })
  .map(({ by, which, mutations, spelling, mode }) => {
    const registered = registeredOf(by)
    const uri = mutations.reduce((text, mutate) => mutate(text), registered[which % registered.length] ?? '')
    return { by, query: (spellings[spelling]?.(uri) ?? '') + mode }
  })

/** What may be redirected to: by the specification's words, and by nothing that the server is made of. */
function allowed({ by, query }: Attempt): string | undefined {
  // RFC 6749 §3.1: what has no value was not sent.
  const values = new URLSearchParams(query).getAll('redirect_uri').filter((value) => value !== '')
  const registered = registeredOf(by)
  const [value] = values
  if (values.length > 1) return undefined
  if (value === undefined) return registered.length === 1 ? registered[0] : undefined
  const port = /^http:\/\/127\.0\.0\.1:([1-9]\d{0,4})\/cb$/.exec(value)?.[1]
  const loopback = registered.includes('http://127.0.0.1/cb') && port !== undefined && Number(port) <= 65_535
  return registered.includes(value) || loopback ? value : undefined
}

const { code_challenge } = newPkce()
const rest = `&response_type=code&scope=openid&state=s&prompt=none&code_challenge=${code_challenge}&code_challenge_method=S256`
const reached = { registered: 0, refused: 0 }

async function holds(one: Attempt): Promise<void> {
  const expected = allowed(one)
  const path = `/authorize?client_id=${clients[one.by].client_id}&${one.query}${rest}`
  const { status, headers, body } = await server.send({ path })
  const { location } = headers
  const seen = `${one.by} ${one.query} was answered ${status} ${String(location)}`
  assert.ok(typeof location === 'string' || location === undefined, seen)
  const [posted] = formsOf(body)
  const destination = location?.replace(/[?&]error=[^#]*$/, '') ?? posted?.action
  if (destination === undefined) {
    assert.equal(status, 400, seen)
    assert.doesNotMatch(body, /http-equiv|<script|location/i, seen)
    assert.equal(expected, undefined, seen)
    reached.refused += 1
  } else {
    assert.equal(destination, expected, seen)
    reached.registered += 1
  }
}

must(
  'RFC 9700 §4.1.3',
  'AZ-44: of 20,000 redirect URIs only a registered one is ever answered to, or its loopback port',
  async (t) => {
    const seed = Number(process.env['LICET_TEST_SEED'] ?? Date.now() % 2 ** 31)
    t.diagnostic(`seed ${seed}`)
    const property = fc.asyncProperty(fc.array(attempt, { minLength: atOnce, maxLength: atOnce }), async (attempts) => {
      await Promise.all(attempts.map((one) => holds(one)))
    })
    const begun = performance.now()
    await fc.assert(property, { seed, numRuns: inAll / atOnce, endOnFailure: true })
    const seconds = (performance.now() - begun) / 1000
    t.diagnostic(`${reached.refused} refused, ${reached.registered} sent to where they may, in ${seconds.toFixed(1)} s`)
    // That nothing was redirected would be proved by a server that redirects nobody.
    assert.ok(reached.registered > inAll / 20 && reached.refused > inAll / 2)
  },
)
