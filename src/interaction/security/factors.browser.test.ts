/** Factors in a real browser: passkeys of a virtual authenticator, an app, recovery codes, and what the pages look like. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, describe } from 'node:test'
import { TOTP } from 'otpauth'
import type { Page } from 'playwright-core'
import { makeAccount } from '../../../testing/account.ts'
import { accessibilityFaults, openBrowser, screenshot } from '../../../testing/browser.ts'
import { openListening, openReceivingClient } from '../../../testing/listening.ts'
import { must } from '../../../testing/must.ts'
import { lookedAt, openAuthenticator, signIn, type Authenticator } from '../../../testing/person.ts'
import { proof } from '../../../testing/steps.ts'

const client = await openReceivingClient()
const browser = await openBrowser()
const client_secret = 'a-secret-of-the-tests-that-is-long-enough-0123456789'
const server = await openListening({
  accounts: ['alice', 'bob', 'carol'].map((username) => ({ username, password: 'wonderland' })),
  clients: [
    {
      client_id: 'greatapp',
      client_name: 'Great App',
      client_secret,
      redirect_uris: [`${client.origin}/cb`],
      grant_types: ['authorization_code', 'refresh_token'],
      scope: 'openid',
    },
  ],
  throttle: { exempt: ['127.0.0.0/8'] },
})
after(async () => {
  await browser.close()
  await server.close()
  await client.close()
})

async function giveDeviceTo(page: Page, { cdp, authenticatorId }: Authenticator): Promise<void> {
  const { credentials } = await cdp.send('WebAuthn.getCredentials', { authenticatorId })
  const other = await openAuthenticator(page)
  for (const credential of credentials) {
    await other.cdp.send('WebAuthn.addCredential', { authenticatorId: other.authenticatorId, credential })
  }
}

async function openSecurity(page: Page, username: string): Promise<void> {
  await page.goto(`${server.issuer}/account/security`)
  await signIn(page, username)
  await page.locator('#sessions').waitFor()
}

const told = (page: Page, words: string) => page.locator('.notice', { hasText: words }).waitFor()

async function addPasskey(page: Page, name: string): Promise<void> {
  await page.fill('#passkey-name', name)
  await page.click('#passkey-add')
  await told(page, 'Passkey added.')
}

/** Goes through the code flow as far as the browser is signed in already; the claims of the id_token. */
async function idToken(page: Page, wish: Readonly<Record<string, string>>): Promise<Readonly<Record<string, unknown>>> {
  const query = new URLSearchParams({
    client_id: 'greatapp',
    redirect_uri: `${client.origin}/cb`,
    response_type: 'code',
    scope: 'openid',
    code_challenge: proof.code_challenge,
    code_challenge_method: 'S256',
    prompt: 'consent',
    ...wish,
  })
  await page.goto(`${server.issuer}/authorize?${query.toString()}`)
  if (await page.locator('#passkey-login').isVisible()) await page.click('#passkey-login')
  await page.click('#consent-allow')
  await page.getByRole('heading', { name: 'Back at the client' }).waitFor()
  const code = client.arrivals.at(-1)?.parameters.get('code') ?? ''
  const answer = await fetch(`${server.issuer}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`greatapp:${client_secret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'authorization_code', code, code_verifier: proof.code_verifier }),
  })
  const { id_token = '' } = (await answer.json()) as { readonly id_token?: string }
  return JSON.parse(Buffer.from(id_token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>
}

describe('passkeys', () => {
  must('R16', 'AC-26: are added, named, used without a user name, told as phr, and removed', () =>
    browser.inNewPage(async (page) => {
      const device = await openAuthenticator(page)
      await openSecurity(page, 'alice')
      assert.deepEqual(await accessibilityFaults(page), [])
      await addPasskey(page, 'My telephone')
      await screenshot(page, 'security-passkey')
      assert.match((await page.locator('#passkeys').textContent()) ?? '', /My telephone/)

      await browser.inNewPage(async (other) => {
        await giveDeviceTo(other, device)
        await other.goto(`${server.issuer}/account`)
        await other.getByRole('heading', { name: 'Connected applications' }).waitFor()
        const claims = await idToken(other, { acr_values: 'phr' })
        assert.equal(claims['acr'], 'phr')
        assert.deepEqual(claims['amr'], ['pop', 'user', 'mfa'])

        await other.goto(`${server.issuer}/account/security`)
        await other.fill('#passkey-name-0', 'Key ring')
        await other.click('button[value=passkey_rename]')
        await told(other, 'Passkey renamed.')
        await other.click('button[value=passkey_remove]')
        await told(other, 'Passkey removed.')
        assert.equal(await other.locator('#passkeys .access').count(), 0)
      })
    }),
  )

  must('R16', 'AC-08, AC-26: a passkey of an account that is disabled gets nowhere', () =>
    browser.inNewPage(async (page) => {
      const device = await openAuthenticator(page)
      await openSecurity(page, 'bob')
      await addPasskey(page, 'Laptop')
      const { accounts } = server.composition.parts
      const bob = await accounts.findByLogin('bob')
      assert.ok(bob)
      await makeAccount({ ...bob, disabled: true }, accounts)
      await browser.inNewPage(async (other) => {
        await giveDeviceTo(other, device)
        await other.goto(`${server.issuer}/account`)
        await told(other, 'That passkey did not work here')
        assert.deepEqual(await accessibilityFaults(other), [])
        assert.equal(await other.locator('#login-submit').count(), 1)
      })
      await makeAccount(bob, accounts)
    }),
  )

  must('R16', 'BR-23: stand in for the code of an app, and are asked for where phr is essential', () =>
    browser.inNewPage(async (page) => {
      const { cdp, authenticatorId } = await openAuthenticator(page)
      await openSecurity(page, 'carol')
      await addPasskey(page, 'Laptop')
      // The session is by password alone: to change anything now takes what the account has.
      await cdp.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled: false })
      await page.goto(`${server.issuer}/account/security`)
      assert.equal(await page.locator('#passkey-add').count(), 0)
      await page.click('button[value=confirm]')
      await signIn(page, 'carol')
      await page.locator('#start-again').waitFor()
      await lookedAt(page, 'second-factor-passkey')
      await cdp.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled: true })
      await page.click('#passkey-login')
      await page.locator('#passkey-add').waitFor()
      const mixed = await idToken(page, { acr_values: 'urn:licet:acr:mfa' })
      assert.deepEqual(mixed['amr'], ['pwd', 'pop', 'user', 'mfa'])
      const acr = { id_token: { acr: { essential: true, value: 'phr' } } }
      const claims = await idToken(page, { claims: JSON.stringify(acr) })
      assert.equal(claims['acr'], 'phr')
    }),
  )
})

