/** Where an answer can go, in a real browser: each kind of redirect URI, and https that leads on to a program (R8). */
import assert from 'node:assert/strict'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { openBrowser } from '../../testing/browser.ts'
import { testCertificate } from '../../testing/certificate.ts'
import { openListening, openReceivingClient } from '../../testing/listening.ts'
import { proof } from '../../testing/steps.ts'

const local = await openReceivingClient()
const secure = createServer({ cert: testCertificate.certificate, key: testCertificate.key }, (request, response) => {
  const { pathname, search } = new URL(request.url ?? '/', 'https://localhost')
  if (pathname === '/onward') return response.writeHead(302, { location: `com.example.app:/landed${search}` }).end()
  return response.setHeader('content-type', 'text/html').end('<!doctype html><title>Client</title><h1>Arrived</h1>')
})
await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve))
const web = `https://localhost:${(secure.address() as AddressInfo).port}`
const browser = await openBrowser()

/** By client: where the answer is sent, and where it arrives in the end. */
const ways = {
  'an https address': [`${web}/cb`, `${web}/cb`],
  'a loopback address': [`${local.origin}/cb`, `${local.origin}/cb`],
  'a private-use scheme': ['com.example.app:/cb', 'com.example.app:/cb'],
  'an https address that leads on to a private-use scheme': [`${web}/onward`, 'com.example.app:/landed'],
} as const

const server = await openListening({
  accounts: [{ username: 'alice', password: 'wonderland' }],
  clients: Object.entries(ways).map(([client_id, [redirect_uri]]) => ({
    client_id,
    client_name: 'Great App',
    application_type: redirect_uri.startsWith('https:') ? 'web' : 'native',
    token_endpoint_auth_method: 'none',
    redirect_uris: [redirect_uri],
    scope: 'openid',
  })),
  throttle: { exempt: ['127.0.0.0/8'] },
})
after(async () => {
  await browser.close()
  await server.close()
  await local.close()
  secure.close()
})

/** Signs in, answers, and tells where the browser went, or that its policy kept it from going there. */
async function answered(client_id: keyof typeof ways, press: string, policy?: string): Promise<URL | 'forbidden'> {
  const [redirect_uri, end] = ways[client_id]
  const context = await browser.newContext({ ignoreHTTPSErrors: true })
  const page = await context.newPage()
  const session = await context.newCDPSession(page)
  const { promise, resolve } = Promise.withResolvers<URL | 'forbidden'>()
  await session.send('Network.enable')
  session.on('Network.requestWillBeSent', ({ request }) => {
    if (request.url.startsWith(end)) resolve(new URL(request.url))
  })
  page.on('console', (message) => {
    if (message.text().includes('form-action')) resolve('forbidden')
  })
  if (policy !== undefined) {
    await page.route('**/interaction/*', async (route) => {
      if (route.request().method() !== 'GET') return route.continue()
      const response = await route.fetch()
      return route.fulfill({ response, headers: { ...response.headers(), 'content-security-policy': policy } })
    })
  }
  const parameters = {
    client_id,
    redirect_uri,
    response_type: 'code',
    scope: 'openid',
    state: 'the state',
    code_challenge: proof.code_challenge,
    code_challenge_method: 'S256',
    prompt: 'consent',
  }
  await page.goto(`${server.issuer}/authorize?${new URLSearchParams(parameters).toString()}`)
  await page.fill('#username', 'alice')
  await page.fill('#password', 'wonderland')
  await page.click('#login-submit')
  await page.locator(press).waitFor()
  // The page came by a redirect, which no route is asked about: visit it, once the browser is through with the first.
  if (policy !== undefined) await page.goto(page.url())
  await page.locator(press).click()
  try {
    return await promise
  } finally {
    await context.close()
  }
}

for (const client_id of Object.keys(ways) as readonly (keyof typeof ways)[]) {
  for (const [press, parameter] of [
    ['#consent-allow', 'code'],
    ['#consent-deny', 'error'],
  ] as const) {
    test(`R8: ${press} reaches ${client_id} in Chromium`, async () => {
      const end = await answered(client_id, press)
      assert.ok(end !== 'forbidden')
      assert.ok(end.searchParams.has(parameter))
      assert.equal(end.searchParams.get('state'), 'the state')
      assert.equal(end.searchParams.get('iss'), server.issuer)
    })
  }
}

test('R8: a policy that named where forms may go would keep the answer from its client, and this would be seen', async () => {
  assert.equal(await answered('a private-use scheme', '#consent-allow', "form-action 'self'"), 'forbidden')
})
