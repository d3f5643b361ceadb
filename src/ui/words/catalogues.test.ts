import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pagesIn } from '../../../testing/example-pages.ts'
import { html, render, type Html } from '../../kernel/html.ts'
import { languages, type Language } from '../../kernel/language.ts'
import { stylesheet } from '../stylesheet.ts'
import { catalogues } from './catalogues.ts'
import { en } from './en.ts'

/** Stands for whatever is put into a text. */
const put = '\uE000'

/** Every text of a catalogue, by the way to it; what is put in is `put`. */
function textsOf(node: unknown, way = ''): readonly (readonly [string, string])[] {
  if (typeof node === 'string') return [[way, node]]
  if (typeof node === 'function') return [[way, spelled(node as (...put: readonly unknown[]) => Html | string)]]
  return Object.entries(node ?? {}).flatMap(([name, one]) => textsOf(one, way === '' ? name : `${way}.${name}`))
}

function spelled(say: (...put: readonly unknown[]) => Html | string): string {
  const piece = html`${put}`
  // Where a page puts markup in, a text does as well; one sentence is handed what makes its link.
  try {
    return written(say(put, 40))
  } catch {
    return written(say(() => piece))
  }
}

function written(said: Html | string): string {
  return typeof said === 'string' ? said : render(said)
}

/** What a text says around what is put in, without markup: only what is long enough to be told from a name. */
function sentencesOf(text: string): readonly string[] {
  return text
    .replace(/<[^>]*>/g, put)
    .split(put)
    .map((part) => part.trim())
    .filter((part) => part.length > 3)
}

const others = languages.filter((language) => language !== 'en')
const english = textsOf(en).filter(([way]) => !['tag', 'locale', 'dir'].includes(way))

for (const language of languages) {
  test(`no text is empty in ${language}`, () => {
    for (const [way, text] of textsOf(catalogues[language])) assert.notEqual(text.trim(), '', way)
  })
}

test('what begins or ends with a sign keeps its own direction among Arabic words', () => {
  // U+2066 and U+2069 around it: without them `https://` is read as `//:https`.
  for (const [way, text] of textsOf(catalogues.ar)) {
    assert.doesNotMatch(text.replaceAll(/<[^>]*>|\u2066[^\u2069]*\u2069/g, ''), /:\/\/|\+\d/, way)
  }
})

/** Where another language says the same as English. */
const same: Partial<Record<Language, readonly string[]>> = {
  de: [
    'permission.claims.name',
    'permission.claims.website',
    'error.code',
    'permission.particular',
    'letter.permission',
  ],
  fr: ['permission.claims.email', 'permission.claims.website', 'error.code'],
  es: ['permission.particular', 'letter.permission', 'permission.no'],
  ar: ['permission.particular'],
}

for (const language of others) {
  test(`every text in ${language} is its own, and puts in all that English does`, () => {
    const told = new Map(textsOf(catalogues[language]))
    for (const [way, text] of english) {
      const theirs = told.get(way) ?? ''
      if (same[language]?.includes(way) !== true) assert.notEqual(theirs, text, way)
      assert.equal(theirs.split(put).length, text.split(put).length, way)
    }
  })

  test(`no page in ${language} says anything in English`, () => {
    const sentences = english
      .filter(([way]) => same[language]?.includes(way) !== true)
      .flatMap(([, text]) => sentencesOf(text))
    for (const [name, page] of Object.entries(pagesIn(catalogues[language]))) {
      const read = render(page)
        .replace(/<[^>]*>/g, '\n')
        .replaceAll('&#39;', "'")
      const pieces = read.split(/\n+/).map((piece) => piece.trim())
      for (const sentence of sentences) {
        const isSaid = sentence.includes(' ') ? read.includes(sentence) : pieces.includes(sentence)
        assert.equal(isSaid, false, `${name} says “${sentence}”`)
      }
    }
  })

  test(`every page in ${language} says so, and stays small`, () => {
    for (const [name, page] of Object.entries(pagesIn(catalogues[language]))) {
      const text = render(page)
      assert.ok(text.includes(`<html lang="${language}" dir="${language === 'ar' ? 'rtl' : 'ltr'}">`), name)
      assert.ok(Buffer.byteLength(text) + Buffer.byteLength(stylesheet.body) < 30_000, name)
    }
  })
}
