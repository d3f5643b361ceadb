/** What a person does on their own pages, in a real browser, and what the application's tokens are good for afterwards. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, describe } from 'node:test'
import type { Page } from 'playwright-core'
import { accessibilityFaults, openBrowser, screenshot } from '../../../testing/browser.ts'
import { openListening, openReceivingClient } from '../../../testing/listening.ts'
import { must } from '../../../testing/must.ts'
import { signIn } from '../../../testing/person.ts'
import { proof } from '../../../testing/steps.ts'

const client = await openReceivingClient()
const browser = await openBrowser()
const client_secret = 'a-secret-of-the-tests-that-is-long-enough-0123456789'
const scope = 'openid postcards.read postcards.send'
const server = await openListening({
  accounts: [{ username: 'alice', password: 'wonderland', claims: { name: 'Alice Liddell' } }],
  resources: [
    {
      resource: 'https://api.example.com/',
      name: 'Postcards API',
      introspection_clients: ['greatapp'],
      scopes: {
        'postcards.read': { title: 'See your postcards' },
        'postcards.send': { title: 'Send postcards in your name', optional: true },
      },
    },
  ],
  clients: [
    {
      client_id: 'greatapp',
      client_name: 'Great App',
      client_secret,
      redirect_uris: [`${client.origin}/cb`],
      grant_types: ['authorization_code', 'refresh_token'],
      scope,
    },
  ],
  throttle: { exempt: ['127.0.0.0/8'] },
})
after(async () => {
  await browser.close()
  await server.close()
  await client.close()
})

type Answer = Readonly<Record<string, unknown>>

async function ask(path: string, form: Readonly<Record<string, string>>): Promise<Answer> {
  const authorization = `Basic ${Buffer.from(`greatapp:${client_secret}`).toString('base64')}`
  const body = new URLSearchParams(form)
  const answer = await fetch(server.issuer + path, { method: 'POST', headers: { authorization }, body })
  return { ...((await answer.json()) as Answer), status: answer.status }
}

/** Alice allows the client all it asks for, in this page; its tokens. */
async function allowed(page: Page): Promise<Answer> {
  const { code_challenge, code_verifier } = proof
  const parameters = { client_id: 'greatapp', redirect_uri: `${client.origin}/cb`, response_type: 'code', scope }
  const query = new URLSearchParams({ ...parameters, code_challenge, code_challenge_method: 'S256' })
  await page.goto(`${server.issuer}/authorize?${query.toString()}`)
  await signIn(page, 'alice')
  await page.click('#consent-allow')
  await page.getByRole('heading', { name: 'Back at the client' }).waitFor()
  const code = client.arrivals.at(-1)?.parameters.get('code') ?? ''
  return ask('/token', { grant_type: 'authorization_code', code, code_verifier })
}

const refresh = (tokens: Answer): Promise<Answer> =>
  ask('/token', { grant_type: 'refresh_token', refresh_token: String(tokens['refresh_token']) })

/** Goes to the person's page and opens the form that changes the access. */
async function openChange(page: Page): Promise<void> {
  await page.goto(`${server.issuer}/account`)
  if (!(await page.locator('details.change').evaluate((details) => details.hasAttribute('open')))) {
    await page.locator('details.change summary').click()
  }
}

const told = (page: Page, words: string) => page.locator('.notice', { hasText: words }).waitFor()

