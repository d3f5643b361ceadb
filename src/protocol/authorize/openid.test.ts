import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { must } from '../../../testing/must.ts'
import { basic, formRequest, issuer } from '../../../testing/protocol.ts'
import { authorizationUrl, openSteps, proof, type Steps } from '../../../testing/steps.ts'
import type { Visited, Visitor } from '../../../testing/visitor.ts'
import { Parameters } from '../../kernel/parameters.ts'
import type { Client } from '../../domain/client.ts'
import { push } from '../par/push.ts'
import { tokenEndpoint } from '../token/endpoint.ts'
import { userinfoEndpoint } from '../userinfo/endpoint.ts'

type Said = Readonly<Record<string, unknown>>
type Wanted = Readonly<Record<string, string | undefined>>

let steps: Steps
before(async () => {
  steps = await openSteps()
})
after(() => steps.close())

let clients = 0
/** A client that nobody met yet, with a browser in which nobody is signed in. */
async function fresh(otherwise: Partial<Client> = {}, metadata: Partial<Client['metadata']> = {}) {
  const client_id = `client-${(clients += 1)}`
  await steps.client({ client_id, ...otherwise }, metadata)
  const visitor = steps.visitor()
  return {
    client_id,
    visitor,
    go: (wanted: Wanted = {}) => visitor.go(authorizationUrl({ client_id, scope: 'openid', ...wanted })),
  }
}

/** Signs in and allows, as far as pages ask for it. */
async function through(visitor: Visitor, page: Visited): Promise<Visited> {
  const signedIn = page.body.includes('id="login-submit"') ? await steps.signIn(visitor, page) : page
  return signedIn.body.includes('id="consent-allow"') ? visitor.submit(signedIn, { press: 'consent-allow' }) : signedIn
}

async function tokens(client_id: string, { leaves }: Visited) {
  const code = leaves?.searchParams.get('code') ?? assert.fail(leaves?.href)
  const form = { grant_type: 'authorization_code', code, code_verifier: proof.code_verifier }
  const answer = await tokenEndpoint(steps.parts)(formRequest(form, basic(client_id)))
  assert.equal(answer.status, 200, answer.body)
  const { id_token, access_token } = JSON.parse(answer.body) as { id_token: string; access_token: string }
  return { id_token, access_token, said: steps.parts.signer.verify('JWT', id_token) ?? {} }
}

async function userinfo(access_token: string): Promise<Said> {
  const headers = { authorization: `Bearer ${access_token}` }
  const answer = await userinfoEndpoint(steps.parts)({ ...formRequest('', headers), method: 'GET' })
  return JSON.parse(answer.body) as Said
}

const reason = () => steps.log.findLast(({ event }) => event === 'authorization_refused')?.detail['reason']

function isRefused({ leaves }: Visited, error: string, why: string): void {
  const { state, iss, error: told } = Object.fromEntries(leaves?.searchParams ?? [])
  assert.deepEqual([told, state, iss, reason()], [error, 'the state', issuer, why])
}

describe('id_token_hint', () => {
  must(
    'OpenID Connect Core §3.1.2.1',
    'the one of whoever is signed in is answered at once, expired or not',
    async () => {
      const { client_id, visitor, go } = await fresh()
      const { id_token } = await tokens(client_id, await through(visitor, await go()))
      steps.wait(1000)
      const again = await go({ id_token_hint: id_token, prompt: 'none' })
      assert.equal((await tokens(client_id, again)).said['sub'], steps.alice.sub)
    },
  )

  must(
    'OpenID Connect Core §3.1.2.2',
    'BR-22: somebody else’s is login_required, or asks; and ends there',
    async () => {
      const { client_id, visitor, go } = await fresh()
      const { id_token } = await tokens(client_id, await through(visitor, await go()))
      const bobs = steps.visitor()
      const url = (more: Wanted) => authorizationUrl({ client_id, scope: 'openid', id_token_hint: id_token, ...more })
      await steps.signIn(bobs, await bobs.go(authorizationUrl({ client_id })), steps.bob)
      isRefused(await bobs.go(url({ prompt: 'none' })), 'login_required', 'login_required')
      const page = await bobs.go(url({}))
      assert.match(page.body, /id="login-submit"/)
      assert.match(page.body, /Sign in with the account you want to use/)
      assert.doesNotMatch(page.body, /value="(?:alice|bob)"/)
      isRefused(await steps.signIn(bobs, page, steps.bob), 'login_required', 'subject_mismatch')
    },
  )

  must(
    'OpenID Connect Core §3.1.2.2',
    'TK-14: what is not an id_token of ours is refused, an access token too',
    async () => {
      const { client_id, visitor, go } = await fresh()
      const { id_token, access_token } = await tokens(client_id, await through(visitor, await go()))
      const [header, claims, signature = ''] = id_token.split('.')
      const forged = `${header}.${claims}.${signature.slice(2)}AA`
      for (const id_token_hint of [access_token, forged, 'nonsense', `${header}.${claims}.`]) {
        isRefused(await go({ id_token_hint }), 'invalid_request', 'id_token_hint_invalid')
      }
      const other = await fresh()
      isRefused(await other.go({ id_token_hint: id_token }), 'invalid_request', 'id_token_hint_of_another_client')
    },
  )

  test('UI-06: names a pairwise client’s own subject', async () => {
    const { client_id, visitor, go } = await fresh({}, { subject_type: 'pairwise' })
    const { id_token, said } = await tokens(client_id, await through(visitor, await go()))
    assert.notEqual(said['sub'], steps.alice.sub)
    assert.ok((await go({ id_token_hint: id_token, prompt: 'none' })).leaves?.searchParams.has('code'))
  })
})

