import assert from 'node:assert/strict'
import { createHash, randomUUID } from 'node:crypto'
import { after, describe } from 'node:test'
import { decodeJwt, exportJWK, generateKeyPair, SignJWT } from 'jose'
import { dpopProof, newDpopKey, type DpopKey, type MadeProof } from '../../../testing/dpop.ts'
import { must } from '../../../testing/must.ts'
import { refusedFor } from '../../../testing/refused.ts'
import type { Visitor } from '../../../testing/visitor.ts'
import { world, worldAuthorization, type Tokens } from '../../../testing/world.ts'
import { Parameters } from '../../kernel/parameters.ts'
import { dpop } from './dpop.ts'

const web = {
  redirect_uris: ['https://rp1.test/cb'],
  grant_types: ['authorization_code', 'refresh_token'],
  scope: 'openid offline_access postcards.read',
}
/** The key by which the client of the profile `fapi2` authenticates. */
const fapi = await generateKeyPair('ES256', { extractable: true })
const clients = [
  {
    ...web,
    client_id: 'greatapp',
    client_secret: 'a-secret-of-more-than-32-characters-for-tests',
    grant_types: [...web.grant_types, 'client_credentials'],
  },
  { ...web, client_id: 'strict', token_endpoint_auth_method: 'none', dpop_bound_access_tokens: true },
  { ...web, client_id: 'public', token_endpoint_auth_method: 'none' },
  {
    ...web,
    client_id: 'fapi',
    token_endpoint_auth_method: 'private_key_jwt',
    jwks: { keys: [await exportJWK(fapi.publicKey)] },
    profile: 'fapi2',
  },
]
const one = await world({ clients })
after(() => one.close())

const [key, other] = await Promise.all([newDpopKey(), newDpopKey()])
const proofOf = (by: DpopKey, otherwise: Partial<MadeProof> = {}) =>
  dpopProof(by, { htu: `${one.issuer}/token`, at: one.clock(), ...otherwise })
const visitor = one.visitor()

interface Answer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
  readonly headers: Readonly<Record<string, unknown>>
}
type By = 'greatapp' | 'strict' | 'public' | 'fapi'

const reason = () => one.log.findLast(({ detail }) => detail['reason'] !== undefined)?.detail['reason']

async function codeFor(by: By, more: Readonly<Record<string, string>> = {}, from: Visitor = visitor): Promise<string> {
  const { leaves } = await one.allow(from, one.authorizeUrl({ client_id: by, ...more }))
  return leaves?.searchParams.get('code') ?? `no code: ${leaves?.href ?? 'nowhere'}`
}

async function token(by: By, body: Readonly<Record<string, string>>, proof?: string): Promise<Answer> {
  const answer = await one.request('POST', '/token', {
    headers: { ...(by === 'greatapp' && worldAuthorization), ...(proof !== undefined && { dpop: proof }) },
    body: { ...(by !== 'greatapp' && { client_id: by }), ...body },
  })
  return { ...answer, body: JSON.parse(answer.body) as Record<string, unknown> }
}

async function redeem(by: By, code: string, proof?: string): Promise<Answer> {
  const code_verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
  return token(by, { grant_type: 'authorization_code', code, code_verifier }, proof)
}

async function tokens(by: By, proof?: string): Promise<Tokens & { readonly token_type: string }> {
  const { status, body } = await redeem(by, await codeFor(by), proof)
  assert.equal(status, 200, JSON.stringify(body))
  return body as unknown as Tokens & { token_type: string }
}

const refresh = (by: By, refresh_token: string | undefined, proof?: string): Promise<Answer> =>
  token(by, { grant_type: 'refresh_token', refresh_token: refresh_token ?? '' }, proof)

const confirmed = (jwt: unknown) => decodeJwt(String(jwt))['cnf']

async function refused(answer: Promise<Answer>, error: string, why: string): Promise<void> {
  const { status, body } = await answer
  assert.deepEqual([status, body['error'], reason()], [400, error, why])
}

