/**
 * R3 without scripts, and with browsers that run ahead: a person ends at the client with the right `state`, or on a
 * page that leads on. What a person does with the back button and scripts at work is in flow.browser.test.ts.
 */
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import type { Page } from 'playwright-core'
import { openBrowser } from '../../testing/browser.ts'
import { openListening, openReceivingClient } from '../../testing/listening.ts'
import { proof } from '../../testing/steps.ts'

const clients = { one: await openReceivingClient(), other: await openReceivingClient() }
const browser = await openBrowser()
let inviting = ''
const invitation = createServer((_request, response) => {
  response.setHeader('content-type', 'text/html')
  response.end(
    `<!doctype html><title>Invitation</title><link rel="prefetch" href="${inviting}"><a href="${inviting}">Go`,
  )
})
await new Promise<void>((resolve) => invitation.listen(0, '127.0.0.1', resolve))
const server = await openListening({
  accounts: [{ username: 'alice', password: 'wonderland' }],
  clients: Object.entries(clients).map(([client_id, { origin }]) => ({
    client_id,
    client_name: `The ${client_id}`,
    token_endpoint_auth_method: 'none',
    redirect_uris: [`${origin}/cb`],
    scope: 'openid',
  })),
  throttle: { exempt: ['127.0.0.0/8'] },
})
after(async () => {
  await browser.close()
  await server.close()
  invitation.close()
  await Promise.all(Object.values(clients).map((client) => client.close()))
})

type ClientName = keyof typeof clients
let states = 0

function requestOf(client_id: ClientName, prompt = 'consent'): { readonly url: string; readonly state: string } {
  const state = `state ${(states += 1)} of ${client_id}`
  const parameters = {
    client_id,
    redirect_uri: `${clients[client_id].origin}/cb`,
    response_type: 'code',
    scope: 'openid',
    state,
    code_challenge: proof.code_challenge,
    code_challenge_method: 'S256',
    ...(prompt !== '' && { prompt }),
  }
  return { url: `${server.issuer}/authorize?${new URLSearchParams(parameters).toString()}`, state }
}

async function signIn(page: Page): Promise<void> {
  await page.fill('#username', 'alice')
  await page.fill('#password', 'wonderland')
  await page.click('#login-submit')
}

/** Does what a page asks for, whichever it is, until the browser is at the client; answers what it brought along. */
async function goesOn(page: Page, client_id: ClientName): Promise<URLSearchParams> {
  const back = page.getByRole('heading', { name: 'Back at the client' })
  for (let pages = 0; pages < 8; pages += 1) {
    await back.or(page.locator('#start-again, #login-submit, #consent-allow')).first().waitFor()
    if (await back.isVisible()) {
      const { origin, pathname, searchParams } = new URL(page.url())
      assert.equal(origin + pathname, `${clients[client_id].origin}/cb`)
      return searchParams
    }
    const next = page.waitForEvent('domcontentloaded')
    if (await page.locator('#login-submit').isVisible()) await signIn(page)
    else await page.locator('#start-again, #consent-allow').click()
    await next
  }
  throw new Error(`goes round in circles at ${page.url()}`)
}

/** Without scripts unless told otherwise. Every page that says no is looked at: it must lead on. */
async function inNewPage(steps: (page: Page) => Promise<void>, javaScriptEnabled?: 'scripts'): Promise<void> {
  const context = await browser.newContext({ javaScriptEnabled: javaScriptEnabled === 'scripts' })
  const refused: Promise<string>[] = []
  context.on('response', (response) => {
    if (response.status() >= 400 && response.request().isNavigationRequest()) refused.push(response.text())
  })
  try {
    await steps(await context.newPage())
    for (const body of await Promise.all(refused)) assert.match(body, /<main[^]*(<a [^>]*href=|<form )[^]*<\/main>/)
  } finally {
    await context.close()
  }
}

