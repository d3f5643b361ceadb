/** What a sign-in lacks is set up on the way, in a browser, on both databases, by a client whose API asks for it. */
import assert from 'node:assert/strict'
import { after, describe } from 'node:test'
import { TOTP } from 'otpauth'
import type { Page } from 'playwright-core'
import { protectedResource, Refused, type AccessToken } from '../../../packages/resource-server/index.ts'
import { openBrowser } from '../../../testing/browser.ts'
import { freshDatabases } from '../../../testing/databases.ts'
import { openListening, openReceivingClient } from '../../../testing/listening.ts'
import { must } from '../../../testing/must.ts'
import { lookedAt, openAuthenticator, signIn } from '../../../testing/person.ts'
import { proof } from '../../../testing/steps.ts'

const client = await openReceivingClient()
const browser = await openBrowser()
const client_secret = 'a-secret-of-the-tests-that-is-long-enough-0123456789'
const authorization = `Basic ${Buffer.from(`greatapp:${client_secret}`).toString('base64')}`
const resource = 'https://api.test/'
const withoutScripts = { javaScriptEnabled: false }
const mfa = 'urn:licet:acr:mfa'
const servers = await Promise.all(
  Object.entries(freshDatabases).map(async ([name, fresh]) => ({
    name,
    server: await openListening({
      database: await fresh(),
      accounts: ['app', 'key', 'plain'].map((username) => ({ username, password: 'wonderland' })),
      resources: [
        {
          resource,
          name: 'Bank',
          introspection_clients: ['greatapp'],
          scopes: {
            look: { title: 'See your balance' },
            pay: { title: 'Pay in your name', required_acr: mfa },
            close: { title: 'Close your account', required_acr: 'phr' },
          },
        },
      ],
      clients: [
        {
          client_id: 'greatapp',
          client_name: 'Great App',
          client_secret,
          redirect_uris: [`${client.origin}/cb`],
          scope: 'openid look pay close',
        },
      ],
      throttle: { exempt: ['127.0.0.0/8'] },
    }),
  })),
)
after(async () => {
  await browser.close()
  await Promise.all(servers.map(({ server }) => server.close()))
  await client.close()
})

for (const { name, server } of servers) {
  const { issuer, composition } = server
  const api = protectedResource({ issuer, resource })

  const begin = (page: Page, scope: string, more: Readonly<Record<string, string>> = {}) =>
    page.goto(
      `${issuer}/authorize?${new URLSearchParams({
        client_id: 'greatapp',
        redirect_uri: `${client.origin}/cb`,
        response_type: 'code',
        scope,
        state: scope,
        code_challenge: proof.code_challenge,
        code_challenge_method: 'S256',
        ...more,
      }).toString()}`,
    )

  /** What the client's page got, redeemed; the claims of the id_token, and the access token. */
  async function redeemed(page: Page, scope: string) {
    await page.getByRole('heading', { name: 'Back at the client' }).waitFor()
    const answer = client.arrivals.at(-1)?.parameters
    assert.equal(answer?.get('state'), scope)
    const post = async (path: string, form: Readonly<Record<string, string>>) => {
      const body = new URLSearchParams(form)
      const response = await fetch(issuer + path, { method: 'POST', headers: { authorization }, body })
      return (await response.json()) as Readonly<Record<string, unknown>>
    }
    const grant = { grant_type: 'authorization_code', code: answer?.get('code') ?? '' }
    const { id_token, access_token } = await post('/token', { ...grant, code_verifier: proof.code_verifier })
    const { acr, amr } = await post('/introspect', { token: String(access_token) })
    const claims = JSON.parse(Buffer.from(String(id_token).split('.')[1] ?? '', 'base64url').toString()) as {
      readonly acr: unknown
      readonly amr: unknown
    }
    assert.equal(acr, claims.acr)
    const request = new Request(resource, { headers: { authorization: `Bearer ${String(access_token)}` } })
    return { claims, introspected: { acr, amr }, token: await api.admit(request) }
  }

  function refusedBy(token: AccessToken, demand: Parameters<typeof api.demand>[1]): string {
    try {
      api.demand(token, demand)
    } catch (error) {
      if (error instanceof Refused) return error.response().headers.get('www-authenticate') ?? ''
      throw error
    }
    return ''
  }

  describe(`what a sign-in lacks, over ${name}`, () => {
    must('RFC 9470 §4', 'BR-23: a step-up by scope sets an app up on the way, and the resource is content', () =>
      browser.inNewPage(async (page) => {
        await begin(page, 'openid look')
        await signIn(page, 'app')
        await page.click('#consent-allow')
        const before = await redeemed(page, 'openid look')
        assert.equal(before.claims.acr, 'urn:licet:acr:pwd')
        const challenge = refusedBy(before.token, { acr_values: [mfa] })
        assert.match(challenge, /error="insufficient_user_authentication"/)
        const acr_values = /acr_values="([^"]+)"/.exec(challenge)?.[1] ?? ''

        await begin(page, 'openid pay', { acr_values, max_age: '60' })
        await signIn(page, 'app')
        await page.locator('#totp-secret').waitFor()
        await lookedAt(page, 'enrolment')
        const secret = (await page.locator('#totp-secret').textContent()) ?? ''
        const code = () => new TOTP({ secret }).generate({ timestamp: composition.parts.clock() * 1000 })
        await page.fill('#one-time-code', '000000')
        await page.click('#totp-confirm')
        await page.locator('.notice.error').waitFor()
        await page.fill('#one-time-code', code())
        await page.click('#totp-confirm')
        await page.locator('ol.codes').waitFor()
        await lookedAt(page, 'enrolled')
        await page.click('#go-on')
        await page.click('#consent-allow')
        const after = await redeemed(page, 'openid pay')
        assert.deepEqual([after.claims.acr, after.claims.amr], [mfa, ['pwd', 'otp', 'mfa']])
        assert.equal(refusedBy(after.token, { acr_values: [mfa], max_age: 60 }), '')
        assert.equal(after.introspected.acr, mfa)
      }),
    )

    must('R3', 'BR-23: a passkey is set up on the way, and used once before it counts', () =>
      browser.inNewPage(async (page) => {
        await openAuthenticator(page)
        await begin(page, 'openid close')
        await signIn(page, 'key')
        await page.locator('#passkey-add').waitFor()
        assert.equal(await page.locator('#totp').count(), 0)
        await lookedAt(page, 'enrolment-passkey')
        await page.click('#passkey-add')
        await page.click('#passkey-login')
        await page.click('#consent-allow')
        const { claims } = await redeemed(page, 'openid close')
        assert.deepEqual([claims.acr, claims.amr], ['phr', ['pwd', 'pop', 'user', 'mfa']])
      }),
    )

    must('R3', 'works without scripts, and who would rather not goes back to the client', () =>
      browser.inNewPage(async (page) => {
        await begin(page, 'openid pay')
        await signIn(page, 'plain')
        await page.locator('#totp-secret').waitFor()
        await page.click('#enrolment-decline')
        await page.getByRole('heading', { name: 'Back at the client' }).waitFor()
        const answer = client.arrivals.at(-1)?.parameters
        assert.equal(answer?.get('error'), 'unmet_authentication_requirements')
        assert.equal(answer.get('state'), 'openid pay')
      }, withoutScripts),
    )
  })
}
