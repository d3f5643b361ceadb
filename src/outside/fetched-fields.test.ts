/**
 * SF-01 to SF-08: whatever a stranger names and we fetch passes one guard. One table of everything that is fetched, each
 * by the part that fetches it, against one canary.
 */
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { openDocumentHost } from '../../testing/document-host.ts'
import { clientRecord, openProtocol } from '../../testing/protocol.ts'
import { checkClientMetadataOutside } from '../domain/client-metadata-outside.ts'
import type { Outbound } from '../domain/outbound.ts'
import { openClientKeys } from '../protocol/client-authentication/client-keys.ts'
import { fetchRequestObject } from '../protocol/request-uri.ts'
import { openClientDocuments } from '../protocol/registration/client-documents.ts'
import { Hidden } from '../kernel/hidden.ts'
import { openOutbound } from './fetch.ts'
import { openLogos } from './logos.ts'
import { sendWebhook } from './webhook.ts'

const canary = await openDocumentHost()
const { parts, stores, close } = await openProtocol()
after(async () => {
  await canary.close()
  await close()
})

/** Has one field fetched; resolves when that is over, whatever came of it. */
type Fetch = (uri: string, outbound: Outbound) => Promise<unknown>

const fetched: Readonly<Record<string, Fetch>> = {
  jwks_uri: (jwks_uri, outbound) => openClientKeys({ ...parts, outbound }).find(clientRecord({}, { jwks_uri }), 'a'),
  'jwks_uri of an issuer of software statements': (jwks_uri, outbound) =>
    openClientKeys({ ...parts, outbound }).find({ metadata: { jwks_uri } }, 'a'),
  request_uri: (request_uri, outbound) => {
    const settings = { ...parts.settings, authorization_requests: { require_pushed: false, by_reference: true } }
    const client = clientRecord({}, { request_uris: [request_uri] })
    return fetchRequestObject(request_uri, client, { settings, outbound }).catch((error: unknown) => error)
  },
  sector_identifier_uri: (sector_identifier_uri, outbound) => {
    const { metadata } = clientRecord({}, { sector_identifier_uri })
    return checkClientMetadataOutside({ metadata }, { outbound }).catch((error: unknown) => error)
  },
  logo_uri: async (logo_uri, outbound) => {
    const seen = watched(outbound)
    openLogos({ ...parts, outbound: seen.outbound }).pathOf(clientRecord({}, { logo_uri }))
    await seen.over
  },
  'metadata document': (client_id, outbound) =>
    openClientDocuments({ ...parts, outbound, stored: stores.clients })
      .find(client_id, undefined)
      .catch((error: unknown) => error),
  webhook: (url, outbound) =>
    sendWebhook({ url, secret: new Hidden('a secret') }, { id: 'message', body: {}, at: parts.clock() }, { outbound }),
}

/** Who asks without waiting is waited for. */
function watched(through: Outbound): { readonly outbound: Outbound; readonly over: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>()
  const get: Outbound['get'] = async (url, limits) => through.get(url, limits).finally(resolve)
  return { outbound: { ...through, get }, over: promise }
}

const closed = openOutbound({ allow: [] })
const toCanary = openOutbound({ allow: [canary.host] })

/** What came to the canary meanwhile. */
async function hits(act: () => Promise<unknown>): Promise<readonly (typeof canary.asked)[number][]> {
  const before = canary.asked.length
  await act()
  return canary.asked.slice(before)
}

const port = new URL(canary.origin).port
/** Our own network in every spelling, and what is not asked at all. */
const forbidden = [
  ...['127.0.0.1', '[::1]', '0.0.0.0', '169.254.169.254', '10.0.0.1', '172.16.0.1', '192.168.0.1', '100.64.0.1'],
  ...['[fc00::1]', '[fe80::1]', '[::ffff:127.0.0.1]', '[64:ff9b::7f00:1]', '2130706433', '0177.1', 'localhost'],
  ...['localhost.', 'metadata.google.internal'],
].flatMap((host) => [`https://${host}/x`, `https://${host}:${port}/x`])

describe('everything that is fetched', () => {
  for (const [field, fetch] of Object.entries(fetched)) {
    test(`SF-02, SF-06, SF-07: ${field} leads neither into our own network nor by http, to another port or with a name`, async () => {
      const plain = [
        `http://localhost:${port}/x`,
        `https://user@localhost:${port}/x`,
        'ftp://localhost/x',
        'file:///etc/passwd',
      ]
      assert.deepEqual(
        await hits(async () => Promise.all([...forbidden, ...plain].map((uri) => fetch(uri, closed)))),
        [],
      )
    })

    test(`SF-03, SF-06: ${field} is not fetched where it is redirected to`, async () => {
      for (const status of [301, 302, 303, 307, 308]) {
        canary.put('/redirects', { status, headers: { location: '/target' } })
        const came = await hits(() => fetch(`${canary.origin}/redirects`, toCanary))
        assert.deepEqual(
          came.map(({ path }) => path),
          ['/redirects'],
        )
      }
    })

    test(`SF-05, SF-06: of ${field} no more is read than it may have, and nothing that is packed`, async () => {
      canary.put('/large', { body: 'x'.repeat(2_000_000) })
      canary.put('/packed', { headers: { 'content-encoding': 'gzip' }, body: 'x' })
      for (const path of ['/large', '/packed']) {
        assert.equal((await hits(() => fetch(canary.origin + path, toCanary))).length, 1)
      }
    })

    test(`SF-06, SF-07: ${field} is asked for without cookies, credentials or our address`, async () => {
      const [came] = await hits(() => fetch(`${canary.origin}/plain`, toCanary))
      const { cookie, authorization, referer, origin, from } = came?.headers ?? {}
      assert.deepEqual({ cookie, authorization, referer, origin, from }, { ...nothing })
      assert.equal(came?.headers['user-agent'], 'licet')
    })

    test(`SF-06, SF-08: ${field} passes by the limits of all requests`, async () => {
      const full = openOutbound({ allow: [canary.host], concurrency: 0 })
      assert.deepEqual(await hits(() => fetch(`${canary.origin}/plain`, full)), [])
    })
  }
})

const nothing = { cookie: undefined, authorization: undefined, referer: undefined, origin: undefined, from: undefined }

describe('nothing is fetched that is not needed', () => {
  test('SF-01: registering every address there is, and asking for authorization, asks for none but the sector and the logo', async () => {
    const { registrar } = await import('../../testing/registrar.ts')
    const open = await registrar({ client_registration: { dynamic: 'any' }, outbound: { allow: [canary.host] } })
    const at = (path: string) => `${canary.origin}${path}`
    const metadata = {
      redirect_uris: [at('/cb')],
      ...{ client_uri: at('/'), logo_uri: at('/logo'), tos_uri: at('/tos'), policy_uri: at('/policy') },
      ...{ jwks_uri: at('/jwks'), initiate_login_uri: at('/login'), post_logout_redirect_uris: [at('/bye')] },
      ...{
        sector_identifier_uri: at('/sector'),
        backchannel_logout_uri: at('/logout'),
        request_uris: [at('/request')],
      },
      token_endpoint_auth_method: 'private_key_jwt',
    }
    canary.put('/sector', { body: metadata.redirect_uris })
    const came = await hits(async () => {
      const { status, body } = await open.register(metadata)
      assert.equal(status, 201)
      const visitor = open.world.visitor()
      const page = await visitor.go(open.authorizeUrl(body))
      assert.match(page.body, /id="login-submit"/)
    })
    assert.deepEqual(
      came.map(({ path }) => path).filter((path) => path !== '/logo'),
      ['/sector'],
    )
    await open.close()
  })
})