describe('acr', () => {
  const acr = 'urn:licet:acr:pwd'
  const claims = (values: readonly string[]) => JSON.stringify({ id_token: { acr: { essential: true, values } } })

  must('OpenID Connect Core §3.1.2.1', 'BR-23: acr_values is a wish, and the answer tells the truth', async () => {
    const { client_id, visitor, go } = await fresh({}, { default_acr_values: ['urn:example:gold'] })
    const first = await tokens(client_id, await through(visitor, await go()))
    assert.deepEqual([first.said['acr'], first.said['amr']], [acr, ['pwd']])
    const second = await tokens(client_id, await go({ acr_values: `urn:example:gold ${acr}` }))
    assert.equal(second.said['acr'], acr)
  })

  must('OpenID Connect Core §5.5.1.1', 'BR-23: an essential acr that nobody can reach here is refused', async () => {
    const { client_id, visitor, go } = await fresh()
    isRefused(
      await go({ claims: claims(['urn:example:gold']) }),
      'unmet_authentication_requirements',
      'acr_unreachable',
    )
    const reached = await through(visitor, await go({ claims: claims(['urn:example:gold', acr]) }))
    assert.equal((await tokens(client_id, reached)).said['acr'], acr)
  })
})

describe('what a client registered', () => {
  must('OpenID Connect Registration §2', 'BR-21: default_max_age counts where the request says nothing', async () => {
    const { client_id, visitor, go } = await fresh({}, { default_max_age: 60, require_auth_time: true })
    const { said } = await tokens(client_id, await through(visitor, await go()))
    assert.equal(said['auth_time'], steps.parts.clock())
    steps.wait(61)
    isRefused(await go({ prompt: 'none' }), 'login_required', 'login_required')
    assert.ok((await go({ prompt: 'none', max_age: '100' })).leaves?.searchParams.has('code'))
  })

  must(
    'FAPI 2.0 Security Profile §5.3.2.1',
    'CD-07: a code of the profile fapi2 lives for sixty seconds at most',
    async () => {
      const { client_id, visitor, go } = await fresh({ profile: 'fapi2' })
      const settings = steps.parts.settings.lifetimes as { authorization_code: number }
      const usual = settings.authorization_code
      settings.authorization_code = 300
      const asked = new URL(authorizationUrl({ client_id, scope: 'openid' }), issuer).searchParams
      const { request_uri } = await push({ client_id }, Parameters.from(Object.fromEntries(asked)), steps.parts)
      const page = await through(visitor, await go({ request_uri }))
      settings.authorization_code = usual
      const read = steps.parts.secrets.read('authorization_code', page.leaves?.searchParams.get('code') ?? '')
      const standing = await steps.stores.authorizations.findStanding(read?.id ?? assert.fail('no code'))
      assert.equal(standing?.authorization.code_expires_at, steps.parts.clock() + 60)
    },
  )
})

describe('prompt', () => {
  must(
    'Initiating User Registration 1.0 §4.1.1',
    'JK-06: create is refused while nobody can make an account here',
    async () => {
      const { go } = await fresh()
      isRefused(await go({ prompt: 'create' }), 'invalid_request', 'prompt_unknown')
    },
  )
})