for (const javaScriptEnabled of [true, false]) {
  const visit = { javaScriptEnabled }
  describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
    must('R6, R7', 'a person narrows, pauses, resumes, shortens, lengthens and removes an access', () =>
      browser.inNewPage(async (page) => {
        const first = await allowed(page)
        assert.equal(first['scope'], scope)

        await openChange(page)
        await page.uncheck('input[name=permission][value="postcards.send https://api.example.com/"]')
        await page.click('button[name=change]')
        await told(page, 'Changed for Great App')
        const narrower = await refresh(first)
        assert.deepEqual([narrower['status'], narrower['scope']], [200, 'openid postcards.read'])

        await openChange(page)
        await page.click('button[name=pause]')
        await told(page, 'can do nothing with your account until you resume it')
        const paused = await refresh(narrower)
        assert.deepEqual([paused['status'], paused['error']], [400, 'invalid_grant'])
        assert.match(String(paused['error_description']), /paused/)

        await openChange(page)
        await page.click('button[name=resume]')
        await told(page, 'can go on')
        const resumed = await refresh(narrower)
        assert.equal(resumed['status'], 200)

        await openChange(page)
        await page.check('input[name=access_for][value="1h"]')
        await page.click('button[name=change]')
        await told(page, 'Changed for Great App')
        const shorter = await refresh(resumed)
        assert.ok(Number(shorter['authorization_expires_in']) <= 3600)

        // More time takes a sign-in of the last five minutes.
        server.wait(400)
        await openChange(page)
        await page.check('input[name=access_for][value=until_removed]')
        await page.click('button[name=change]')
        await signIn(page, 'alice')
        await told(page, 'For five minutes you can now give more time')
        await page.locator('details.change summary').click()
        await page.check('input[name=access_for][value=until_removed]')
        await page.click('button[name=change]')
        await told(page, 'Changed for Great App')
        const longer = await refresh(shorter)
        assert.deepEqual([longer['status'], longer['authorization_expires_in']], [200, undefined])
        await page.goto(`${server.issuer}/account`)
        const shown = (await page.locator('[data-client-id=greatapp]').textContent()) ?? ''
        assert.match(shown, /Ends if unused until.*From the network\s*127\.0\.0\.0\/24.*used 5 times/s)

        await page.click('[data-client-id=greatapp] button[name=remove]')
        await told(page, 'Access ended for Great App')
        assert.deepEqual([(await refresh(longer))['status']], [400])
        const token = String(longer['access_token'])
        assert.equal((await ask('/introspect', { token }))['active'], false)
        assert.match((await page.locator('#history').textContent()) ?? '', /Great App.*You removed it/s)
        assert.equal(await page.locator('[data-client-id]').count(), 0)
        await screenshot(page, 'account-history')
        assert.deepEqual(javaScriptEnabled ? await accessibilityFaults(page) : [], [])
      }, visit),
    )

    must('R7', 'AC-27: a person sees where they are signed in, and ends one session and all others', () =>
      browser.inNewPage(async (page) => {
        await page.goto(`${server.issuer}/account/security`)
        await signIn(page, 'alice')
        await page.locator('#sessions').waitFor()
        assert.match((await page.locator('#sessions').textContent()) ?? '', /Chrome · Linux\s*This browser/)
        const isOut = async (other: Page): Promise<void> => {
          await other.goto(`${server.issuer}/account`)
          await other.locator('#login-submit').waitFor()
        }
        await browser.inNewPage(async (other) => {
          await other.goto(`${server.issuer}/account`)
          await signIn(other, 'alice')
          await other.getByRole('heading', { name: 'Connected applications' }).waitFor()
          await page.reload()
          await page.locator('button[name=end_session]').first().click()
          await told(page, 'Signed out there.')
          await isOut(other)
          await signIn(other, 'alice')
          await page.goto(`${server.issuer}/account/security`)
          await page.click('button[name=end_others]')
          await told(page, 'everywhere but in this browser')
          await isOut(other)
        }, visit)
        await page.reload()
        assert.equal(await page.locator('button[name=end_session], button[name=end_others]').count(), 0)
        await page.getByRole('link', { name: 'Connected applications' }).click()
        await page.getByRole('heading', { name: 'Connected applications' }).waitFor()
      }, visit),
    )

    must('R7', 'a person downloads all that is kept about them', () =>
      browser.inNewPage(async (page) => {
        await page.goto(`${server.issuer}/account`)
        await signIn(page, 'alice')
        const [download] = await Promise.all([page.waitForEvent('download'), page.click('#download')])
        assert.match(download.suggestedFilename(), /^account-data-20\d\d-\d\d-\d\d\.json$/)
        const data = JSON.parse(await readFile(await download.path(), 'utf8')) as Readonly<Record<string, Answer>>
        assert.equal(data['account']?.['username'], 'alice')
        assert.deepEqual(data['account']['claims'], { name: 'Alice Liddell' })
      }, visit),
    )
  })
}
