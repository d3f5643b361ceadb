/** Is the work right? Each server shows it before it gets a number: speed is easy for whoever leaves something out. */
import assert from 'node:assert/strict'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import type { Answer, Sent } from './connection.ts'
import type { Person } from './people.ts'
import type { Peer, RunningPeer } from './peers/peer.ts'
import {
  codeIn,
  documentRequest,
  introspectionRequest,
  jsonIn,
  machineRequest,
  refreshRequest,
  refreshTokenIn,
  revocationRequest,
  tokensIn,
  userinfoRequest,
  wanted,
  type Wanted,
} from './requests.ts'
import type { Scene, SceneClient, SceneResource } from './scene.ts'
import type { WorkloadName } from './workloads.ts'

/** What a check has at hand. */
interface Checked {
  readonly peer: RunningPeer
  readonly scene: Scene
  /** Nobody measures with this person, so the consent may end. */
  readonly person: Person
}

/** A sentence that must hold. */
interface Check {
  readonly sentence: string
  /** The work that it is about: whoever does not do all of it is not asked. */
  readonly of: readonly WorkloadName[]
  prove(checked: Checked): Promise<void>
}

const rightWork: readonly Check[] = [
  {
    sentence: 'a client_credentials token verifies against the JWKS',
    of: ['W1', 'W7'],
    async prove(checked) {
      const { scene } = checked
      await verify(await machineAnswer(checked, scene.postcards), checked, scene.machine, scene.postcards)
    },
  },
  {
    sentence: 'so does one that is signed by RS256',
    of: ['W1-RS', 'W7'],
    async prove(checked) {
      const { scene } = checked
      await verify(await machineAnswer(checked, scene.stamps), checked, scene.machine, scene.stamps)
    },
  },
  {
    sentence: 'a wrong client secret is refused',
    of: ['W4'],
    async prove(checked) {
      const { scene, peer } = checked
      const { lasting } = scene
      const first = refreshTokenIn(
        await send(checked, (await newCode(checked, lasting, lastingly(checked.scene))).redeeming),
      )
      const wrong = { ...lasting, client_secret: 'wrong' }
      const { status, body } = await send(checked, refreshRequest(wrong, peer.endpoints, first))
      assert.ok([400, 401].includes(status), body)
      assert.equal((JSON.parse(body) as { error?: string }).error, 'invalid_client')
    },
  },
  {
    sentence: 'the token of a code flow verifies against the JWKS',
    of: ['W2', 'W7'],
    async prove(checked) {
      const { scene } = checked
      await verify(await send(checked, (await newCode(checked)).redeeming), checked, scene.web, scene.postcards)
    },
  },
  {
    sentence: 'a code is refused with another verifier',
    of: ['W2'],
    async prove(checked) {
      const { redeeming } = await newCode(checked)
      const body = redeeming.body?.replace(/code_verifier=[^&]*/, `code_verifier=${'x'.repeat(43)}`) ?? ''
      refused(await send(checked, { ...redeeming, body }))
    },
  },
  {
    sentence: 'an authorization request without PKCE gets no code',
    of: ['W2'],
    async prove(checked) {
      const { request } = await checked.person.atClient(checked.scene.web, wanted(checked.scene.postcards))
      const sent = request()
      const answer = await send(checked, { ...sent, path: sent.path.replaceAll(/&code_challenge[^&]*/g, '') })
      assert.throws(() => codeIn(answer))
    },
  },
  {
    sentence: 'a code is refused the second time',
    of: ['W2'],
    async prove(checked) {
      const { redeeming } = await newCode(checked)
      tokensIn(await send(checked, redeeming))
      refused(await send(checked, redeeming))
    },
  },
  ...(['ES256', 'RS256'] as const).map((alg): Check => ({
    sentence: `an id_token verifies against the JWKS, by ${alg}`,
    of: [alg === 'ES256' ? 'W3' : 'W3-RS', 'W7'],
    async prove(checked) {
      const { lasting, lasting_rs256, postcards } = checked.scene
      const client = alg === 'ES256' ? lasting : lasting_rs256
      const answer = await send(checked, (await newCode(checked, client, wanted(postcards, 'openid'))).redeeming)
      const { issuer, jwks_uri } = checked.peer.endpoints
      const of = { issuer, audience: client.client_id, algorithms: [alg] }
      await jwtVerify(tokensIn(answer).id_token ?? '', createRemoteJWKSet(jwks_uri), of)
    },
  })),
  {
    sentence: 'a refresh token rotates, and is refused once its successor was used',
    of: ['W4'],
    async prove(checked) {
      const { lasting } = checked.scene
      const refresh = (token: string) => send(checked, refreshRequest(lasting, checked.peer.endpoints, token))
      const first = refreshTokenIn(
        await send(checked, (await newCode(checked, lasting, lastingly(checked.scene))).redeeming),
      )
      const second = refreshTokenIn(await refresh(first))
      assert.notEqual(second, first)
      assert.notEqual(refreshTokenIn(await refresh(second)), second)
      refused(await refresh(first))
    },
  },
  {
    sentence: 'introspection tells of a token that it is active, and of one that nobody issued that it is not',
    of: ['W5'],
    async prove(checked) {
      const { scene } = checked
      const answer = await send(checked, (await newCode(checked, scene.web, wanted(scene.drafts))).redeeming)
      const { access_token } = tokensIn(answer)
      assert.equal(await isActive(access_token, scene.web, checked), true)
      assert.equal(await isActive(`${access_token.slice(0, -4)}xxxx`, scene.web, checked), false)
    },
  },
  {
    sentence: 'userinfo tells the sub of the token, and nothing to whoever has none',
    of: ['W6'],
    async prove(checked) {
      const { scene, peer } = checked
      const tokens = tokensIn(await send(checked, (await newCode(checked, scene.web, { scope: 'openid' })).redeeming))
      const told = jsonIn(await send(checked, userinfoRequest(peer.endpoints, tokens.access_token)))
      const [, payload = ''] = tokens.id_token?.split('.') ?? []
      assert.equal(told['sub'], (JSON.parse(Buffer.from(payload, 'base64url').toString()) as { sub?: string }).sub)
      assert.equal((await send(checked, userinfoRequest(peer.endpoints, 'nobody'))).status, 401)
    },
  },
  {
    sentence: 'discovery names the issuer and where the keys are',
    of: ['W7'],
    async prove(checked) {
      const { discovery, issuer, jwks_uri } = checked.peer.endpoints
      const told = jsonIn(await send(checked, documentRequest(discovery)))
      assert.deepEqual([told['issuer'], told['jwks_uri']], [issuer, jwks_uri.href])
    },
  },
  {
    sentence: 'a revoked token is not active any more',
    of: ['W5', 'W8'],
    async prove(checked) {
      const { scene, peer } = checked
      const { access_token } = tokensIn(await machineAnswer(checked, scene.drafts))
      assert.equal(await isActive(access_token, scene.machine, checked), true)
      assert.equal((await send(checked, revocationRequest(scene, peer.endpoints, access_token))).status, 200)
      assert.equal(await isActive(access_token, scene.machine, checked), false)
    },
  },
]

