import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { describe, test } from 'node:test'
import { attribute, newCertificate, type CertificateRequest } from '../../testing/client-certificates.ts'
import { must } from '../../testing/must.ts'
import { readDistinguishedName } from '../kernel/distinguished-name.ts'
import { isCurrent, readClientCertificate } from './client-certificate.ts'

const subject = [[attribute.commonName, 'a client']] as const
const authority = newCertificate({ subject: [[attribute.commonName, 'the authority']], authority: true })
const stranger = newCertificate({ subject: [[attribute.commonName, 'the authority']], authority: true })
const ours = [new X509Certificate(authority.der)]
const issued = (otherwise: Partial<CertificateRequest> = {}) =>
  readClientCertificate(newCertificate({ subject, by: authority, ...otherwise }).der, ours)

describe('a client certificate', () => {
  must('RFC 8705 §3.1', 'is told by the hash of its DER, its subject, and its other names', () => {
    const made = newCertificate({
      subject: [
        [attribute.country, 'AT'],
        [attribute.organization, 'Äpfel, Inc.'],
        [attribute.commonName, 'a client'],
      ],
      dns: ['a.test', 'b.test'],
      uri: ['https://a.test/x'],
      ip: [
        [192, 0, 2, 1],
        [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
      ],
      email: ['a@a.test'],
    })
    const read = readClientCertificate(made.der, [])
    const { thumbprint, subject: name, dns, uri, ip, email } = read ?? assert.fail('not read')
    const x509 = new X509Certificate(made.der)
    assert.equal(thumbprint, Buffer.from(x509.fingerprint256.replaceAll(':', ''), 'hex').toString('base64url'))
    assert.equal(name, readDistinguishedName('CN=a client,O=Äpfel\\, Inc.,C=AT'))
    assert.deepEqual(
      { dns, uri, ip, email },
      {
        dns: ['a.test', 'b.test'],
        uri: ['https://a.test/x'],
        ip: ['192.0.2.1', '2001:db8::1'],
        email: ['a@a.test'],
      },
    )
  })

  must('RFC 8705 §2.1', 'MT-03: is of our authority when that has signed it itself, for clients', () => {
    assert.equal(issued()?.issued_by, 'our_authority')
    assert.equal(issued({ purposes: ['1.3.6.1.5.5.7.3.2'] })?.issued_by, 'our_authority')
    assert.equal(issued({ purposes: ['1.3.6.1.5.5.7.3.1'] })?.issued_by, 'anybody')
    // The name is the same, the key is not.
    assert.equal(issued({ by: stranger })?.issued_by, 'anybody')
    const between = newCertificate({ subject, by: authority, authority: true })
    assert.equal(issued({ by: between })?.issued_by, 'anybody')
    const self = newCertificate({ subject })
    assert.equal(readClientCertificate(self.der, [new X509Certificate(self.der)])?.issued_by, 'anybody')
  })

  must(
    'RFC 5280 §4.1.2.5',
    'MT-03: is good from its first moment to its last, and no longer than its authority',
    () => {
      const read = issued({ from: '260101', to: '260201' }) ?? assert.fail('not read')
      const [from, to] = ['2026-01-01', '2026-02-01'].map((day) => Date.parse(day) / 1000) as [number, number]
      assert.deepEqual(
        [from - 1, from, to, to + 1].map((at) => isCurrent(read, at)),
        [false, true, true, false],
      )
      const short = newCertificate({ subject, authority: true, to: '260201' })
      const under = newCertificate({ subject, by: short })
      assert.equal(readClientCertificate(under.der, [new X509Certificate(short.der)])?.valid_to, to)
    },
  )

  test('what is not a certificate, or is cut off anywhere, is not read, and throws nothing', () => {
    const { der } = newCertificate({ subject, dns: ['a.test'] })
    for (let length = 0; length < der.length; length += 1) {
      assert.equal(readClientCertificate(der.subarray(0, length), ours), undefined)
    }
    for (let index = 0; index < der.length; index += 1) {
      const bent = Buffer.from(der)
      bent[index] = (bent[index] ?? 0) ^ 0xff
      readClientCertificate(bent, ours)
    }
    assert.equal(readClientCertificate(Buffer.alloc(20_000, 0x30), ours), undefined)
  })
})
