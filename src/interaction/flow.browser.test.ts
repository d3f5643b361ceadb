/** The whole flow in a real browser, on a real server, with everything that people do to it (R3, R8). */
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, describe, test } from 'node:test'
import type { BrowserContext, Page } from 'playwright-core'
import sharp from 'sharp'
import { accessibilityFaults, openBrowser, screenshot } from '../../testing/browser.ts'
import { openListening, openReceivingClient, type ReceivingClient } from '../../testing/listening.ts'
import { must } from '../../testing/must.ts'
import { proof } from '../../testing/steps.ts'

const one = await openReceivingClient()
const other = await openReceivingClient()
const forwarding = await openReceivingClient(`${other.origin.replace('localhost', '127.0.0.1')}/landed`)
const browser = await openBrowser()
const picture = await sharp({ create: { width: 300, height: 300, channels: 3, background: '#c33' } })
  .png()
  .toBuffer()
let pictured = 0
const pictures = createServer((_request, response) => {
  pictured += 1
  response.end(picture)
})
await new Promise<void>((resolve) => pictures.listen(0, '127.0.0.1', resolve))
const { port } = pictures.address() as AddressInfo

const grant_types = ['authorization_code', 'refresh_token']
const scope = 'openid profile email offline_access postcards.read postcards.send'
const client_secret = 'a-secret-of-the-tests-that-is-long-enough-0123456789'
const client = { client_secret, token_endpoint_auth_method: 'client_secret_basic', grant_types, scope }
const server = await openListening({
  accounts: [
    {
      username: 'alice',
      password: 'wonderland',
      claims: { name: 'Alice Liddell', email: 'alice@example.com', email_verified: true },
    },
    { username: 'bob', password: 'builder' },
  ],
  resources: [
    {
      resource: 'https://api.example.com/',
      name: 'Postcards API',
      access_token_format: 'jwt',
      introspection_clients: [],
      scopes: {
        'postcards.read': { title: 'See your postcards', description: 'Every card you sent.', optional: false },
        'postcards.send': { title: 'Send postcards in your name', optional: true },
      },
    },
  ],
  clients: [
    { ...client, client_id: 'one', client_name: 'Great App', redirect_uris: [`${one.origin}/cb`] },
    { ...client, client_id: 'other', client_name: 'Other App', redirect_uris: [`${other.origin}/cb`] },
    {
      ...client,
      client_id: 'pictured',
      client_name: 'Pictured App',
      redirect_uris: [`${one.origin}/cb`],
      logo_uri: `http://127.0.0.1:${port}/logo`,
    },
    { ...client, client_id: 'forwarding', client_name: 'Forwarding App', redirect_uris: [`${forwarding.origin}/cb`] },
  ],
  outbound: { allow: [`127.0.0.1:${port}`] },
  throttle: { exempt: ['127.0.0.0/8'] },
})
after(async () => {
  await browser.close()
  await server.close()
  pictures.close()
  await Promise.all([one.close(), other.close(), forwarding.close()])
})

const clients: Readonly<Record<string, ReceivingClient>> = { one, other, forwarding, pictured: one }
let states = 0

/** An authorization request with a state of its own. */
function requestOf(
  client_id: string,
  otherwise: Readonly<Record<string, string>> = {},
): { url: string; state: string } {
  const state = `state ${(states += 1)} of ${client_id}`
  const parameters = {
    client_id,
    redirect_uri: `${clients[client_id]?.origin}/cb`,
    response_type: 'code',
    scope: 'openid email postcards.read postcards.send',
    state,
    code_challenge: proof.code_challenge,
    code_challenge_method: 'S256',
    prompt: 'consent',
    ...otherwise,
  }
  return { url: `${server.issuer}/authorize?${new URLSearchParams(parameters).toString()}`, state }
}

async function signIn(page: Page, username = 'alice'): Promise<void> {
  await page.fill('#username', username)
  await page.fill('#password', username === 'alice' ? 'wonderland' : 'builder')
  await page.click('#login-submit')
}

/** Waits until the browser is back at the client, and answers what it brought along. */
async function arrival(page: Page, { arrivals }: ReceivingClient): Promise<URLSearchParams> {
  await page.getByRole('heading', { name: 'Back at the client' }).waitFor()
  const last = arrivals.at(-1)
  assert.ok(last)
  return last.parameters
}

async function redeemed(client_id: string, code: string | null): Promise<Response> {
  const authorization = `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}`
  const { code_verifier } = proof
  const form = { grant_type: 'authorization_code', code: code ?? '', code_verifier }
  return fetch(`${server.issuer}/token`, {
    method: 'POST',
    headers: { authorization },
    body: new URLSearchParams(form),
  })
}

async function inNewPage(context: Promise<BrowserContext>, steps: (page: Page) => Promise<void>): Promise<void> {
  const opened = await context
  try {
    await steps(await opened.newPage())
  } finally {
    await opened.close()
  }
}

