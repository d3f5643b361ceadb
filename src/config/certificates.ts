import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Finding, Kind } from '../kernel/setting.ts'
import { textAt } from '../kernel/setting-kinds.ts'

const pem = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g

/** The certificates of authorities, from a PEM file that has nothing else in it; read when the configuration is. */
export const certificateFile: Kind<readonly X509Certificate[]> = {
  name: 'path of a PEM file',
  read(raw, at) {
    const written = textAt(raw, at)
    if (written === undefined) return undefined
    const file = at.files.path(written)
    try {
      const certificates = (at.files.text(file)?.match(pem) ?? []).map((one) => new X509Certificate(one))
      const [stranger] = certificates.filter(({ ca }) => !ca)
      if (certificates.length === 0) return at.mistake(`must name a file with certificates; ${file} has none`)
      if (stranger === undefined) return certificates
      return at.mistake(`names ${file}, with a certificate of nobody who may issue others: ${stranger.subject}`)
    } catch {
      return at.mistake(`names ${file}, which cannot be read, or holds a damaged certificate`)
    }
  },
}

/**
 * Finds why nobody could be answered with a certificate and its key, by their files. A file that is missing is no
 * mistake in the configuration: it may be on the machine that serves.
 */
export function unfitCertificate(certificate: string, key: string): readonly Finding[] {
  const leaf = opened(certificate, (text) => new X509Certificate(text))
  const secret = opened(key, createPrivateKey)
  const findings = [
    leaf === 'unfit' && { key: 'tls.certificate', words: `names ${certificate}, which holds no certificate in PEM` },
    secret === 'unfit' && {
      key: 'tls.key',
      words: `names ${key}, which holds no private key in PEM without a passphrase`,
    },
  ].filter((finding) => finding !== false)
  if (!(leaf instanceof X509Certificate) || typeof secret !== 'object' || leaf.checkPrivateKey(secret)) return findings
  return [{ key: 'tls.key', words: `names ${key}, which is not the key of the first certificate in ${certificate}` }]
}

/** What is read from a file; `missing` also where this user may not read it. */
function opened<What>(file: string, read: (text: string) => What): What | 'missing' | 'unfit' {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    return 'missing'
  }
  try {
    return read(text)
  } catch {
    return 'unfit'
  }
}
