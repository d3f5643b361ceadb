/** A real browser for tests: what a person sees, a program can look at here. */
import { mkdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { openChromium } from './chromium.ts'
import { root } from './source.ts'

/** A running Chromium. */
export interface TestBrowser {
  /**
   * Opens a browser of its own for one person: cookies and storage are shared by its pages and with nobody else.
   * What a page does within 10 s counts; later fails the test.
   */
  newContext(options?: BrowserContextOptions): Promise<BrowserContext>
  /** Opens a context with one page. */
  newPage(options?: BrowserContextOptions): Promise<Page>
  /** Lets one person do something at one page, in a context of their own that is closed afterwards, come what may. */
  inNewPage(steps: (page: Page) => Promise<void>, options?: BrowserContextOptions): Promise<void>
  close(): Promise<void>
}

/** How long a page may take for anything, milliseconds: a fast server on a slow machine. */
const patience = 10_000

/** How wide the phone is that pages are pictured on, CSS pixels. */
const phone = { width: 360, height: 740 }

/**
 * Opens Chromium without a window. Called at the top of a test file it is closed when that file's tests are done.
 *
 * @throws {Error} when there is none; the test command installs one (testing/chromium.ts)
 */
export async function openBrowser(): Promise<TestBrowser> {
  const browser = await openChromium()
  after(() => browser.close())
  const newContext = async (options: BrowserContextOptions = {}): Promise<BrowserContext> => {
    const context = await browser.newContext({ locale: 'en-GB', reducedMotion: 'reduce', ...options })
    context.setDefaultTimeout(patience)
    return context
  }
  return {
    newContext,
    newPage: async (options) => (await newContext(options)).newPage(),
    async inNewPage(steps, options) {
      const context = await newContext(options)
      try {
        await steps(await context.newPage())
      } finally {
        await context.close()
      }
    },
    close: () => browser.close(),
  }
}

/**
 * Pictures a page as it is, whole, and again as wide as a phone: `tmp/screenshots/NAME.png` and `NAME.phone.png`.
 * For people to look at; nothing is compared. Only where `LICET_PICTURES` is set: to draw takes longer than to look.
 *
 * @returns the two files, absolute paths; none where no pictures are wanted
 */
export async function screenshot(page: Page, name: string): Promise<readonly string[]> {
  if (process.env['LICET_PICTURES'] === undefined) return []
  const desk = join(root, 'tmp/screenshots', `${name}.png`)
  const narrow = join(root, 'tmp/screenshots', `${name}.phone.png`)
  mkdirSync(dirname(desk), { recursive: true })
  await page.screenshot({ path: desk, fullPage: true })
  const before = page.viewportSize()
  await page.setViewportSize(phone)
  await page.screenshot({ path: narrow, fullPage: true })
  if (before !== null) await page.setViewportSize(before)
  return [desk, narrow]
}

const axe = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8')

/** In the page: what axe finds wrong, a line each. The one rule of WCAG 2.2 is off by default. */
const findFaults = `axe
  .run({ resultTypes: ['violations'], rules: { 'target-size': { enabled: true } } })
  .then(({ violations }) =>
    violations.flatMap(({ id, help, nodes }) => nodes.map(({ target }) => id + ': ' + help + ' (' + target.join(' ') + ')')))`

/**
 * Checks a page and its frames with axe against WCAG 2.2 A and AA and its best practices.
 *
 * @returns one line for each fault, naming rule and element; none when the page is good
 */
export async function accessibilityFaults(page: Page): Promise<readonly string[]> {
  await page.waitForLoadState()
  // A document keeps it: to read half a megabyte again takes longer than to look.
  const isThere = await page.evaluate<boolean>("'axe' in window")
  if (!isThere) await Promise.all(page.frames().map((frame) => frame.evaluate(axe)))
  return page.evaluate<readonly string[]>(findFaults)
}
