/**
 * Draws the pictures of the documents: `bin/runtime testing/pictures.ts [name …]` writes `docs/pictures/NAME.png`, all of them
 * unless some are named. Fonts differ from machine to machine, so nothing compares them.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import sharp from 'sharp'
import { openChromium } from './chromium.ts'
import { openExample } from './gallery.ts'
import { root } from './source.ts'

/** What a picture shows: an example page, at a width in CSS pixels. */
interface Picture {
  readonly page: string
  readonly width: number
  readonly colorScheme?: 'dark'
}

/** Every picture, by the name of its file. */
const pictures: Readonly<Record<string, Picture>> = {
  consent: { page: 'consent', width: 720 },
  'consent-difference': { page: 'consent-more', width: 720 },
  'consent-details': { page: 'consent-details', width: 720 },
  'consent-self-registered': { page: 'consent-native', width: 720 },
  'consent-arabic': { page: 'consent.ar', width: 720 },
  'consent-dark': { page: 'consent', width: 720, colorScheme: 'dark' },
  'consent-320': { page: 'consent', width: 320 },
  account: { page: 'account', width: 900 },
  'account-history': { page: 'account-history', width: 900 },
  security: { page: 'security', width: 900 },
  'sign-in': { page: 'sign-in', width: 480 },
  'sign-in-ways': { page: 'sign-in-upstream', width: 480 },
  'sign-in-elsewhere': { page: 'sign-in-arrived', width: 480 },
  connect: { page: 'connect', width: 480 },
  'second-factor': { page: 'second-factor', width: 480 },
  enrolment: { page: 'enrolment', width: 480 },
  'email-code': { page: 'email-code-sent', width: 480 },
  'forgotten-password': { page: 'forgotten-password', width: 480 },
  'new-password': { page: 'new-password', width: 480 },
  'own-profile': { page: 'own-profile', width: 720 },
  'new-account': { page: 'new-account', width: 480 },
  branding: { page: 'sign-in.en.example', width: 480 },
  'branding-dark': { page: 'sign-in.en.example', width: 480, colorScheme: 'dark' },
}

async function draw(browser: Browser, { page: name, width, colorScheme }: Picture): Promise<Buffer> {
  const context = await browser.newContext({
    colorScheme: colorScheme ?? 'light',
    viewport: { width, height: 600 },
  })
  const page = await openExample(context, name)
  const drawn = await page.screenshot({ fullPage: true })
  await context.close()
  // A palette halves what every clone carries, and nobody sees it.
  return sharp(drawn).png({ palette: true, compressionLevel: 9 }).toBuffer()
}

if (import.meta.main) {
  const chosen = process.argv.slice(2)
  const browser = await openChromium()
  try {
    for (const [name, picture] of Object.entries(pictures)) {
      if (chosen.length > 0 && !chosen.includes(name)) continue
      writeFileSync(join(root, 'docs', 'pictures', `${name}.png`), await draw(browser, picture))
    }
  } finally {
    await browser.close()
  }
}
