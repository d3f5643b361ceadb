/** Clients whose ids are addresses, or hold what means something in one: through every form of a person, over HTTP. */
import assert from 'node:assert/strict'
import { after } from 'node:test'
import { must } from '../testing/must.ts'
import { startServer } from '../testing/server.ts'
import { proof } from '../testing/steps.ts'
import { wordsOf, type Visitor } from '../testing/visitor.ts'

const ids = ['https://client.example/a%2Fb?c=d&e', '/../account', '100%', '%00"\'<b>', 'a+b c', '*']
const client_secret = 'a-secret-of-the-tests-that-is-long-enough-0123456789'
const redirect_uri = 'https://rp1.test/cb'
const scope = 'openid postcards.read postcards.send'

const server = await startServer({
  configuration: {
    accounts: [{ username: 'alice', password: 'wonderland' }],
    resources: [
      {
        resource: 'https://api.test/',
        name: 'Postcards API',
        scopes: { 'postcards.read': { title: 'Read' }, 'postcards.send': { title: 'Send', optional: true } },
      },
    ],
    clients: ids.map((client_id) => ({
      client_id,
      client_secret,
      client_name: 'Great App',
      token_endpoint_auth_method: 'client_secret_post',
      redirect_uris: [redirect_uri],
      grant_types: ['authorization_code', 'refresh_token'],
      scope,
    })),
  },
})
after(() => server.stop())

async function token(
  client_id: string,
  form: Readonly<Record<string, string>>,
): Promise<Readonly<Record<string, unknown>>> {
  const body = new URLSearchParams({ client_id, client_secret, ...form }).toString()
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const answer = await server.send({ path: '/token', headers, body })
  return { ...(JSON.parse(answer.body) as Record<string, unknown>), status: answer.status }
}

/** Alice allows a client; its refresh token. */
async function allowed(visitor: Visitor, client_id: string): Promise<string> {
  const parameters = { client_id, redirect_uri, scope, response_type: 'code', code_challenge_method: 'S256' }
  const { code_challenge, code_verifier } = proof
  const query = new URLSearchParams({ ...parameters, code_challenge }).toString()
  let page = await visitor.go(`/authorize?${query}`)
  const fields = { username: 'alice', password: 'wonderland' }
  if (page.body.includes('id="login-submit"')) page = await visitor.submit(page, { press: 'login-submit', fields })
  const { leaves } = await visitor.submit(page, { press: 'consent-allow' })
  const code = leaves?.searchParams.get('code') ?? ''
  const tokens = await token(client_id, { grant_type: 'authorization_code', code, code_verifier })
  assert.equal(tokens['status'], 200, client_id)
  return String(tokens['refresh_token'])
}

must('R7', 'a person sees, narrows, pauses and removes them, and the history and the download name them', async () => {
  const visitor = server.visitor()
  const refresh_tokens = new Map<string, string>()
  for (const client_id of ids) refresh_tokens.set(client_id, await allowed(visitor, client_id))
  for (const [client_id, refresh_token] of refresh_tokens) {
    const { body } = await visitor.go('/account/download')
    const { grants } = JSON.parse(body) as { grants: { client_id: string; grant_id: string; ended_at?: string }[] }
    const grant_id = grants.find((grant) => grant.client_id === client_id && grant.ended_at === undefined)?.grant_id
    const untick = ['permission=postcards.send https://api.test/']
    await visitor.submit(await visitor.go('/account'), { press: `change=${grant_id}`, untick })
    const narrower = await token(client_id, { grant_type: 'refresh_token', refresh_token })
    assert.deepEqual([narrower['status'], narrower['scope']], [200, 'openid postcards.read'], client_id)
    const next = { grant_type: 'refresh_token', refresh_token: String(narrower['refresh_token']) }
    await visitor.submit(await visitor.go('/account'), { press: `pause=${grant_id}` })
    assert.equal((await token(client_id, next))['status'], 400, client_id)
    await visitor.submit(await visitor.go('/account'), { press: `resume=${grant_id}` })
    const removed = await visitor.submit(await visitor.go('/account'), { press: `remove=${client_id}` })
    assert.match(wordsOf(removed), /Access ended for Great App/)
    assert.equal((await token(client_id, next))['status'], 400, client_id)
  }
  const page = await visitor.go('/account')
  assert.doesNotMatch(page.body, /data-client-id/)
  assert.equal(wordsOf(page).split('You removed it').length - 1, ids.length)
})
