/** Whoever comes to what needs a second factor, and has none, sets one up on the way and loses nothing (R3). */
import assert from 'node:assert/strict'
import { after, beforeEach, describe, test } from 'node:test'
import { TOTP } from 'otpauth'
import { must } from '../../../testing/must.ts'
import { authorizationUrl, openSteps } from '../../../testing/steps.ts'
import { wordsOf, type Visited, type Visitor } from '../../../testing/visitor.ts'
import type { Standing } from '../../domain/authorization.ts'

const mfa = 'urn:licet:acr:mfa'
const steps = await openSteps({
  resource: {
    scopes: {
      'postcards.read': { title: 'See your postcards', optional: false },
      'postcards.send': { title: 'Send postcards', optional: true, required_acr: mfa },
      'postcards.burn': { title: 'Burn postcards', optional: true, required_acr: 'phr' },
    },
    authorization_details_types: {
      one_postcard: { title: 'Send one postcard', actions: {}, fields: {}, required_acr: mfa },
      one_letter: { title: 'Send one letter', actions: {}, fields: {} },
    },
  },
})
const scope = 'openid postcards.read postcards.send postcards.burn'
await steps.client({ client_id: 'bank' }, { required_acr: mfa })
await steps.client({ client_id: 'vault' }, { required_acr: 'phr' })
await steps.client({ client_id: 'cards' }, { scope, authorization_details_types: ['one_postcard', 'one_letter'] })
await steps.client({ client_id: 'writer' }, { scope, authorization_details_types: ['one_letter'] })
await steps.client({ client_id: 'stranger', registered_by: 'registration' }, { scope })
after(() => steps.close())
beforeEach(() => steps.stores.factors.removeAll(steps.alice.account_id))

const isEnrolment = ({ body }: Visited): boolean => body.includes('id="enrolment-decline"')
const takesApp = ({ body }: Visited): boolean => body.includes('id="totp-secret"')
const isSignIn = ({ body }: Visited): boolean => body.includes('id="login-submit"')
const secretOf = ({ body }: Visited): string => /id="totp-secret"[^>]*>([A-Z2-7]{32})</.exec(body)?.[1] ?? ''
const codeOf = (secret: string): string => new TOTP({ secret }).generate({ timestamp: steps.parts.clock() * 1000 })

/** Gives the password in a browser that was never here. */
async function halfway(otherwise: Readonly<Record<string, string>>): Promise<readonly [Visitor, Visited]> {
  const visitor = steps.visitor()
  return [visitor, await steps.signIn(visitor, await visitor.go(authorizationUrl(otherwise)))]
}

const confirmApp = (visitor: Visitor, page: Visited, one_time_code = codeOf(secretOf(page))): Promise<Visited> =>
  visitor.submit(page, { press: 'totp-confirm', fields: { one_time_code } })

async function standingOf({ leaves }: Visited): Promise<Standing | undefined> {
  const code = leaves?.searchParams.get('code') ?? ''
  return steps.stores.authorizations.findStanding(steps.parts.secrets.read('authorization_code', code)?.id ?? '')
}

