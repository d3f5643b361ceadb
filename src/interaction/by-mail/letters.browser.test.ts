/** What goes by letter, walked through in a browser, with a real mail server, on both databases. */
import { after, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { openBrowser } from '../../../testing/browser.ts'
import { freshDatabases } from '../../../testing/databases.ts'
import { openListening } from '../../../testing/listening.ts'
import { openMailbox } from '../../../testing/mailbox.ts'
import { lookedAt, signIn } from '../../../testing/person.ts'

const browser = await openBrowser()
const mailbox = await openMailbox()
const servers = await Promise.all(
  Object.entries(freshDatabases).map(async ([name, fresh]) => {
    const server = await openListening({
      database: await fresh(),
      accounts: ['reset', 'moving', 'coded', 'leaving'].map((username) => ({
        username,
        password: 'wonderland',
        claims: { email: `${username}@${name.toLowerCase()}.test`, email_verified: true },
      })),
      mail: { smtp: mailbox.url, from: 'Licet <id@example.com>' },
      sign_in: { email_codes: 'on' },
      throttle: { exempt: ['127.0.0.0/8'] },
    })
    return { name, server, domain: `${name.toLowerCase()}.test` }
  }),
)
after(async () => {
  await browser.close()
  await Promise.all(servers.map(({ server }) => server.close()))
  await mailbox.close()
})

/** Waits for the newest letter to an address that has something in it, and answers that. */
async function arrived(to: string, what: RegExp): Promise<string> {
  for (;;) {
    const texts = mailbox.letters.filter((letter) => letter.to.includes(to)).map(({ text }) => text)
    const found = texts.toReversed().map((text) => what.exec(text)?.[0])[0]
    if (found !== undefined) return found
    await pause(20)
  }
}

const heading = (page: Page, name: string) => page.getByRole('heading', { name, level: 1 }).waitFor()

for (const { name, server, domain } of servers) {
  describe(`by letter, over ${name}`, () => {
    const link = (path: string) => new RegExp(`${server.issuer}${path}/\\S+`)

    test('R3, AC-15: a forgotten password is replaced, and the new one signs in', () =>
      browser.inNewPage(async (page) => {
        const address = `reset@${domain}`
        await page.goto(`${server.issuer}/account`)
        await page.click('#forgot-password')
        await page.fill('#email', address)
        await page.click('#letter-submit')
        await page.goto(await arrived(address, link('/new-password')))
        await page.fill('#new-password', 'mimsy borogoves outgrabe')
        await page.click('#password-submit')
        await page.click('#go-on')
        await signIn(page, 'reset')
        await page.locator('.notice.error').waitFor()
        await signIn(page, address, 'mimsy borogoves outgrabe')
        await heading(page, 'Connected applications')
        await arrived(address, /The password of your account reset .* was changed/)
      }))

    test('AC-18: an address is changed by the letter to the new one, and put back by the letter to the old one', () =>
      browser.inNewPage(async (page) => {
        const [old, next] = [`moving@${domain}`, `moved@${domain}`]
        await page.goto(`${server.issuer}/account/security`)
        await signIn(page, 'moving')
        await page.click('#change-address')
        await lookedAt(page, 'own-address')
        await page.fill('#email', next)
        await page.click('#address-submit')
        await page.locator('.notice.done').waitFor()
        await page.goto(await arrived(next, link('/new-address')))
        await lookedAt(page, 'new-address')
        await page.click('#address-submit')
        await heading(page, 'Your address is confirmed')
        await page.goto(`${server.issuer}/account/address`)
        await page.getByText(next).first().waitFor()

        const undo = await arrived(old, link('/undo-address'))
        await browser.inNewPage(async (other) => {
          await other.goto(undo)
          await lookedAt(other, 'undo-address')
          await other.click('#address-submit')
          await other.click('#go-on')
          await heading(other, 'Forgotten password')
        })
        await page.reload()
        await heading(page, 'Sign in')
        await signIn(page, 'moving')
        await page.locator('.notice.error').waitFor()
      }))

    test('a code by mail signs in, in the browser that asked for it', () =>
      browser.inNewPage(async (page) => {
        const address = `coded@${domain}`
        await page.goto(`${server.issuer}/account/sign-ins`)
        await page.click('#by-email')
        await page.fill('#email', address)
        await page.click('#letter-submit')
        await page.locator('#email-code').waitFor()
        await lookedAt(page, 'email-code')
        await page.reload()
        await page.fill('#email-code', await arrived(address, /^[0-9]{8}(?=\r?$)/m))
        await page.click('#email-code-submit')
        await heading(page, 'Sign-in history')
        await page.getByText('One-time code').waitFor()
        await lookedAt(page, 'sign-ins')
      }))

    test('AC-30: an account that is deleted is kept by the way of its letter', () =>
      browser.inNewPage(async (page) => {
        const address = `leaving@${domain}`
        await page.goto(`${server.issuer}/account/delete`)
        await signIn(page, 'leaving')
        await page.click('#account-delete')
        await page.locator('#account-keep').waitFor()
        await lookedAt(page, 'own-deletion')
        await browser.inNewPage(async (other) => {
          await other.goto(await arrived(address, new RegExp(`${server.issuer}/account/delete`)))
          await signIn(other, 'leaving')
          await other.click('#account-keep')
          await other.locator('.notice.done').waitFor()
        })
      }))
  })
}