describe('tokens', () => {
  must('RFC 9449 §5, RFC 9449 §6.1', 'DP-06: are bound to the key of the proof, and say so', async () => {
    const given = await tokens('greatapp', await proofOf(key))
    assert.equal(given.token_type, 'DPoP')
    assert.deepEqual(confirmed(given.access_token), { jkt: key.jkt })
    const own = await token('greatapp', { grant_type: 'client_credentials' }, await proofOf(key))
    assert.deepEqual([own.body['token_type'], confirmed(own.body['access_token'])], ['DPoP', { jkt: key.jkt }])
    const plain = await tokens('greatapp')
    assert.deepEqual([plain.token_type, confirmed(plain.access_token)], ['Bearer', undefined])
  })

  must('RFC 9449 §6.2', 'IN-10: introspection tells the key and the type', async () => {
    const { access_token } = await tokens('greatapp', await proofOf(key))
    const body = { token: access_token }
    const answer = await one.request('POST', '/introspect', { headers: worldAuthorization, body })
    const { active, cnf, token_type } = JSON.parse(answer.body) as Record<string, unknown>
    assert.deepEqual({ active, cnf, token_type }, { active: true, cnf: { jkt: key.jkt }, token_type: 'DPoP' })
  })

  must('RFC 9449 §5', 'DP-01: a bad proof gets no token, and burns no code', async () => {
    const code = await codeFor('greatapp')
    const proof = await proofOf(key, { htm: 'GET' })
    await refused(redeem('greatapp', code, proof), 'invalid_dpop_proof', 'dpop_htm_mismatch')
    await refused(redeem('greatapp', code, 'a, b'), 'invalid_dpop_proof', 'dpop_proof_malformed')
    assert.equal((await redeem('greatapp', code, await proofOf(key))).status, 200)
  })

  must(
    'RFC 9449 §5.2',
    'DP-08: a client registered for bound tokens gets no others, and its code is not burnt',
    async () => {
      const code = await codeFor('strict')
      await refused(redeem('strict', code), 'invalid_request', 'dpop_proof_missing')
      assert.equal((await redeem('strict', code, await proofOf(key))).status, 200)
    },
  )

  must('FAPI 2.0 Security Profile §5.3.2.1', 'a client of that profile gets bound tokens only', async () => {
    const posted = async (path: string, parameters: Readonly<Record<string, string>>, proof?: string) => {
      const claims = { iss: 'fapi', sub: 'fapi', aud: one.issuer, exp: one.clock() + 60, jti: randomUUID() }
      const client_assertion = await new SignJWT(claims).setProtectedHeader({ alg: 'ES256' }).sign(fapi.privateKey)
      const client_assertion_type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
      return one.request('POST', path, {
        headers: { ...(proof !== undefined && { dpop: proof }) },
        body: { ...parameters, client_assertion_type, client_assertion },
      })
    }
    const asked = new URL(one.authorizeUrl({ client_id: 'fapi' })).searchParams
    const pushed = await posted('/par', Object.fromEntries(asked))
    const { request_uri = '' } = JSON.parse(pushed.body) as Record<string, string>
    const code = await codeFor('fapi', { request_uri })
    const code_verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
    const redeemed = (proof?: string) =>
      posted('/token', { grant_type: 'authorization_code', code, code_verifier }, proof)
    assert.deepEqual([(await redeemed()).status, reason()], [400, 'sender_not_constrained'])
    assert.equal((await redeemed(await proofOf(key))).status, 200)
  })

  must('RFC 9449 §11.1', 'DP-04: fifty redemptions with one proof: one gets tokens, and keeps them', async () => {
    const [code, proof] = [await codeFor('greatapp'), await proofOf(key)]
    const answers = await Promise.all(Array.from({ length: 50 }, () => redeem('greatapp', code, proof)))
    const [winner, ...more] = answers.filter(({ status }) => status === 200)
    assert.equal(more.length, 0)
    for (const answer of answers) if (answer !== winner) assert.equal(answer.body['error'], 'invalid_dpop_proof')
    const refreshed = await refresh('greatapp', String(winner?.body['refresh_token']), await proofOf(key))
    assert.equal(refreshed.status, 200)
  })
})