for (const javaScriptEnabled of [true, false]) {
  const visit = { javaScriptEnabled }
  must('R16', `an app is set up and asked for, ${javaScriptEnabled ? 'with' : 'without'} scripts`, () =>
    browser.inNewPage(async (page) => {
      const { factors, accounts } = server.composition.parts
      await factors.removeAll((await accounts.findByLogin('bob'))?.account_id ?? '')
      await openSecurity(page, 'bob')
      const secret = (await page.locator('#totp-secret').textContent()) ?? ''
      const code = () => new TOTP({ secret }).generate({ timestamp: server.composition.parts.clock() * 1000 })
      await page.fill('#one-time-code', code())
      await page.click('#totp-confirm')
      await told(page, 'From now on you are asked for a code')
      await screenshot(page, 'security-codes-shown')
      if (javaScriptEnabled) assert.deepEqual(await accessibilityFaults(page), [])
      const [file] = await Promise.all([page.waitForEvent('download'), page.click('#recovery-download')])
      const codes = (await readFile(await file.path(), 'utf8')).trim().split('\n')
      assert.equal(codes.length, 10)

      await page.context().clearCookies()
      await page.goto(`${server.issuer}/account`)
      await signIn(page, 'bob')
      await page.fill('#one-time-code', '000000')
      await page.click('#second-factor-submit')
      await told(page, 'is not right, or was used before')
      await screenshot(page, 'second-factor-wrong-code')
      if (javaScriptEnabled) assert.deepEqual(await accessibilityFaults(page), [])
      await page.fill('#one-time-code', codes[0]?.toLowerCase() ?? '')
      await page.check('#remember-browser')
      await page.click('#second-factor-submit')
      await page.getByRole('heading', { name: 'Connected applications' }).waitFor()
      await page.goto(`${server.issuer}/account/security`)
      assert.match((await page.locator('#recovery-codes').textContent()) ?? '', /Left\s*9/)
      await page.click('button[value=browser_forget]')
      await told(page, 'asked for a code again')
    }, visit),
  )
}
