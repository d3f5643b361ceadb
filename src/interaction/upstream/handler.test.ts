/** Signing in at another provider, which is a second Licet: every request passes both. */
import assert from 'node:assert/strict'
import { generateKeyPairSync, sign } from 'node:crypto'
import { after, beforeEach, describe, test } from 'node:test'
import { makeAccount } from '../../../testing/account.ts'
import { must } from '../../../testing/must.ts'
import type { OutboundAnswer } from '../../domain/outbound.ts'
import { authorizationUrl, openSteps } from '../../../testing/steps.ts'
import { chooseUpstream, openUpstreamWorld } from '../../../testing/upstream.ts'
import { formsOf, wordsOf, type Form, type Visited, type Visitor } from '../../../testing/visitor.ts'

const up = await openUpstreamWorld()
/** As Apple is: its answer comes by a form, and the operator believes how it says that people sign in. */
const second = {
  ...up.provider,
  id: 'second',
  name: 'Second',
  client_id: 'licet-second',
  response_mode: 'form_post',
  trust_amr: true,
} as const
const steps = await openSteps({ upstream: [up.provider, second], outbound: up.outbound })
after(async () => {
  await steps.close()
  await up.world.close()
})
beforeEach(() => {
  up.alter(undefined)
  wait(1200)
})

/** Both clocks go on together. */
function wait(seconds: number): void {
  steps.wait(seconds)
  up.world.wait(seconds)
}

/** A request that is always asked about, whatever was allowed before. */
const asking = (otherwise: Parameters<typeof authorizationUrl>[0] = {}): URL =>
  authorizationUrl({ prompt: 'consent', ...otherwise })

async function begun(visitor = steps.visitor(), otherwise: Parameters<typeof authorizationUrl>[0] = {}) {
  const page = await visitor.go(asking(otherwise))
  return { visitor, page, there: await chooseUpstream(visitor, page) }
}

/** Signs in there and comes back, as somebody whom nobody knows here yet. */
async function arrived(otherwise: Parameters<typeof authorizationUrl>[0] = {}) {
  const { visitor, there } = await begun(steps.visitor(), otherwise)
  return { visitor, page: await visitor.go(await up.allow(up.world.visitor(), there)) }
}

/** Connects Alice's account there to an account here, through the pages. */
async function connected(account = steps.alice) {
  const { visitor, page } = await arrived()
  const asked = await steps.signIn(visitor, page, account)
  const end = await visitor.submit(asked, { press: 'upstream-connect' })
  assert.match(end.body, /consent-allow/)
  return visitor
}

/** Signs in there, and lets the form or the address of its answer bring the browser back. */
async function comeBack(visitor: Visitor, id: 'other' | 'second'): Promise<Visited> {
  const there = await chooseUpstream(visitor, await visitor.go(asking()), id)
  if (id === 'other') return visitor.go(await up.allow(up.world.visitor(), there))
  const { action, fields } = await postedFrom(there)
  return visitor.post(action, fields, { origin: up.world.issuer })
}

/** The form in which the provider's answer comes, once Alice has signed in there and allowed it. */
async function postedFrom(there: URL): Promise<{ readonly action: string; readonly fields: Form['fields'] }> {
  const { body } = await up.world.allow(up.world.visitor(), there.href)
  const [form] = formsOf(body)
  return { action: form?.action ?? '', fields: form?.fields ?? [] }
}

async function disconnect(): Promise<void> {
  const { upstreamIdentities } = steps.stores
  for (const account of [steps.alice, steps.bob]) {
    const all = await upstreamIdentities.listByAccount(account.account_id)
    for (const { identity_id } of all) await upstreamIdentities.unlink(account.account_id, identity_id)
  }
}

type Forge = (id_token: string) => string | Promise<string>
type Claims = Readonly<Record<string, unknown>>

const partsOf = (id_token: string): readonly [string, string, string] => {
  const [header = '', payload = '', signature = ''] = id_token.split('.')
  return [header, payload, signature]
}
const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const decoded = (part: string): Claims => JSON.parse(Buffer.from(part, 'base64url').toString()) as Claims