for (const javaScriptEnabled of [true, false]) {
  describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
    must('OAuth 2.1 §4.1', 'a person signs in, allows, and the client has a code that is worth tokens', () =>
      inNewPage(browser.newContext({ javaScriptEnabled }), async (page) => {
        const { url, state } = requestOf('one')
        await page.goto(url)
        await signIn(page)
        await page.uncheck('input[name=scope][value="postcards.send"]')
        await page.check('input[name=access_for][value="1d"]')
        await page.click('#consent-allow')
        const parameters = await arrival(page, one)
        assert.equal(parameters.get('state'), state)
        assert.equal(parameters.get('iss'), server.issuer)
        const tokens = (await (await redeemed('one', parameters.get('code'))).json()) as Record<string, unknown>
        assert.equal(tokens['token_type'], 'Bearer')
        assert.doesNotMatch(String(tokens['scope']), /postcards\.send/)
      }),
    )

    must('RFC 6749 §4.1.2.1', 'a person who says no sends the client away with access_denied', () =>
      inNewPage(browser.newContext({ javaScriptEnabled }), async (page) => {
        const { url, state } = requestOf('one')
        await page.goto(url)
        await signIn(page)
        await page.click('#consent-deny')
        const parameters = await arrival(page, one)
        assert.equal(parameters.get('error'), 'access_denied')
        assert.equal(parameters.get('state'), state)
      }),
    )
  })
}

must('OAuth 2.0 Form Post Response Mode §2', 'a response by form arrives by form', () =>
  inNewPage(browser.newContext(), async (page) => {
    const { url, state } = requestOf('one', { response_mode: 'form_post' })
    await page.goto(url)
    await signIn(page)
    await page.click('#consent-allow')
    assert.equal((await arrival(page, one)).get('state'), state)
    assert.equal(one.arrivals.at(-1)?.method, 'POST')
  }),
)

for (const press of ['#consent-allow', '#consent-deny']) {
  test(`R8: ${press} reaches a client that sends the browser on to another origin`, () =>
    inNewPage(browser.newContext(), async (page) => {
      const { url, state } = requestOf('forwarding')
      await page.goto(url)
      await signIn(page)
      await page.click(press)
      assert.equal((await arrival(page, forwarding)).get('state'), state)
      assert.equal(new URL(page.url()).hostname, '127.0.0.1')
    }))
}

test('R3: ten tabs of two clients, opened at once and finished in reverse order, each end where they began', () =>
  inNewPage(browser.newContext(), async (first) => {
    const context = first.context()
    const requests = Array.from({ length: 10 }, (_, index) => requestOf(index % 2 === 0 ? 'one' : 'other'))
    const tabs = await Promise.all(
      requests.map(async ({ url, state }) => {
        const page = await context.newPage()
        await page.goto(url)
        return { page, state }
      }),
    )
    const codes = new Set<string | null>()
    for (const [index, { page, state }] of [...tabs.entries()].reverse()) {
      await signIn(page)
      if (await page.locator('#start-again').isVisible()) await page.click('#start-again')
      if (await page.locator('#login-submit').isVisible()) await signIn(page)
      await page.click('#consent-allow')
      const parameters = await arrival(page, index % 2 === 0 ? one : other)
      assert.equal(parameters.get('state'), state)
      codes.add(parameters.get('code'))
      await page.close()
    }
    assert.equal(codes.size, 10)
  }))

test('R3: back, forward and reload always lead on', () =>
  inNewPage(browser.newContext(), async (page) => {
    const { url, state } = requestOf('one')
    await page.goto(url)
    await signIn(page)
    await page.locator('#consent-allow').waitFor()
    await page.goBack()
    await page.goForward()
    await page.reload()
    await page.click('#consent-allow')
    const first = await arrival(page, one)
    assert.equal(first.get('state'), state)

    await page.goBack()
    assert.equal((await arrival(page, one)).get('code'), first.get('code'))
    assert.equal((await redeemed('one', first.get('code'))).status, 200)
    await page.goto(url)
    await page.click('#consent-allow')
    const second = await arrival(page, one)
    assert.equal((await redeemed('one', second.get('code'))).status, 200)
    await page.goBack()
    await page.click('#start-again')
    await page.click('#consent-allow')
    assert.equal((await arrival(page, one)).get('state'), state)
  }))

test('R3: a double click on allow is one answer', () =>
  inNewPage(browser.newContext(), async (page) => {
    const { url } = requestOf('one')
    await page.goto(url)
    await signIn(page)
    const before = one.arrivals.length
    await page.dblclick('#consent-allow')
    await arrival(page, one)
    const codes = new Set(one.arrivals.slice(before).map(({ parameters }) => parameters.get('code')))
    assert.equal(codes.size, 1)
  }))

test('R3: cookies deleted in the middle: the way on leads through', () =>
  inNewPage(browser.newContext(), async (page) => {
    const { url, state } = requestOf('one')
    await page.goto(url)
    await page.context().clearCookies()
    await signIn(page)
    await page.click('#start-again')
    await signIn(page)
    await page.context().clearCookies()
    await page.click('#consent-allow')
    await page.click('#start-again')
    await signIn(page)
    await page.click('#consent-allow')
    assert.equal((await arrival(page, one)).get('state'), state)
  }))

