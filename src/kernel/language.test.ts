import assert from 'node:assert/strict'
import { test } from 'node:test'
import { must } from '../../testing/must.ts'
import { languages, lookUp, readAcceptLanguage, readUiLocales } from './language.ts'

const chosen = (ui_locales: string) => lookUp(readUiLocales(ui_locales), languages)
const preferred = (header: string) => lookUp(readAcceptLanguage(header), languages)

must('OpenID Connect Core §3.1.2.1', 'ui_locales are taken in their order, the first that there is', () => {
  assert.equal(chosen('fr-CA fr en'), 'fr')
  assert.equal(chosen('pt de en'), 'de')
  assert.equal(chosen('pt'), undefined)
})

test('RFC 4647 §3.4: a tag is cut down from its end until it fits, whatever its case', () => {
  assert.equal(chosen('de-CH-1996'), 'de')
  assert.equal(chosen('JA-jpan-JP'), 'ja')
  assert.equal(chosen('arz'), undefined)
  assert.equal(lookUp(['de'], ['de-AT']), undefined)
})

must('RFC 9110 §12.5.4', 'the browser is answered by its weights, and in its order among equals', () => {
  assert.equal(preferred('en;q=0.5, ar;q=0.9'), 'ar')
  assert.equal(preferred('es, fr'), 'es')
  assert.equal(preferred('pt-BR, ja ; q=0.8, en;q=0.7'), 'ja')
})

must('RFC 9110 §12.4.2', 'a weight of 0 is not a wish', () => {
  assert.equal(preferred('de;q=0, fr;q=0.1'), 'fr')
  assert.equal(preferred('de;q=0.000'), undefined)
})

test('AZ-43: what is malformed, unknown or endless is not a wish, and nothing fails', () => {
  for (const hostile of ['', '*', ';q=1', 'de;q=2', 'de;q=x', '__proto__', 'constructor', `de${'-x'.repeat(40)}`]) {
    assert.equal(preferred(hostile), undefined, hostile)
  }
  for (const hostile of ['', ' ', '\u0000de', 'dé', '../de', '-de', 'de_DE', 'toString']) {
    assert.equal(chosen(hostile), undefined, hostile)
  }
  const endless = `de ${'x'.repeat(10_240)}`
  assert.equal(chosen(endless), undefined)
  assert.equal(preferred(endless), undefined)
  assert.equal(readUiLocales('a '.repeat(400)).length <= 32, true)
})
