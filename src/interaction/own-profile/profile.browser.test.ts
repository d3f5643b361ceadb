/** One's own profile in a browser, on both databases, with and without scripts, as far as a client that is told of it. */
import assert from 'node:assert/strict'
import { after, describe } from 'node:test'
import { accessibilityFaults, openBrowser } from '../../../testing/browser.ts'
import { freshDatabases } from '../../../testing/databases.ts'
import { openListening } from '../../../testing/listening.ts'
import { must } from '../../../testing/must.ts'
import { lookedAt, signIn } from '../../../testing/person.ts'

const browser = await openBrowser()
const servers = await Promise.all(
  Object.entries(freshDatabases).map(async ([name, fresh]) => ({
    name,
    server: await openListening({
      database: await fresh(),
      accounts: ['scripted', 'plain'].map((username) => ({
        username,
        password: 'wonderland',
        claims: { name: 'Alice', family_name: 'Liddell', phone_number: '+441865276150', phone_number_verified: true },
      })),
      account_profile: { fixed: ['family_name'] },
      throttle: { exempt: ['127.0.0.0/8'] },
    }),
  })),
)
after(async () => {
  await browser.close()
  await Promise.all(servers.map(({ server }) => server.close()))
})

for (const { name, server } of servers) {
  describe(`one’s own profile, over ${name}`, () => {
    for (const javaScriptEnabled of [true, false]) {
      const visit = { javaScriptEnabled }
      must('R16', `is written ${javaScriptEnabled ? 'with' : 'without'} scripts, but for what others keep`, () =>
        browser.inNewPage(async (page) => {
          const username = javaScriptEnabled ? 'scripted' : 'plain'
          await page.goto(`${server.issuer}/account/security`)
          await signIn(page, username)
          await page.click('#change-profile')
          assert.equal(await page.locator('#family-name').count(), 0)
          await page.getByText('Kept by whoever runs this server').waitFor()
          await page.fill('#birthdate', '31.12.1852')
          await page.fill('#nickname', 'Ali <b>')
          await page.click('#profile-submit')
          await page.locator('.notice.error').waitFor()
          if (javaScriptEnabled) await lookedAt(page, 'own-profile-wrong')
          await page.fill('#birthdate', '1852-05-04')
          await page.fill('#phone-number', '+44 1865 276151')
          await page.click('#profile-submit')
          await page.locator('.notice.done').waitFor()
          assert.equal(await page.inputValue('#nickname'), 'Ali <b>')
          if (javaScriptEnabled) assert.deepEqual(await accessibilityFaults(page), [])
          const account = await server.composition.parts.accounts.findByLogin(username)
          assert.deepEqual(account?.claims, {
            name: 'Alice',
            nickname: 'Ali <b>',
            family_name: 'Liddell',
            birthdate: '1852-05-04',
            phone_number: '+441865276151',
            phone_number_verified: false,
          })
        }, visit),
      )
    }
  })
}
