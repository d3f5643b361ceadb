import assert from 'node:assert/strict'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { decodeJwt } from 'jose'
import {
  attribute,
  newCertificate,
  type CertificateRequest,
  type MadeCertificate,
} from '../../testing/client-certificates.ts'
import { dpopProof, newDpopKey } from '../../testing/dpop.ts'
import { must } from '../../testing/must.ts'
import { world, worldAuthorization, worldSecret } from '../../testing/world.ts'

const authority = newCertificate({ subject: [[attribute.commonName, 'the authority']], authority: true })
const foreign = newCertificate({ subject: [[attribute.commonName, 'the authority']], authority: true })
const authorities = join(mkdtempSync(join(tmpdir(), 'licet-mtls-')), 'authorities.pem')
writeFileSync(authorities, authority.pem)

const subject = [
  [attribute.organization, 'Acme'],
  [attribute.commonName, 'robot'],
] as const
const issued = (otherwise: Partial<CertificateRequest> = {}) => newCertificate({ subject, by: authority, ...otherwise })
const own = newCertificate({ subject })
const renewed = newCertificate({ subject })

const machine = { grant_types: ['client_credentials'], scope: 'postcards.read' }
const byAuthority = { ...machine, token_endpoint_auth_method: 'tls_client_auth' }
const web = { redirect_uris: ['https://rp1.test/cb'], grant_types: ['authorization_code', 'refresh_token'] }
const bound = { tls_client_certificate_bound_access_tokens: true }
const one = await world({
  mtls: { header: 'client-cert', authorities, origin: 'https://mtls.id.test' },
  trusted_proxies: ['192.0.2.1'],
  clients: [
    { ...byAuthority, client_id: 'dn', tls_client_auth_subject_dn: 'CN=robot,O=Acme' },
    { ...byAuthority, client_id: 'dns', tls_client_auth_san_dns: 'robot.acme.test' },
    { ...byAuthority, client_id: 'uri', tls_client_auth_san_uri: 'https://acme.test/robot' },
    { ...byAuthority, client_id: 'ip', tls_client_auth_san_ip: '192.0.2.9' },
    { ...byAuthority, client_id: 'email', tls_client_auth_san_email: 'robot@acme.test' },
    {
      ...machine,
      ...bound,
      client_id: 'self',
      token_endpoint_auth_method: 'self_signed_tls_client_auth',
      jwks: {
        keys: [
          { ...own.jwk, kid: 'own' },
          { ...renewed.jwk, kid: 'renewed' },
        ],
      },
    },
    {
      ...machine,
      ...bound,
      client_id: 'secretive',
      client_secret: worldSecret,
      token_endpoint_auth_method: 'client_secret_post',
    },
    { ...machine, client_id: 'greatapp', client_secret: worldSecret },
    { ...web, ...bound, client_id: 'native', token_endpoint_auth_method: 'none', scope: 'openid offline_access' },
  ],
})
after(() => one.close())

const reason = () => one.log.findLast(({ detail }) => detail['reason'] !== undefined)?.detail['reason']

interface Sent {
  readonly headers?: Readonly<Record<string, string>>
  readonly peer?: string
}

/** Asks for a token, by a proxy that shows the certificate of whoever asks it. */
async function token(
  client_id: string,
  shown?: MadeCertificate,
  body: Readonly<Record<string, string>> = {},
  sent: Sent = {},
) {
  const certificate = shown && { 'client-cert': `:${shown.der.toString('base64')}:` }
  const answer = await one.request('POST', '/token', {
    peer: sent.peer ?? '192.0.2.1',
    headers: { ...certificate, ...sent.headers },
    body: { grant_type: 'client_credentials', ...(client_id !== '' && { client_id }), ...body },
  })
  return { status: answer.status, body: JSON.parse(answer.body) as Record<string, string> }
}

async function refused(client_id: string, shown: MadeCertificate | undefined, why: string, sent: Sent = {}) {
  const { status, body } = await token(client_id, shown, {}, sent)
  assert.deepEqual([status, body['error'], reason()], [401, 'invalid_client', why])
}

