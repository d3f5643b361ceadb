import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clientRecord, resourceRecord } from '../../../testing/protocol.ts'
import { accountRecord } from '../../../testing/records.ts'
import { Bindings } from '../../kernel/binding.ts'
import { Parameters } from '../../kernel/parameters.ts'
import type { Permission } from '../../domain/grant.ts'
import { allowed, type Question } from './question.ts'

const scopes = { read: { title: 'Read', optional: true }, write: { title: 'Write', optional: false } }
const one = resourceRecord({ resource: 'https://one.test/', scopes })
const other = resourceRecord({ resource: 'https://other.test/', scopes })

function questionOf(permissions: readonly Permission[]): Question {
  const client = clientRecord()
  const target = { client, redirect_uri: 'https://rp1.test/cb', response_mode: 'query' } as const
  const resources = [one, other]
  const request = {
    target,
    client,
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

test('a scope value of two resources is allowed on both when both boxes stay ticked', () => {
  assert.deepEqual(allowed(questionOf(both), ['read', 'read']), both)
})

test('unticking a scope value on one of two resources never leaves it on the one that was meant', () => {
  assert.deepEqual(allowed(questionOf(both), ['read']), [])
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
