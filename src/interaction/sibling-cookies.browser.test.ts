/** What a page on a neighbouring host can do to our cookies, in a real browser: nothing. */
import assert from 'node:assert/strict'
import { after } from 'node:test'
import { openBrowser } from '../../testing/browser.ts'
import { must } from '../../testing/must.ts'
import { world } from '../../testing/world.ts'

const there = await world()
const browser = await openBrowser()
after(async () => {
  await browser.close()
  await there.close()
})

must('RFC 6265 §8.6', 'BR-34: a neighbouring host tosses cookies, and none of them is taken for ours', async () => {
  // The attacker has a session of their own, and wants the person to work in it.
  const attacker = there.visitor()
  const fields = { username: 'alice', password: 'wonderland' }
  await attacker.submit(await attacker.go('/account'), { press: 'login-submit', fields })
  const theirs = [...attacker.cookies].map(([name, value]) => ({ name, value }))
  assert.ok(theirs.some(({ name }) => name === '__Host-licet-session'))
  assert.equal((await there.request('GET', '/account', { cookies: attacker.cookies })).status, 200)

  const context = await browser.newContext({ ignoreHTTPSErrors: true })
  const page = await context.newPage()
  await context.route('https://evil.id.test/**', (route) =>
    route.fulfill({ body: 'a neighbour', contentType: 'text/html' }),
  )
  await page.goto('https://evil.id.test/')
  const tossed = theirs.flatMap(({ name, value }) =>
    [name, name.replace('__Host-', '')].map((as) => `${as}=${value}; Domain=id.test; Path=/; Secure`),
  )
  for (const cookie of tossed) await page.evaluate(`document.cookie = ${JSON.stringify(cookie)}`)

  // Only the bare names stay, since the browser keeps the prefix for who set it on that host itself.
  let came: { readonly status: number; readonly cookie: string } = { status: 0, cookie: '' }
  await context.route('https://id.test/**', async (route) => {
    const { cookie = '' } = await route.request().allHeaders()
    came = { status: (await there.request('GET', '/account', { headers: { cookie } })).status, cookie }
    await route.fulfill({ body: 'our host', contentType: 'text/html' })
  })
  await page.goto('https://id.test/account')
  assert.match(came.cookie, /(^|; )licet-session=/)
  assert.doesNotMatch(came.cookie, /__Host-/)
  assert.equal(came.status, 303)
})