/** An answer of the token endpoint with another id_token. */
async function withIdToken(answer: OutboundAnswer, forge: Forge): Promise<OutboundAnswer> {
  const said = JSON.parse(Buffer.from(answer.body).toString()) as { readonly id_token: string }
  return { ...answer, body: Buffer.from(JSON.stringify({ ...said, id_token: await forge(said.id_token) })) }
}

/** As whoever has the provider's key could write it. */
const signedAnew =
  (change: (claims: Claims) => Claims): Forge =>
  (id_token) => {
    const [header, payload] = partsOf(id_token)
    const alg = decoded(header)['alg'] === 'RS256' ? 'RS256' : 'ES256'
    return up.world.ground.signer.sign('JWT', alg, change(decoded(payload)))
  }
const withOtherSignature = (id_token: string): string => {
  const [header, payload, signature] = partsOf(id_token)
  return [header, encoded({ ...decoded(payload), sub: 'somebody-else' }), signature].join('.')
}
const withoutSignature = (id_token: string): string => {
  const [, payload] = partsOf(id_token)
  return [encoded({ alg: 'none' }), payload, ''].join('.')
}

const refused = (): string | undefined =>
  steps.log.findLast(({ event }) => event === 'upstream_failed')?.detail['why'] as string | undefined

describe('a sign-in elsewhere', () => {
  beforeEach(disconnect)

  test('R3: leads on to the very request, once it is connected, without a password', async () => {
    await connected()
    const { visitor, there } = await begun(steps.visitor(), { state: 'kept' })
    const consent = await visitor.go(await up.allow(up.world.visitor(), there))
    const end = await visitor.submit(consent, { press: 'consent-allow' })
    assert.equal(end.leaves?.searchParams.get('state'), 'kept')
    const [identity] = await steps.stores.upstreamIdentities.listByAccount(steps.alice.account_id)
    assert.equal(identity?.last_used_at, steps.parts.clock())
  })

  test('BR-23: is told as what it is: a context of its own, and no method that was proved here', async () => {
    await connected()
    const { visitor, there } = await begun()
    await visitor.go(await up.allow(up.world.visitor(), there))
    const [session] = await steps.stores.sessions.listByAccount(steps.alice.account_id)
    assert.deepEqual([session?.amr, session?.acr], [[], 'urn:licet:acr:upstream'])
    assert.equal(session?.auth_time, steps.parts.clock())
  })

  must(
    'RFC 8176 §2',
    'BR-23: how somebody signed in there counts where the operator believes it, and no word more',
    async () => {
      const said = [
        [['pwd', 'otp', 'mfa'], ['pwd', 'otp', 'mfa'], 'urn:licet:acr:mfa'],
        [['pwd', 'face', 'phr', '__proto__', 7], ['pwd'], 'urn:licet:acr:pwd'],
        ['mfa', [], 'urn:licet:acr:upstream'],
      ] as const
      await connected()
      for (const [amr, kept, acr] of said) {
        for (const [id, believed] of [
          ['second', { amr: kept, acr }],
          ['other', { amr: [], acr: 'urn:licet:acr:upstream' }],
        ] as const) {
          up.alter((url, answer) =>
            url.pathname === '/token'
              ? withIdToken(
                  answer,
                  signedAnew((claims) => ({ ...claims, amr })),
                )
              : answer,
          )
          const visitor = steps.visitor()
          await comeBack(visitor, id)
          const [session] = await steps.stores.sessions.listByAccount(steps.alice.account_id)
          assert.deepEqual([session?.amr, session?.acr], [believed.amr, believed.acr], `${id} ${JSON.stringify(amr)}`)
        }
      }
    },
  )

  must(
    'OAuth 2.0 Form Post Response Mode §2',
    'an answer by a form brings no cookie along, and reaches its browser',
    async () => {
      await connected()
      const visitor = steps.visitor()
      const there = await chooseUpstream(visitor, await visitor.go(asking({ state: 'kept' })), 'second')
      assert.equal(there.searchParams.get('response_mode'), 'form_post')
      const form = await postedFrom(there)
      // SameSite=Lax: from another site the form comes without any cookie, and is no way in by itself.
      const bare = steps.visitor()
      const { answers } = await bare.post(form.action, form.fields, { origin: up.world.issuer })
      assert.equal(answers[0]?.status, 303)
      assert.equal(answers.at(-1)?.status, 403)
      const consent = await visitor.go(String(answers[0].headers['location']))
      const end = await visitor.submit(consent, { press: 'consent-allow' })
      assert.equal(end.leaves?.searchParams.get('state'), 'kept')
      assert.equal(bare.cookies.has('__Host-licet-session'), false)
    },
  )

  must('OpenID Connect Core §2', 'auth_time is when the person signed in, there, however long ago', async () => {
    await connected()
    const elsewhere = up.world.visitor()
    const { visitor, there } = await begun()
    await visitor.go(await up.allow(elsewhere, there))
    const at = steps.parts.clock()
    wait(900)
    const again = await begun()
    await again.visitor.go(await up.allow(elsewhere, again.there))
    const sessions = await steps.stores.sessions.listByAccount(steps.alice.account_id)
    assert.equal(sessions[0]?.auth_time, at)
  })

  test('several tabs of one browser each end at their own request, in whatever order', async () => {
    await connected()
    const visitor = steps.visitor()
    const tabs = [await begun(visitor, { state: 'one' }), await begun(visitor, { state: 'two' })]
    const backs = await Promise.all(tabs.map(({ there }) => up.allow(up.world.visitor(), there)))
    const states: (string | null | undefined)[] = []
    for (const back of backs.toReversed()) {
      const consent = await visitor.go(back)
      const end = consent.leaves === undefined ? await visitor.submit(consent, { press: 'consent-allow' }) : consent
      states.push(end.leaves?.searchParams.get('state'))
    }
    assert.deepEqual(states, ['two', 'one'])
  })

  test('a reload of the way back, and going back to it, lead on to where the person is', async () => {
    await connected()
    const { visitor, there } = await begun()
    const back = await up.allow(up.world.visitor(), there)
    await visitor.go(back)
    const again = await visitor.go(back)
    assert.match(again.body, /consent-allow/)
    assert.equal((await steps.stores.sessions.listByAccount(steps.alice.account_id)).length >= 1, true)
  })

  test('AC-08: is nobody’s where the account is disabled', async () => {
    await connected()
    const { visitor, there } = await begun()
    await makeAccount({ ...steps.alice, disabled: true }, steps.stores.accounts)
    const page = await visitor.go(await up.allow(up.world.visitor(), there))
    await makeAccount(steps.alice, steps.stores.accounts)
    assert.match(wordsOf(page), /did not work/)
    assert.equal(steps.log.at(-1)?.detail['reason'], 'account_disabled')
  })

  test('AC-24: gives no session before the second factor of the account here', async () => {
    const { account_id } = steps.alice
    await connected()
    const factor = { account_id, sealed_secret: 'sealed', last_step: 0, created_at: steps.parts.clock() }
    await steps.stores.oneTimeCodes.enrolTotp(factor, [])
    const { visitor, there } = await begun()
    const page = await visitor.go(await up.allow(up.world.visitor(), there))
    await steps.stores.oneTimeCodes.removeTotp(account_id)
    assert.match(page.body, /id="one-time-code"/)
    assert.equal(visitor.cookies.has('__Host-licet-session'), false)
  })
})

