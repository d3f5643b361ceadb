/** A page of a client that asks in a real browser, from another origin, whether the person is still signed in. */
import assert from 'node:assert/strict'
import { after } from 'node:test'
import type { Page } from 'playwright-core'
import { openBrowser } from '../../../testing/browser.ts'
import { openListening, openReceivingClient } from '../../../testing/listening.ts'
import { must } from '../../../testing/must.ts'
import { proof } from '../../../testing/steps.ts'

const client = await openReceivingClient()
const stranger = await openReceivingClient()
/** The client's pages, on another origin than ours. */
const own = client.origin
const browser = await openBrowser()
const server = await openListening({
  session_management: 'on',
  accounts: [{ username: 'alice', password: 'wonderland' }],
  clients: [
    {
      client_id: 'great app',
      client_name: 'Great App',
      application_type: 'native',
      token_endpoint_auth_method: 'none',
      redirect_uris: [`${own}/cb`],
      post_logout_redirect_uris: [`${own}/bye`],
      scope: 'openid',
    },
  ],
  throttle: { exempt: ['127.0.0.0/8'] },
})
after(async () => {
  await server.close()
  await client.close()
  await stranger.close()
})

/** What a page of a client does: it frames an address of ours, and asks there one question after the other. */
const clientScript = `
async function framed(address) {
  const frame = document.createElement('iframe')
  frame.src = address
  const loaded = new Promise((resolve) => frame.addEventListener('load', resolve))
  document.body.append(frame)
  await loaded
  return frame.contentWindow
}
async function ask(address, questions) {
  const frame = await framed(address)
  const answers = []
  for (const question of questions) {
    const answer = new Promise((resolve) => (onmessage = ({ data, source }) => source === frame && resolve(data)))
    frame.postMessage(question, new URL(address).origin)
    answers.push(await answer)
  }
  return answers
}`

/** Signs in for the client, and tells what its answer says of the session. */
async function signIn(page: Page): Promise<string> {
  const parameters = {
    client_id: 'great app',
    redirect_uri: `${own}/cb`,
    response_type: 'code',
    scope: 'openid',
    code_challenge: proof.code_challenge,
    code_challenge_method: 'S256',
    prompt: 'consent',
  }
  await page.goto(`${server.issuer}/authorize?${new URLSearchParams(parameters).toString()}`)
  await page.fill('#username', 'alice')
  await page.fill('#password', 'wonderland')
  await page.click('#login-submit')
  await page.click('#consent-allow')
  await page.waitForURL(`${own}/cb?*`)
  return new URL(page.url()).searchParams.get('session_state') ?? ''
}

/** Signs out as the client asks, and ends at its page again. */
async function signOut(page: Page): Promise<void> {
  const query = new URLSearchParams({ client_id: 'great app', post_logout_redirect_uri: `${own}/bye` })
  await page.goto(`${server.issuer}/logout?${query.toString()}`)
  await page.click('#logout-confirm')
  await page.waitForURL(`${own}/bye`)
}

/** Asks from the page where the browser is, and tells the answers. */
async function ask(page: Page, ...questions: readonly unknown[]): Promise<unknown> {
  await page.addScriptTag({ content: clientScript })
  return page.evaluate(`ask(${JSON.stringify(`${server.issuer}/check_session`)}, ${JSON.stringify(questions)})`)
}

must(
  'OpenID Connect Session Management §3.1',
  'oidcc-session-management-rp-initiated-logout: a page of the client is told unchanged while the person is signed in, and changed after the sign-out',
  async () => {
    const page = await browser.newPage()
    const question = `great app ${await signIn(page)}`
    assert.deepEqual(await ask(page, question, question), ['unchanged', 'unchanged'])
    await signOut(page)
    assert.deepEqual(await ask(page, question), ['changed'])
    const again = await signIn(page)
    assert.deepEqual(await ask(page, question, `great app ${again}`), ['changed', 'unchanged'])
  },
)

must('OpenID Connect Session Management §3.1', 'what is not a question is an error', async () => {
  const page = await browser.newPage()
  const session_state = await signIn(page)
  const garbage = [
    '',
    'great app',
    session_state,
    ` ${session_state}`,
    'great app x',
    'great app .',
    7,
    null,
    ['a'],
    {},
  ]
  assert.deepEqual(
    await ask(page, ...garbage),
    garbage.map(() => 'error'),
  )
})

must(
  'OpenID Connect Session Management §3.2',
  'another client, another value and another origin are told changed, signed in or not',
  async () => {
    const page = await browser.newPage()
    const session_state = await signIn(page)
    const [hash = '', salt = ''] = session_state.split('.')
    const others = [`other ${session_state}`, `great app ${hash}.x`, `great app ${hash.replace(/^./, 'x')}.${salt}`]
    assert.deepEqual(await ask(page, ...others), ['changed', 'changed', 'changed'])
    await page.goto(stranger.origin)
    assert.deepEqual(await ask(page, `great app ${session_state}`), ['changed'])
    const nobody = await browser.newPage()
    await nobody.goto(own)
    assert.deepEqual(await ask(nobody, `great app ${session_state}`), ['changed'])
  },
)

must('OAuth 2.1 §7.15', 'BR-01: no other page of ours is drawn in a frame', async () => {
  const page = await browser.newPage()
  await page.goto(stranger.origin)
  await page.addScriptTag({ content: clientScript })
  await page.evaluate(`framed(${JSON.stringify(`${server.issuer}/account`)}).then(() => undefined)`)
  assert.equal(page.frames().length, 2)
  assert.equal(
    page.frames().some((frame) => frame.url().startsWith(server.issuer)),
    false,
  )
})