const durability: readonly Check[] = [
  {
    sentence: 'what it acknowledged is there after kill -9: a spent code, and a rotated refresh token',
    of: ['W2', 'W4'],
    async prove(checked) {
      const { peer, scene } = checked
      const spent = await newCode(checked)
      tokensIn(await send(checked, spent.redeeming))
      const { redeeming } = await newCode(checked, scene.lasting, lastingly(scene))
      const first = refreshTokenIn(await send(checked, redeeming))
      const second = refreshTokenIn(await send(checked, refreshRequest(scene.lasting, peer.endpoints, first)))
      await peer.crash()
      refreshTokenIn(await send(checked, refreshRequest(scene.lasting, peer.endpoints, second)))
      refused(await send(checked, spent.redeeming))
    },
  },
]

/** What checking a server came to. */
export interface Checking {
  readonly passed: readonly string[]
  readonly failed: readonly { readonly sentence: string; readonly error: unknown }[]
}

/** Holds a server to its work. The person's consents are ended by it. */
export async function check({ keeps, side, lacks = {} }: Peer, checked: Checked): Promise<Checking> {
  const passed: string[] = []
  const failed: { sentence: string; error: unknown }[] = []
  const { checkSync } = checked.peer
  const syncs = checkSync && { sentence: 'its database says that it syncs every commit', of: [], prove: checkSync }
  const durable = keeps === 'durable' ? [...durability, ...(syncs ? [syncs] : [])] : []
  const applicable = side === 'floor' ? [] : [...rightWork, ...durable]
  for (const { sentence, prove } of applicable.filter(({ of }) => of.every((name) => !(name in lacks)))) {
    try {
      await prove(checked)
      passed.push(sentence)
    } catch (error) {
      failed.push({ sentence, error })
    }
  }
  return { passed, failed }
}

/** What brings a refresh token, from every server. */
const lastingly = ({ postcards }: Scene): Wanted => wanted(postcards, 'offline_access')

async function newCode(
  { person, scene }: Checked,
  client = scene.web,
  want: Wanted = wanted(scene.postcards),
): Promise<{ readonly redeeming: Sent }> {
  const { request, redeeming } = await person.atClient(client, want)
  return { redeeming: redeeming(codeIn(await person.connection.send(request()))) }
}

function machineAnswer(checked: Checked, of: SceneResource): Promise<Answer> {
  return send(checked, machineRequest(checked.scene, checked.peer.endpoints, of))
}

function send({ person }: Checked, request: Sent): Promise<Answer> {
  return person.connection.send(request)
}

async function isActive(token: string, of: SceneClient, checked: Checked): Promise<unknown> {
  return jsonIn(await send(checked, introspectionRequest(of, checked.peer.endpoints, token)))['active']
}

async function verify(
  answer: Answer,
  { peer }: Checked,
  { client_id }: SceneClient,
  { resource, scope, access_tokens }: SceneResource,
): Promise<void> {
  const { issuer, jwks_uri } = peer.endpoints
  const { payload } = await jwtVerify(tokensIn(answer).access_token, createRemoteJWKSet(jwks_uri), {
    issuer,
    audience: resource,
    algorithms: [access_tokens],
    typ: 'at+jwt',
  })
  assert.equal(payload['client_id'], client_id)
  assert.equal(payload['scope'], scope)
}

function refused({ status, body }: Answer): void {
  assert.ok([400, 401].includes(status), body)
  assert.equal(typeof (JSON.parse(body) as { error?: string }).error, 'string')
}