describe('dpop_jkt', () => {
  must(
    'RFC 9449 §10',
    'CD-17, DP-06: binds the code: another key, or none, gets nothing and burns nothing',
    async () => {
      const code = await codeFor('greatapp', { dpop_jkt: key.jkt })
      await refused(redeem('greatapp', code, await proofOf(other)), 'invalid_grant', 'code_of_another_key')
      await refused(redeem('greatapp', code), 'invalid_grant', 'code_of_another_key')
      assert.equal((await redeem('greatapp', code, await proofOf(key))).status, 200)
    },
  )

  must('RFC 9449 §10', 'what is not a thumbprint is refused at once', async () => {
    for (const dpop_jkt of ['x', `${key.jkt}=`, `${key.jkt}a`, key.jkt.replace(/^./, '+')]) {
      const { leaves } = await one.visitor().go(one.authorizeUrl({ dpop_jkt }))
      assert.deepEqual([leaves?.searchParams.get('error'), reason()], ['invalid_request', 'dpop_jkt_malformed'])
    }
  })

  must('RFC 9449 §10.1', 'a proof with a pushed request stands for it, and may not contradict it', async () => {
    const client = await one.parts.clients.find('greatapp')
    assert.ok(client)
    const pushed = async (query: string, proof?: string) => {
      const headers = proof === undefined ? {} : { dpop: proof }
      const request = {
        method: 'POST',
        path: '/par',
        query: '',
        headers,
        body: '',
        params: {},
        address: '',
        request_id: '',
      }
      return dpop.pushedRequest({ request, client, parameters: Parameters.read(query) }, one.parts)
    }
    const proof = () => proofOf(key, { htu: `${one.issuer}/par` })
    assert.deepEqual(await pushed('a=b', await proof()), { dpop_jkt: key.jkt })
    assert.deepEqual(await pushed(`dpop_jkt=${key.jkt}`, await proof()), { dpop_jkt: key.jkt })
    assert.deepEqual(await pushed(`dpop_jkt=${key.jkt}`), {})
    await assert.rejects(pushed(`dpop_jkt=${other.jkt}`, await proof()), refusedFor('dpop_jkt_contradicted'))
  })
})

