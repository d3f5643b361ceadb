/** Letters that are asked for through the edge: what a request says of hosts, and how often a scanner looks. */
import assert from 'node:assert/strict'
import { after, beforeEach, test } from 'node:test'
import { formsOf } from '../../testing/visitor.ts'
import { world, type WorldRequest } from '../../testing/world.ts'
import { composeLetter } from '../interaction/letter/compose.ts'

const here = await world({ mail: { smtp: 'smtp://127.0.0.1:1', from: 'Licet <id@id.test>' } })
after(() => here.close())
beforeEach(() => here.wait(3600))

/** Asks for Alice's letter by a request of any kind, from a browser that opened the page as everybody does. */
async function asked(target: string, headers: WorldRequest['headers']): Promise<number> {
  const visitor = here.visitor()
  const { body } = await visitor.go('/forgotten-password')
  const [, csrf_token = ''] = formsOf(body)[0]?.fields.find(([name]) => name === 'csrf_token') ?? []
  const sent = { cookies: visitor.cookies, body: { csrf_token, email: 'alice@example.com' } }
  return (await here.request('POST', target, { ...sent, ...(headers && { headers }) })).status
}

/** The letters that wait to be sent, as they will be. */
async function waiting(): Promise<readonly string[]> {
  const { outbox, mailTokens } = here.ground.stores
  const messages = await outbox.claim('mail', 9, here.clock())
  const composed = await Promise.all(messages.map((message) => composeLetter(message, { ...here.parts, mailTokens })))
  await Promise.all(messages.map((message) => outbox.remove(message)))
  return composed.flatMap((letter) => (letter === undefined ? [] : [letter.text]))
}

const linkIn = (letter = '') => /https:\/\/id\.test\/new-password\/\S+/.exec(letter)?.[0] ?? ''

const forged: Readonly<Record<string, readonly [target: string, headers: Record<string, string>]>> = {
  'X-Forwarded-Host': ['/forgotten-password', { 'x-forwarded-host': 'evil.test', 'x-forwarded-proto': 'http' }],
  Forwarded: ['/forgotten-password', { forwarded: 'host=evil.test;proto=http' }],
  'X-Original-URL': ['/forgotten-password', { 'x-original-url': 'https://evil.test/', 'x-rewrite-url': '//evil.test' }],
  'an absolute target, and another Host': ['https://id.test/forgotten-password', { host: 'evil.test' }],
}
for (const [name, [target, headers]] of Object.entries(forged)) {
  test(`AC-12: the link of a letter begins at the issuer, whatever is said by ${name}`, async () => {
    assert.equal(await asked(target, headers), 200)
    const [letter, ...others] = await waiting()
    assert.notEqual(linkIn(letter), '')
    assert.doesNotMatch(letter ?? 'evil', /evil|http:/)
    assert.deepEqual(others, [])
  })
}

test('AC-12: no letter is written for a request to another host', async () => {
  assert.equal(await asked('/forgotten-password', { host: 'evil.test' }), 421)
  assert.equal(await asked('https://evil.test/forgotten-password', {}), 421)
  assert.deepEqual(await waiting(), [])
})

test('AC-16: a link is looked at by HEAD and GET as often as scanners like, and is still good', async () => {
  assert.equal(await asked('/forgotten-password', {}), 200)
  const { pathname } = new URL(linkIn((await waiting())[0]))
  for (let visit = 0; visit < 10; visit += 1) {
    assert.equal((await here.request('HEAD', pathname)).status, 405)
    assert.equal((await here.request('GET', pathname)).status, 200)
  }
  const visitor = here.visitor()
  const fields = { new_password: 'mimsy borogoves outgrabe' }
  const done = await visitor.submit(await visitor.go(pathname), { press: 'password-submit', fields })
  assert.equal(done.status, 200)
})
