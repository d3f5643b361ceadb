import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { testCertificate } from '../../testing/certificate.ts'
import { attribute, newCertificate } from '../../testing/client-certificates.ts'
import { findCertificateFlaws, findTlsMistakes } from './own-certificate.ts'

const directory = mkdtempSync(join(tmpdir(), 'licet-own-certificate-'))
after(() => rmSync(directory, { recursive: true }))

function file(name: string, text: string): string {
  const path = join(directory, name)
  writeFileSync(path, text)
  return path
}

const certificate = file('own.crt', testCertificate.certificate)
const key = file('own.key', testCertificate.key)
const other = newCertificate({ subject: [[attribute.commonName, 'other.test']], dns: ['other.test'], to: '260101' })

const mistakesOf = (tls: { readonly certificate: string; readonly key: string }) =>
  findTlsMistakes({ 'tls.certificate': tls.certificate, 'tls.key': tls.key }).map(
    ({ key: setting, words }) => `${setting} ${words.replaceAll(directory, '')}`,
  )

test('a certificate and its key are good, and so is no TLS at all', () => {
  assert.deepEqual(mistakesOf({ certificate, key }), [])
  assert.deepEqual(findTlsMistakes({}), [])
})

test('files that are not there, or hold something else, are each named, before anything listens', () => {
  const none = join(directory, 'none.pem')
  assert.deepEqual(mistakesOf({ certificate: none, key: none }), [
    'tls.certificate names /none.pem, which is not there',
    'tls.key names /none.pem, which is not there',
  ])
  assert.deepEqual(mistakesOf({ certificate: directory, key }), ['tls.certificate names , which cannot be read'])
  assert.deepEqual(mistakesOf({ certificate: key, key: certificate }), [
    'tls.certificate names /own.key, which does not hold a certificate in PEM',
    'tls.key names /own.crt, which does not hold a private key in PEM without a passphrase',
  ])
})

test('a key of another certificate is told from the right one', () => {
  assert.deepEqual(mistakesOf({ certificate, key: file('other.key', other.key) }), [
    'tls.key names /other.key, which is not the key of the certificate in /own.crt',
  ])
})

test('a certificate that is over, not good yet, or of another host is a flaw', () => {
  const flawsOf = (issuer: string, at: number, named = certificate) =>
    findCertificateFlaws({ issuer, 'tls.certificate': named }, at).map(({ words }) => words)
  const in2026 = 1_795_824_000
  for (const issuer of ['https://rp.test', 'https://id.rp.test:8443/a', 'https://127.0.0.1', 'https://[::1]:4000']) {
    assert.deepEqual(flawsOf(issuer, in2026), [], issuer)
  }
  assert.deepEqual(flawsOf('https://id.example.com', in2026), ['does not name id.example.com, the host of the issuer'])
  assert.deepEqual(flawsOf('https://rp.test', 0), ['is not good before 2020-01-01T00:00:00Z'])
  assert.deepEqual(flawsOf('https://other.test', in2026, file('other.crt', other.pem)), [
    'expired at 2026-01-01T00:00:00Z',
  ])
})
