import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { randomBytes } from '../../kernel/random.ts'
import { must } from '../../../testing/must.ts'
import { redirectUriMatches } from './redirect-uri.ts'

const web = 'https://rp1.test/cb'
const webQuery = 'https://rp1.test/q?x=1'
const v4 = 'http://127.0.0.1/cb'
const v4Port = 'http://127.0.0.1:8080/cb'
const v6 = 'http://[::1]/cb'
const localhost = 'http://localhost/cb'
const app = 'com.example.app:/cb'

type Pair = readonly [registered: string, presented: string]

const same: readonly Pair[] = [
  [web, web],
  [webQuery, webQuery],
  [app, app],
  [v4, v4],
  [v4, 'http://127.0.0.1:51004/cb'],
  [v4, 'http://127.0.0.1:1/cb'],
  [v4, 'http://127.0.0.1:65535/cb'],
  [v4, 'http://127.0.0.1:80/cb'],
  [v4Port, v4],
  [v4Port, 'http://127.0.0.1:9090/cb'],
  [v6, 'http://[::1]:51004/cb'],
  ['http://[::1]:7/cb', v6],
  [localhost, 'http://localhost:3000/cb'],
  ['http://localhost:3000/cb', 'http://localhost:4000/cb'],
  ['http://127.0.0.2/cb', 'http://127.0.0.2:5/cb'],
  ['http://127.255.255.254/cb', 'http://127.255.255.254:5/cb'],
  ['http://localhost', 'http://localhost:5'],
  ['http://localhost/?a=1', 'http://localhost:5/?a=1'],
  ['http://localhost?a=1', 'http://localhost:5?a=1'],
  ['http://127.0.0.1/cb?x=http://[::1]', 'http://127.0.0.1:5/cb?x=http://[::1]'],
]