describe('AC-20: an account elsewhere', () => {
  beforeEach(disconnect)

  test('is connected to none by an address, also a verified one: its person proves the account here', async () => {
    const { visitor, page } = await arrived()
    assert.match(wordsOf(page), /No account here is connected/)
    assert.match(page.body, /id="login-submit"/)
    assert.equal(visitor.cookies.has('__Host-licet-session'), false)
    const asked = await steps.signIn(visitor, page, steps.bob)
    assert.match(wordsOf(asked), /Connect Other\?/)
    await visitor.submit(asked, { press: 'upstream-connect' })
    assert.equal((await steps.stores.upstreamIdentities.listByAccount(steps.bob.account_id)).length, 1)
    assert.equal((await steps.stores.upstreamIdentities.listByAccount(steps.alice.account_id)).length, 0)
  })

  test('BR-14: is connected to nobody but whom the page named, when somebody else has signed in in another tab', async () => {
    const { visitor, page } = await arrived()
    const asked = await steps.signIn(visitor, page)
    assert.match(wordsOf(asked), /Connect Other\?/)
    await steps.signIn(visitor, await visitor.go(authorizationUrl({ prompt: 'select_account' })), steps.bob)
    const again = await visitor.submit(asked, { press: 'upstream-connect' })
    assert.match(wordsOf(again), /Connect Other\? bob/)
    for (const { account_id } of [steps.alice, steps.bob])
      assert.deepEqual(await steps.stores.upstreamIdentities.listByAccount(account_id), [])
  })

  test('is not connected where the person says so, and they go on all the same', async () => {
    const { visitor, page } = await arrived()
    const asked = await steps.signIn(visitor, page)
    const consent = await visitor.submit(asked, { press: 'upstream-skip' })
    assert.match(consent.body, /consent-allow/)
    assert.deepEqual(await steps.stores.upstreamIdentities.listByAccount(steps.alice.account_id), [])
  })

  test('is not connected by a session that is older than five minutes: the person signs in once more', async () => {
    const visitor = steps.visitor()
    await steps.signIn(visitor, await visitor.go('/account'))
    wait(400)
    const page = await visitor.go(asking())
    const there = await chooseUpstream(visitor, await visitor.go(`${page.url.pathname}?switch_account=yes`))
    const back = await visitor.go(await up.allow(up.world.visitor(), there))
    assert.match(back.body, /id="login-submit"/)
    const refusedHere = await visitor.post(back.url, {
      csrf_token: /name="csrf_token" value="([^"]+)"/.exec(back.body)?.[1] ?? '',
      step: 'upstream-connect',
      account_id: steps.alice.account_id,
      decision: 'connect',
    })
    assert.match(refusedHere.body, /id="login-submit"/)
    assert.deepEqual(await steps.stores.upstreamIdentities.listByAccount(steps.alice.account_id), [])
    assert.match(wordsOf(await steps.signIn(visitor, back)), /Connect Other\?/)
  })

  test('is connected on the way to a page of our own as well', async () => {
    const visitor = steps.visitor()
    const there = await chooseUpstream(visitor, await visitor.go('/account'))
    const page = await visitor.go(await up.allow(up.world.visitor(), there))
    const asked = await steps.signIn(visitor, page)
    assert.match(wordsOf(asked), /Connect Other\?/)
    assert.equal((await visitor.submit(asked, { press: 'upstream-connect' })).url.pathname, '/account')
    assert.equal((await steps.stores.upstreamIdentities.listByAccount(steps.alice.account_id)).length, 1)
  })

  test('is one account’s: another one is told so, and nothing changes', async () => {
    await connected()
    const visitor = steps.visitor()
    await steps.signIn(visitor, await visitor.go('/account'), steps.bob)
    const pressed = await visitor.submit(await visitor.go('/account/security'), { press: 'factor=upstream_connect' })
    const there = pressed.leaves
    assert.ok(there)
    const asked = await visitor.go(await up.allow(up.world.visitor(), there))
    const page = await visitor.submit(asked, { press: 'upstream-connect' })
    assert.equal(page.status, 409)
    assert.match(wordsOf(page), /another account here already/)
    assert.equal((await visitor.submit(page, { press: 'upstream-skip' })).url.pathname, '/account/security')
  })
})

