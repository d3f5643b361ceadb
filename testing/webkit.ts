/**
 * WebKit as GNOME builds it, driven by the W3C's WebDriver protocol in a window that nobody sees. It starts no program
 * for a private-use scheme: it is at the address then, and shows that it cannot show it.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import type { Engine } from './engines.ts'
import { freePort } from './free-port.ts'
import { findProgram } from './programs.ts'
import { BrowserStalled, patience } from './sightings.ts'

/** Absolute paths. */
interface WebKitPrograms {
  readonly driver: string
  /** The X server without a screen. */
  readonly display: string
}

/** The key under which WebDriver names an element (W3C WebDriver §12.1). */
const elementKey = 'element-6066-11e4-a52e-4f735466cecf'

const timeouts = { implicit: patience / 4, pageLoad: patience }
const capabilities = { alwaysMatch: { acceptInsecureCerts: true, timeouts } }

/** Finds the driver, which brings a browser along, and a display for it. */
export function findWebKit(): WebKitPrograms | undefined {
  const driver = findProgram(['WebKitWebDriver'])
  const display = findProgram(['Xvfb'])
  return driver === undefined || display === undefined ? undefined : { driver, display }
}

/** Starts the display and the driver, where they are; the browser itself is started again for each person. */
export async function openWebKit(): Promise<Engine | undefined> {
  const programs = findWebKit()
  if (programs === undefined) return undefined
  const screen = spawn(programs.display, ['-displayfd', '3', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  })
  const [number] = (await once(screen.stdio[3] ?? screen, 'data')) as [Buffer]
  const port = await freePort()
  const environment = { ...process.env, DISPLAY: `:${number.toString().trim()}` }
  const driver = spawn(programs.driver, [`--port=${port}`], { env: environment, stdio: 'ignore' })
  const send = sender(`http://127.0.0.1:${port}`)
  await settled(() => send('GET', '/status'))
  return {
    async newPerson() {
      const { sessionId } = (await send('POST', '/session', { capabilities })) as { sessionId: string }
      const path = (rest: string): string => `/session/${sessionId}${rest}`
      const element = async (selector: string): Promise<string> => {
        const found = await settled(() => send('POST', path('/element'), { using: 'css selector', value: selector }))
        return path(`/element/${(found as Readonly<Record<string, string>>)[elementKey]}`)
      }
      return {
        goto: async (url) => void (await send('POST', path('/url'), { url })),
        fill: async (selector, text) => void (await send('POST', `${await element(selector)}/value`, { text })),
        press: async (selector) => void (await send('POST', `${await element(selector)}/click`, {})),
        reaches: (beginning) => reached(() => send('GET', path('/url')), beginning),
        close: async () => void (await send('DELETE', path(''))),
      }
    },
    async close() {
      await ended(driver)
      await ended(screen)
    },
  }
}

type Send = (method: string, path: string, body?: object) => Promise<unknown>

function sender(origin: string): Send {
  return async (method, path, body) => {
    const told = `${method} ${path} ${JSON.stringify(body ?? {})}`
    // Its own time limits come first: a driver that keeps to none of them is one that stands still, too.
    const signal = AbortSignal.timeout(2 * patience)
    const response = await fetch(origin + path, { method, ...(body && { body: JSON.stringify(body) }), signal }).catch(
      (cause: unknown) => {
        throw signal.aborted ? new BrowserStalled(`WebDriver never answered ${told}`) : cause
      },
    )
    const { value } = (await response.json()) as { readonly value: Readonly<Record<string, unknown>> | null }
    if (response.ok) return value
    const refusal = `WebDriver refused ${told}: ${JSON.stringify(value)}`
    throw value?.['error'] === 'timeout' ? new BrowserStalled(refusal) : new Error(refusal)
  }
}

/** Asks again for as long as there is no answer: the driver tells nobody when it listens, and stumbles as pages change. */
async function settled(ask: () => Promise<unknown>): Promise<unknown> {
  const until = performance.now() + patience
  for (;;) {
    const outcome = await ask().catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))))
    if (!(outcome instanceof Error)) return outcome
    if (outcome instanceof BrowserStalled || performance.now() > until) throw outcome
    await wait(50)
  }
}

/** The protocol tells where the browser is, when asked. */
async function reached(where: () => Promise<unknown>, beginning: string): Promise<URL> {
  const at = await settled(async () => {
    const found = String(await where())
    if (!found.startsWith(beginning)) throw new Error(`never at ${beginning}, but at ${found}`)
    return found
  })
  return new URL(String(at))
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill()
  await exit
}
