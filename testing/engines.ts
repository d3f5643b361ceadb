/** The engines that browsers are made of, each driven its own way and all alike: one person at a time, who fills in and presses. */
import { openBrowser } from './browser.ts'
import { findFirefox, openFirefox } from './firefox.ts'
import type { Dispensable } from './programs.ts'
import { openSightings } from './sightings.ts'
import { findWebKit, openWebKit } from './webkit.ts'

/** A person at a browser that was never here. Whatever they do waits for what it needs, and fails after 20 s. */
export interface Person {
  goto(url: string): Promise<void>
  fill(selector: string, text: string): Promise<void>
  press(selector: string): Promise<void>
  /** Waits until the browser goes to an address that begins so, be it a page or a program's, and answers all of it. */
  reaches(beginning: string): Promise<URL>
  close(): Promise<void>
}

/** A running browser; it believes the certificate of a test. */
export interface Engine {
  /** Asked for again only when the one before is closed. */
  newPerson(): Promise<Person>
  close(): Promise<void>
}

/** Each engine by name: starts it, or is undefined where this machine has none. */
export const engines: Readonly<Record<string, () => Promise<Engine | undefined>>> = {
  Chromium: openChromiumEngine,
  Firefox: openFirefox,
  WebKit: openWebKit,
}

/** The engines that tests can do without. */
export const otherEngines = {
  Firefox: { find: findFirefox, packages: ['firefox-esr'] },
  WebKit: { find: findWebKit, packages: ['webkit2gtk-driver', 'xvfb'] },
} as const satisfies Readonly<Record<string, Dispensable>>

async function openChromiumEngine(): Promise<Engine> {
  const browser = await openBrowser()
  return {
    async newPerson() {
      const context = await browser.newContext({ ignoreHTTPSErrors: true })
      const page = await context.newPage()
      const session = await context.newCDPSession(page)
      const sightings = openSightings()
      await session.send('Network.enable')
      session.on('Network.requestWillBeSent', ({ request }) => sightings.saw(request.url))
      return {
        goto: async (url) => void (await page.goto(url)),
        fill: (selector, text) => page.fill(selector, text),
        press: (selector) => page.click(selector),
        reaches: sightings.first,
        close: () => context.close(),
      }
    },
    close: () => browser.close(),
  }
}
