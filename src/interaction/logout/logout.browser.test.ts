/** Signing out and connecting a device in a real browser: what a frame reaches, and what a page does by itself. */
import assert from 'node:assert/strict'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import type { Page } from 'playwright-core'
import { openBrowser } from '../../../testing/browser.ts'
import { testCertificate } from '../../../testing/certificate.ts'
import { openListening } from '../../../testing/listening.ts'
import { must } from '../../../testing/must.ts'
import { proof } from '../../../testing/steps.ts'

const asked: URL[] = []
const secure = createServer({ cert: testCertificate.certificate, key: testCertificate.key }, (request, response) => {
  asked.push(new URL(request.url ?? '/', 'https://localhost'))
  response.setHeader('content-type', 'text/html').end('<!doctype html><title>Client</title><h1>Arrived</h1>')
})
await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve))
const web = `https://localhost:${(secure.address() as AddressInfo).port}`
const browser = await openBrowser()

const server = await openListening({
  accounts: [{ username: 'alice', password: 'wonderland' }],
  clients: [
    {
      client_id: 'framed',
      client_name: 'Great App',
      token_endpoint_auth_method: 'none',
      redirect_uris: [`${web}/cb`],
      post_logout_redirect_uris: [`${web}/bye`],
      frontchannel_logout_uri: `${web}/out`,
      scope: 'openid',
    },
    {
      client_id: 'tv',
      client_name: 'Great TV',
      token_endpoint_auth_method: 'none',
      grant_types: ['urn:ietf:params:oauth:grant-type:device_code'],
      scope: 'openid',
    },
  ],
  throttle: { exempt: ['127.0.0.0/8'] },
})
after(async () => {
  await browser.close()
  await server.close()
  secure.close()
})

async function signIn(page: Page): Promise<void> {
  await page.fill('#username', 'alice')
  await page.fill('#password', 'wonderland')
  await page.click('#login-submit')
}

/** A page that signed in for the application, and is asked by it whether to sign out. */
async function leaving(javaScriptEnabled: boolean): Promise<Page> {
  const page = await browser.newPage({ ignoreHTTPSErrors: true, javaScriptEnabled })
  const parameters = {
    client_id: 'framed',
    redirect_uri: `${web}/cb`,
    response_type: 'code',
    scope: 'openid',
    code_challenge: proof.code_challenge,
    code_challenge_method: 'S256',
    prompt: 'consent',
  }
  await page.goto(`${server.issuer}/authorize?${new URLSearchParams(parameters).toString()}`)
  await signIn(page)
  await page.click('#consent-allow')
  await page.waitForURL(`${web}/cb*`)
  const back = { client_id: 'framed', post_logout_redirect_uri: `${web}/bye`, state: 's' }
  await page.goto(`${server.issuer}/logout?${new URLSearchParams(back).toString()}`)
  return page
}

must(
  'OpenID Connect Front-Channel Logout §2',
  'LO-07: the frame reaches the application, and the page goes on by itself once it has',
  async () => {
    const page = await leaving(true)
    const before = asked.length
    await page.click('#logout-confirm')
    await page.waitForURL(`${web}/bye?state=s`)
    const [frame] = asked.slice(before).filter(({ pathname }) => pathname === '/out')
    assert.equal(frame?.searchParams.get('iss'), server.issuer)
    assert.match(frame.searchParams.get('sid') ?? '', /^[\w-]{43}$/)
  },
)

test('LO-07: without scripts the frame is loaded as well, and the way back is a link', async () => {
  const page = await leaving(false)
  const before = asked.length
  const loaded = page.waitForRequest((request) => request.url().startsWith(`${web}/out`))
  await page.click('#logout-confirm')
  await page.waitForSelector('h1:text-is("You are signed out")')
  await loaded
  await page.click('#continue')
  await page.waitForURL(`${web}/bye?state=s`)
  assert.ok(asked.length >= before)
})

must('RFC 8628 §3.3', 'DV-05, DV-09: a code is typed and answered by keyboard alone, without scripts', async () => {
  const asking = await fetch(`${server.issuer}/device_authorization`, {
    method: 'POST',
    body: new URLSearchParams({ client_id: 'tv' }),
  })
  const { user_code } = (await asking.json()) as { readonly user_code: string }
  const page = await browser.newPage({ javaScriptEnabled: false })
  await page.goto(`${server.issuer}/device`)
  await signIn(page)
  await page.waitForSelector('#user-code:focus')
  await page.keyboard.type(user_code.toLowerCase())
  await page.keyboard.press('Enter')
  await page.waitForSelector(`.user-code:text-is("${user_code}")`)
  await page.focus('#consent-allow')
  await page.keyboard.press('Enter')
  await page.waitForSelector('h1:text-is("The device is connected")')
  await page.click('#device-account')
  await page.waitForSelector('[data-client-id="tv"]')
})
