import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { chromium } from 'playwright-core'
import { accessibilityFaults, openBrowser, screenshot } from './browser.ts'
import { featuresOff } from './chromium.ts'

const browser = await openBrowser()

test('a good page has no accessibility fault, and pictures of it are taken', async () => {
  const page = await browser.newPage()
  await page.setContent('<!doctype html><html lang="en"><title>Good</title><main><h1>Good</h1><p>Text</p></main>')
  assert.deepEqual(await accessibilityFaults(page), [])
  process.env['LICET_PICTURES'] = 'wanted'
  const pictures = await screenshot(page, 'browser-test')
  assert.deepEqual(pictures.map(existsSync), [true, true])
  for (const picture of pictures) rmSync(picture)
})

test('a field without a label is told', async () => {
  const page = await browser.newPage()
  await page.setContent('<!doctype html><html lang="en"><title>Bad</title><main><h1>Bad</h1><input id="name"></main>')
  assert.match((await accessibilityFaults(page)).join('\n'), /^label: .*#name/m)
})

test('what Playwright switches off in Chromium stays off, though our own list is the one that counts', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'licet-chromium-'))
  const program = join(directory, 'program')
  writeFileSync(program, `#!/bin/sh\necho "$@" >"${directory}/told"\n`, { mode: 0o700 })
  await assert.rejects(chromium.launch({ executablePath: program }))
  const told = /--disable-features=(\S+)/.exec(readFileSync(join(directory, 'told'), 'utf8'))?.[1] ?? assert.fail()
  const ours = new Set<string>(featuresOff)
  assert.deepEqual(
    told.split(',').filter((feature) => !ours.has(feature)),
    [],
  )
  rmSync(directory, { recursive: true })
})
