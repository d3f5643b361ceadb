/** Whose the pages are: what an operator configured, on pages, in letters and in the metadata, and for whom. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import sharp from 'sharp'
import { refusedFor } from '../../testing/refused.ts'
import { registrar } from '../../testing/registrar.ts'
import { world, worldSecret, type World } from '../../testing/world.ts'
import { readConfiguration } from '../config/configuration.ts'
import { composeLetter } from '../interaction/letter/compose.ts'
import { registerClient, updateClient } from '../management/clients.ts'
import { stylesheet } from '../ui/stylesheet.ts'
import { compose, passwordRulesOf } from './compose.ts'
import { judged, withPictures } from './loaded-configuration.ts'
import { previewConsent } from './preview.ts'

const directory = mkdtempSync(join(tmpdir(), 'licet-brands-'))
const file = (name: string): string => join(directory, name)
const picture = (background: string, width = 1200) =>
  sharp({ create: { width, height: 240, channels: 3, background } }).withExif({ IFD0: { Copyright: 'hidden' } })
writeFileSync(file('logo.jpg'), await picture('#7a1f5c').jpeg().toBuffer())
writeFileSync(file('dark.png'), await picture('#ffaacc').png().toBuffer())
writeFileSync(file('shop.png'), await picture('#224488', 240).png().toBuffer())
writeFileSync(file('broken.png'), Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.alloc(64, 1)]))

const branding = {
  name: 'Example Ltd.',
  names: { ar: 'مثال' },
  logo: file('logo.jpg'),
  logo_dark: file('dark.png'),
  colours: { light: { accent: '#7a1f5c' } },
  texts: {
    sign_in_heading: { en: 'Welcome <b>back</b>', de: 'Willkommen' },
    username: { en: 'Customer number' },
    sign_in_help: { en: 'Lost? Call <script>alert(1)</script>' },
    error_help: { en: 'Write to help@example.com and tell us:' },
    footer: { en: 'Example Ltd. & Sons, Oxford' },
  },
  links: {
    terms: { en: 'https://example.com/terms', de: 'https://example.com/agb' },
    support: 'mailto:help@example.com',
  },
}
const client = (client_id: string, more: object = {}) => ({
  client_id,
  client_name: client_id,
  client_secret: worldSecret,
  redirect_uris: ['https://rp1.test/cb'],
  grant_types: ['authorization_code', 'refresh_token'],
  scope: 'openid profile email offline_access postcards.read postcards.send',
  ...more,
})
const configured = {
  branding,
  client_brandings: { shop: { name: 'The Shop', logo: file('shop.png'), colours: { light: { accent: '#224488' } } } },
  clients: [client('greatapp'), client('shop', { branding: 'shop' }), client('other')],
}
const w = await world(configured)
after(async () => {
  await w.close()
  rmSync(directory, { recursive: true })
})

const signIn = (where: World, client_id = 'greatapp', ui_locales?: string) =>
  where.visitor().go(where.authorizeUrl({ client_id, ui_locales }))
const consent = async (where: World, client_id: string) => {
  const visitor = where.visitor()
  return visitor.submit(await visitor.go(where.authorizeUrl({ client_id })), {
    press: 'login-submit',
    fields: { username: 'alice', password: 'wonderland' },
  })
}
const stylesheetIn = (body: string): string =>
  /<link rel="stylesheet" href="https:\/\/id\.test([^"]+)">/.exec(body)?.[1] ?? ''

describe('the pages of the server', () => {
  test('say whose they are, by logo and name, in the title too', async () => {
    const { body } = await signIn(w)
    assert.match(body, /<title>[^<]* · Example Ltd\.<\/title>/)
    assert.match(
      body,
      /<img class="logo" src="https:\/\/id\.test\/assets\/[\w-]{16}\.png" alt="Example Ltd\." width="200" height="40">/,
    )
    assert.match(body, /<source media="\(prefers-color-scheme: dark\)" srcset="https:\/\/id\.test\/assets\//)
    assert.doesNotMatch(body, /Licet|class="mark"|id="run-by"/)
  })

  test('speak the operator’s words in the languages that they were given in, ours in the others, and never as markup', async () => {
    const { body } = await signIn(w)
    assert.ok(body.includes('<h1>Welcome &lt;b&gt;back&lt;/b&gt;</h1>'))
    assert.ok(body.includes('Lost? Call &lt;script&gt;alert(1)&lt;/script&gt;'))
    assert.ok(body.includes('Customer number'))
    assert.ok(body.includes('Example Ltd. &amp; Sons, Oxford'))
    const german = (await signIn(w, 'greatapp', 'de')).body
    assert.ok(german.includes('<h1>Willkommen</h1>'))
    assert.ok(german.includes('<a href="https://example.com/agb" rel="noreferrer">Nutzungsbedingungen</a>'))
    assert.doesNotMatch(german, /Customer number/)
    const arabic = (await signIn(w, 'greatapp', 'ar')).body
    assert.ok(arabic.includes('alt="مثال"'))
    assert.doesNotMatch(arabic, /Welcome/)
    // Where we have no words of our own, those of the operator’s language stand, in their own direction.
    assert.match(arabic, /<p dir="auto">Example Ltd\. &amp; Sons, Oxford<\/p>/)
    const error = await w.request('GET', '/authorize?client_id=nobody')
    assert.ok(error.body.includes('Write to help@example.com and tell us:'))
    assert.match(error.body, /alt="Example Ltd\."/)
  })

  test('BR-03, BR-04: load everything from here, under names that hold their content, and have no style of their own', async () => {
    const { body, headers } = await signIn(w)
    const sheet = await w.request('GET', stylesheetIn(body))
    assert.match(sheet.body, /--accent:#7a1f5c;/)
    assert.match(String(sheet.headers['cache-control']), /immutable/)
    assert.doesNotMatch(body, /<style|style="/)
    assert.match(String(headers['content-security-policy']), /default-src 'none'; style-src 'self'; img-src 'self'/)
    for (const [, path = ''] of body.matchAll(/"https:\/\/id\.test(\/assets\/[^"]+)"/g)) {
      assert.equal((await w.request('GET', path)).status, 200, path)
    }
  })

  test('BR-28: a logo is redrawn, small, and nothing that was hidden in the file is served', async () => {
    const [, path = ''] = /src="https:\/\/id\.test(\/assets\/[^"]+)"/.exec((await signIn(w)).body) ?? []
    const { bytes, headers } = await w.request('GET', path)
    assert.ok(bytes)
    assert.equal(headers['content-type'], 'image/png')
    const { format, width, height, exif } = await sharp(bytes).metadata()
    assert.deepEqual({ format, width, height, exif }, { format: 'png', width: 600, height: 120, exif: undefined })
    assert.ok(!Buffer.from(bytes).includes('hidden'))
  })

  test('without a branding are as they were', async () => {
    const plain = await world()
    const { body } = await signIn(plain)
    assert.equal(stylesheetIn(body), stylesheet.path)
    assert.match(body, /<svg class="mark"[^>]*>.*<\/svg><bdi>Licet<\/bdi><\/span>/)
    await plain.close()
  })
})

describe('the branding of a client', () => {
  test('is seen at its sign-in and consent, which say whose server it is and where the answer goes', async () => {
    for (const page of [await signIn(w, 'shop'), await consent(w, 'shop')]) {
      assert.match(page.body, /alt="The Shop"/)
      assert.match(
        page.body,
        /<p id="run-by">You are at <bdi>Example Ltd\.<\/bdi>, on <bdi class="host">id\.test<\/bdi>\.<\/p>/,
      )
      assert.match(page.body, /rp1\.test/)
      assert.match((await w.request('GET', stylesheetIn(page.body))).body, /--accent:#224488;/)
      // What it leaves out is the server’s; a logo is not.
      assert.match(page.body, /Example Ltd\. &amp; Sons, Oxford/)
      assert.doesNotMatch(page.body, /<source /)
    }
  })

  test('is seen at no other client’s, nor on the person’s own pages', async () => {
    for (const page of [await signIn(w, 'other'), await consent(w, 'other'), await w.visitor().go('/account')]) {
      assert.match(page.body, /alt="Example Ltd\."/)
      assert.doesNotMatch(page.body, /The Shop|run-by/)
    }
  })

  test('names no passkey and no authenticator app: those are the account’s, and carry the server’s own name', async () => {
    const visitor = w.visitor()
    await w.allow(visitor, w.authorizeUrl({ client_id: 'shop' }))
    const { body } = await visitor.go('/account/security')
    assert.match(
      body,
      /&quot;rp&quot;:\{&quot;id&quot;:&quot;id\.test&quot;,&quot;name&quot;:&quot;Example Ltd\.&quot;\}/,
    )
  })

  test('is kept on the page that follows a lost thread', async () => {
    const visitor = w.visitor()
    const page = await visitor.go(w.authorizeUrl({ client_id: 'shop' }))
    w.wait(1801)
    assert.match((await visitor.go(page.url)).body, /alt="The Shop"/)
  })

  test('is kept in the record of a decision, by name', async () => {
    const visitor = w.visitor()
    await w.allow(visitor, w.authorizeUrl({ client_id: 'shop' }))
    const alice = await w.parts.accounts.findByLogin('alice')
    const [grant] = await w.parts.grants.listByAccount(alice?.account_id ?? '')
    const decision = await w.parts.consents.findNewest(grant?.account_id ?? '', grant?.grant_id ?? '')
    assert.equal(decision?.shown['asked_by'], 'The Shop')
  })

  test('can be given by command to a client that an operator registered, where there is one of that name', async () => {
    const parts = { ...w.parts, actor: 'operator:test' }
    const metadata = { client_name: 'Stored', redirect_uris: ['https://rp1.test/cb'], scope: 'openid postcards.read' }
    await registerClient('stored', { ...metadata, branding: 'shop' }, parts)
    assert.match((await signIn(w, 'stored')).body, /alt="The Shop"/)
    await assert.rejects(
      registerClient('more', { ...metadata, branding: 'nobody' }, parts),
      refusedFor('client_metadata_malformed'),
    )
    await updateClient('stored', { branding: null }, parts)
    assert.match((await signIn(w, 'stored')).body, /alt="Example Ltd\."/)
  })

  test('that nobody configured is a mistake in the configuration, with its place', () => {
    const raw = { issuer: 'https://id.test', secret: 'x'.repeat(43), clients: [client('shop', { branding: 'shop' })] }
    const loaded = judged(readConfiguration(raw, '/', {}), 'licet.yaml')
    assert.ok(loaded.outcome === 'bad')
    assert.deepEqual(loaded.mistakes, ['licet.yaml: clients[0].branding must be absent: there is none'])
  })

  test('whose client is stored and which is no longer configured gives way to that of the server', async () => {
    const parts = { ...w.parts, actor: 'operator:test' }
    const metadata = { client_name: 'Left', redirect_uris: ['https://rp1.test/cb'], scope: 'openid postcards.read' }
    await registerClient('left', { ...metadata, branding: 'shop' }, parts)
    const without = await world({ ...configured, client_brandings: {}, clients: [] }, w.ground.database)
    assert.match((await signIn(without, 'left')).body, /alt="Example Ltd\."/)
  })
})

test('BR-27: a client that registered itself brands no page, whatever it or an operator says of it', async () => {
  const open = await registrar({ ...configured, client_registration: { dynamic: 'any' } })
  const { body: registered } = await open.register({
    client_name: 'The Shop',
    redirect_uris: ['https://shop.test/cb'],
    branding: 'shop',
  })
  assert.equal(registered['branding'], undefined)
  const visitor = open.world.visitor()
  const page = await open.world.allow(visitor, open.authorizeUrl(registered))
  assert.ok(page.leaves)
  const client_id = String(registered['client_id'])
  const parts = { ...open.world.parts, actor: 'operator:test' }
  await assert.rejects(updateClient(client_id, { branding: 'shop' }, parts), refusedFor('client_metadata_malformed'))
  // Nor does it where its row says so all the same.
  const stored = await open.world.parts.clients.find(client_id)
  assert.ok(stored)
  await open.world.ground.stores.clients.update({ ...stored, metadata: { ...stored.metadata, branding: 'shop' } })
  open.world.wait(3)
  const again = await open.world.visitor().go(open.authorizeUrl(registered))
  assert.match(again.body, /alt="Example Ltd\."/)
  assert.doesNotMatch(again.body, /alt="The Shop"|--accent:#224488/)
  await open.close()
})

test('letters end with the name of whoever runs the server', async () => {
  const alice = await w.parts.accounts.findByLogin('alice')
  assert.ok(alice)
  const payload = { type: 'password_changed', account_id: alice.account_id, language: 'ar' }
  const message = { message_id: 'm', kind: 'mail', payload, queued_at: w.clock(), attempts: 1 } as const
  assert.match((await composeLetter(message, w.parts))?.text ?? '', /\n-- \nمثال\n$/)
})

test('a password is not the name of whoever runs the server', () => {
  assert.deepEqual(passwordRulesOf(w.configuration).server_names, ['Licet', 'id.test', 'Example Ltd.', 'مثال'])
})

test('the metadata names the pages that are linked to (OpenID Connect Discovery §3)', async () => {
  const { body } = await w.request('GET', '/.well-known/openid-configuration')
  const { op_tos_uri, op_policy_uri } = JSON.parse(body) as Record<string, unknown>
  assert.deepEqual([op_tos_uri, op_policy_uri], ['https://example.com/terms', undefined])
})

test('a preview holds the logo and the colours, and needs no server', async () => {
  const page = await previewConsent({ client_id: 'shop', language: 'en' }, w.parts)
  assert.match(page, /<img class="logo" src="data:image\/png;base64,/)
  assert.match(page, /--accent:#224488;/)
  assert.doesNotMatch(page, /\/assets\//)
})

test('BR-28: a file that begins like a picture and is not one is a mistake in the configuration, with its place', async () => {
  const raw = { issuer: 'https://id.test', secret: 'x'.repeat(43), branding: { name: 'A', logo: file('broken.png') } }
  const read = readConfiguration(raw, '/', {})
  const loaded = await withPictures(judged(read, 'licet.yaml'), 'licet.yaml', read.lineOf)
  assert.ok(loaded.outcome === 'bad')
  assert.match(
    loaded.mistakes.join('\n'),
    /^licet\.yaml: branding\.logo names the file .*broken\.png, which is not a picture/,
  )
})

test('R20: after the configuration was read again, a page that is still open finds the files that it names', async () => {
  const one = await world(configured)
  const before = stylesheetIn((await signIn(one)).body)
  const changed = { ...one.configuration, branding: { ...one.configuration.branding, corners: 'square' as const } }
  const { edge } = compose(changed, one.ground)
  const arrival = {
    method: 'GET',
    target: before,
    headers: { host: 'id.test' },
    rawHeaders: ['host', 'id.test'],
    peer: '192.0.2.7',
  }
  const admitted = edge.admit(arrival, undefined)
  const { status } = admitted instanceof Promise ? await admitted : await edge.answer(admitted, '')
  assert.equal(status, 200)
  await one.close()
})
