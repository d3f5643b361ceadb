/** RL-15: signing keys are rotated under load, before applications that keep the key set; one is removed at once. */
import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { createLocalJWKSet, decodeProtectedHeader, errors, jwtVerify, type JSONWebKeySet } from 'jose'
import { isActive, jsonOf, post } from '../../conformance/scene.ts'
import { freshDatabase } from '../../testing/postgres.ts'
import { spellTime } from '../figures.ts'
import { now } from '../flows.ts'
import { hold } from '../hold.ts'
import { startLoad } from '../load.ts'
import { startNode, type FaultNode } from '../node.ts'
import { many, type Length, type Scenario } from '../scenario.ts'
import { configurationOf, newScene, type Scene } from '../scene.ts'

/**
 * Seconds: how long an API keeps the key set, how long a key is published before it signs, and between rotations. A node
 * has a new key within a second, and a key may begin a second early, since moments are whole ones.
 */
const paces: Readonly<Record<Length, Readonly<Record<'cached' | 'published' | 'between', number>>>> = {
  short: { cached: 0.2, published: 2, between: 2.6 },
  usual: { cached: 2, published: 4, between: 5 },
  long: { cached: 40, published: 55, between: 60 },
}

/** Keys change, on two nodes over one database. */
export const rotateKeys: Scenario = {
  id: 'RL-15',
  fault: 'signing keys are rotated again and again under load; then the one that signs is removed',
  holds: 'no API that keeps the key set refuses a token; what a removed key signed is refused by both nodes',
  tested: 'always',
  async run({ length, directory }) {
    const pace = paces[length]
    const scene = newScene(4)
    const configuration = { ...configurationOf(scene, 'jwt'), keys: { publish_before: `${pace.published}s` } }
    const database = await freshDatabase()
    const one = await startNode({ directory, configuration, database })
    const other = await startNode({ directory, configuration, database, issuer: one.issuer })
    try {
      const load = await startLoad({ issuer: one.issuer, scene, pace: { rate: 20 }, directory })
      load.begin()
      const apis = [one, other].map((node) => openApi(node, scene, pace.cached * 1000))
      const rotations = many(length, { short: 1, usual: 10, long: 10 })
      for (let rotation = 0; rotation < rotations; rotation += 1) {
        assert.ok(!(await one.command('key', 'rotate', '--json')).includes('"outcome":"waiting"'))
        await wait(pace.between * 1000)
      }
      const seen = await Promise.all(apis.map((api) => api.stop()))
      const verdict = await hold(await load.stop(), { scene, node: other, database })
      const kids = new Set(seen.flatMap(({ kids: some }) => some))
      assert.ok(kids.size >= rotations, `only ${kids.size} keys signed`)
      return {
        verdict,
        figures: {
          rotations: String(rotations),
          'keys that signed': String(kids.size),
          'checked by APIs': seen.reduce((sum, { checked }) => sum + checked, 0).toLocaleString('en'),
          'refused by APIs': '0',
          'a removed key is refused after': spellTime(await removeKey([one, other], scene)),
        },
      }
    } finally {
      await Promise.all([one.close(), other.close()])
    }
  },
}

/** An API that keeps the key set for so long whatever happens, and checks new tokens and old ones with it. */
function openApi(node: FaultNode, scene: Scene, cached: number) {
  const tokens: string[] = []
  const kids = new Set<string>()
  let checked = 0
  let over = false
  let fetched = Number.NEGATIVE_INFINITY
  let keys: ReturnType<typeof createLocalJWKSet> | undefined

  async function keySet(): Promise<NonNullable<typeof keys>> {
    if (keys === undefined || now() - fetched > cached) {
      keys = createLocalJWKSet((await jwksOf(node)) as unknown as JSONWebKeySet)
      fetched = now()
    }
    return keys
  }

  async function check(token: string): Promise<void> {
    await jwtVerify(token, await keySet(), { issuer: node.issuer, audience: 'https://letters.test/' })
    checked += 1
  }

  async function run(): Promise<void> {
    for (; !over; await wait(20)) {
      const token = await newToken(node, scene)
      kids.add(decodeProtectedHeader(token).kid ?? '')
      await check(token)
      tokens.push(token)
      await check(tokens[randomInt(tokens.length)] ?? token)
    }
  }

  const running = run()
  running.catch(() => undefined) // told by stop
  return {
    async stop() {
      over = true
      await running
      return { checked, kids: [...kids] }
    },
  }
}

/** Removes the key that signs; answers how long until no node accepts what it signed. */
async function removeKey(nodes: readonly FaultNode[], scene: Scene): Promise<number> {
  const [node] = nodes
  assert.ok(node !== undefined)
  const token = await newToken(node, scene)
  const { kid = '', alg = '' } = decodeProtectedHeader(token)
  await node.command('key', 'rotate', '--now', '--alg', alg)
  await node.command('key', 'delete', kid)
  const removed = now()
  for (const asked of nodes) while (await isActive(asked, scene.api, token)) await wait(5)
  const took = now() - removed
  for (const asked of nodes) {
    const keys = createLocalJWKSet((await jwksOf(asked)) as unknown as JSONWebKeySet)
    await assert.rejects(jwtVerify(token, keys), errors.JWKSNoMatchingKey)
    await jwtVerify(await newToken(asked, scene), keys)
  }
  return took
}

async function newToken(node: FaultNode, { machine }: Scene): Promise<string> {
  const answer = await post(node, '/token', machine, { grant_type: 'client_credentials' })
  assert.equal(answer.status, 200, answer.body)
  return String(jsonOf(answer)['access_token'])
}

async function jwksOf(node: FaultNode): Promise<Readonly<Record<string, unknown>>> {
  const answer = await node.send({ path: '/jwks' })
  assert.equal(answer.status, 200)
  return jsonOf(answer)
}