// AZ-05 … AZ-15, and what else has fooled others.
const different: readonly Pair[] = [
  // AZ-05: path suffix, prefix, case
  [web, 'https://rp1.test/cbX'],
  [web, 'https://rp1.test/cb/'],
  [web, 'https://rp1.test/cb/x'],
  [web, 'https://rp1.test/c'],
  [web, 'https://rp1.test/CB'],
  [web, 'https://rp1.test'],
  [web, ''],
  // AZ-06: host tricks
  [web, 'https://rp1.test.evil.test/cb'],
  [web, 'https://evil-rp1.test/cb'],
  [web, 'https://rp1.test./cb'],
  [web, 'https://RP1.TEST/cb'],
  [web, 'https://rp1.test:8443/cb'],
  [web, 'https://rp1.test:443/cb'],
  [web, 'https://rp1.test:/cb'],
  [web, 'https://evil.test/cb'],
  [web, 'https://evil.test/https://rp1.test/cb'],
  // AZ-07: userinfo
  [web, 'https://rp1.test@evil.test/cb'],
  [web, 'https://a@b@rp1.test/cb'],
  [web, 'https://rp1.test%40evil.test/cb'],
  [web, 'https://x@rp1.test/cb'],
  [v4, 'http://127.0.0.1@evil.test/cb'],
  [v4, 'http://127.0.0.1:80@evil.test/cb'],
  [v4, 'http://x@127.0.0.1/cb'],
  [localhost, 'http://localhost:80@evil.test/cb'],
  // AZ-08: path traversal
  [web, 'https://rp1.test/cb/../x'],
  [web, 'https://rp1.test/cb/..;/x'],
  [web, 'https://rp1.test/cb/%2e%2e/x'],
  [web, 'https://rp1.test/cb/%252e%252e/x'],
  [web, 'https://rp1.test//cb'],
  [web, 'https://rp1.test/%63b'],
  [web, 'https://rp1.test%2fcb'],
  [v4, 'http://127.0.0.1:5/x/../cb'],
  // AZ-09: backslashes and control characters
  [web, 'https:\\\\rp1.test\\cb'],
  [web, 'https://rp1.test\\cb'],
  [web, 'https://evil.test\\@rp1.test/cb'],
  [web, 'https://rp1.test/cb\t'],
  [web, 'https://rp1.test/c\tb'],
  [web, 'https://rp1.test/cb\r\nSet-Cookie: a=b'],
  [web, 'https://rp1.test/cb\0'],
  [web, ' https://rp1.test/cb'],
  [v4, 'http://127.0.0.1:5\\@evil.test/cb'],
  [v4, 'http://127.0.0.1:5/cb\n'],
  [v4, 'http://127.0.0.1\n:5/cb'],
  // AZ-10: scheme
  [web, 'http://rp1.test/cb'],
  [web, 'HTTPS://rp1.test/cb'],
  [web, '//rp1.test/cb'],
  [web, 'https:rp1.test/cb'],
  [v4, 'https://127.0.0.1:5/cb'],
  [v4, 'HTTP://127.0.0.1:5/cb'],
  ['https://127.0.0.1/cb', 'https://127.0.0.1:5/cb'],
  ['https://localhost/cb', 'https://localhost:5/cb'],
  ['ws://127.0.0.1/cb', 'ws://127.0.0.1:5/cb'],
  // AZ-11: query
  [webQuery, 'https://rp1.test/q?x=1&y=2'],
  [webQuery, 'https://rp1.test/q?x=2'],
  [webQuery, 'https://rp1.test/q'],
  [webQuery, 'https://rp1.test/q?x=1#'],
  [v4, 'http://127.0.0.1:5/cb?x=1'],
  // AZ-12: fragment
  [web, 'https://rp1.test/cb#f'],
  [web, 'https://rp1.test/cb%23f'],
  [v4, 'http://127.0.0.1:5/cb#f'],
  // AZ-14, AZ-15: the loopback host stays exact
  [web, 'http://127.0.0.1:5/cb'],
  [v4, 'http://127.0.0.2/cb'],
  [v4, 'http://localhost:5/cb'],
  [v4, v6],
  [localhost, v4],
  [localhost, 'http://localhost.evil.test/cb'],
  [localhost, 'http://localhost.:5/cb'],
  [localhost, 'http://LOCALHOST:5/cb'],
  [v4, 'http://127.0.0.1.evil.test/cb'],
  [v4, 'http://127.1/cb'],
  [v4, 'http://127.1:5/cb'],
  [v4, 'http://0x7f.1/cb'],
  [v4, 'http://2130706433/cb'],
  [v4, 'http://0177.0.0.1:5/cb'],
  [v4, 'http://127.0.0.01:5/cb'],
  [v4, 'http://127.0.0.1:5/other'],
  [v4, 'http://127.0.0.1:5/cb/'],
  [v4, 'http://127.0.0.1:/cb'],
  [v4, 'http://127.0.0.1:0/cb'],
  [v4, 'http://127.0.0.1:65536/cb'],
  [v4, 'http://127.0.0.1:005/cb'],
  [v4, 'http://127.0.0.1:5:6/cb'],
  [v4, 'http://127.0.0.1:-5/cb'],
  [v4, 'http://127.0.0.1:５/cb'],
  [v6, 'http://[0:0:0:0:0:0:0:1]:5/cb'],
  [v6, 'http://[::2]:5/cb'],
  [v6, 'http://[::ffff:127.0.0.1]:5/cb'],
  ['http://127.0.0.256/cb', 'http://127.0.0.256:5/cb'],
  ['http://128.0.0.1/cb', 'http://128.0.0.1:5/cb'],
  ['http://10.0.0.1/cb', 'http://10.0.0.1:5/cb'],
  ['http://0.0.0.0/cb', 'http://0.0.0.0:5/cb'],
  ['http://[::]/cb', 'http://[::]:5/cb'],
  ['http://rp1.test/cb', 'http://rp1.test:5/cb'],
  ['http://*.localhost/cb', 'http://a.localhost/cb'],
  // private-use schemes
  [app, 'com.example.app:/cb/'],
  [app, 'com.example.app://cb'],
  [app, 'COM.EXAMPLE.APP:/cb'],
  [app, 'com.example.app.evil:/cb'],
  ['http://127.0.0.1/cb', 'http:/127.0.0.1:5/cb'],
]