test('R3: without scripts five tabs of one client and five of another, finished in reverse order, end where they began', () =>
  inNewPage(async (first) => {
    const tabs: { page: Page; client_id: ClientName; state: string }[] = []
    for (let index = 0; index < 10; index += 1) {
      const client_id = index < 5 ? 'one' : 'other'
      const { url, state } = requestOf(client_id)
      const page = await first.context().newPage()
      await page.goto(url)
      tabs.push({ page, client_id, state })
    }
    const codes = new Set<string | null>()
    for (const { page, client_id, state } of tabs.reverse()) {
      const parameters = await goesOn(page, client_id)
      assert.equal(parameters.get('state'), state)
      codes.add(parameters.get('code'))
    }
    assert.equal(codes.size, 10)
  }))

test('R3: back after sign-in, and signing in once more, leads on', () =>
  inNewPage(async (page) => {
    const { url, state } = requestOf('one')
    await page.goto(url)
    await signIn(page)
    await page.locator('#consent-allow').waitFor()
    await page.goBack()
    assert.equal((await goesOn(page, 'one')).get('state'), state)
  }))

test('R3: a sign-in form left open past its expiry leads on', () =>
  inNewPage(async (page) => {
    const { url, state } = requestOf('one')
    await page.goto(url)
    server.wait(31 * 60)
    await signIn(page)
    await page.locator('#start-again').waitFor()
    assert.equal((await goesOn(page, 'one')).get('state'), state)
  }))

test('R3: a form left open for two days, until nothing is known of it, shows a way on', () =>
  inNewPage(async (page) => {
    await page.goto(requestOf('one').url)
    server.wait(2 * 86_400)
    await signIn(page)
    await page.locator('main a[href]').first().click()
    await page.locator('#login-submit').waitFor()
  }))

test('R3: without scripts, cookies deleted before signing in and before deciding: the way on leads through', () =>
  inNewPage(async (page) => {
    const { url, state } = requestOf('other')
    await page.goto(url)
    await page.context().clearCookies()
    await signIn(page)
    await page.click('#start-again')
    await signIn(page)
    await page.locator('#consent-allow').waitFor()
    await page.context().clearCookies()
    assert.equal((await goesOn(page, 'other')).get('state'), state)
  }))

test('R3: a double click on sign-in, and one on deny, are one answer', () =>
  inNewPage(async (page) => {
    const { url, state } = requestOf('one')
    await page.goto(url)
    await page.fill('#username', 'alice')
    await page.fill('#password', 'wonderland')
    await page.dblclick('#login-submit')
    await page.locator('#consent-deny').waitFor()
    await page.dblclick('#consent-deny')
    await page.getByRole('heading', { name: 'Back at the client' }).waitFor()
    const { searchParams } = new URL(page.url())
    assert.deepEqual([searchParams.get('error'), searchParams.get('state')], ['access_denied', state])
  }))

for (const prompt of ['consent', '']) {
  const what = prompt === '' ? 'that is answered without a question' : 'that is a question'
  test(`R3: a request ${what} and was fetched ahead takes nothing from the person who follows it`, () =>
    inNewPage(async (page) => {
      await page.goto(requestOf('one', prompt).url)
      await goesOn(page, 'one')
      const { url, state } = requestOf('one', prompt)
      inviting = url.replaceAll('&', '&amp;')
      const before = clients.one.arrivals.length
      const ahead = page.waitForResponse((response) => response.request().headers()['sec-purpose'] === 'prefetch')
      await page.goto(`http://localhost:${(invitation.address() as AddressInfo).port}/`)
      await ahead
      if (prompt === 'consent') assert.equal(clients.one.arrivals.length, before)
      await page.click('a')
      assert.equal((await goesOn(page, 'one')).get('state'), state)
    }, 'scripts'))
}

test('nothing failed on the server’s side meanwhile', () => {
  assert.deepEqual(
    server.log.filter(({ cause }) => cause !== undefined),
    [],
  )
})
