import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after } from 'node:test'
import { must } from '../../../testing/must.ts'
import type { Visitor } from '../../../testing/visitor.ts'
import { world, worldAuthorization } from '../../../testing/world.ts'

const there = await world()
after(() => there.close())

async function flow(code_verifier: string, visitor: Visitor = there.visitor()): Promise<void> {
  const code_challenge = createHash('sha256').update(code_verifier).digest('base64url')
  const { leaves } = await there.allow(visitor, there.authorizeUrl({ code_challenge }))
  const code = leaves?.searchParams.get('code') ?? ''
  const body = { grant_type: 'authorization_code', code, code_verifier }
  assert.equal((await there.request('POST', '/token', { headers: worldAuthorization, body })).status, 200)
}

const noticed = async (): Promise<number> =>
  (await there.parts.auditEvents.list({ client_id: 'greatapp', limit: 100 })).filter(
    ({ event }) => event === 'code_verifier_constant',
  ).length

must('RFC 9700 §2.1.1', 'PK-08: a verifier that serves for several sessions is noticed, once', async () => {
  const loadedAnew = there.visitor()
  for (let each = 0; each < 5; each += 1) await flow('a-page-that-is-loaded-anew-has-its-old-challenge', loadedAnew)
  for (const each of ['one', 'two', 'three']) await flow(`a-new-verifier-for-each-as-it-has-to-be--number-${each}`)
  assert.equal(await noticed(), 0)
  const constant = 'the-same-constant-for-everybody-who-comes-by'
  for (let each = 0; each < 6; each += 1) await flow(constant)
  assert.equal(await noticed(), 1)
  const { detail } = there.log.findLast(({ event }) => event === 'code_verifier_constant') ?? {}
  assert.deepEqual([detail?.['client_id'], detail?.['sessions']], ['greatapp', 3])
  assert.ok(!JSON.stringify(there.log).includes(constant))
})