describe('claims', () => {
  const claims = JSON.stringify({
    userinfo: { name: { essential: true }, email: null },
    id_token: { email: null, sub: { value: 'set below' }, shoe_size: null },
  })
  const forAlice = () => claims.replace('set below', steps.alice.sub)

  must(
    'OpenID Connect Core §5.5',
    'UI-04: are shown as they are on file, and told where they were asked for',
    async () => {
      const { client_id, visitor, go } = await fresh()
      const page = await steps.signIn(visitor, await go({ claims: forAlice() }))
      assert.match(page.body, /Alice Liddell/)
      assert.match(page.body, /alice@example\.com/)
      const { access_token, said } = await tokens(client_id, await visitor.submit(page, { press: 'consent-allow' }))
      assert.deepEqual(await userinfo(access_token), {
        sub: steps.alice.sub,
        name: 'Alice Liddell',
        email: 'alice@example.com',
      })
      assert.equal(said['email'], 'alice@example.com')
      assert.ok(!('name' in said))
      // What was allowed is remembered, and is no leave for more.
      assert.ok((await go({ claims: forAlice(), prompt: 'none' })).leaves?.searchParams.has('code'))
      const more = JSON.stringify({ userinfo: { email_verified: { essential: true } } })
      isRefused(await go({ claims: more, prompt: 'none' }), 'consent_required', 'consent_required')
    },
  )

  must(
    'OpenID Connect Core §5.5.1',
    'a claim that the client can do without is the person’s to leave out',
    async () => {
      const { client_id, visitor, go } = await fresh()
      const page = await steps.signIn(visitor, await go({ claims: forAlice() }))
      assert.match(page.body, /name="scope" value="claim email"/)
      assert.doesNotMatch(page.body, /value="claim name"/)
      const answer = await visitor.submit(page, { press: 'consent-allow', untick: ['scope=claim email'] })
      const { access_token, said } = await tokens(client_id, answer)
      assert.deepEqual(await userinfo(access_token), { sub: steps.alice.sub, name: 'Alice Liddell' })
      assert.ok(!('email' in said))
    },
  )

  must(
    'OpenID Connect Core §5.5',
    'UI-04: a scope value that opens a claim opens it in the id_token, too',
    async () => {
      const { client_id, visitor, go } = await fresh()
      const wanted = { scope: 'openid email', claims: JSON.stringify({ id_token: { email: null } }) }
      const page = await steps.signIn(visitor, await go(wanted))
      assert.doesNotMatch(page.body, /claim email/)
      const { said } = await tokens(client_id, await visitor.submit(page, { press: 'consent-allow' }))
      assert.equal(said['email'], 'alice@example.com')
    },
  )

  must('OpenID Connect Core §3.1.2.2', 'BR-22: a sub that is not the one signed in has no answer', async () => {
    const { visitor, go } = await fresh()
    await through(visitor, await go())
    const wanted = JSON.stringify({ id_token: { sub: { value: steps.bob.sub } } })
    isRefused(await go({ claims: wanted, prompt: 'none' }), 'login_required', 'login_required')
  })

  must('OpenID Connect Core §5.5', 'AZ-41: what cannot be read goes back to the client', async () => {
    const { go } = await fresh()
    isRefused(await go({ claims: '{"userinfo":{"__proto__":null}}' }), 'invalid_request', 'claims_malformed')
  })

  must(
    'OpenID Connect Core §5.5.1',
    'BR-19: without a page, one that the client can do without is left out',
    async () => {
      const { client_id, visitor, go } = await fresh()
      await through(visitor, await go())
      const wanted = { claims: JSON.stringify({ userinfo: { email: null } }) }
      const { access_token } = await tokens(client_id, await go({ ...wanted, prompt: 'none' }))
      assert.deepEqual(await userinfo(access_token), { sub: steps.alice.sub })
      // Nor is it told by this token later, when the person has allowed it to another request.
      await through(visitor, await go(wanted))
      assert.deepEqual(await userinfo(access_token), { sub: steps.alice.sub })
    },
  )

  test('AC-28: a claim that the person takes back is told no more', async () => {
    const { client_id, visitor, go } = await fresh()
    const page = await steps.signIn(visitor, await go({ claims: forAlice() }))
    const { access_token } = await tokens(client_id, await visitor.submit(page, { press: 'consent-allow' }))
    const [grant] = await steps.stores.grants.list(1, client_id)
    assert.ok(grant)
    const permissions = grant.permissions.filter(({ claim }) => claim === undefined)
    const event = {
      event_id: 'e'.repeat(32),
      at: steps.parts.clock(),
      event: 'grant_changed',
      actor: 'test',
      detail: {},
    }
    await steps.stores.grants.change({ ...grant, permissions, revision: grant.revision + 1 }, event)
    assert.deepEqual(await userinfo(access_token), { sub: steps.alice.sub })
  })
})
