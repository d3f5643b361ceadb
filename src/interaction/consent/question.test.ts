import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clientRecord, resourceRecord } from '../../../testing/protocol.ts'
import { accountRecord } from '../../../testing/records.ts'
import { Bindings } from '../../kernel/binding.ts'
import { Parameters } from '../../kernel/parameters.ts'
import { secretsUnder } from '../../kernel/secret.ts'
import type { Permission } from '../../domain/grant.ts'
import { allowed, isLasting, questionId, type Question } from './question.ts'

const scopes = { read: { title: 'Read', optional: true }, write: { title: 'Write', optional: false } }
const one = resourceRecord({ resource: 'https://one.test/', scopes })
const other = resourceRecord({ resource: 'https://other.test/', scopes })

function questionOf(permissions: readonly Permission[]): Question {
  const client = clientRecord()
  const target = {
    client,
    redirect_uri: 'https://rp1.test/cb',
    response_mode: { name: 'query', carrier: 'query' },
  } as const
  const resources = [one, other]
  const request = {
    target,
    client,
    response_type: 'code' as const,
    parameters: Parameters.from({}),
    permissions,
    resources,
    bindings: new Bindings(),
    prompt: new Set<never>(),
    acr: { values: [], kind: 'voluntary' as const },
    subjects: [],
  }
  return { request, account: accountRecord(), asks: permissions, holds: [], resources, access_for: '30d', at: 0 }
}

const both = [one, other].map(({ resource }) => ({ scope: 'read', resource }))

test('R6: a scope value of two resources is left out on each by itself', () => {
  const [first, second] = both
  assert.deepEqual(allowed(questionOf(both), ['read https://one.test/', 'read https://other.test/']), both)
  assert.deepEqual(allowed(questionOf(both), ['read https://one.test/']), [first])
  assert.deepEqual(allowed(questionOf(both), ['read https://other.test/']), [second])
})

test('a box that does not say on which of two resources allows neither', () => {
  assert.deepEqual(allowed(questionOf(both), ['read', 'read']), [])
})

test('R6: an answer to a page that had no box for a permission is not one to a page that has, nor the other way', () => {
  const id = (question: Question) => questionId(question, { secrets: secretsUnder(Buffer.alloc(32, 7)) })
  const asked = questionOf(both)
  const required = { ...one, scopes: { ...scopes, read: { ...scopes.read, optional: false } } }
  assert.equal(id(asked), id({ ...asked, asks: both.toReversed() }))
  assert.notEqual(id(asked), id({ ...asked, resources: [required, other] }))
})

test('what is not optional needs no box, and a box for it takes nothing away', () => {
  const required = [
    { scope: 'write', resource: one.resource },
    { scope: 'openid' },
    { scope: '', resource: other.resource },
  ]
  assert.deepEqual(allowed(questionOf(required), []), required)
  assert.deepEqual(allowed(questionOf(required), ['write', 'write']), required)
})

test('a client can go on while the person is away only where a code comes, which a refresh token may follow', () => {
  const { request } = questionOf(both)
  assert.equal(isLasting(request), true)
  assert.equal(isLasting({ ...request, response_type: 'id_token token' }), false)
})

test('a client in a browser, whose tokens end as its person signs out, goes on while they are away with offline_access alone', () => {
  const { request } = questionOf(both)
  const inBrowser = { ...request, client: clientRecord({}, { token_endpoint_auth_method: 'none' }) }
  assert.equal(isLasting(inBrowser), false)
  assert.equal(isLasting({ ...inBrowser, permissions: [...both, { scope: 'offline_access' }] }), true)
})
