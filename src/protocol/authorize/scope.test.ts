import assert from 'node:assert/strict'
import { must } from '../../../testing/must.ts'
import { exampleClient, exampleResource } from '../../../testing/drafts.ts'
import { refusedFor } from '../../../testing/refused.ts'
import { permissionsFor, requestedScope } from './scope.ts'

const cards = exampleResource('https://cards.test/', 'cards.read', 'cards.send')
const photos = exampleResource('https://photos.test/', 'photos.read')
const known = [cards, photos]
const settings = { claims: [{ scope: 'email', claims: ['email'], into: ['userinfo' as const] }] }

const asked = (scope: string | undefined, client = exampleClient({ metadata: { scope: 'openid email cards.read' } })) =>
  requestedScope(scope, client, known, settings)

must('RFC 6749 §3.3', 'the order of scope values and their repetition mean nothing', () => {
  assert.deepEqual(asked('cards.read  openid cards.read'), ['cards.read', 'openid'])
})

must('RFC 6749 §3.3', 'a request without scope gets the default of the client', () => {
  assert.deepEqual(asked(undefined), ['openid', 'email', 'cards.read'])
  assert.deepEqual(asked(undefined, exampleClient({ metadata: { scope: 'openid email', default_scope: 'email' } })), [
    'email',
  ])
  assert.deepEqual(asked(undefined, exampleClient({})), [])
})

must('RFC 6749 §3.3', 'AZ-39: a character that no scope value may have is invalid_scope', () => {
  for (const scope of ['openid\t', 'openid"', 'op\\enid', 'öpenid', 'openid\0']) {
    assert.throws(() => asked(scope), refusedFor('scope_malformed'))
  }
})

must('RFC 6749 §3.3', 'AZ-39: a scope of nothing but spaces is invalid_scope', () => {
  assert.throws(() => asked('  '), refusedFor('scope_blank'))
})

must('RFC 6749 §4.1.2.1', 'AZ-38: a scope value that the client was not registered for is never granted', () => {
  assert.throws(() => asked('cards.send'), refusedFor('scope_not_allowed'))
})

must('RFC 6749 §4.1.2.1', 'a scope value that nobody knows is refused by name', () => {
  for (const scope of ['admin', '__proto__', 'constructor'])
    assert.throws(() => asked(scope), refusedFor('scope_unknown'))
})

must('OpenID Connect Core §3.1.2.1', 'a client of the profile oidc has unknown scope values ignored', () => {
  const client = exampleClient({ profile: 'oidc', metadata: { scope: 'openid' } })
  assert.deepEqual(asked('openid colour cards.read', client), ['openid'])
})

must('R13', 'no ceiling rejects offline_access; a client that cannot refresh gets nothing by it', () => {
  assert.deepEqual(asked('openid offline_access'), ['openid', 'offline_access'])
  const cannot = exampleClient({ metadata: { scope: 'openid', grant_types: ['authorization_code'] } })
  assert.deepEqual(asked('openid offline_access', cannot), ['openid'])
})

must('RFC 8707 §2.1', 'each scope value is good at the resources of the request that own it', () => {
  const permissions = permissionsFor({
    scope: ['openid', 'cards.read'],
    resources: [cards],
    knownResources: known,
    details: [],
  })
  assert.deepEqual(permissions, [{ scope: 'openid' }, { scope: 'cards.read', resource: 'https://cards.test/' }])
})

must(
  'RFC 8707 §2.1',
  'a resource that is named without any scope value of its own is a permission all the same',
  () => {
    const permissions = permissionsFor({ scope: ['openid'], resources: [photos], knownResources: known, details: [] })
    assert.deepEqual(permissions, [{ scope: 'openid' }, { scope: '', resource: 'https://photos.test/' }])
  },
)

must('RFC 8707 §2.1', 'a scope value that belongs to none of the named resources is refused', () => {
  const draft = { scope: ['cards.read'], resources: [photos], knownResources: known, details: [] }
  assert.throws(() => permissionsFor(draft), refusedFor('scope_of_other_resource'))
})