describe('a refresh token', () => {
  must('RFC 9449 §5', 'RT-20: of a public client is for the key that it was given to alone', async () => {
    const { refresh_token } = await tokens('public', await proofOf(key))
    await refused(refresh('public', refresh_token), 'invalid_grant', 'refresh_token_of_another_key')
    await refused(
      refresh('public', refresh_token, await proofOf(other)),
      'invalid_grant',
      'refresh_token_of_another_key',
    )
    const { status, body } = await refresh('public', refresh_token, await proofOf(key))
    assert.deepEqual([status, body['token_type'], confirmed(body['access_token'])], [200, 'DPoP', { jkt: key.jkt }])
  })

  must(
    'R1, FAPI 2.0 Security Profile §5.3.2.1',
    'RT-02: that nobody else can use stays, however many use it at once',
    async () => {
      for (const by of ['public', 'greatapp'] as const) {
        const { refresh_token } = await tokens(by, await proofOf(key))
        const uses = Array.from({ length: 50 }, async () => refresh(by, refresh_token, await proofOf(key)))
        for (const { status, body } of await Promise.all(uses)) {
          assert.deepEqual([status, body['refresh_token']], [200, refresh_token])
          assert.ok(Number(body['refresh_token_timeout']) > 0)
        }
        one.wait(600)
        assert.equal((await refresh(by, refresh_token, await proofOf(key))).status, 200)
      }
    },
  )

  must('RFC 9449 §5', 'of a confidential client is for whoever proves to be it, with any key', async () => {
    const { refresh_token } = await tokens('greatapp', await proofOf(key))
    const { body } = await refresh('greatapp', refresh_token, await proofOf(other))
    assert.deepEqual(confirmed(body['access_token']), { jkt: other.jkt })
  })

  must(
    'RFC 9700 §2.2.2',
    'RT-01: of a public client without a key is replaced, and its successor bound once there is one',
    async () => {
      const { refresh_token } = await tokens('public')
      const { body } = await refresh('public', refresh_token, await proofOf(key))
      const successor = String(body['refresh_token'])
      assert.notEqual(successor, refresh_token)
      await refused(refresh('public', successor), 'invalid_grant', 'refresh_token_of_another_key')
      assert.equal((await refresh('public', refresh_token, await proofOf(key))).body['refresh_token'], successor)
      assert.equal((await refresh('public', successor, await proofOf(key))).status, 200)
    },
  )

  must('R1', 'once the successor that stays was used the old one is refused, and nothing is ended by it', async () => {
    for (const by of ['public', 'greatapp'] as const) {
      const { refresh_token } = await tokens(by)
      const { body } = await refresh(by, refresh_token, by === 'public' ? await proofOf(key) : undefined)
      const successor = String(body['refresh_token'])
      assert.equal((await refresh(by, successor, await proofOf(key))).status, 200)
      await refused(refresh(by, refresh_token, await proofOf(key)), 'invalid_grant', 'refresh_token_replaced')
      assert.equal((await refresh(by, successor, await proofOf(key))).status, 200)
    }
  })

  must('R1', 'RT-04: a retry with another key is a thief’s, and ends the chain', async () => {
    const { refresh_token } = await tokens('public')
    const { body } = await refresh('public', refresh_token, await proofOf(key))
    await refused(refresh('public', refresh_token, await proofOf(other)), 'invalid_grant', 'refresh_token_reused')
    const successor = String(body['refresh_token'])
    await refused(refresh('public', successor, await proofOf(key)), 'invalid_grant', 'standing_lost')
  })

  must(
    'RFC 6749 §6',
    'RT-13: one that stays ends when it was not used for long, and lives on when it was',
    async () => {
      const { refresh_token } = await tokens('greatapp', await proofOf(key))
      for (let turn = 0; turn < 3; turn += 1) {
        one.wait(20 * 86_400)
        const { body } = await refresh('greatapp', refresh_token, await proofOf(key))
        if (turn === 0) assert.equal(body['refresh_token'], refresh_token)
        else assert.equal(body['error'], 'invalid_grant')
      }
    },
  )
})

