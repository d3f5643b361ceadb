import assert from 'node:assert/strict'
import { must } from '../../../testing/must.ts'
import { exampleClient } from '../../../testing/drafts.ts'
import { refusedFor } from '../../../testing/refused.ts'
import { Bindings } from '../../kernel/binding.ts'
import { Parameters } from '../../kernel/parameters.ts'
import type { Account } from '../../domain/account.ts'
import type { Client } from '../../domain/client.ts'
import type { Grant, Permission } from '../../domain/grant.ts'
import type { Session } from '../../domain/session.ts'
import { nextStep, silentRefusal, type Progress } from './next-step.ts'
import type { Prompt } from './demands.ts'
import type { AuthorizationRequest } from './request.ts'

const at = 1_000_000
const permissions: readonly Permission[] = [
  { scope: 'openid' },
  { scope: 'cards.read', resource: 'https://cards.test/' },
]
const account: Account = {
  account_id: 'a',
  sub: 's',
  username: 'alice',
  claims: {},
  disabled: false,
  created_at: 0,
  updated_at: 0,
}
const session: Session = {
  session_id: 'i',
  session_hash: 'h',
  account_id: 'a',
  auth_time: at - 100,
  amr: ['pwd'],
  acr: '1',
  created_at: at - 100,
  last_seen_at: at,
  idle_expires_at: at + 100,
  expires_at: at + 1000,
  address: '127.0.0.1',
  user_agent: '',
}
const grant: Grant = {
  grant_id: 'g',
  account_id: 'a',
  client_id: 'greatapp',
  permissions,
  kind: 'standing',
  access_for: '1d',
  granted_at: at - 50,
  expires_at: at + 50,
  revision: 1,
}

function request(
  otherwise: {
    client?: Client
    prompt?: Prompt[]
    max_age?: number
    redirect_uri?: string
    acr?: AuthorizationRequest['acr']
    subjects?: readonly string[]
  } = {},
): AuthorizationRequest {
  const client = otherwise.client ?? exampleClient()
  return {
    target: {
      client,
      redirect_uri: otherwise.redirect_uri ?? 'https://rp1.test/cb',
      response_mode: { name: 'query', carrier: 'query' },
    },
    client,
    response_type: 'code',
    parameters: Parameters.from({}),
    permissions,
    resources: [],
    bindings: new Bindings(),
    prompt: new Set(otherwise.prompt),
    acr: otherwise.acr ?? { values: [], kind: 'voluntary' },
    subjects: otherwise.subjects ?? [],
    ...(otherwise.max_age !== undefined && { max_age: otherwise.max_age }),
  }
}

const step = (otherwise: Partial<Progress>) =>
  nextStep({ request: request(), session, account, grant, at, ...otherwise }).step

must('R6', 'a remembered consent that covers the request is not asked again', () => {
  assert.equal(step({}), 'answer')
})

must('R6', 'what the person left out of the very same question is not asked again; of any other it is', () => {
  const [openid, read] = permissions
  assert.ok(openid && read)
  const without = { ...grant, permissions: [openid] }
  const client = exampleClient({ metadata: { optional_scope: 'cards.read' } })
  const asks = ['openid', 'cards.read https://cards.test/']
  const stepAfter = (last: Progress['last'], asking = client, prompt: Prompt[] = []) =>
    step({ grant: without, request: request({ client: asking, prompt }), last })
  assert.equal(stepAfter({ asks, allowed: ['openid'] }), 'answer')
  assert.equal(stepAfter({ asks, allowed: ['openid'] }, client, ['none']), 'answer')
  assert.equal(stepAfter({ asks, allowed: ['openid'] }, client, ['consent']), 'consent')
  assert.equal(stepAfter({ asks, allowed: ['openid'] }, exampleClient()), 'consent', 'it cannot be left out any more')
  assert.equal(stepAfter({ asks, allowed: asks }), 'consent', 'it was allowed, and taken back since')
  assert.equal(stepAfter({ asks: [...asks, 'email'], allowed: ['openid'] }), 'consent', 'more was asked then')
  assert.equal(stepAfter({ asks: ['openid'], allowed: ['openid'] }), 'consent', 'it was not asked then')
  assert.equal(stepAfter({}), 'consent', 'nothing is noted')
  assert.equal(stepAfter(undefined), 'consent')
  const nothing = { ...grant, permissions: [{ scope: 'email' }] }
  assert.equal(step({ grant: nothing, request: request({ client }), last: { asks, allowed: [] } }), 'consent')
})

must(
  'R6',
  'a paused consent is asked for again, of a first-party client too; one that has expired is simply over',
  () => {
    const paused = { ...grant, paused_at: at - 1 }
    const own = request({ client: exampleClient({ first_party: true }) })
    assert.equal(step({ grant: paused }), 'consent')
    assert.equal(step({ grant: paused, request: own }), 'consent')
    assert.equal(step({ grant: { ...paused, expires_at: at }, request: own }), 'record')
    // AC-30: what an application lost because the account is to be deleted it does not get back unasked.
    const going = { ...account, deletes_at: at + 9 }
    for (const asked of [{ grant }, { grant, request: own }, { request: own }])
      assert.equal(step({ ...asked, account: going }), 'consent')
  },
)

