/** Firefox, driven by WebDriver BiDi, with a program of its own for a private-use scheme: what the system would start. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { launch } from 'puppeteer-core'
import type { Engine } from './engines.ts'
import { findProgram } from './programs.ts'
import { openSightings, patience, type Sightings } from './sightings.ts'

const names = ['firefox-esr', 'firefox']
const applications = ['/Applications/Firefox.app/Contents/MacOS/firefox']

/** The scheme whose addresses Firefox gives to the program without asking the person. */
const scheme = 'com.example.app'

/** It asks before it starts a program, and speaks to its maker at every start, unless told not to. */
const preferences = {
  [`network.protocol-handler.external.${scheme}`]: true,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'services.settings.server': 'data:,#remote-settings-dummy/v1',
}

/** Finds an installed Firefox: `FIREFOX_PATH`, the PATH, then macOS's applications. */
export function findFirefox(): string | undefined {
  return process.env['FIREFOX_PATH'] ?? findProgram(names, applications)
}

/** Starts a Firefox without a window, where there is one. */
export async function openFirefox(): Promise<Engine | undefined> {
  const executablePath = findFirefox()
  if (executablePath === undefined) return undefined
  const profile = mkdtempSync(join(tmpdir(), 'licet-firefox-'))
  let sightings = openSightings()
  const program = await openProgram(profile, (address) => sightings.saw(address))
  const browser = await launch({
    browser: 'firefox',
    executablePath,
    userDataDir: profile,
    extraPrefsFirefox: preferences,
    acceptInsecureCerts: true,
    timeout: 3 * patience,
  })
  return {
    async newPerson() {
      sightings = openSightings()
      const context = await browser.createBrowserContext()
      const page = await context.newPage()
      page.setDefaultTimeout(patience)
      page.on('request', watching(sightings))
      return {
        goto: async (url) => void (await page.goto(url)),
        fill: (selector, text) => page.locator(selector).fill(text),
        press: (selector) => page.locator(selector).click(),
        reaches: sightings.first,
        close: () => context.close(),
      }
    },
    async close() {
      await browser.close()
      program.close()
      rmSync(profile, { recursive: true, force: true })
    },
  }
}

function watching({ saw }: Sightings): (request: { url(): string }) => void {
  return (request) => {
    // What Firefox names is asked of a network; the program tells what comes to it.
    if (!request.url().startsWith(`${scheme}:`)) saw(request.url())
  }
}

/** Puts the program into a profile; it tells every address that it is started with. */
async function openProgram(profile: string, told: (address: string) => void): Promise<{ close(): void }> {
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      told(body)
      response.end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const path = join(profile, 'program')
  const tell = `fetch('http://127.0.0.1:${port}/', { method: 'POST', body: process.argv[1] })`
  writeFileSync(path, `#!/bin/sh\nexec "${process.execPath}" -e "${tell}" "$1"\n`)
  chmodSync(path, 0o700)
  const useProgram = 2
  const schemes = { [scheme]: { action: useProgram, handlers: [{ name: 'Example', path }] } }
  writeFileSync(join(profile, 'handlers.json'), JSON.stringify({ defaultHandlersVersion: {}, mimeTypes: {}, schemes }))
  return {
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}
