/** Pages in the name of an operator, as a browser draws them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accessibilityFaults, openBrowser } from '../../testing/browser.ts'
import { exampleBrands } from '../../testing/example-brands.ts'
import { pagesIn } from '../../testing/example-pages.ts'
import { openExample } from '../../testing/gallery.ts'
import { must } from '../../testing/must.ts'
import { render } from '../kernel/html.ts'
import { readColour, type Colour } from '../kernel/colour.ts'
import { schemes, standardPalettes, type Palette } from '../kernel/palette.ts'
import { openBrand } from './brand.ts'
import { pairs } from './contrast.ts'
import { standardCatalogues } from './words/catalogues.ts'

const browser = await openBrowser()
const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
/** Which pages are looked at, in which brand and language. */
const looked: Readonly<Record<string, readonly string[]>> = {
  'en.example': ['sign-in', 'consent', 'account', 'error', 'security', 'device-code'],
  'ar.example': ['sign-in', 'consent'],
  'en.shop': ['sign-in', 'consent'],
  'en.long': ['sign-in', 'account'],
}

for (const [brand, names] of Object.entries(looked)) {
  test(`R19: pages in ${brand} have no accessibility fault in light or dark, and fit 320 px`, async () => {
    for (const name of names) {
      const page = await openExample(context, `${name}.${brand}`)
      for (const colorScheme of schemes) {
        await page.emulateMedia({ colorScheme })
        assert.deepEqual(await accessibilityFaults(page), [], `${name} ${colorScheme}`)
      }
      await page.setViewportSize({ width: 320, height: 256 })
      assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 320, name)
      await page.close()
    }
  })
}

test('the logo is the one for the scheme, and called as its owner is', async () => {
  const page = await openExample(context, 'sign-in.en.example')
  const shown: string[] = []
  for (const colorScheme of schemes) {
    await page.emulateMedia({ colorScheme })
    const logo = page.getByRole('img', { name: 'Looking-Glass' })
    await logo.evaluate('(image) => image.decode()')
    shown.push(await logo.evaluate((image) => (image as unknown as { currentSrc: string }).currentSrc))
    const box = await logo.boundingBox()
    assert.ok(box && box.height <= 40 && box.width <= 208, JSON.stringify(box))
  }
  assert.equal(new Set(shown).size, 2)
  await page.close()
})

test('a branded page with its stylesheet is under 30 KB, in every language', () => {
  for (const brand of ['example', 'shop', 'long']) {
    const { catalogues, assets } = exampleBrands[brand] ?? assert.fail(brand)
    const sheet = assets.find(({ content_type }) => content_type.startsWith('text/css'))?.body ?? assert.fail(brand)
    for (const words of Object.values(catalogues)) {
      for (const [name, page] of Object.entries(pagesIn(words))) {
        const bytes = Buffer.byteLength(render(page)) + Buffer.byteLength(sheet)
        assert.ok(bytes < 30_000, `${brand} ${words.tag} ${name}: ${bytes}`)
      }
    }
  }
})

/** Every colour of the palette another one, so that what is drawn tells which it was. */
const told = Object.fromEntries(
  Object.keys(standardPalettes.light).map((name, index) => [name, `#0000${(16 + index).toString(16)}` as Colour]),
) as Palette

/** In the page: each pair of colours of a text, or of an edge that can be operated, and what is behind it. */
const lookAtPairs = `(() => {
  const behind = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const { backgroundColor } = getComputedStyle(one)
      if (!/, 0\\)$|transparent/.test(backgroundColor)) return backgroundColor
    }
    return 'nothing'
  }
  const found = new Set()
  for (const element of document.body.querySelectorAll('*')) {
    if (!element.checkVisibility() || element.closest('.unseen')) continue
    const style = getComputedStyle(element)
    const says = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== '')
    if (says || element.matches('input:not([type=checkbox], [type=radio])')) found.add(['text', style.color, behind(element)].join('|'))
    if (element.matches('[type=checkbox], [type=radio]')) found.add(['control', style.accentColor, behind(element)].join('|'))
    if (!element.matches('input:not([type=checkbox], [type=radio]), .button') || parseFloat(style.borderTopWidth) === 0) continue
    if (!/, 0\\)$/.test(style.borderTopColor)) found.add(['control', style.borderTopColor, behind(element.parentElement)].join('|'))
  }
  return [...found]
})()`

must(
  'WCAG 2.2 §1.4.3',
  'what is measured is every pair of colours that a page puts together, and no other',
  async () => {
    const { catalogues, assets } = openBrand(
      { colours: { light: told, dark: told }, texts: { footer: { en: 'A line' }, sign_in_help: { en: 'A line' } } },
      { standard: standardCatalogues, language: 'en' },
    )
    const sheet =
      assets.find(({ content_type }) => content_type.startsWith('text/css'))?.body ?? assert.fail('no stylesheet')
    // Without scripts: one of the pages would send itself away.
    const page = await browser.newPage({ javaScriptEnabled: false })
    const seen = new Map<string, string>()
    for (const [name, shown] of Object.entries(pagesIn(catalogues.en))) {
      // As it is, and as if the pointer were everywhere.
      for (const rules of [sheet, sheet.replaceAll(':hover', '')]) {
        await page.setContent(render(shown).replace(/<link rel="stylesheet"[^>]*>/, `<style>${rules}</style>`))
        for (const found of await page.evaluate<string[]>(lookAtPairs)) seen.set(found, name)
      }
    }
    const nameOf = (drawn: string): string => {
      const digits = (drawn.match(/\d+/g) ?? []).slice(0, 3).map((one) => Number(one).toString(16).padStart(2, '0'))
      const colour = readColour(`#${digits.join('')}`)
      return Object.entries(told).find(([, one]) => one === colour)?.[0] ?? drawn
    }
    const drawn = new Map(
      [...seen].map(([found, where]) => {
        const [of = '', front = '', back = ''] = found.split('|')
        return [`${of}: ${nameOf(front)} on ${nameOf(back)}`, where]
      }),
    )
    const measured = new Set(pairs.map(({ front, back, of }) => `${of}: ${front} on ${back}`))
    // An edge in a colour that words are held to there is held to more than an edge has to be.
    const isMeasured = (pair: string): boolean => measured.has(pair) || measured.has(pair.replace('control', 'text'))
    assert.deepEqual(
      [...drawn].filter(([pair]) => !isMeasured(pair)),
      [],
      'not measured',
    )
    assert.deepEqual(
      [...measured].filter((pair) => !drawn.has(pair)),
      [],
      'nowhere drawn',
    )
    await page.close()
  },
)
