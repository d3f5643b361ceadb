import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { attribute, newCertificate } from '../../testing/client-certificates.ts'
import { must } from '../../testing/must.ts'
import { networks } from '../kernel/network.ts'
import { openClientCertificates } from './client-certificates.ts'
import type { Arrival } from './edge.ts'

const made = newCertificate({ subject: [[attribute.commonName, 'a client']] })
const proxys = newCertificate({ subject: [[attribute.commonName, 'the proxy itself']] })
const base64 = made.der.toString('base64')
const proxy = '192.0.2.1'
const trusting = { header: 'client-cert', trusted_proxies: networks([proxy]), authorities: [] }
const commonNameOf = (
  arrival: Partial<Arrival>,
  sources: Partial<Parameters<typeof openClientCertificates>[0]> = {},
) => {
  const usual = { method: 'POST', target: '/token', headers: {}, rawHeaders: [], peer: proxy }
  const { subject } = openClientCertificates({ ...trusting, ...sources })({ ...usual, ...arrival }) ?? {}
  return /"2\.5\.4\.3\\",\\"([^\\]*)/.exec(subject ?? '')?.[1]
}

describe('a client certificate', () => {
  must('RFC 9440 §2.2', 'MT-01: is taken from the header field of a trusted proxy, as a byte sequence', () => {
    assert.equal(commonNameOf({ headers: { 'client-cert': `:${base64}:` } }), 'a client')
    for (const odd of [base64, `:${base64}`, `:${base64}:, :${base64}:`, '::', ':AAAA:', `:${base64.slice(4)}:`, '']) {
      assert.equal(commonNameOf({ headers: { 'client-cert': odd } }), undefined, odd.slice(0, 20))
    }
  })

  must('RFC 8705 §2', 'MT-01: is taken as nginx escapes a PEM, too', () => {
    const escaped = encodeURIComponent(made.pem)
    assert.equal(commonNameOf({ headers: { 'client-cert': escaped } }), 'a client')
    const odd = [`${escaped}%`, `${escaped}, ${escaped}`, made.pem, escaped.replace('CERTIFICATE', 'KEY'), '(null)']
    for (const one of odd) assert.equal(commonNameOf({ headers: { 'client-cert': one } }), undefined, one.slice(0, 40))
  })

  must('RFC 9440 §4', 'MT-01: is not taken from anybody else, nor from another field', () => {
    const headers = { 'client-cert': `:${base64}:` }
    assert.equal(commonNameOf({ headers, peer: '192.0.2.2' }), undefined)
    assert.equal(commonNameOf({ headers }, { header: undefined }), undefined)
    assert.equal(commonNameOf({ headers }, { header: 'x-client-cert' }), undefined)
    assert.equal(commonNameOf({ headers }, { trusted_proxies: networks([]) }), undefined)
  })

  must(
    'RFC 8705 §2',
    'is what was shown as the client connected; a proxy’s own certificate is not taken for one of its clients’',
    () => {
      assert.equal(commonNameOf({ certificate: made.der, peer: '192.0.2.2' }), 'a client')
      assert.equal(commonNameOf({ certificate: proxys.der }), undefined)
      assert.equal(commonNameOf({ certificate: proxys.der, headers: { 'client-cert': `:${base64}:` } }), 'a client')
    },
  )
})