describe('AC-21: what comes back', () => {
  beforeEach(disconnect)

  const cases: readonly (readonly [string, (back: URL) => void])[] = [
    ['with another state', (back) => back.searchParams.set('state', 'A'.repeat(300))],
    ['without state', (back) => back.searchParams.delete('state')],
    ['at another provider’s address', (back) => void (back.pathname = '/upstream/second')],
  ]
  for (const [name, change] of cases) {
    test(`is taken for nothing ${name}`, async () => {
      const { visitor, there } = await begun()
      const back = await up.allow(up.world.visitor(), there)
      change(back)
      const page = await visitor.go(back)
      assert.equal(page.status, 403)
      assert.match(page.body, /href="[^"]*\/account"/)
      assert.equal(visitor.cookies.has('__Host-licet-session'), false)
    })
  }

  test('BR-10: is taken for nothing in another browser, which somebody was sent to', async () => {
    const { there } = await begun()
    const back = await up.allow(up.world.visitor(), there)
    const other = steps.visitor()
    await other.go(asking())
    assert.equal((await other.go(back)).status, 403)
  })

  must('RFC 9207 §2.4', 'an answer of another issuer is refused', async () => {
    const { visitor, there } = await begun()
    const back = await up.allow(up.world.visitor(), there)
    back.searchParams.set('iss', 'https://evil.test')
    assert.match(wordsOf(await visitor.go(back)), /did not work/)
    assert.match(refused() ?? '', /iss/)
  })

  must('RFC 9207 §2.4', 'an answer that names no issuer is refused of a provider that says it names it', async () => {
    const { visitor, there } = await begun()
    const back = await up.allow(up.world.visitor(), there)
    back.searchParams.delete('iss')
    assert.match(wordsOf(await visitor.go(back)), /did not work/)
  })

  const forged: readonly (readonly [string, (claims: Claims) => Claims, RegExp])[] = [
    ['with another nonce', (claims) => ({ ...claims, nonce: 'another' }), /nonce/],
    ['without nonce', ({ nonce: _nonce, ...claims }) => claims, /nonce/],
    ['for another client', (claims) => ({ ...claims, aud: 'licet-second' }), /aud/],
    ['of another issuer', (claims) => ({ ...claims, iss: 'https://evil.test' }), /iss/],
    ['past its end', (claims) => ({ ...claims, exp: steps.parts.clock() - 120 }), /exp/],
  ]
  for (const [name, change, why] of forged) {
    must('OpenID Connect Core §3.1.3.7', `an id_token ${name} is refused, whoever signed it`, async () => {
      const { visitor, there } = await begun()
      const back = await up.allow(up.world.visitor(), there)
      up.alter((url, answer) => (url.pathname === '/token' ? withIdToken(answer, signedAnew(change)) : answer))
      assert.match(wordsOf(await visitor.go(back)), /did not work/)
      assert.match(refused() ?? '', why)
    })
  }

  must(
    'OpenID Connect Core §3.1.3.7',
    'an id_token is refused whose signature no key of the provider made',
    async () => {
      for (const forge of [withOtherSignature, withoutSignature]) {
        const { visitor, there } = await begun()
        const back = await up.allow(up.world.visitor(), there)
        up.alter((url, answer) => (url.pathname === '/token' ? withIdToken(answer, forge) : answer))
        assert.match(wordsOf(await visitor.go(back)), /did not work/)
        assert.match(refused() ?? '', /signature|alg/)
      }
    },
  )

  must('RFC 7636 §4.6', 'a code that was issued to another challenge is not redeemed', async () => {
    const { visitor, there } = await begun()
    const another = (await begun()).there
    there.searchParams.set('code_challenge', another.searchParams.get('code_challenge') ?? '')
    assert.match(wordsOf(await visitor.go(await up.allow(up.world.visitor(), there))), /did not work/)
  })

  test('an error of the provider ends on a page with every way on', async () => {
    for (const [error, told] of [
      ['access_denied', /did not finish/],
      ['server_error', /does not answer/],
      ['invalid_scope', /did not work/],
    ] as const) {
      const { visitor, there } = await begun()
      const back = new URL(there.searchParams.get('redirect_uri') ?? '')
      back.search = new URLSearchParams({
        error,
        state: there.searchParams.get('state') ?? '',
        iss: up.world.issuer,
      }).toString()
      const page = await visitor.go(back)
      assert.match(wordsOf(page), told)
      assert.match((await steps.signIn(visitor, page)).body, /consent-allow/)
    }
  })

  test('a provider that does not answer keeps nobody from signing in another way', async () => {
    up.alter(() => ({ refused: 'unreachable', why: 'too_slow' }))
    wait(4000)
    const visitor = steps.visitor()
    const page = await visitor.submit(await visitor.go(asking()), { press: 'provider=other' })
    assert.match(wordsOf(page), /does not answer just now/)
    assert.match((await steps.signIn(visitor, page)).body, /consent-allow/)
  })

  must('OpenID Connect Discovery §4.3', 'a document that was unfit for a moment is not kept', async () => {
    const unfit: readonly Readonly<Partial<OutboundAnswer>>[] = [
      { body: Buffer.from('{}') },
      { headers: { 'content-type': 'text/html' }, body: Buffer.from('<h1>Down for maintenance</h1>') },
      { body: Buffer.from(JSON.stringify({ issuer: up.world.issuer, jwks_uri: `${up.world.issuer}/jwks` })) },
    ]
    for (const changes of unfit) {
      wait(4000)
      up.alter((url, answer) => (url.pathname.startsWith('/.well-known/') ? { ...answer, ...changes } : answer))
      const visitor = steps.visitor()
      const page = await visitor.submit(await visitor.go(asking()), { press: 'provider=other' })
      assert.match(wordsOf(page), /did not work/)
      up.alter(undefined)
      assert.equal((await chooseUpstream(visitor, page)).pathname, '/authorize')
    }
  })

  must('RFC 7519 §2', 'a moment with a fraction, such as auth_time, is a moment', async () => {
    await connected()
    const at = steps.parts.clock()
    up.alter((url, answer) =>
      url.pathname === '/token'
        ? withIdToken(
            answer,
            signedAnew((claims) => ({ ...claims, auth_time: at - 0.5 })),
          )
        : answer,
    )
    await comeBack(steps.visitor(), 'other')
    const [session] = await steps.stores.sessions.listByAccount(steps.alice.account_id)
    assert.equal(session?.auth_time, at - 1)
  })

  must(
    'OpenID Connect Core §10.1.1',
    'a key that was changed just after all were read is found at the next try',
    async () => {
      const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      const key = { ...publicKey.export({ format: 'jwk' }), kid: 'new', use: 'sig', alg: 'ES256' }
      const byNewKey: Forge = (id_token) => {
        const signed = `${encoded({ alg: 'ES256', kid: 'new' })}.${partsOf(id_token)[1]}`
        const signature = sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' })
        return `${signed}.${signature.toString('base64url')}`
      }
      const visitor = steps.visitor()
      assert.match(wordsOf(await comeBack(visitor, 'other')), /No account here is connected/)
      up.alter((url, answer) => {
        if (url.pathname === '/token') return withIdToken(answer, byNewKey)
        return url.pathname === '/jwks' ? { ...answer, body: Buffer.from(JSON.stringify({ keys: [key] })) } : answer
      })
      assert.match(wordsOf(await comeBack(visitor, 'other')), /did not work/)
      assert.match(wordsOf(await comeBack(visitor, 'other')), /No account here is connected/)
    },
  )

  must('RFC 6749 §5.2', 'what the provider says of a request of ours is in the log: invalid_client', async () => {
    const { visitor, there } = await begun()
    const back = await up.allow(up.world.visitor(), there)
    const error = { error: 'invalid_client', error_description: 'no' }
    up.alter((url, answer) =>
      url.pathname === '/token' ? { ...answer, status: 401, body: Buffer.from(JSON.stringify(error)) } : answer,
    )
    assert.match(wordsOf(await visitor.go(back)), /did not work/)
    assert.equal(refused(), 'invalid_client')
  })

  test('a provider that nobody configured has no address here', async () => {
    assert.equal((await steps.visitor().go('/upstream/nobody')).status, 404)
    assert.equal(steps.log.at(-1)?.detail['reason'], 'upstream_unknown')
  })

  test('comes by a form as well, which the browser sends without our cookies', async () => {
    await connected()
    const { visitor, there } = await begun()
    const back = await up.allow(up.world.visitor(), there)
    const form = Object.fromEntries(back.searchParams)
    const kept = new Map(visitor.cookies)
    visitor.cookies.clear()
    const { answers } = await visitor.post(back.pathname, form, { origin: up.world.issuer })
    const location = String(answers[0]?.headers['location'])
    for (const [name, value] of kept) visitor.cookies.set(name, value)
    assert.match((await visitor.go(location)).body, /consent-allow/)
  })
})
