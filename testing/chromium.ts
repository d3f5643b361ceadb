/** Finds the Chromium that the browser tests drive, and gets one where there is none. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { chromium, type Browser } from 'playwright-core'
import { findProgram, hasApt, installPackages, ran } from './programs.ts'
import { root } from './source.ts'

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
const applications = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
]

/**
 * What Chromium does without. The last of these switches is the one that counts, so Playwright's own list is told again
 * (testing/browser.browser.test.ts holds it to that). The rest are pages of Chromium's own behind the address bar,
 * where nobody types here: to load them is half of what a new window costs.
 */
export const featuresOff = [
  ...['AvoidUnnecessaryBeforeUnloadCheckSync', 'DestroyProfileOnBrowserClose', 'HttpsUpgrades'],
  ...[
    'HttpsFirstBalancedModeAutoEnable',
    'LensOverlay',
    'MediaRouter',
    'PaintHolding',
    'ThirdPartyStoragePartitioning',
  ],
  ...['AvoidCorsURLLoaderRestartOnRedirect', 'TcpPortRandomizationWin', 'OptimizationHints', 'AimEnabled'],
  ...['NetworkTimeServiceQuerying', 'PreconnectToSearch', 'msForceBrowserSignIn'],
  ...['msEdgeUpdateLaunchServicesPreferredVersion'],
  ...['PreloadTopChromeWebUI', 'WebUIOmniboxPopup', 'WebUIOmniboxAimPopup', 'WebUIOmniboxFullPopup'],
] as const

/** Finds an installed Chromium: `CHROMIUM_PATH`, the PATH, macOS's applications, then Playwright's own. */
function findChromium(): string | undefined {
  const named = process.env['CHROMIUM_PATH']
  if (named !== undefined) return named
  return findProgram(names, [...applications, chromium.executablePath()])
}

/**
 * Finds Chromium or installs it: by apt as root on Debian, else Playwright's own.
 *
 * @param say told what is being done, since it takes a minute
 * @throws {Error} when neither works, saying what a person can do
 */
export async function getChromium(say: (line: string) => void): Promise<string> {
  const present = findChromium()
  if (present !== undefined) return present

  if (hasApt()) {
    say('Chromium is missing: installing the package chromium with apt-get')
    await installPackages(['chromium'], 'recommended')
  } else {
    say("Chromium is missing: downloading Playwright's")
    const command = join(root, 'node_modules/playwright-core/cli.js')
    await ran(process.execPath, [command, 'install', 'chromium-headless-shell'])
  }
  const installed = findChromium()
  if (installed !== undefined) return installed
  throw new Error('Chromium is missing and could not be installed: install it, or name one in CHROMIUM_PATH')
}

/**
 * Launches Chromium without a window; the caller closes it. It speaks to nobody but the pages it is sent to:
 * without these switches it looks up its maker's hosts at every start.
 *
 * @throws {Error} when none is installed
 */
export async function openChromium(): Promise<Browser> {
  const executablePath = findChromium()
  if (executablePath === undefined) throw new Error('Chromium is missing: install it, or name one in CHROMIUM_PATH')
  const quiet = ['--disable-quic', '--disable-background-networking', '--disable-component-update', '--disable-sync']
  // Root may not use Chromium's sandbox; tests run as root on machines that are only for tests.
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  const plain = ['--no-first-run', '--disable-gpu', `--disable-features=${featuresOff.join(',')}`]
  return chromium.launch({ executablePath, args: [...plain, ...quiet, ...sandbox] })
}

/** Asks a Chromium for its version, such as `Chromium 156.0.8078.73`. */
export function versionOf(path: string): string {
  return execFileSync(path, ['--version', '--no-sandbox'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim()
}
