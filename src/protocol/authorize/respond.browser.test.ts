/** How answers arrive in a real browser: in the part of the address that no server sees, and by a form. */
import assert from 'node:assert/strict'
import { after } from 'node:test'
import type { Page } from 'playwright-core'
import { openBrowser } from '../../../testing/browser.ts'
import { openListening, openReceivingClient } from '../../../testing/listening.ts'
import { must } from '../../../testing/must.ts'

const client = await openReceivingClient()
const browser = await openBrowser()
const server = await openListening({
  accounts: [{ username: 'alice', password: 'wonderland' }],
  clients: [
    {
      client_id: 'oldapp',
      client_name: 'Old App',
      application_type: 'native',
      token_endpoint_auth_method: 'none',
      redirect_uris: [`${client.origin}/cb`],
      grant_types: ['implicit'],
      response_types: ['id_token token'],
      scope: 'openid',
      authorization_signed_response_alg: 'ES256',
    },
  ],
  legacy: [{ client_id: 'oldapp', response_types: ['id_token token'], until: '2099-12-31' }],
  throttle: { exempt: ['127.0.0.0/8'] },
})
after(async () => {
  await server.close()
  await client.close()
})

/** Goes through sign-in and consent in a browser of its own, and hands over the page where it ends. */
async function arrived(
  { javaScriptEnabled, press, ...otherwise }: { javaScriptEnabled: boolean; press: string; response_mode?: string },
  look: (page: Page) => Promise<void>,
): Promise<void> {
  const context = await browser.newContext({ javaScriptEnabled })
  const page = await context.newPage()
  const parameters = {
    client_id: 'oldapp',
    redirect_uri: `${client.origin}/cb`,
    response_type: 'id_token token',
    scope: 'openid',
    state: 'the state',
    nonce: 'n',
    ...otherwise,
  }
  await page.goto(`${server.issuer}/authorize?${new URLSearchParams(parameters).toString()}`)
  await page.fill('#username', 'alice')
  await page.fill('#password', 'wonderland')
  await page.click('#login-submit')
  await page.click(press)
  try {
    await look(page)
  } finally {
    await context.close()
  }
}

const lastArrival = () => client.arrivals.at(-1)

for (const [press, member] of [
  ['#consent-allow', 'access_token'],
  ['#consent-deny', 'error'],
] as const) {
  must('OAuth 2.0 Multiple Response Types §3', `the fragment arrives with ${member}, and no server has seen it`, () =>
    arrived({ javaScriptEnabled: true, press }, async (page) => {
      await page.waitForURL(`${client.origin}/cb#*`)
      const told = new URLSearchParams(new URL(page.url()).hash.slice(1))
      assert.ok(told.has(member))
      assert.equal(told.get('state'), 'the state')
      assert.deepEqual([lastArrival()?.method, [...(lastArrival()?.parameters ?? [])]], ['GET', []])
    }),
  )

  must('OAuth 2.0 Form Post Response Mode §2', `a form arrives by itself with ${member}`, () =>
    arrived({ javaScriptEnabled: true, press, response_mode: 'form_post' }, async (page) => {
      await page.waitForURL(`${client.origin}/cb`)
      assert.equal(lastArrival()?.method, 'POST')
      assert.ok(lastArrival()?.parameters.has(member))
    }),
  )

  must('OAuth 2.0 Form Post Response Mode §2', `without JavaScript a form arrives by its button with ${member}`, () =>
    arrived({ javaScriptEnabled: false, press, response_mode: 'form_post' }, async (page) => {
      await page.click('form[action] button')
      await page.waitForURL(`${client.origin}/cb`)
      assert.equal(lastArrival()?.method, 'POST')
      assert.ok(lastArrival()?.parameters.has(member))
    }),
  )
}

must('JARM §2.3', 'an envelope arrives by form', () =>
  arrived({ javaScriptEnabled: true, press: '#consent-allow', response_mode: 'form_post.jwt' }, async (page) => {
    await page.waitForURL(`${client.origin}/cb`)
    assert.deepEqual([...(lastArrival()?.parameters.keys() ?? [])], ['response'])
  }),
)