must('OpenID Connect Core §3.1.2.3', 'who is not signed in, or whose session or account ended, signs in', () => {
  assert.equal(step({ session: undefined, account: undefined }), 'sign_in')
  assert.equal(step({ session: { ...session, idle_expires_at: at } }), 'sign_in')
  assert.equal(step({ session: { ...session, expires_at: at } }), 'sign_in')
  assert.equal(step({ session: { ...session, ended_at: at - 1 } }), 'sign_in')
  assert.equal(step({ account: { ...account, disabled: true } }), 'sign_in')
})

must(
  'OpenID Connect Core §3.1.2.1',
  'BR-21: prompt=login asks again until the person signed in within this very interaction',
  () => {
    const again = request({ prompt: ['login'] })
    assert.equal(step({ request: again }), 'sign_in')
    assert.equal(step({ request: again, signed_in_at: at - 100 }), 'answer')
    assert.equal(step({ request: again, signed_in_at: at - 99 }), 'sign_in')
  },
)

must(
  'OpenID Connect Core §3.1.2.1',
  'BR-21: max_age asks again when the last sign-in is older, and always when it is 0',
  () => {
    assert.equal(step({ request: request({ max_age: 100 }) }), 'answer')
    assert.equal(step({ request: request({ max_age: 99 }) }), 'sign_in')
    assert.equal(step({ request: request({ max_age: 0 }), session: { ...session, auth_time: at } }), 'sign_in')
  },
)

must('R6', 'BR-25: a scope value or a resource that was not allowed yet is asked for', () => {
  const less = { ...grant, permissions: [{ scope: 'openid' }] }
  const elsewhere = {
    ...grant,
    permissions: [{ scope: 'openid' }, { scope: 'cards.read', resource: 'https://other.test/' }],
  }
  assert.equal(step({ grant: less }), 'consent')
  assert.equal(step({ grant: elsewhere }), 'consent')
  assert.equal(step({ grant: undefined }), 'consent')
})

must('R6', 'A12: a consent is over at its very second', () => {
  assert.equal(step({ at: at + 49 }), 'answer')
  assert.equal(step({ at: at + 50 }), 'consent')
  assert.equal(step({ grant: { ...grant, ended_at: at } }), 'consent')
})

must('OpenID Connect Core §3.1.2.1', 'prompt=consent asks although everything was allowed', () => {
  assert.equal(step({ request: request({ prompt: ['consent'] }) }), 'consent')
})

must('RFC 8252 §8.6', 'BR-24: an earlier yes is not enough where any program could be asking', () => {
  const client = exampleClient({ metadata: { token_endpoint_auth_method: 'none' } })
  assert.equal(step({ request: request({ client, redirect_uri: 'http://127.0.0.1:4711/cb' }) }), 'consent')
  assert.equal(step({ request: request({ client, redirect_uri: 'com.example.app:/cb' }) }), 'consent')
  assert.equal(step({ request: request({ client }) }), 'answer')
  assert.equal(step({ request: request({ client: { ...client, registered_by: 'registration' } }) }), 'consent')
})

must('R6', 'a first-party client is not asked about, but recorded', () => {
  const client = exampleClient({ first_party: true })
  assert.equal(step({ request: request({ client }), grant: undefined }), 'record')
  assert.equal(step({ request: request({ client }) }), 'answer')
})

must('OpenID Connect Core §3.1.2.6', 'BR-19: what prompt=none may not ask for is an error of its own', () => {
  const reason = (otherwise: Partial<Progress>) =>
    silentRefusal(nextStep({ request: request(), session, account, grant, at, ...otherwise }))?.reason
  assert.equal(reason({ session: undefined }), 'login_required')
  assert.equal(reason({ grant: undefined }), 'consent_required')
  assert.equal(reason({}), undefined)
  const [mfa, phr] = ['urn:licet:acr:mfa', 'phr'] as const
  const required = request({ acr: { kind: 'voluntary', values: [], least: mfa } })
  assert.equal(reason({ request: required, best_acr: phr }), 'login_required')
  assert.equal(reason({ request: required, best_acr: 'urn:licet:acr:pwd' }), 'factor_required')
})

must('OpenID Connect Core §3.1.2.2', 'BR-22: whoever is signed in and is not meant is asked to sign in', () => {
  const meant = request({ subjects: ['alice'] })
  assert.equal(step({ request: meant, subject: 'alice' }), 'answer')
  assert.equal(step({ request: meant, subject: 'bob' }), 'sign_in')
  assert.equal(step({ request: request({ subjects: ['alice', 'bob'] }), subject: 'alice' }), 'sign_in')
})

must('OpenID Connect Core §3.1.2.2', 'BR-22: nobody who signs in as somebody else than is meant goes on', () => {
  const signedInHere = { session: { ...session, auth_time: at }, signed_in_at: at - 5, subject: 'bob' }
  assert.throws(
    () => step({ request: request({ subjects: ['alice'] }), ...signedInHere }),
    refusedFor('subject_mismatch'),
  )
})

must('OpenID Connect Core §5.5.1.1', 'BR-23: an essential acr is signed in for, and is not gone without', () => {
  const acr = { kind: 'essential', values: ['urn:licet:acr:pwd'] } as const
  const demanding = request({ acr })
  assert.equal(step({ request: demanding }), 'sign_in')
  assert.equal(step({ request: demanding, session: { ...session, acr: 'urn:licet:acr:pwd' } }), 'answer')
  const signedInHere = { session: { ...session, auth_time: at }, signed_in_at: at - 5 }
  assert.throws(() => step({ request: demanding, ...signedInHere }), refusedFor('acr_not_reached'))
  assert.equal(step({ request: request({ acr: { ...acr, kind: 'voluntary' } }) }), 'answer')
})