must('RFC 9700 §2.1', 'AZ-03, AZ-05 to AZ-12: a redirect URI is compared byte for byte', () => {
  for (const [registered, presented] of different) {
    assert.equal(redirectUriMatches(registered, presented), false, `${registered} is not ${JSON.stringify(presented)}`)
  }
})

must('RFC 8252 §7.3', 'AZ-14, AZ-15: loopback redirects may differ in the port and in nothing else', () => {
  for (const [registered, presented] of same) {
    assert.equal(redirectUriMatches(registered, presented), true, `${registered} is ${presented}`)
  }
})

const registered = [web, webQuery, v4, v4Port, v6, localhost, app, 'http://127.0.0.9/a/b?c=d%20e']
const pieces = [
  '',
  '@',
  ':',
  '/',
  '//',
  '\\',
  '?',
  '#',
  '.',
  '..',
  '%2e%2e',
  '%2f',
  '%00',
  '\0',
  '\t',
  '\n',
  ' ',
  '*',
  ':5',
  ':51004',
  ':0',
  ':99999',
  ':80',
  'evil.test',
  '.evil.test',
  '@evil.test',
  'x@',
  'localhost',
  '127.0.0.1',
  '127.1',
  '0x7f.1',
  '[::1]',
  '[::]',
  'http://',
  'https://',
  'HTTPS://',
  'javascript:',
  'cb',
  '/cb',
  '&y=2',
  '１',
  'а',
  '\u202e',
]
const mutation = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  take: fc.integer({ min: 0, max: 8 }),
  put: fc.oneof(
    fc.constantFrom(...pieces),
    fc.string({ maxLength: 3 }),
    fc.integer({ min: 0, max: 99999 }).map((port) => `:${port}`),
  ),
})

function mutate(uri: string, mutations: readonly { at: number; take: number; put: string }[]): string {
  return mutations.reduce((text, { at, take, put }) => {
    const start = Math.floor(at * text.length)
    return text.slice(0, start) + put + text.slice(start + take)
  }, uri)
}

/** Puts a port, or what might pass for one, behind the host: random cuts seldom hit that place. */
function withPort(uri: string, port: string): string {
  return uri.replace(/^(http:\/\/(?:\[[^\]]*\]|[^/:?]*))(?::\d+)?/, `$1${port}`)
}

test('AZ-44: of 20,000 mutated redirect URIs only equal ones match, and loopback ones with another port', (context) => {
  const seed = randomBytes(4).readInt32BE()
  context.diagnostic(`seed ${seed}`)
  let matched = 0
  fc.assert(
    fc.property(
      fc.constantFrom(...registered),
      fc.array(mutation, { maxLength: 3 }),
      fc.constantFrom('', ':1', ':51004', ':65536', ':07', ':', undefined),
      (ours, mutations, port) => {
        const theirs = mutate(port === undefined ? ours : withPort(ours, port), mutations)
        if (!redirectUriMatches(ours, theirs) || ours === theirs) return
        matched += 1
        // What a browser would make of it differs from the registered URI in the port, and in nothing else.
        const [left, right] = [new URL(ours), new URL(theirs)]
        left.port = right.port = ''
        assert.equal(left.href, right.href)
        assert.match(left.href, /^http:\/\/(127\.|localhost\/|\[::1\])/)
        assert.match(theirs, /^[\x21-\x7e]+$/)
      },
    ),
    { numRuns: 20_000, seed },
  )
  assert.ok(matched > 100, 'the mutations reach the loopback rule')
})