describe('tls_client_auth', () => {
  must('RFC 8705 §2.1.2', 'MT-03: authenticates by the one name that is registered, whole and exact', async () => {
    assert.equal((await token('dn', issued())).status, 200)
    const names = { dns: ['robot.acme.test'], uri: ['https://acme.test/robot'], email: ['robot@acme.test'] }
    const whole = issued({ ...names, ip: [[192, 0, 2, 9]] })
    for (const by of ['dns', 'uri', 'ip', 'email']) assert.equal((await token(by, whole)).status, 200, by)

    const others = {
      dns: ['x.robot.acme.test', '*.acme.test', 'robot.acme.test.evil.test'],
      uri: ['https://acme.test/robot2'],
    }
    const wrong = issued({ ...others, email: ['Robot@acme.test', 'xrobot@acme.test'], ip: [[192, 0, 2, 10]] })
    for (const by of ['dns', 'uri', 'ip', 'email']) await refused(by, wrong, 'client_certificate_subject_mismatch')
    const subjects: readonly CertificateRequest['subject'][] = [
      [[attribute.commonName, 'robot']],
      [...subject].toReversed(),
      [...subject, [attribute.commonName, 'robot']],
      [
        [attribute.organization, 'acme'],
        [attribute.commonName, 'robot'],
      ],
      [[attribute.commonName, 'robot,O=Acme']],
    ]
    for (const name of subjects) await refused('dn', issued({ subject: name }), 'client_certificate_subject_mismatch')
  })

  must(
    'RFC 8705 §2.1',
    'MT-03: refuses what has expired, is of a foreign or no authority, or is not there',
    async () => {
      await refused('dn', issued({ to: '260101' }), 'client_certificate_expired')
      await refused('dn', issued({ from: '400101' }), 'client_certificate_expired')
      await refused('dn', issued({ by: foreign }), 'client_certificate_of_unknown_authority')
      await refused('dn', own, 'client_certificate_of_unknown_authority')
      await refused('dn', undefined, 'client_certificate_missing')
    },
  )

  must('RFC 9440 §4', 'MT-01: a client that sends the field by itself shows nothing', async () => {
    await refused('dn', issued(), 'client_certificate_missing', { peer: '203.0.113.9' })
    const headers = { 'x-client-cert': issued().pem.replaceAll('\n', ' '), 'x-ssl-client-cert': 'x' }
    await refused('dn', undefined, 'client_certificate_missing', { headers })
  })

  must('RFC 6749 §2.3', 'CA-02: a certificate passes nobody off who is registered for another method', async () => {
    await refused('greatapp', issued(), 'client_authentication_method_mismatch')
    const { status } = await token('dn', issued(), { client_secret: 'a secret that nobody gave it' })
    assert.deepEqual([status, reason()], [401, 'client_authentication_method_mismatch'])
    assert.equal((await token('', issued(), {}, { headers: worldAuthorization })).status, 200)
  })
})

describe('self_signed_tls_client_auth', () => {
  must(
    'RFC 8705 §2.2',
    'MT-03: authenticates by a certificate that is registered, and by no other of that name',
    async () => {
      for (const registered of [own, renewed]) assert.equal((await token('self', registered)).status, 200)
      await refused('self', newCertificate({ subject }), 'self_signed_certificate_unregistered')
      await refused('self', issued(), 'self_signed_certificate_unregistered')
      await refused('self', undefined, 'self_signed_certificate_missing')
    },
  )

  must('RFC 8705 §2.2', 'MT-03: refuses a registered one once it has expired', async () => {
    const old = newCertificate({ subject, to: '260101' })
    const client = await one.parts.clients.find('self')
    assert.ok(client)
    const jwks = { keys: [old.jwk] } as never
    await one.ground.stores.clients.create({ ...client, client_id: 'old', metadata: { ...client.metadata, jwks } })
    await refused('old', old, 'self_signed_certificate_expired')
  })
})

