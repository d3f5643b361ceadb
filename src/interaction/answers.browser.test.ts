/** Where an answer can go, in each engine: each kind of redirect URI, and https that leads on to a program (R8). */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { createServer, get } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, test } from 'node:test'
import { openBrowser } from '../../testing/browser.ts'
import { testCertificate } from '../../testing/certificate.ts'
import { engines, type Engine, type Person } from '../../testing/engines.ts'
import { openListening, openReceivingClient } from '../../testing/listening.ts'
import { BrowserStalled } from '../../testing/sightings.ts'
import { proof } from '../../testing/steps.ts'

const local = await openReceivingClient()
const secure = createServer({ cert: testCertificate.certificate, key: testCertificate.key }, (request, response) => {
  const { pathname, search } = new URL(request.url ?? '/', 'https://localhost')
  if (pathname === '/onward') return response.writeHead(302, { location: `com.example.app:/landed${search}` }).end()
  return response.setHeader('content-type', 'text/html').end('<!doctype html><title>Client</title><h1>Arrived</h1>')
})
await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve))
const web = `https://localhost:${(secure.address() as AddressInfo).port}`
const directory = mkdtempSync(join(tmpdir(), 'licet-answers-'))
const tls = { certificate: join(directory, 'server.crt'), key: join(directory, 'server.key') }
writeFileSync(tls.certificate, testCertificate.certificate)
writeFileSync(tls.key, testCertificate.key)
const browser = await openBrowser()
const running: readonly (readonly [string, Engine | undefined])[] = await Promise.all(
  Object.entries(engines).map(async ([name, open]) => [name, await open()] as const),
)

/** By client: where the answer is sent, and where it arrives in the end. */
const ways = {
  'an https address': [`${web}/cb`, `${web}/cb`],
  'a loopback address': [`${local.origin}/cb`, `${local.origin}/cb`],
  'a private-use scheme': ['com.example.app:/cb', 'com.example.app:/cb'],
  'an https address that leads on to a private-use scheme': [`${web}/onward`, 'com.example.app:/landed'],
} as const

// WebKit takes no Secure cookie from plain http, not even on this machine: the issuer is an https address, as it is in use.
const server = await openListening({
  tls,
  accounts: [{ username: 'alice', password: 'wonderland' }],
  clients: Object.entries(ways).map(([client_id, [redirect_uri]]) => ({
    client_id,
    client_name: 'Great App',
    application_type: redirect_uri.startsWith('https:') ? 'web' : 'native',
    token_endpoint_auth_method: 'none',
    redirect_uris: [redirect_uri],
    scope: 'openid',
  })),
  throttle: { exempt: ['127.0.0.0/8'] },
})
after(async () => {
  await Promise.all(running.map(async ([, engine]) => engine?.close()))
  await browser.close()
  await server.close()
  await local.close()
  secure.close()
  rmSync(directory, { recursive: true })
})

/** The request of a client, with a state of its own. */
function requestOf(client_id: keyof typeof ways, state: string): string {
  const parameters = {
    client_id,
    redirect_uri: ways[client_id][0],
    response_type: 'code',
    scope: 'openid',
    state,
    code_challenge: proof.code_challenge,
    code_challenge_method: 'S256',
    prompt: 'consent',
  }
  return `${server.issuer}/authorize?${new URLSearchParams(parameters).toString()}`
}

async function answers(person: Person, client_id: keyof typeof ways, press: string): Promise<URL> {
  const state = `${press} ${client_id}`
  await person.goto(requestOf(client_id, state))
  await person.fill('#username', 'alice')
  await person.fill('#password', 'wonderland')
  await person.press('#login-submit')
  await person.press(press)
  const end = await person.reaches(ways[client_id][1])
  assert.equal(end.searchParams.get('state'), state)
  assert.equal(end.searchParams.get('iss'), server.issuer)
  return end
}

async function withPerson(engine: Engine, act: (person: Person) => Promise<URL>): Promise<URL> {
  const person = await engine.newPerson()
  try {
    return await act(person)
  } finally {
    await person.close()
  }
}

/** WebKit stands still now and then, on a machine that others use: another try is granted where the server owes it no answer. */
async function unlessStalled(attempt: () => Promise<URL>): Promise<URL> {
  try {
    return await attempt()
  } catch (error) {
    if (!(error instanceof BrowserStalled)) throw error
    const metrics = await new Promise<IncomingMessage>((resolve, reject) => {
      get(`${server.issuer}/metrics`, { rejectUnauthorized: false }, resolve).on('error', reject)
    })
    assert.match(await text(metrics), /^licet_requests_in_flight 0$/m, error)
    return attempt()
  }
}

for (const [name, engine] of running) {
  const skip = engine === undefined && `there is no ${name} on this machine`
  for (const client_id of Object.keys(ways) as readonly (keyof typeof ways)[]) {
    for (const [press, parameter] of [
      ['#consent-allow', 'code'],
      ['#consent-deny', 'error'],
    ] as const) {
      test(`R8: ${press} reaches ${client_id} in ${name}`, { skip }, async () => {
        assert.ok(engine)
        const end = await unlessStalled(() => withPerson(engine, (person) => answers(person, client_id, press)))
        assert.ok(end.searchParams.has(parameter))
      })
    }
  }
}

test('R8: a policy that named where forms may go would keep the answer from its client, and this would be seen', async () => {
  const page = await browser.newPage({ ignoreHTTPSErrors: true })
  const { promise, resolve } = Promise.withResolvers<string>()
  page.on('console', (message) => {
    if (message.text().includes('form-action')) resolve(message.text())
  })
  await page.route('**/interaction/*', async (route) => {
    if (route.request().method() !== 'GET') return route.continue()
    const response = await route.fetch()
    const headers = { ...response.headers(), 'content-security-policy': "form-action 'self'" }
    return route.fulfill({ response, headers })
  })
  await page.goto(requestOf('a private-use scheme', 'kept'))
  await page.fill('#username', 'alice')
  await page.fill('#password', 'wonderland')
  await page.click('#login-submit')
  await page.locator('#consent-allow').waitFor()
  // The page came by a redirect, which no route is asked about: visit it, once the browser is through with the first.
  await page.goto(page.url())
  await page.click('#consent-allow')
  assert.match(await promise, /^Sending form data/)
})
