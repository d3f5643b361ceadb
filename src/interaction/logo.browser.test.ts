/** A logo is shown, and its host never learns who looked: a real browser, a real host, and what each of them asked for. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import sharp from 'sharp'
import { openBrowser } from '../../testing/browser.ts'
import { openDocumentHost } from '../../testing/document-host.ts'
import { openListening } from '../../testing/listening.ts'
import { proof } from '../../testing/steps.ts'

const host = await openDocumentHost()
const client_id = `${host.origin}/client.json`
const redirect_uri = `${host.origin}/cb`
const logo = await sharp({ create: { width: 64, height: 64, channels: 3, background: '#c33' } })
  .png()
  .toBuffer()
host.put('/logo.png', { headers: { 'content-type': 'image/png', 'set-cookie': 'tracked=yes' }, body: logo })
host.put('/client.json', {
  body: {
    client_id,
    client_name: 'Agent',
    logo_uri: `${host.origin}/logo.png`,
    redirect_uris: [redirect_uri],
    token_endpoint_auth_method: 'none',
  },
})
const server = await openListening({
  accounts: [{ username: 'alice', password: 'wonderland' }],
  client_registration: { metadata_documents: 'any' },
  outbound: { allow: [host.host] },
})
const browser = await openBrowser()
after(async () => {
  await browser.close()
  await server.close()
  await host.close()
})

test('BR-28, BR-04: a logo comes from here alone, redrawn; the browser asks its host for nothing', async () => {
  const page = await browser.newPage()
  const asked: string[] = []
  page.on('request', (request) => void asked.push(request.url()))
  const { code_challenge } = proof
  const pkce = { code_challenge, code_challenge_method: 'S256' }
  const query = { response_type: 'code', client_id, redirect_uri, scope: 'openid', ...pkce }
  const address = `${server.issuer}/authorize?${new URLSearchParams(query).toString()}`
  const shown = page.locator('img[src*="/logos/"]')
  // Nobody waits for a logo: it is there from the visit on that comes after its fetching.
  while ((await shown.count()) === 0) await page.goto(address)
  assert.ok(await shown.evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth > 0))
  await page.fill('#username', 'alice')
  await page.fill('#password', 'wonderland')
  await page.click('#login-submit')
  await page.waitForSelector('#consent-allow')
  assert.equal(await shown.count(), 1)

  assert.deepEqual(
    asked.filter((url) => new URL(url).origin !== new URL(server.issuer).origin),
    [],
  )
  const fetches = host.asked.filter(({ path }) => path === '/logo.png')
  assert.deepEqual(
    fetches.map(({ headers }) => [headers['user-agent'], headers['cookie'], headers['referer']]),
    [['licet', undefined, undefined]],
  )
})
