/** The demo as a newcomer meets it: one command, a browser, and every step of the flow with its effect. */
import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { after, before } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { accessibilityFaults, openBrowser } from '../testing/browser.ts'
import { must } from '../testing/must.ts'

const application = 'http://localhost:4001'

const browser = await openBrowser()
let demo: ChildProcess
let page: Page

async function started(): Promise<ChildProcess> {
  const child = spawn(fileURLToPath(new URL('../bin/licet', import.meta.url)), ['demo'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  for await (const piece of child.stdout) {
    said += String(piece)
    if (said.includes('Ctrl-C')) break
  }
  for (const told of ['http://localhost:4000', application, 'http://localhost:4002', 'alice / wonderland']) {
    assert.ok(said.includes(told), said)
  }
  return child
}

async function ended(child: ChildProcess): Promise<unknown> {
  const exit = once(child, 'exit')
  child.kill('SIGINT')
  const [code] = (await exit) as unknown[]
  return code
}

const lastStep = async (): Promise<string> => (await page.textContent('.steps li:last-child h3')) ?? ''

before(async () => {
  demo = await started()
  page = await browser.newPage()
})
after(() => ended(demo))

must('R23', 'a person signs in, says yes, and the application calls the protected resource', async () => {
  await page.goto(application)
  await page.click('#connect')
  await page.fill('#username', 'alice')
  await page.fill('#password', 'wonderland')
  await page.click('#login-submit')
  await page.click('#consent-allow')
  await page.waitForURL(`${application}/`)
  assert.equal(await page.textContent('#name'), 'Alice Liddell')
  await page.click('#read')
  assert.equal(await page.locator('#postcards li').count(), 2)
  assert.deepEqual(await accessibilityFaults(page), [])
})

must('R6', 'connecting again asks nothing: the consent is remembered', async () => {
  await page.click('#connect')
  await page.waitForURL(`${application}/`)
  assert.equal(await lastStep(), 'UserInfo')
})

must('RFC 6749 §6', 'the application refreshes its tokens without the person', async () => {
  await page.click('#refresh')
  assert.equal(await lastStep(), 'Refresh')
  await page.click('#read')
  assert.equal(await lastStep(), 'Call')
})

must('RFC 6749 §10.12', 'an answer with a state that the application did not send is thrown away', async () => {
  await page.goto(`${application}/callback?code=lc_stolen&state=somebody-elses&iss=http%3A%2F%2Flocalhost%3A4000`)
  assert.match((await page.textContent('.steps li:last-child p')) ?? '', /somebody else’s answer/)
})

must('R7', 'what the person removes is refused: by the server and by the API, at once', async () => {
  await page.click('#account')
  await page.click('[data-client-id=postcards] button[name=remove]')
  assert.equal(await page.locator('[data-client-id=postcards]').count(), 0)
  await page.goto(application)
  await page.click('#refresh')
  assert.equal(await lastStep(), 'That did not work')
  assert.match((await page.textContent('.steps li:last-child p')) ?? '', /invalid_grant/)
  await page.click('#read')
  assert.equal(await lastStep(), 'Call refused')
})

must('R23', 'Ctrl-C ends all three, and a second start is clean', async () => {
  assert.equal(await ended(demo), 0)
  await assert.rejects(fetch(application))
  demo = await started()
  await page.goto(application)
  await page.click('#connect')
  assert.equal(await page.textContent('h1'), 'Sign in')
})