describe('a token', () => {
  const thumbprintOf = ({ body }: Awaited<ReturnType<typeof token>>) => decodeJwt(body['access_token'] ?? '')['cnf']

  must('RFC 8705 §3.1', 'MT-02: is bound to the certificate, however its client authenticates', async () => {
    const first = await token('self', own)
    assert.equal(first.body['token_type'], 'Bearer')
    const second = await token('secretive', own, { client_secret: worldSecret })
    assert.ok(thumbprintOf(first))
    assert.deepEqual(thumbprintOf(first), thumbprintOf(second))
    assert.notDeepEqual(thumbprintOf(await token('self', renewed)), thumbprintOf(first))
    assert.equal(thumbprintOf(await token('dn', issued())), undefined)
  })

  must(
    'RFC 8705 §3.4',
    'is not given to a client that registered for bound ones and shows nothing, or what has expired',
    async () => {
      const old = newCertificate({ subject, to: '260101' })
      for (const shown of [undefined, old]) {
        const { status, body } = await token('secretive', shown, { client_secret: worldSecret })
        assert.deepEqual([status, body['error'], reason()], [400, 'invalid_request', 'certificate_of_token_missing'])
      }
    },
  )

  must('RFC 8705 §3.2', 'IN-10: is introspected with the certificate it is bound to', async () => {
    const { body } = await token('secretive', own, { client_secret: worldSecret })
    const asked = await one.request('POST', '/introspect', {
      body: { client_id: 'secretive', client_secret: worldSecret, token: body['access_token'] ?? '' },
    })
    const { active, cnf, token_type } = JSON.parse(asked.body) as Record<string, unknown>
    assert.deepEqual([active, cnf, token_type], [true, thumbprintOf(await token('self', own)), 'Bearer'])
  })

  const headersOf = (shown: MadeCertificate | undefined, more: Readonly<Record<string, string>> = {}) => ({
    ...(shown && { 'client-cert': `:${shown.der.toString('base64')}:` }),
    ...more,
  })
  const code_verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
  async function flow(): Promise<Record<string, string>> {
    const scope = 'openid offline_access'
    const { leaves } = await one.allow(one.visitor(), one.authorizeUrl({ client_id: 'native', scope }))
    const code = leaves?.searchParams.get('code') ?? ''
    const { body } = await token('native', own, { grant_type: 'authorization_code', code, code_verifier })
    return body
  }

  must('RFC 8705 §3', 'MT-02: is refused with another certificate, and without one', async () => {
    const { access_token = '' } = await flow()
    const ask = (shown?: MadeCertificate) =>
      one.request('GET', '/userinfo', {
        peer: '192.0.2.1',
        headers: headersOf(shown, { authorization: `Bearer ${access_token}` }),
      })
    assert.equal((await ask(own)).status, 200)
    for (const shown of [renewed, undefined]) {
      const { status, body } = await ask(shown)
      assert.deepEqual([status, (JSON.parse(body) as { error: string }).error], [401, 'invalid_token'])
      assert.equal(reason(), 'access_token_of_another_certificate')
    }
  })

  must(
    'RFC 8705 §4',
    'RT-20: the refresh token of a public client is for its certificate alone, and stays',
    async () => {
      const { refresh_token = '' } = await flow()
      const refresh = (shown?: MadeCertificate) =>
        token('native', shown, { grant_type: 'refresh_token', refresh_token })
      for (const shown of [renewed, undefined]) {
        const { body } = await refresh(shown)
        assert.deepEqual([body['error'], reason()], ['invalid_grant', 'refresh_token_of_another_key'])
      }
      for (let turn = 0; turn < 2; turn += 1) assert.equal((await refresh(own)).body['refresh_token'], refresh_token)
    },
  )

  must(
    'RFC 7800 §3.1',
    'DP-06, MT-02: can be bound to a certificate and to a DPoP key, and then needs both',
    async () => {
      const key = await newDpopKey()
      const dpop = await dpopProof(key, { htu: 'https://mtls.id.test/token', at: one.clock() })
      const { body } = await token('self', own, {}, { headers: { dpop, host: 'mtls.id.test' } })
      assert.equal(body['token_type'], 'DPoP')
      assert.deepEqual(Object.keys(decodeJwt(body['access_token'] ?? '')['cnf'] as object), ['jkt', 'x5t#S256'])
    },
  )
})

describe('the other origin', () => {
  must(
    'RFC 8705 §5',
    'is published for what clients call, and leads to the same endpoints, and to no page',
    async () => {
      const { body } = await one.request('GET', '/.well-known/openid-configuration')
      const told = JSON.parse(body) as Record<string, unknown>
      assert.equal(told['tls_client_certificate_bound_access_tokens'], true)
      const aliases = told['mtls_endpoint_aliases'] as Record<string, string>
      assert.equal(aliases['token_endpoint'], 'https://mtls.id.test/token')
      assert.equal(aliases['userinfo_endpoint'], 'https://mtls.id.test/userinfo')
      // RFC 8628 §3.1: a client authenticates there as well, and might have no other proof than its certificate.
      assert.equal(aliases['device_authorization_endpoint'], 'https://mtls.id.test/device_authorization')
      const methods = told['token_endpoint_auth_methods_supported'] as readonly string[]
      for (const method of ['tls_client_auth', 'self_signed_tls_client_auth']) assert.ok(methods.includes(method))
      const host = { host: 'mtls.id.test' }
      assert.equal((await token('dn', issued(), {}, { headers: host })).status, 200)
      assert.notEqual((await one.request('POST', '/device_authorization', { headers: host })).status, 421)
      assert.equal((await one.request('GET', '/account', { headers: host })).status, 421)
    },
  )

  test('JK-06: without a way for certificates to reach us, nothing of them is offered', async () => {
    const plain = await world()
    after(() => plain.close())
    const { body } = await plain.request('GET', '/.well-known/openid-configuration')
    assert.doesNotMatch(body, /tls_client|mtls/)
    await assert.rejects(
      world({ clients: [{ ...byAuthority, client_id: 'dn', tls_client_auth_subject_dn: 'CN=a' }] }),
      /not offered/,
    )
  })
})
