/**
 * Client certificates over real TLS, to our own listeners: by hand, and with client libraries that other people wrote,
 * unchanged.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { request as requestTo } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe } from 'node:test'
import { connect, type ConnectionOptions } from 'node:tls'
import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'
import { Agent, fetch as fetchBy, type RequestInit } from 'undici'
import { testCertificate } from '../testing/certificate.ts'
import { attribute, newCertificate, type MadeCertificate } from '../testing/client-certificates.ts'
import { must } from '../testing/must.ts'
import { freePort } from '../testing/free-port.ts'
import { startServer } from '../testing/server.ts'
import type { Received } from '../testing/visitor.ts'
import { configuration, form, resources, type Parameters } from './scene.ts'

const authority = newCertificate({ subject: [[attribute.commonName, 'the authority']], authority: true })
const issued = (commonName: string) => newCertificate({ subject: [[attribute.commonName, commonName]], by: authority })
const [robot, stranger] = [issued('robot'), issued('stranger')]
const own = newCertificate({ subject: [[attribute.commonName, 'self']] })

const directory = mkdtempSync(join(tmpdir(), 'licet-mtls-'))
const written = (name: string, text: string): string => {
  writeFileSync(join(directory, name), text)
  return join(directory, name)
}
const [port, mtlsPort] = [await freePort(), await freePort()]
const machine = {
  grant_types: ['client_credentials'],
  scope: 'postcards.read',
  tls_client_certificate_bound_access_tokens: true,
}
const server = await startServer({
  issuer: `https://localhost:${port}`,
  configuration: {
    ...configuration,
    listen: `127.0.0.1:${port}`,
    tls: {
      certificate: written('server.pem', testCertificate.certificate),
      key: written('server.key', testCertificate.key),
    },
    mtls: {
      listen: `127.0.0.1:${mtlsPort}`,
      origin: `https://localhost:${mtlsPort}`,
      authorities: written('authorities.pem', authority.pem),
    },
    clients: [
      ...configuration.clients,
      {
        ...machine,
        client_id: 'robot',
        token_endpoint_auth_method: 'tls_client_auth',
        tls_client_auth_subject_dn: 'CN=robot',
        use_mtls_endpoint_aliases: true,
      },
      {
        ...machine,
        client_id: 'self',
        token_endpoint_auth_method: 'self_signed_tls_client_auth',
        jwks: { keys: [own.jwk] },
        profile: 'fapi2',
      },
    ],
  },
})
after(() => server.stop())

const trust = { ca: testCertificate.certificate, servername: 'localhost' }
const shown = (made: MadeCertificate | undefined) => ({ ...trust, ...(made && { cert: made.pem, key: made.key }) })

/** Posts a form on a connection of its own, on which that certificate is shown. */
function post(
  to: number,
  made: MadeCertificate | undefined,
  parameters: Parameters,
  path = '/token',
): Promise<Received> {
  const { promise, resolve, reject } = Promise.withResolvers<Received>()
  const headers = { 'content-type': 'application/x-www-form-urlencoded', host: `localhost:${to}` }
  const options = { host: '127.0.0.1', port: to, method: 'POST', path, headers, agent: false, ...shown(made) }
  requestTo(options, (answer) => {
    let body = ''
    answer.setEncoding('utf8').on('data', (piece: string) => (body += piece))
    answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body }))
  })
    .on('error', reject)
    .end(form(parameters))
  return promise
}

const credentials = (client_id: string) => ({ grant_type: 'client_credentials', client_id })

describe('over TLS', () => {
  must('RFC 8705 §2.1', 'MT-03: a client is known by its certificate, and by that of nobody else', async () => {
    assert.equal((await post(mtlsPort, robot, credentials('robot'))).status, 200)
    for (const other of [stranger, own, undefined]) {
      const { status, body } = await post(mtlsPort, other, credentials('robot'))
      assert.deepEqual([status, (JSON.parse(body) as { error: string }).error], [401, 'invalid_client'])
    }
    assert.equal((await post(mtlsPort, own, credentials('self'))).status, 200)
    assert.equal((await post(mtlsPort, robot, credentials('self'))).status, 401)
  })

  must('RFC 8705 §5', 'where browsers come nobody is asked for a certificate, and none is taken', async () => {
    assert.equal((await post(port, robot, credentials('robot'))).status, 401)
  })

  must(
    'FAPI 2.0 Security Profile §5.2.2',
    'TLS 1.3, and of TLS 1.2 only suites with forward secrecy and AES-GCM',
    async () => {
      const agreed = (options: ConnectionOptions) => {
        const { promise, resolve } = Promise.withResolvers<string>()
        const socket = connect({ host: '127.0.0.1', port: mtlsPort, ...trust, ...options }, () => {
          resolve(`${socket.getProtocol()} ${socket.getCipher().name}`)
          socket.end()
        })
        socket.on('error', () => resolve('refused'))
        return promise
      }
      assert.match(await agreed({}), /^TLSv1\.3 /)
      const twelve = { maxVersion: 'TLSv1.2' } as const
      assert.match(await agreed(twelve), /^TLSv1\.2 ECDHE-ECDSA-AES(128|256)-GCM-SHA(256|384)$/)
      for (const ciphers of ['ECDHE-ECDSA-AES128-SHA256', 'ECDHE-ECDSA-AES256-SHA', 'ECDHE-ECDSA-CHACHA20-POLY1305']) {
        assert.equal(await agreed({ ...twelve, ciphers }), 'refused', ciphers)
      }
      assert.equal(
        await agreed({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }),
        'refused',
      )
    },
  )
})

describe('client libraries', () => {
  const agent = new Agent({ connect: shown(robot) })
  after(() => agent.destroy())
  const fetched = (url: string, init: unknown): Promise<Response> =>
    fetchBy(url, { ...(init as RequestInit), dispatcher: agent })

  must(
    'RFC 8705 §2, RFC 8705 §5',
    'openid-client gets a token by its certificate, at the address for that',
    async () => {
      const found = await openid.discovery(
        new URL(server.issuer),
        'robot',
        { use_mtls_endpoint_aliases: true },
        openid.TlsClientAuth(),
        { [openid.customFetch]: fetched },
      )
      assert.equal(found.serverMetadata().tls_client_certificate_bound_access_tokens, true)
      const tokens = await openid.clientCredentialsGrant(found, { scope: 'postcards.read', resource: resources.RS1 })
      assert.equal(tokens.token_type, 'bearer')
      const asked = await openid.tokenIntrospection(found, tokens.access_token)
      const thumbprint = Buffer.from(await crypto.subtle.digest('SHA-256', Uint8Array.from(robot.der))).toString(
        'base64url',
      )
      assert.deepEqual([asked.active, asked.cnf], [true, { 'x5t#S256': thumbprint }])
    },
  )

  must('RFC 8705 §2, RFC 8705 §5', 'oauth4webapi does, too', async () => {
    const issuer = new URL(server.issuer)
    const custom = { [oauth.customFetch]: fetched }
    const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, custom))
    const client = { client_id: 'robot', use_mtls_endpoint_aliases: true }
    const sent = oauth.clientCredentialsGrantRequest(
      as,
      client,
      oauth.TlsClientAuth(),
      { scope: 'postcards.read' },
      custom,
    )
    const { access_token } = await oauth.processClientCredentialsResponse(as, client, await sent)
    assert.ok(access_token)
  })
})