describe('UI-05: a bound token at an endpoint of ours', () => {
  const htu = `${one.issuer}/userinfo`
  const ask = async (authorization: string, proof?: string) => {
    const headers = { authorization, ...(proof !== undefined && { dpop: proof }) }
    const answer = await one.request('GET', '/userinfo', { headers })
    return { ...answer, why: answer.status === 200 ? undefined : reason() }
  }
  const proofFor = (by: DpopKey, access_token: string, otherwise: Partial<MadeProof> = {}) => {
    const ath = createHash('sha256').update(access_token).digest('base64url')
    return proofOf(by, { htm: 'GET', htu, claims: { ath }, ...otherwise })
  }

  must('RFC 9449 §7.1', 'DP-06: is taken with a proof of its key, the scheme in any case', async () => {
    const { access_token } = await tokens('greatapp', await proofOf(key))
    for (const scheme of ['DPoP', 'dpop', 'DPOP']) {
      assert.equal((await ask(`${scheme} ${access_token}`, await proofFor(key, access_token))).status, 200, scheme)
    }
  })

  must(
    'RFC 9449 §7.1',
    'DP-06, DP-07: is refused without a proof, with that of another key, token or time',
    async () => {
      const { access_token } = await tokens('greatapp', await proofOf(key))
      const replayed = await proofFor(key, access_token)
      assert.equal((await ask(`DPoP ${access_token}`, replayed)).status, 200)
      const tries = {
        access_token_of_another_key: await proofFor(other, access_token),
        dpop_ath_mismatch: await proofFor(key, `${access_token}x`),
        dpop_htm_mismatch: await proofFor(key, access_token, { htm: 'POST' }),
        dpop_htu_mismatch: await proofFor(key, access_token, { htu: `${one.issuer}/token` }),
        dpop_proof_replayed: replayed,
      }
      assert.equal((await ask(`DPoP ${access_token}`)).why, 'access_token_without_proof')
      for (const [why, proof] of Object.entries(tries)) {
        const answer = await ask(`DPoP ${access_token}`, proof)
        assert.deepEqual([answer.status, answer.why], [401, why])
        const error = why === 'access_token_of_another_key' ? 'invalid_token' : 'invalid_dpop_proof'
        assert.match(String(answer.headers['www-authenticate']), new RegExp(`^DPoP algs="ES256 .*", error="${error}"`))
      }
    },
  )

  must('RFC 9449 §7.2', 'is never taken as a bearer token, nor a bearer token as a bound one', async () => {
    const bound = await tokens('greatapp', await proofOf(key))
    const plain = await tokens('greatapp')
    const body = new URLSearchParams({ access_token: bound.access_token }).toString()
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    assert.equal((await one.request('POST', '/userinfo', { headers: form, body })).status, 401)
    for (const authorization of [`Bearer ${bound.access_token}`, `DPoP ${plain.access_token}`]) {
      const answer = await ask(authorization, await proofFor(key, bound.access_token))
      assert.deepEqual([answer.status, answer.why], [401, 'access_token_scheme_mismatch'])
    }
    const ended = await ask('DPoP a.b.c', await proofFor(key, 'a.b.c'))
    assert.equal(ended.why, 'access_token_invalid')
    assert.match(String(ended.headers['www-authenticate']), /^DPoP algs="ES256 .*", error="invalid_token"/)
    assert.equal((await ask(`Bearer ${plain.access_token}`)).status, 200)
    assert.equal((await ask(`Basic ${plain.access_token}`)).headers['www-authenticate'], 'Bearer realm="licet"')
  })
})

describe('with nonces', () => {
  must(
    'RFC 9449 §8, RFC 9449 §9',
    'DP-05: who sends a proof is told the nonce to use, in answers that a script may read',
    async () => {
      const strict = await world({ dpop: { nonce: 'required' } })
      after(() => strict.close())
      const made = { htu: `${strict.issuer}/token`, at: strict.clock() }
      const ask = async (nonce?: string) => {
        const proof = await dpopProof(key, { ...made, ...(nonce !== undefined && { claims: { nonce } }) })
        const headers = { ...worldAuthorization, dpop: proof, origin: 'https://spa.test' }
        return strict.request('POST', '/token', { headers, body: { grant_type: 'client_credentials' } })
      }
      const first = await ask()
      assert.deepEqual(
        [first.status, (JSON.parse(first.body) as Tokens & { error: string }).error],
        [400, 'use_dpop_nonce'],
      )
      const second = await ask(String(first.headers['dpop-nonce']))
      assert.equal(second.status, 200)
      assert.ok(second.headers['dpop-nonce'])
      assert.match(String(second.headers['access-control-expose-headers']), /www-authenticate, dpop-nonce/)

      const { access_token } = JSON.parse(second.body) as Tokens
      const ath = createHash('sha256').update(access_token).digest('base64url')
      const proof = await dpopProof(key, { htm: 'GET', htu: `${strict.issuer}/userinfo`, at: made.at, claims: { ath } })
      const told = await strict.request('GET', '/userinfo', {
        headers: { authorization: `DPoP ${access_token}`, dpop: proof },
      })
      assert.equal(told.status, 401)
      assert.match(String(told.headers['www-authenticate']), /^DPoP .*error="use_dpop_nonce"/)
      assert.notEqual(told.headers['dpop-nonce'], second.headers['dpop-nonce'])
    },
  )
})
