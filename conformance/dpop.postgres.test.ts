/** DPoP on two nodes over one database: what one node was shown the other knows, and what one gave out the other takes. */
import assert from 'node:assert/strict'
import { after } from 'node:test'
import { dpopProof, newDpopKey } from '../testing/dpop.ts'
import { must } from '../testing/must.ts'
import { startNodes } from '../testing/nodes.ts'
import { freshDatabase } from '../testing/postgres.ts'
import {
  authorize,
  clients,
  configuration,
  credentialsOf,
  isActive,
  jsonOf,
  post,
  tokensOf,
  type Parameters,
  type SceneClient,
} from './scene.ts'

const [server, strict] = await Promise.all([
  startNodes(2, { configuration, database: await freshDatabase() }),
  startNodes(2, { configuration: { ...configuration, dpop: { nonce: 'required' } }, database: await freshDatabase() }),
])
after(() => Promise.all([server.stop(), strict.stop()]))
const key = await newDpopKey()
const now = () => Math.floor(Date.now() / 1000)
const proofAt = (issuer: string, claims = {}) => dpopProof(key, { htu: `${issuer}/token`, at: now(), claims })
const machine = { grant_type: 'client_credentials', scope: 'postcards.read' }

function ask(asked: Pick<typeof server, 'issuer' | 'send'>, by: SceneClient, parameters: Parameters, dpop: string) {
  const credentials = credentialsOf(by, asked.issuer)
  return post(asked, '/token', { ...credentials, headers: { ...credentials.headers, dpop } }, parameters)
}

must('RFC 9449 §11.1', 'DP-04: of fifty requests with one proof, to any node, one gets a token', async () => {
  for (let trial = 0; trial < 20; trial += 1) {
    const proof = await proofAt(server.issuer)
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask(server, clients.C6, machine, proof)))
    assert.equal(answers.filter(({ status }) => status === 200).length, 1)
    const errors = new Set(answers.filter(({ status }) => status !== 200).map((answer) => jsonOf(answer)['error']))
    assert.deepEqual([...errors], ['invalid_dpop_proof'])
  }
})

must('R1, RFC 9449 §5', 'RT-02: fifty uses of a bound refresh token at any node: it alone lives', async () => {
  const scope = 'openid offline_access postcards.read'
  for (let trial = 0; trial < 5; trial += 1) {
    const { code, code_verifier } = await authorize(server.visitor(), clients.C2, { scope })
    const redeemed = { grant_type: 'authorization_code', code, code_verifier }
    const { refresh_token } = tokensOf(await ask(server, clients.C2, redeemed, await proofAt(server.issuer)))
    const uses = Array.from({ length: 50 }, async () => {
      const form = { grant_type: 'refresh_token', refresh_token }
      return tokensOf(await ask(server, clients.C2, form, await proofAt(server.issuer)))
    })
    const answers = await Promise.all(uses)
    assert.deepEqual([...new Set(answers.map((answer) => answer.refresh_token))], [refresh_token])
    assert.equal(await isActive(server, clients.RS1, answers[49]?.access_token ?? ''), true)
  }
})

must('RFC 9449 §8', 'DP-05: a nonce that one node gave out is taken by the other', async () => {
  const [one, other] = strict.nodes
  assert.ok(one !== undefined && other !== undefined)
  const refused = await ask(one, clients.C6, machine, await proofAt(strict.issuer))
  assert.deepEqual([refused.status, jsonOf(refused)['error']], [400, 'use_dpop_nonce'])
  const nonce = String(refused.headers['dpop-nonce'])
  const answer = await ask(other, clients.C6, machine, await proofAt(strict.issuer, { nonce }))
  assert.equal(jsonOf(answer)['token_type'], 'DPoP')
})
