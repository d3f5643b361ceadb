/**
 * Draws every page: `node testing/gallery.ts [folder] [page …]` writes each as HTML and as pictures, light and dark, on
 * a desk and on two phones. A page is named `consent`, or `consent.ar` in another language than English, or
 * `consent.en.example` in the name of an example brand. For looking at; the browser tests measure.
 */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BrowserContext, Page } from 'playwright-core'
import { render, type Html } from '../src/kernel/html.ts'
import { isLanguage } from '../src/kernel/language.ts'
import type { Asset } from '../src/ui/asset.ts'
import { passkeyScript, passkeyScriptSource } from '../src/ui/passkey.ts'
import type { Words } from '../src/ui/words/en.ts'
import { openChromium } from './chromium.ts'
import { brandAssets, exampleBrands } from './example-brands.ts'
import { examplePages, pagesIn } from './example-pages.ts'

const origin = 'https://id.example.com'

/** As strict as the pages are ever sent: a style or script of their own would not show. */
const strictest = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"

const files: readonly Asset[] = [passkeyScript, ...brandAssets]

/** Pages are asked for one at a time, and drawn all at once. */
const drawn = new Map<Words, Readonly<Record<string, Html>>>()

/** Finds an example page by its name, with a language behind a full stop unless it is English, and a brand behind that. */
function exampleNamed(written: string): Html | undefined {
  const [name = '', language = 'en', brand = 'standard'] = written.split('.')
  const words = isLanguage(language) ? exampleBrands[brand]?.catalogues[language] : undefined
  if (words === undefined) return undefined
  const pages = drawn.get(words) ?? pagesIn(words)
  drawn.set(words, pages)
  return pages[name]
}

/** Where an example page is found, in a page that {@link openExamples} opened. */
export const exampleAddress = (name: string): string => `${origin}/${name}`

/**
 * Opens a page in which every example page is found at its address, as a browser gets it, without a server; whatever
 * else is asked for is answered 404.
 *
 * @param policy replaces the Content-Security-Policy that the server sends
 */
export async function openExamples(context: BrowserContext, policy?: string): Promise<Page> {
  const page = await context.newPage()
  await page.route('**/*', async (route) => {
    const path = route.request().url().slice(origin.length)
    const asset = files.find((each) => each.path === path)
    const html = asset === undefined ? exampleNamed(path.slice(1)) : undefined
    if (asset !== undefined)
      await route.fulfill({ body: Buffer.from(asset.bytes ?? asset.body), contentType: asset.content_type })
    else if (html === undefined) await route.fulfill({ status: 404, body: '' })
    else {
      const body = render(html)
      // The server, too, lets our one script in on the pages that load it, and nowhere else.
      const own = body.includes(passkeyScript.path) ? `${strictest}; script-src ${passkeyScriptSource}` : strictest
      const headers = { 'content-security-policy': policy ?? own }
      await route.fulfill({ body, contentType: 'text/html; charset=utf-8', headers })
    }
  })
  return page
}

/** Opens an example page in a page of its own. */
export async function openExample(context: BrowserContext, name: string, policy?: string): Promise<Page> {
  const page = await openExamples(context, policy)
  await page.goto(exampleAddress(name))
  return page
}

async function draw(folder: string, names: readonly string[]): Promise<void> {
  const browser = await openChromium()
  try {
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const width of [1280, 360, 320]) {
        const context = await browser.newContext({ colorScheme, viewport: { width, height: width > 800 ? 800 : 740 } })
        for (const name of names) {
          const page = await openExample(context, name)
          await page.screenshot({ path: join(folder, `${name}-${width}-${colorScheme}.png`), fullPage: true })
          await page.close()
        }
        await context.close()
      }
    }
  } finally {
    await browser.close()
  }
}

if (import.meta.main) {
  const [folder = mkdtempSync(join(tmpdir(), 'licet-gallery-')), ...chosen] = process.argv.slice(2)
  mkdirSync(join(folder, 'assets'), { recursive: true })
  for (const { path, body, bytes } of files) writeFileSync(join(folder, path), bytes ?? body)
  for (const [name, page] of Object.entries(examplePages)) {
    writeFileSync(join(folder, `${name}.html`), render(page).replaceAll('"/assets/', '"assets/'))
  }
  await draw(folder, chosen.length > 0 ? chosen : Object.keys(examplePages))
  console.log(`The pages are drawn in ${folder}`)
}