describe('an app is set up on the way', () => {
  const asked = {
    'by a client': { client_id: 'bank' },
    'for a scope value': { client_id: 'cards', scope: 'openid postcards.read postcards.send' },
    'for a type of authorization details': {
      client_id: 'cards',
      scope: 'openid',
      authorization_details: JSON.stringify([{ type: 'one_letter' }, { type: 'one_postcard' }]),
    },
    'by an essential claim': {
      claims: JSON.stringify({ id_token: { acr: { essential: true, value: mfa } } }),
    },
  }
  for (const [why, request] of Object.entries(asked)) {
    must(
      'R3',
      `BR-23: where more than a password is asked for ${why}; the request goes on, and tells the truth`,
      async () => {
        const [visitor, page] = await halfway(request)
        assert.ok(isEnrolment(page))
        assert.equal(visitor.cookies.get('__Host-licet-session'), undefined)
        const shown = await confirmApp(visitor, page)
        assert.equal([...shown.body.matchAll(/<code>[0-9A-Z-]{29}<\/code>/g)].length, 10)
        const consent = await visitor.go(/id="go-on" class="[^"]*" href="([^"]+)"/.exec(shown.body)?.[1] ?? '')
        const end = await visitor.submit(consent, { press: 'consent-allow' })
        assert.equal(end.leaves?.searchParams.get('state'), 'the state')
        const standing = await standingOf(end)
        assert.deepEqual([standing?.authorization.acr, standing?.authorization.amr], [mfa, ['pwd', 'otp', 'mfa']])
        const [event] = await steps.stores.auditEvents
          .list({ account_id: steps.alice.account_id, limit: 20 })
          .then((all) => all.filter(({ event: name }) => name === 'factor_added'))
        assert.equal(event?.detail['factor'], 'totp')
      },
    )
  }

  test('BR-23: is asked of nobody for a type of authorization details that requires nothing', async () => {
    const authorization_details = JSON.stringify([{ type: 'one_letter' }])
    const [, page] = await halfway({ client_id: 'writer', scope: 'openid', authorization_details })
    assert.match(page.body, /id="consent-allow"/)
  })

  test('counts once its code was right, of the account that was proved', async () => {
    const [visitor, page] = await halfway({ client_id: 'bank' })
    const wrong = await confirmApp(visitor, page, '000000')
    assert.equal(wrong.status, 400)
    assert.equal(secretOf(wrong), secretOf(page))
    const sealed = /name="enrolment" value="([^"]+)"/.exec(page.body)?.[1] ?? ''
    const other = steps.visitor()
    const bobs = await steps.signIn(other, await other.go(authorizationUrl({ client_id: 'bank' })), steps.bob)
    const csrf_token = /name="csrf_token" value="([^"]+)"/.exec(bobs.body)?.[1] ?? ''
    const stolen = {
      csrf_token,
      step: 'enrolment',
      enrol: 'totp',
      enrolment: sealed,
      one_time_code: codeOf(secretOf(page)),
    }
    assert.equal((await other.post(bobs.url.pathname, stolen)).status, 400)
    assert.equal((await steps.stores.factors.held(steps.bob.account_id)).totp, false)
  })

  test('is asked for its code by whoever set it up in another tab meanwhile', async () => {
    const [visitor, page] = await halfway({ client_id: 'bank' })
    const tab = await steps.signIn(visitor, await visitor.go(authorizationUrl({ client_id: 'bank' })))
    await confirmApp(visitor, tab)
    const asked = await confirmApp(visitor, page)
    assert.match(asked.body, /id="(?:second-factor-submit|consent-allow)"/)
    assert.ok(!isEnrolment(asked))
  })
})

