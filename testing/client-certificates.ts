/** Client certificates, made when they are needed: of an authority, of themselves, expired, or odd. */
import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto'

/** What a certificate says. */
export interface CertificateRequest {
  /** Its subject in the order in which it is encoded: attribute types as object identifiers, with their values. */
  readonly subject: readonly (readonly [type: string, value: string])[]
  readonly dns?: readonly string[]
  readonly uri?: readonly string[]
  /** Octets: 4 or 16. */
  readonly ip?: readonly (readonly number[])[]
  readonly email?: readonly string[]
  /** `YYMMDD`; from 2020 to 2049 unless told otherwise. */
  readonly from?: string
  readonly to?: string
  /** Whether it may issue others. */
  readonly authority?: true
  /** Object identifiers of what it may be used for; anything where left out. */
  readonly purposes?: readonly string[]
  /** Who signs it; itself where left out. */
  readonly by?: MadeCertificate
}

/** A certificate and its key. */
export interface MadeCertificate {
  readonly der: Buffer
  readonly pem: string
  readonly key: string
  readonly privateKey: KeyObject
  /** Its public key as a JWK with the certificate in it, RFC 7517 §4.7. */
  readonly jwk: Readonly<Record<string, unknown>>
  readonly subject: CertificateRequest['subject']
}

/** Attribute types of subjects. */
export const attribute = { country: '2.5.4.6', organization: '2.5.4.10', commonName: '2.5.4.3' } as const

let serial = 0

/** Makes a certificate with a new key. */
export function newCertificate(request: CertificateRequest): MadeCertificate {
  const { subject, from = '200101', to = '491231', by } = request
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  serial += 1
  const toBeSigned = sequence(
    element(0xa0, integer(2)),
    integer(serial),
    ecdsaWithSha256,
    name(by?.subject ?? subject),
    sequence(...[from, to].map((day) => element(0x17, Buffer.from(`${day}000000Z`)))),
    name(subject),
    publicKey.export({ format: 'der', type: 'spki' }),
    element(0xa3, sequence(...extensionsOf(request))),
  )
  const signature = sign('sha256', toBeSigned, by?.privateKey ?? privateKey)
  const der = sequence(toBeSigned, ecdsaWithSha256, element(0x03, Buffer.concat([Buffer.alloc(1), signature])))
  const body = der.toString('base64').replace(/.{64}/g, '$&\n').trimEnd()
  return {
    der,
    pem: `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    privateKey,
    jwk: { ...publicKey.export({ format: 'jwk' }), x5c: [der.toString('base64')] },
    subject,
  }
}

function extensionsOf({ dns = [], uri = [], ip = [], email = [], authority, purposes }: CertificateRequest) {
  const text = (tag: number) => (value: string) => element(tag, Buffer.from(value))
  const names = [
    ...email.map(text(0x81)),
    ...dns.map(text(0x82)),
    ...uri.map(text(0x86)),
    ...ip.map((octets) => element(0x87, Buffer.from(octets))),
  ]
  const basic = sequence(...(authority ? [element(0x01, Buffer.from([0xff]))] : []))
  return [
    extension('2.5.29.19', basic),
    ...(names.length > 0 ? [extension('2.5.29.17', sequence(...names))] : []),
    ...(purposes ? [extension('2.5.29.37', sequence(...purposes.map(identifier)))] : []),
  ]
}

const extension = (type: string, value: Buffer): Buffer => sequence(identifier(type), element(0x04, value))
const sequence = (...elements: readonly Buffer[]): Buffer => element(0x30, ...elements)
const integer = (value: number): Buffer => element(0x02, Buffer.from([value]))

function name(subject: CertificateRequest['subject']): Buffer {
  return sequence(
    ...subject.map(([type, value]) => element(0x31, sequence(identifier(type), element(0x0c, Buffer.from(value))))),
  )
}

function identifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...others] = dotted.split('.').map(Number)
  const octets = [first * 40 + second, ...others].flatMap((arc) => {
    const groups = [arc & 0x7f]
    for (let rest = Math.floor(arc / 128); rest > 0; rest = Math.floor(rest / 128)) groups.unshift((rest & 0x7f) | 0x80)
    return groups
  })
  return element(0x06, Buffer.from(octets))
}

function element(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents)
  const octets: number[] = []
  for (let rest = content.length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256)
  const length = content.length < 0x80 ? [content.length] : [0x80 + octets.length, ...octets]
  return Buffer.concat([Buffer.from([tag, ...length]), content])
}

const ecdsaWithSha256 = sequence(identifier('1.2.840.10045.4.3.2'))
