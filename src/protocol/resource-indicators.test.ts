import assert from 'node:assert/strict'
import { Parameters } from '../kernel/parameters.ts'
import { must } from '../../testing/must.ts'
import { exampleResource, requestDraft, tokenDraft } from '../../testing/drafts.ts'
import { refusedFor } from '../../testing/refused.ts'
import { resourceIndicators } from './resource-indicators.ts'

const cards = exampleResource('https://cards.test/', 'cards.read')
const photos = exampleResource('https://photos.test/api', 'photos.read')
const knownResources = [cards, photos]

const request = (...resource: readonly string[]) => {
  const draft = requestDraft({ knownResources, resources: knownResources, parameters: Parameters.from({ resource }) })
  resourceIndicators.authorizationRequest(draft)
  return draft.resources
}

const tokens = (approved: readonly (typeof cards)[], ...resource: readonly string[]) => {
  const draft = tokenDraft({ knownResources, resources: approved, parameters: Parameters.from({ resource }) })
  resourceIndicators.tokenRequest(draft)
  return draft.target
}

must('RFC 8707 §2.1', 'the authorization is for the resources the request names', () => {
  assert.deepEqual(request('https://photos.test/api'), [photos])
  assert.deepEqual(request('https://photos.test/api', 'https://cards.test/', 'https://cards.test/'), [photos, cards])
})

must('RFC 8707 §2', 'a resource whose empty path was left out is the same resource', () => {
  assert.deepEqual(request('https://cards.test'), [cards])
})

must('RFC 8707 §2', 'AZ-40: a resource that is unknown, relative or has a fragment is invalid_target', () => {
  for (const unknown of [
    'https://other.test/',
    'https://cards.test/#f',
    '/cards',
    'https://cards.test/x',
    '__proto__',
  ]) {
    assert.throws(() => request(unknown), refusedFor('resource_unknown'))
  }
})

must('RFC 8707 §2.2', 'the token is for the one resource that its request names', () => {
  assert.equal(tokens(knownResources, 'https://photos.test/api'), photos)
  assert.equal(tokens(knownResources), undefined)
})

must('RFC 8707 §2.2', 'TK-15, RT-09: a token request cannot name a resource that was not approved', () => {
  assert.throws(() => tokens([cards], 'https://photos.test/api'), refusedFor('resource_not_approved'))
})

must('RFC 8707 §2.2', 'one token has one audience', () => {
  assert.throws(
    () => tokens(knownResources, 'https://photos.test/api', 'https://cards.test/'),
    refusedFor('resource_several'),
  )
})
