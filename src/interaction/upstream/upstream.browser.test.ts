/**
 * Signing in elsewhere in a real browser, over the network and its guard, at a second Licet and at a provider of plain
 * OAuth, on both databases.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { after, describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { accessibilityFaults, openBrowser, screenshot } from '../../../testing/browser.ts'
import { testCertificate } from '../../../testing/certificate.ts'
import { openListening, openReceivingClient } from '../../../testing/listening.ts'
import { openPlainOAuth, plainClient } from '../../../testing/plain-oauth.ts'
import { freshDatabase } from '../../../testing/postgres.ts'
import { clientRecord, clientSecret } from '../../../testing/protocol.ts'
import { proof } from '../../../testing/steps.ts'

setDefaultCACertificates([...new Set([...getCACertificates('default'), testCertificate.certificate])])
const directory = mkdtempSync(join(tmpdir(), 'licet-upstream-'))
const tls = { certificate: join(directory, 'tls.crt'), key: join(directory, 'tls.key') }
writeFileSync(tls.certificate, testCertificate.certificate)
writeFileSync(tls.key, testCertificate.key)

const claims = { name: 'Alice Liddell', email: 'alice@example.com', email_verified: true }
const throttle = { exempt: ['127.0.0.0/8'] }
const client_secret = 'a-secret-of-the-tests-that-is-long-enough-0123456789'
const browser = await openBrowser()
const client = await openReceivingClient()
const plain = await openPlainOAuth()
// By another name than the first one: cookies know no ports.
const up = await openListening({
  tls,
  throttle,
  accounts: [{ username: 'alice-there', password: 'elsewhere', claims }],
})

const open = async (database?: string) => {
  const server = await openListening({
    ...(database !== undefined && { database }),
    throttle,
    outbound: { allow: [up.issuer, plain.origin].map((origin) => new URL(origin).host) },
    accounts: [{ username: 'alice', password: 'wonderland', claims }],
    upstream: [
      { id: 'university', name: 'the University', issuer: up.issuer, client_id: 'licet', client_secret: clientSecret },
      {
        id: 'plain',
        name: 'Plain',
        kind: 'oauth',
        issuer: plain.origin,
        ...plainClient,
        token_endpoint_auth_method: 'client_secret_post',
        scope: 'read:user',
        authorization_endpoint: `${plain.origin}/authorize`,
        token_endpoint: `${plain.origin}/token`,
        userinfo_endpoint: `${plain.origin}/user`,
      },
    ],
    clients: [
      {
        client_id: 'one',
        client_name: 'Great App',
        client_secret,
        redirect_uris: [`${client.origin}/cb`],
        grant_types: ['authorization_code'],
        scope: 'openid profile',
      },
    ],
  })
  return server
}
const servers = { SQLite: await open(), PostgreSQL: await open(await freshDatabase()) }
const redirect_uris = Object.values(servers).map(({ issuer }) => `${issuer}/upstream/university`)
const { clients } = up.composition.parts
await clients.create(clientRecord({ client_id: 'licet' }, { redirect_uris, scope: 'openid profile email' }))
after(async () => {
  await browser.close()
  await Promise.all([up, client, plain, ...Object.values(servers)].map((each) => each.close()))
  rmSync(directory, { recursive: true })
})

const options = { ignoreHTTPSErrors: true }

for (const [name, server] of Object.entries(servers)) {
  const request = (state: string): string => {
    const parameters = { client_id: 'one', redirect_uri: `${client.origin}/cb`, response_type: 'code', scope: 'openid' }
    const { code_challenge } = proof
    const more = { state, code_challenge, code_challenge_method: 'S256', prompt: 'consent' }
    return `${server.issuer}/authorize?${new URLSearchParams({ ...parameters, ...more }).toString()}`
  }
  const landed = async (page: Page): Promise<string | null> => {
    await page.locator('#consent-allow').click()
    await page.waitForURL(`${client.origin}/**`)
    return new URL(page.url()).searchParams.get('state')
  }
  const signIn = async (page: Page): Promise<void> => {
    await page.locator('#username').fill('alice')
    await page.locator('#password').fill('wonderland')
    await page.locator('#login-submit').click()
  }
  const throughUniversity = async (page: Page): Promise<void> => {
    await page.locator('#upstream-university').click()
    await page.waitForURL(`${up.issuer}/**`)
    await page.locator('#username').fill('alice-there')
    await page.locator('#password').fill('elsewhere')
    await page.locator('#login-submit').click()
    const allow = page.locator('#consent-allow')
    await Promise.race([allow.waitFor(), page.waitForURL(`${server.issuer}/**`)])
    if (page.url().startsWith(up.issuer)) await allow.click()
    await page.waitForURL(`${server.issuer}/**`)
  }

  describe(`in Chromium, on ${name}`, () => {
    test('R3: a second Licet is signed in at, connected after a sign-in here, and enough from then on', async () => {
      const page = await browser.newPage(options)
      await page.goto(request('first'))
      assert.deepEqual(await accessibilityFaults(page), [])
      await throughUniversity(page)
      assert.match((await page.locator('main').textContent()) ?? '', /No account here is connected/)
      assert.deepEqual(await accessibilityFaults(page), [])
      await signIn(page)
      await page.locator('#upstream-connect').waitFor()
      assert.deepEqual(await accessibilityFaults(page), [])
      await screenshot(page, 'upstream-connect')
      await page.locator('#upstream-connect').click()
      assert.equal(await landed(page), 'first')
      const later = await browser.newPage(options)
      await later.goto(request('later'))
      await throughUniversity(later)
      assert.equal(await landed(later), 'later')
      await later.goto(`${server.issuer}/account/security`)
      await later.locator('#upstream-identities [data-upstream]').waitFor()
      assert.deepEqual(await accessibilityFaults(later), [])
      await screenshot(later, 'upstream-security')
    })

    test('works without scripts, at a provider that knows no OpenID Connect, and after turning round there', async () => {
      const page = await browser.newPage({ ...options, javaScriptEnabled: false })
      await page.goto(request('plain'))
      await page.locator('#upstream-plain').click()
      await page.locator('#plain-deny').click()
      assert.match((await page.locator('#sign-in-notice').textContent()) ?? '', /did not finish/)
      await page.locator('#upstream-plain').click()
      await page.locator('#plain-allow').click()
      assert.match((await page.locator('main').textContent()) ?? '', /alice-in-plain/)
      await signIn(page)
      await page.locator('#upstream-connect').click()
      assert.equal(await landed(page), 'plain')
      const [identity] = await listed(await accountId())
      assert.equal(identity?.subject, '583231')
    })

    test('PX-10: no token of a provider is kept or logged', async () => {
      const { accounts, upstreamIdentities, auditEvents } = server.composition.parts
      const account_id = (await accounts.findByLogin('alice'))?.account_id ?? ''
      const kept = [
        await upstreamIdentities.listByAccount(account_id),
        await auditEvents.list({ account_id, limit: 100 }),
        server.log,
      ]
      assert.ok(plain.access_tokens.length > 0)
      for (const access_token of plain.access_tokens) assert.ok(!JSON.stringify(kept).includes(access_token))
    })
  })

  async function accountId(): Promise<string> {
    return (await server.composition.parts.accounts.findByLogin('alice'))?.account_id ?? ''
  }

  async function listed(account_id: string) {
    const all = await server.composition.parts.upstreamIdentities.listByAccount(account_id)
    return all.filter(({ provider }) => provider === 'plain')
  }
}
