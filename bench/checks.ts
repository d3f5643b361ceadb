/** Is the work right? Each server shows it before it gets a number: speed is easy for whoever leaves something out. */
import assert from 'node:assert/strict'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import type { Answer, Sent } from './connection.ts'
import type { Person } from './people.ts'
import type { Peer, RunningPeer } from './peers/peer.ts'
import { codeIn, codeRequest, machineRequest, refreshRequest, refreshTokenIn, tokensIn } from './requests.ts'
import type { Scene } from './scene.ts'

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
  prove(checked: Checked): Promise<void>
}

const rightWork: readonly Check[] = [
  {
    sentence: 'a client_credentials token verifies against the JWKS',
    async prove(checked) {
      const { scene, peer } = checked
      await verify(await send(checked, machineRequest(scene, peer.endpoints)), checked, scene.machine.client_id)
    },
  },
  {
    sentence: 'a wrong client secret is refused',
    async prove(checked) {
      const { scene, peer } = checked
      const wrong = { ...scene, machine: { ...scene.machine, client_secret: 'wrong' } }
      const { status, body } = await send(checked, machineRequest(wrong, peer.endpoints))
      assert.equal(status, 401, body)
    },
  },
  {
    sentence: 'the token of a code flow verifies against the JWKS, and comes without a refresh token',
    async prove(checked) {
      const answer = await send(checked, (await newCode(checked)).redeeming)
      await verify(answer, checked, checked.scene.web.client_id)
      assert.equal(tokensIn(answer).refresh_token, undefined)
    },
  },
  {
    sentence: 'a code is refused with another verifier',
    async prove(checked) {
      const { code } = await newCode(checked)
      const request = codeRequest(checked.scene, checked.scene.web, checked.peer.endpoints, {
        code,
        code_verifier: 'x'.repeat(43),
      })
      refused(await send(checked, request))
    },
  },
  {
    sentence: 'an authorization request without PKCE gets no code',
    async prove(checked) {
      const { request } = await checked.person.atClient(checked.scene.web)
      const sent = request()
      const answer = await send(checked, { ...sent, path: sent.path.replaceAll(/&code_challenge[^&]*/g, '') })
      assert.throws(() => codeIn(answer))
    },
  },
  {
    sentence: 'a code is refused the second time',
    async prove(checked) {
      const { redeeming } = await newCode(checked)
      tokensIn(await send(checked, redeeming))
      refused(await send(checked, redeeming))
    },
  },
  {
    sentence: 'a refresh token rotates, and is refused once its successor was used',
    async prove(checked) {
      const { lasting } = checked.scene
      const { redeeming } = await newCode(checked, lasting)
      const refresh = (token: string) => send(checked, refreshRequest(lasting, checked.peer.endpoints, token))
      const first = refreshTokenIn(await send(checked, redeeming))
      const answer = await refresh(first)
      await verify(answer, checked, lasting.client_id)
      const second = refreshTokenIn(answer)
      assert.notEqual(second, first)
      assert.notEqual(refreshTokenIn(await refresh(second)), second)
      refused(await refresh(first))
    },
  },
]

const durability: readonly Check[] = [
  {
    sentence: 'what it acknowledged is there after kill -9: a spent code, and a rotated refresh token',
    async prove(checked) {
      const { peer, scene } = checked
      const spent = await newCode(checked)
      tokensIn(await send(checked, spent.redeeming))
      const { redeeming } = await newCode(checked, scene.lasting)
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
export async function check({ keeps, side }: Peer, checked: Checked): Promise<Checking> {
  const passed: string[] = []
  const failed: { sentence: string; error: unknown }[] = []
  const { checkSync } = checked.peer
  const syncs = checkSync && { sentence: 'its database says that it syncs every commit', prove: checkSync }
  const durable = keeps === 'durable' ? [...durability, ...(syncs ? [syncs] : [])] : []
  const applicable = side === 'floor' ? [] : [...rightWork, ...durable]
  for (const { sentence, prove } of applicable) {
    try {
      await prove(checked)
      passed.push(sentence)
    } catch (error) {
      failed.push({ sentence, error })
    }
  }
  return { passed, failed }
}

async function newCode(
  { person, scene, peer }: Checked,
  client = scene.web,
): Promise<{ code: string; redeeming: Sent }> {
  const { request, code_verifier } = await person.atClient(client)
  const code = codeIn(await person.connection.send(request()))
  return { code, redeeming: codeRequest(scene, client, peer.endpoints, { code, code_verifier }) }
}

function send({ person }: Checked, request: Sent): Promise<Answer> {
  return person.connection.send(request)
}

async function verify(answer: Answer, { peer, scene }: Checked, client_id: string): Promise<void> {
  const { issuer, jwks_uri } = peer.endpoints
  const { payload } = await jwtVerify(tokensIn(answer).access_token, createRemoteJWKSet(jwks_uri), {
    issuer,
    audience: scene.resource,
    algorithms: ['ES256'],
    typ: 'at+jwt',
  })
  assert.equal(payload['client_id'], client_id)
  assert.equal(payload['scope'], scene.scope)
}

function refused({ status, body }: Answer): void {
  assert.equal(status, 400, body)
  assert.equal((JSON.parse(body) as { error?: string }).error, 'invalid_grant')
}
