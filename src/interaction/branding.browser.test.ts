/** Whose the pages are, in a real browser on a real server: the operator's everywhere, a client's in its own flow alone. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { Page } from 'playwright-core'
import sharp from 'sharp'
import { accessibilityFaults, openBrowser, screenshot } from '../../testing/browser.ts'
import { openListening, openReceivingClient } from '../../testing/listening.ts'
import { proof } from '../../testing/steps.ts'

const directory = mkdtempSync(join(tmpdir(), 'licet-branding-'))
const logo = async (name: string, background: string): Promise<string> => {
  const file = join(directory, name)
  const picture = sharp({ create: { width: 300, height: 90, channels: 3, background } })
  writeFileSync(file, await picture.png().toBuffer())
  return file
}
const receiving = await openReceivingClient()
const client = {
  token_endpoint_auth_method: 'none',
  redirect_uris: [`${receiving.origin}/cb`],
  scope: 'openid email',
}
const server = await openListening({
  accounts: [
    { username: 'alice', password: 'wonderland', claims: { email: 'alice@example.com', email_verified: true } },
  ],
  branding: {
    name: 'Looking-Glass',
    names: { ar: 'المرآة' },
    logo: await logo('logo.png', '#6b2fa0'),
    logo_dark: await logo('dark.png', '#cfa8f5'),
    colours: { light: { accent: '#6b2fa0', background: '#f6f2fa' } },
    texts: { sign_in_help: { en: 'Call us <b>now</b>.' }, footer: { en: 'Oxford' } },
    links: { terms: 'https://example.com/terms', support: 'mailto:help@example.com' },
  },
  client_brandings: {
    shop: { name: 'The Shop', logo: await logo('shop.png', '#0a5c9e'), colours: { light: { accent: '#0a5c9e' } } },
  },
  clients: [
    { ...client, client_id: 'shop', branding: 'shop' },
    { ...client, client_id: 'other' },
  ],
})
const browser = await openBrowser()
after(async () => {
  await browser.close()
  await server.close()
  await receiving.close()
  rmSync(directory, { recursive: true })
})

const address = (client_id: string): string => {
  const { code_challenge } = proof
  const pkce = { code_challenge, code_challenge_method: 'S256' }
  const query = {
    response_type: 'code',
    client_id,
    redirect_uri: `${receiving.origin}/cb`,
    scope: 'openid email',
    ...pkce,
  }
  return `${server.issuer}/authorize?${new URLSearchParams(query).toString()}`
}

/** Looks at the page in light and in dark, and at all that it loads. */
async function whole(page: Page, name: string, colour: string): Promise<void> {
  const logoOf = page.getByRole('img', { name })
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    assert.deepEqual(await accessibilityFaults(page), [], `${page.url()} ${colorScheme}`)
    assert.ok(await logoOf.evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth > 0))
  }
  await page.emulateMedia({ colorScheme: 'light' })
  const accent = await page.evaluate('getComputedStyle(document.documentElement).getPropertyValue("--accent")')
  assert.equal(accent, colour)
}

async function signIn(page: Page): Promise<void> {
  await page.fill('#username', 'alice')
  await page.fill('#password', 'wonderland')
  await page.click('#login-submit')
}

test('R19: a client’s brand is seen from its sign-in to its consent, beside the host and the server, and nowhere else', async () => {
  const context = await browser.newContext()
  const complaints: string[] = []
  context.on('console', (message) => complaints.push(message.text()))
  context.on('request', (request) => {
    if (![server.issuer, receiving.origin].some((ours) => request.url().startsWith(`${ours}/`)))
      complaints.push(request.url())
  })
  const page = await context.newPage()
  await page.goto(address('shop'))
  await whole(page, 'The Shop', '#0a5c9e')
  const { host } = new URL(server.issuer)
  assert.equal(await page.locator('#run-by').innerText(), `You are at Looking-Glass, on ${host}.`)
  await screenshot(page, 'branding-client-sign-in')
  await signIn(page)
  await page.waitForSelector('#consent-allow')
  await whole(page, 'The Shop', '#0a5c9e')
  assert.match(await page.locator('h1').innerText(), /computer/)
  assert.equal(await page.locator('#run-by').count(), 1)
  await page.click('#consent-allow')
  await page.waitForURL(`${receiving.origin}/cb**`)

  await page.goto(address('other'))
  await page.waitForSelector('#consent-allow')
  await whole(page, 'Looking-Glass', '#6b2fa0')
  assert.equal(await page.locator('#run-by').count(), 0)
  await page.goto(`${server.issuer}/account`)
  await whole(page, 'Looking-Glass', '#6b2fa0')
  await page.goto(`${server.issuer}/authorize?client_id=nobody`)
  await whole(page, 'Looking-Glass', '#6b2fa0')
  assert.deepEqual(
    complaints.filter((one) => !one.includes('400 (Bad Request)')),
    [],
  )
  await context.close()
})

test('the operator’s words are text, whatever is in them, and links lead where they were to', async () => {
  const page = await browser.newPage()
  await page.goto(address('other'))
  assert.equal(await page.locator('#sign-in-help').innerText(), 'Call us <b>now</b>.')
  assert.equal(await page.getByRole('link', { name: 'Terms of use' }).getAttribute('href'), 'https://example.com/terms')
  assert.equal(await page.getByRole('link', { name: 'Help' }).getAttribute('href'), 'mailto:help@example.com')
  await whole(page, 'Looking-Glass', '#6b2fa0')
})

test('in Arabic the name is the Arabic one, on the side where reading begins, and without scripts all of it works', async () => {
  const context = await browser.newContext({ locale: 'ar', javaScriptEnabled: false })
  const page = await context.newPage()
  await page.goto(address('other'))
  const logoOf = page.getByRole('img', { name: 'المرآة' })
  const [box, card] = [await logoOf.boundingBox(), await page.locator('.card').boundingBox()]
  assert.ok(box && card && Math.abs(box.x + box.width - (card.x + card.width)) < 2)
  await signIn(page)
  await page.click('#consent-allow')
  await page.waitForURL(`${receiving.origin}/cb**`)
  await context.close()
})
