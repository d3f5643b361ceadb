/**
 * The certificate a client shows when it connects (RFC 8705), read into what the protocol wants to know of it. That the client
 * holds its private key was proved by TLS, here or at a proxy of ours.
 */
import { X509Certificate } from 'node:crypto'
import { readDer, objectIdentifier, type DerElement } from '../kernel/der.ts'
import { subjectName } from '../kernel/distinguished-name.ts'
import { canonicalAddress } from '../kernel/network.ts'
import type { EpochSeconds } from '../kernel/time.ts'

/** A client certificate, as a request brings it. */
export interface ClientCertificate {
  /** Hash of its DER, SHA-256 in base64url: `x5t#S256` of RFC 8705 §3.1. */
  readonly thumbprint: string
  /** Its subject, spelled as `readDistinguishedName` spells one. */
  readonly subject: string
  /** Its subject alternative names, RFC 5280 §4.2.1.6; addresses in their canonical form. */
  readonly dns: readonly string[]
  readonly uri: readonly string[]
  readonly ip: readonly string[]
  readonly email: readonly string[]
  readonly valid_from: EpochSeconds
  readonly valid_to: EpochSeconds
  /** Whether an authority of ours issued it; its own time is part of `valid_from` and `valid_to` then. */
  readonly issued_by: 'our_authority' | 'anybody'
}

const clientAuthentication = '1.3.6.1.5.5.7.3.2'
const subjectAltName = '2.5.29.17'
/** In bytes. No certificate that a client needs comes near it. */
const longest = 16_384

/**
 * Reads a certificate; undefined for what is not one.
 *
 * @param authorities whose certificates count as ours. Each must have issued it itself: what a client sends of a chain
 *   is not looked at
 */
export function readClientCertificate(
  der: Buffer,
  authorities: readonly X509Certificate[],
): ClientCertificate | undefined {
  if (der.length === 0 || der.length > longest) return undefined
  try {
    const certificate = new X509Certificate(der)
    const { subject, alternative } = fieldsOf(certificate.raw)
    const authority = authorities.find((one) => hasIssued(one, certificate))
    const chain = authority === undefined ? [certificate] : [certificate, authority]
    return {
      thumbprint: Buffer.from(certificate.fingerprint256.replaceAll(':', ''), 'hex').toString('base64url'),
      subject: subjectName(subject),
      dns: namesOf(alternative, 0x82, ({ content }) => content.toString('latin1')),
      uri: namesOf(alternative, 0x86, ({ content }) => content.toString('latin1')),
      ip: namesOf(alternative, 0x87, ({ content }) => addressOf(content)),
      email: namesOf(alternative, 0x81, ({ content }) => content.toString('latin1')),
      valid_from: Math.max(...chain.map(({ validFromDate }) => Math.ceil(validFromDate.getTime() / 1000))),
      valid_to: Math.min(...chain.map(({ validToDate }) => Math.floor(validToDate.getTime() / 1000))),
      issued_by: authority === undefined ? 'anybody' : 'our_authority',
    }
  } catch {
    return undefined // no certificate
  }
}

/** Tells whether a certificate is within its time. */
export function isCurrent({ valid_from, valid_to }: ClientCertificate, at: EpochSeconds): boolean {
  return valid_from <= at && at <= valid_to
}

/** RFC 5280 §6.1 for a path of one: name, key identifier and signature fit, and both may do what they do. */
function hasIssued(authority: X509Certificate, certificate: X509Certificate): boolean {
  const purposes = certificate.keyUsage as readonly string[] | undefined
  const isForClients = purposes === undefined || purposes.includes(clientAuthentication)
  return isForClients && authority.ca && certificate.checkIssued(authority) && certificate.verify(authority.publicKey)
}

/** The content of the subject, and the subject alternative names: RFC 5280 §4.1. */
function fieldsOf(der: Buffer): { readonly subject: Buffer; readonly alternative: readonly DerElement[] } {
  const [toBeSigned] = readDer(content(readDer(der)[0]))
  const fields = readDer(content(toBeSigned))
  // The version is left out in certificates of the first.
  const [, , , , subject] = fields[0]?.tag === 0xa0 ? fields.slice(1) : fields
  const extensions = fields
    .filter(({ tag }) => tag === 0xa3)
    .flatMap((field) => readDer(content(readDer(field.content)[0])))
  const alternative = extensions.flatMap((extension) => {
    const [type, ...others] = readDer(extension.content)
    if (objectIdentifier(content(type)) !== subjectAltName) return []
    return readDer(content(readDer(content(others.at(-1)))[0]))
  })
  return { subject: content(subject), alternative }
}

function content(element: DerElement | undefined): Buffer {
  if (element === undefined) throw new Error('A certificate that lacks a field')
  return element.content
}

function namesOf(
  alternative: readonly DerElement[],
  wanted: number,
  spelled: (name: DerElement) => string,
): readonly string[] {
  return alternative.filter(({ tag }) => tag === wanted).map(spelled)
}

function addressOf(octets: Buffer): string {
  if (octets.length === 4) return [...octets].join('.')
  const groups = octets.toString('hex').match(/.{4}/g) ?? []
  return canonicalAddress(groups.join(':')) ?? ''
}
