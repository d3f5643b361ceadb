import { X509Certificate } from 'node:crypto'
import type { Kind } from '../kernel/setting.ts'
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
