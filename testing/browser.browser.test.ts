import assert from 'node:assert/strict'
import { existsSync, rmSync } from 'node:fs'
import { test } from 'node:test'
import { accessibilityFaults, openBrowser, screenshot } from './browser.ts'

const browser = await openBrowser()

test('a good page has no accessibility fault, and pictures of it are taken', async () => {
  const page = await browser.newPage()
  await page.setContent('<!doctype html><html lang="en"><title>Good</title><main><h1>Good</h1><p>Text</p></main>')
  assert.deepEqual(await accessibilityFaults(page), [])
  const pictures = await screenshot(page, 'browser-test')
  assert.deepEqual(pictures.map(existsSync), [true, true])
  for (const picture of pictures) rmSync(picture)
})

test('a field without a label is told', async () => {
  const page = await browser.newPage()
  await page.setContent('<!doctype html><html lang="en"><title>Bad</title><main><h1>Bad</h1><input id="name"></main>')
  assert.match((await accessibilityFaults(page)).join('\n'), /^label: .*#name/m)
})
