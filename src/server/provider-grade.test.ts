import assert from 'node:assert/strict'
import { after, beforeEach, describe, test } from 'node:test'
import { must } from '../../testing/must.ts'
import { openUpstreamWorld, type Alteration } from '../../testing/upstream.ts'
import type { UpstreamProvider } from '../domain/upstream.ts'
import { gradeProviders } from './provider-grade.ts'

const up = await openUpstreamWorld()
after(() => up.world.close())
beforeEach(() => up.alter(undefined))

async function findings(otherwise: Partial<UpstreamProvider> = {}): Promise<readonly string[]> {
  const grades = await gradeProviders([{ ...up.provider, ...otherwise }], { issuer: 'https://id.test', ...up })
  assert.match(grades[0]?.words ?? '', /back to https:\/\/id\.test\/upstream\/other, which is to be registered/)
  return grades.slice(1).map(({ level, words }) => `${level}: ${words}`)
}

/** The provider's own description, with something else in it. */
const saying =
  (otherwise: Readonly<Record<string, unknown>>): Alteration =>
  (_url, answer) => {
    const said = JSON.parse(Buffer.from(answer.body).toString()) as Readonly<Record<string, unknown>>
    return { ...answer, body: Buffer.from(JSON.stringify({ ...said, ...otherwise })) }
  }

describe('what other providers say of themselves', () => {
  test('a second server of ours is right in every way that it is asked about', async () => {
    assert.deepEqual(await findings(), [])
    assert.deepEqual(
      await findings({ response_mode: 'form_post', token_endpoint_auth_method: 'client_secret_post' }),
      [],
    )
  })

  must(
    'OpenID Connect Discovery §4.3',
    'one that calls itself otherwise is told, but for a tenant’s name',
    async () => {
      up.alter(saying({ issuer: 'https://evil.test' }))
      assert.match(
        (await findings())[0] ?? '',
        /^finding: calls itself "https:\/\/evil\.test", and not https:\/\/up\.test/,
      )
      up.alter(saying({ issuer: 'https://{tenantid}test' }))
      assert.deepEqual(await findings(), [])
    },
  )

  const wrong: readonly (readonly [Readonly<Record<string, unknown>>, RegExp])[] = [
    [{ token_endpoint: undefined, jwks_uri: 'nowhere' }, /^finding: names no token_endpoint and no jwks_uri/],
    [{ response_types_supported: ['id_token'] }, /^finding: does not offer the code flow/],
    [{ token_endpoint_auth_methods_supported: ['private_key_jwt'] }, /^finding: does not take the way/],
    [{ code_challenge_methods_supported: ['plain'] }, /^note: does not say that it knows PKCE/],
    [{ authorization_response_iss_parameter_supported: undefined }, /^note: does not name itself/],
  ]
  for (const [said, words] of wrong) {
    must('OpenID Connect Discovery §3', `one is told that says ${JSON.stringify(said)}`, async () => {
      up.alter(saying(said))
      const told = await findings()
      assert.equal(told.length, 1)
      assert.match(told[0] ?? '', words)
    })
  }

  test('one that does not answer, or by something else, is told with the address that was asked', async () => {
    const nobody = await findings({ issuer: 'https://nobody.test' })
    assert.deepEqual(nobody, [
      'finding: has no description at https://nobody.test/.well-known/openid-configuration: name_unknown',
    ])
    const answers: readonly (readonly [Alteration, RegExp])[] = [
      [() => ({ refused: 'redirected', why: 'redirect' }), /is redirected/],
      [(_url, answer) => ({ ...answer, status: 404 }), /answers 404/],
      [(_url, answer) => ({ ...answer, body: Buffer.from('<html>') }), /else than JSON/],
      [(_url, answer) => ({ ...answer, body: Buffer.from('[]') }), /else than an object/],
    ]
    for (const [alter, words] of answers) {
      up.alter(alter)
      assert.match((await findings())[0] ?? '', words)
    }
  })

  test('of plain OAuth nothing can be asked but where people come back', async () => {
    const endpoints = {
      authorization_endpoint: 'https://up.test/a',
      token_endpoint: 'https://up.test/t',
      userinfo_endpoint: 'https://up.test/u',
      subject_member: 'id',
    }
    assert.deepEqual(await findings({ kind: 'oauth', endpoints }), [])
  })
})