describe('what is required', () => {
  must('R16', 'BR-23: a session by password is not enough for it, nor a browser that is remembered', async () => {
    const visitor = steps.visitor()
    await steps.signIn(visitor, await visitor.go('/account'), steps.bob)
    const plain = await visitor.go(authorizationUrl())
    assert.match(plain.body, /id="consent-allow"/)
    for (const request of [{ client_id: 'bank' }, { client_id: 'cards', scope }]) {
      const asked = await visitor.go(authorizationUrl(request))
      assert.ok(isSignIn(asked))
      assert.match(wordsOf(asked), /the application asks you to confirm/)
    }
  })

  must('OpenID Connect Core §3.1.2.6', 'BR-19: prompt=none is told whether signing in would be enough', async () => {
    const visitor = steps.visitor()
    const silent = { client_id: 'bank', prompt: 'none' }
    const error = async () => (await visitor.go(authorizationUrl(silent))).leaves?.searchParams.get('error')
    assert.equal(await error(), 'login_required')
    const page = await steps.signIn(visitor, await visitor.go('/account/security'))
    assert.equal(await error(), 'interaction_required')
    await confirmApp(visitor, page)
    assert.equal(await error(), 'login_required')
  })

  must('R16', 'is not lowered by what the request asks for, nor by what a claim does', async () => {
    const claims = JSON.stringify({ id_token: { acr: { value: 'urn:licet:acr:pwd' } } })
    for (const less of [{ acr_values: 'urn:licet:acr:pwd' }, { claims }]) {
      const [, page] = await halfway({ client_id: 'bank', ...less })
      assert.ok(isEnrolment(page))
    }
  })

  test('is the strictest of what the scope values ask for: an app does not do for a passkey', async () => {
    const [visitor, page] = await halfway({ client_id: 'cards', scope })
    assert.ok(isEnrolment(page))
    assert.ok(!takesApp(page))
    assert.match(page.body, /id="passkey-add"/)
    const csrf_token = /name="csrf_token" value="([^"]+)"/.exec(page.body)?.[1] ?? ''
    const after = await visitor.post(page.url.pathname, { csrf_token, step: 'enrolment', enrol: 'totp' })
    assert.ok(isEnrolment(after))
    const refused = await visitor.post(page.url.pathname, { csrf_token, step: 'enrolment', enrol: 'passkey' })
    assert.equal(refused.status, 400)
    const { totp, passkeys } = await steps.stores.factors.held(steps.alice.account_id)
    assert.deepEqual([totp, passkeys], [false, 0])
  })

  must('R16', 'AC-23: a passkey is added only after the app that there is was shown', async () => {
    const [visitor, page] = await halfway({ client_id: 'bank' })
    const secret = secretOf(page)
    await confirmApp(visitor, page)
    const [other, second] = await halfway({ client_id: 'vault' })
    assert.match(second.body, /id="second-factor-submit"/)
    const csrf_token = /name="csrf_token" value="([^"]+)"/.exec(second.body)?.[1] ?? ''
    const skipped = await other.post(second.url.pathname, { csrf_token, step: 'enrolment', enrol: 'passkey' })
    assert.match(skipped.body, /id="second-factor-submit"/)
    steps.wait(30)
    const fields = { one_time_code: codeOf(secret) }
    const last = await other.submit(second, { press: 'second-factor-submit', fields })
    assert.ok(isEnrolment(last))
    assert.ok(!takesApp(last))
  })
})

describe('whoever would rather not', () => {
  must('R3', 'goes back with a no that says why, and with their state', async () => {
    const [visitor, page] = await halfway({ client_id: 'bank' })
    const { leaves } = await visitor.submit(page, { press: 'enrolment-decline' })
    assert.equal(leaves?.searchParams.get('error'), 'unmet_authentication_requirements')
    assert.equal(leaves.searchParams.get('state'), 'the state')
    assert.equal(visitor.cookies.get('__Host-licet-session'), undefined)
  })

  test('is sent to nobody whom nobody vouches for: nobody has signed in (policy A4)', async () => {
    const [visitor, page] = await halfway({ client_id: 'stranger', scope: 'openid postcards.send' })
    assert.ok(isEnrolment(page))
    const end = await visitor.submit(page, { press: 'enrolment-decline' })
    assert.equal(end.leaves, undefined)
    assert.ok(isSignIn(end))
  })

  test('starts again as somebody else', async () => {
    const [visitor, page] = await halfway({ client_id: 'bank' })
    assert.ok(isSignIn(await visitor.submit(page, { press: 'start-again' })))
  })

  test('is told where the form was open too long, and stays in the step', async () => {
    const [visitor, page] = await halfway({ client_id: 'bank' })
    const sent = await visitor.post(page.url.pathname, { csrf_token: 'x', step: 'enrolment', enrol: 'totp' })
    assert.equal(sent.status, 403)
    assert.ok(isEnrolment(sent))
    assert.match(wordsOf(sent), /This page was out of date, so nothing was changed/)
  })
})