test('R3: a form left open for 31 minutes: the way on leads through', () =>
  inNewPage(browser.newContext(), async (page) => {
    const { url, state } = requestOf('one')
    await page.goto(url)
    await signIn(page)
    await page.locator('#consent-allow').waitFor()
    server.wait(31 * 60)
    await page.click('#consent-allow')
    await page.getByRole('heading', { name: 'This took too long' }).waitFor()
    await page.click('#start-again')
    await page.click('#consent-allow')
    assert.equal((await arrival(page, one)).get('state'), state)
  }))

test('R3: a wrong password, a reload of its answer, then the right one', () =>
  inNewPage(browser.newContext(), async (page) => {
    const { url, state } = requestOf('one')
    await page.goto(url)
    await page.fill('#username', 'alice')
    await page.fill('#password', 'not it')
    await page.press('#password', 'Enter')
    await page.getByRole('alert').waitFor()
    await page.reload()
    await page.getByRole('alert').waitFor()
    await signIn(page)
    await page.click('#consent-allow')
    assert.equal((await arrival(page, one)).get('state'), state)
  }))

test('another account can be chosen at the question, and the question is not lost', () =>
  inNewPage(browser.newContext(), async (page) => {
    const { url, state } = requestOf('other')
    await page.goto(url)
    await signIn(page)
    await page.click('button[name=switch_account]')
    await signIn(page, 'bob')
    await page.getByText('bob', { exact: true }).waitFor()
    await page.click('#consent-allow')
    assert.equal((await arrival(page, other)).get('state'), state)
  }))

test('BR-04: nothing is loaded from anywhere else before the answer, and no page complains', () =>
  inNewPage(browser.newContext(), async (page) => {
    const origins = new Set<string>()
    const complaints: string[] = []
    page.on('request', (request) => origins.add(new URL(request.url()).origin))
    page.on('console', (message) => complaints.push(message.text()))
    page.on('pageerror', (error) => complaints.push(String(error)))
    await page.goto(requestOf('one').url)
    await screenshot(page, 'flow-sign-in')
    assert.deepEqual(await accessibilityFaults(page), [])
    await signIn(page)
    await page.locator('#consent-allow').waitFor()
    await screenshot(page, 'flow-consent')
    assert.deepEqual(await accessibilityFaults(page), [])
    assert.deepEqual([...origins], [server.issuer])
    assert.deepEqual(complaints, [])
  }))

test('a logo is fetched once, by us, and shown from us: at sign-in, at the question and on the person’s page', () =>
  inNewPage(browser.newContext(), async (page) => {
    const origins = new Set<string>()
    const { url } = requestOf('pictured')
    page.on('request', (request) => origins.add(new URL(request.url()).origin))
    const drawn =
      "document.querySelector('.tile img').decode().then(() => document.querySelector('.tile img').naturalWidth)"
    const width = () => page.evaluate<number>(drawn)
    await page.goto(url)
    assert.equal(await page.locator('.tile img').count(), 0, 'the first page does not wait for it')
    while ((await page.locator('.tile img').count()) === 0) await page.reload()
    assert.equal(await width(), 128)
    const src = (await page.locator('.tile img').first().getAttribute('src')) ?? ''
    const sent = await fetch(src)
    assert.equal(sent.headers.get('content-type'), 'image/png')
    assert.equal(sent.headers.get('x-content-type-options'), 'nosniff')
    assert.match(sent.headers.get('cache-control') ?? '', /immutable/)
    assert.equal((await fetch(src.replace('.png', 'x.png'))).status, 404)
    await signIn(page)
    await page.locator('#consent-allow').waitFor()
    assert.equal(await width(), 128)
    await screenshot(page, 'flow-consent-logo')
    assert.deepEqual(await accessibilityFaults(page), [])
    assert.deepEqual([...origins], [server.issuer])
    await page.click('#consent-allow')
    await arrival(page, one)
    await page.goto(`${server.issuer}/account`)
    assert.equal(await page.locator('[data-client-id="pictured"] .tile img').getAttribute('src'), src)
    assert.equal(pictured, 1)
  }))

test('R7: the person’s page shows what was allowed, ends it, and signs out', () =>
  inNewPage(browser.newContext(), async (page) => {
    await page.goto(requestOf('one').url)
    await signIn(page)
    await page.click('#consent-allow')
    const code = (await arrival(page, one)).get('code')
    await page.goto(`${server.issuer}/account`)
    await screenshot(page, 'flow-account')
    assert.deepEqual(await accessibilityFaults(page), [])
    await page.locator('[data-client-id="one"] button[name=remove]').click()
    await page.getByText(/Access ended for/).waitFor()
    assert.equal(await page.locator('[data-client-id="one"]').count(), 0)
    assert.equal((await redeemed('one', code)).status, 400)
    await page.click('#sign-out')
    await page.getByRole('heading', { name: 'You are signed out' }).waitFor()
    await page.goto(`${server.issuer}/account`)
    await page.locator('#login-submit').waitFor()
  }))

test('nothing failed on the server’s side meanwhile', () => {
  assert.deepEqual(
    server.log.filter(({ cause }) => cause !== undefined),
    [],
  )
})
