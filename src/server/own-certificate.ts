/** The certificate that the server shows, and its key: whether they are there, belong together, and are good for us. */
import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Configuration } from '../config/settings.ts'
import { isAddress } from '../kernel/network.ts'
import type { Finding } from '../kernel/setting.ts'
import { spellMoment, type EpochSeconds } from '../kernel/time.ts'

type TlsSettings = Pick<Partial<Configuration>, 'tls.certificate' | 'tls.key'>

/**
 * Finds why a server could not speak TLS with the files that are configured. Commands that do not serve never ask: who
 * runs them need not be able to read the key.
 */
export function findTlsMistakes({ 'tls.certificate': certificate, 'tls.key': key }: TlsSettings): readonly Finding[] {
  if (certificate === undefined || key === undefined) return []
  const shown = readOf(certificate, (text) => new X509Certificate(text))
  const held = readOf(key, createPrivateKey)
  const mistakes = [
    ...mistakeOf('tls.certificate', { file: certificate, read: shown, wanted: 'a certificate in PEM' }),
    ...mistakeOf('tls.key', { file: key, read: held, wanted: 'a private key in PEM without a passphrase' }),
  ]
  if (typeof shown === 'string' || typeof held === 'string' || shown.checkPrivateKey(held)) return mistakes
  return [{ key: 'tls.key', words: `names ${key}, which is not the key of the certificate in ${certificate}` }]
}

/** Finds why browsers and clients would turn away from the certificate: its time, and the names in it. */
export function findCertificateFlaws(
  { issuer, 'tls.certificate': file }: Pick<Configuration, 'issuer' | 'tls.certificate'>,
  at: EpochSeconds,
): readonly Finding[] {
  const certificate = file === undefined ? 'not_there' : readOf(file, (text) => new X509Certificate(text))
  if (typeof certificate === 'string') return []
  const host = new URL(issuer).hostname.replace(/^\[|\]$/g, '')
  const isNamed = (isAddress(host) ? certificate.checkIP(host) : certificate.checkHost(host)) !== undefined
  const from = certificate.validFromDate.getTime() / 1000
  const until = certificate.validToDate.getTime() / 1000
  const flaws = [
    until <= at && `expired at ${spellMoment(until)}`,
    from > at && `is not good before ${spellMoment(from)}`,
    !isNamed && `does not name ${host}, the host of the issuer`,
  ]
  return flaws.flatMap((words) => (words === false ? [] : [{ key: 'tls.certificate', words }]))
}

type Unread = 'not_there' | 'not_readable' | 'of_another_kind'

function readOf<Read extends X509Certificate | KeyObject>(file: string, parse: (text: string) => Read): Read | Unread {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT' ? 'not_there' : 'not_readable'
  }
  try {
    return parse(text)
  } catch {
    return 'of_another_kind'
  }
}

function mistakeOf(
  key: string,
  {
    file,
    read,
    wanted,
  }: { readonly file: string; readonly read: X509Certificate | KeyObject | Unread; readonly wanted: string },
): readonly Finding[] {
  const words: Readonly<Record<Unread, string>> = {
    not_there: `names ${file}, which is not there`,
    not_readable: `names ${file}, which cannot be read`,
    of_another_kind: `names ${file}, which does not hold ${wanted}`,
  }
  return typeof read === 'string' ? [{ key, words: words[read] }] : []
}
