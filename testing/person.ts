/** What people do at our pages in a browser, whichever the test: they sign in, hold a device, and want to see what is there. */
import assert from 'node:assert/strict'
import type { CDPSession, Page } from 'playwright-core'
import { accessibilityFaults, screenshot } from './browser.ts'

/** A device with a lock that its owner opens at once, as Chromium plays it. */
export interface Authenticator {
  readonly cdp: CDPSession
  readonly authenticatorId: string
}

/** Fills in the sign-in page and sends it. */
export async function signIn(page: Page, username: string, password = 'wonderland'): Promise<void> {
  await page.fill('#username', username)
  await page.fill('#password', password)
  await page.click('#login-submit')
}

/** Gives the person at a page a device of their own, without a passkey. */
export async function openAuthenticator(page: Page): Promise<Authenticator> {
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('WebAuthn.enable')
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
  return { cdp, authenticatorId }
}

/** Pictures a page under a name, and fails where somebody could not use it. */
export async function lookedAt(page: Page, name: string): Promise<void> {
  await screenshot(page, name)
  assert.deepEqual(await accessibilityFaults(page), [])
}
