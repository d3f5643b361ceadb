/** Distinguished names: as an operator writes them (RFC 4514), and as a certificate holds them (RFC 5280 §4.1.2.6). */
import { objectIdentifier, readDer, type DerElement } from './der.ts'

/** Attribute types by keyword, in lower case: RFC 4514 §3, RFC 4519, and what certificates have beside. */
const attributeTypes: Readonly<Record<string, string>> = {
  cn: '2.5.4.3',
  sn: '2.5.4.4',
  surname: '2.5.4.4',
  serialnumber: '2.5.4.5',
  c: '2.5.4.6',
  l: '2.5.4.7',
  st: '2.5.4.8',
  street: '2.5.4.9',
  o: '2.5.4.10',
  ou: '2.5.4.11',
  title: '2.5.4.12',
  businesscategory: '2.5.4.15',
  postalcode: '2.5.4.17',
  givenname: '2.5.4.42',
  organizationidentifier: '2.5.4.97',
  uid: '0.9.2342.19200300.100.1.1',
  dc: '0.9.2342.19200300.100.1.25',
  emailaddress: '1.2.840.113549.1.9.1',
  jurisdictionc: '1.3.6.1.4.1.311.60.2.1.3',
}

const keywordOrIdentifier = /^(?:[A-Za-z][A-Za-z0-9-]*|\d+(?:\.\d+)+)$/
/** One piece of a value, RFC 4514 §3: a character that needs no escape, an escaped one, or an octet in hexadecimal. */
const piece = /\\([0-9A-Fa-f]{2})|\\([ "#+,;<=>\\])|([^\0"+,;<>\\])/guy
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

type Attribute = readonly [type: string, value: string]

/**
 * Reads a distinguished name as RFC 4514 spells it: the most specific part first, blanks around a comma allowed.
 *
 * @returns one text for each name, the same as `subjectName` makes; undefined for what is not a name, or has a type that is
 *   written neither in a known keyword nor as an object identifier
 */
export function readDistinguishedName(text: string): string | undefined {
  const parts = split(text, ',').map((part) => split(part, '+').map(readAttribute))
  const names = parts.map((part) => part.filter((attribute) => attribute !== undefined))
  if (names.some((part, index) => part.length !== parts[index]?.length)) return undefined
  return canonical(names)
}

/** Names the subject of a certificate by the content of its `subject` field. */
export function subjectName(content: Buffer): string {
  const parts = readDer(content).map(({ content: set }) =>
    readDer(set).map(({ content: attribute }): Attribute => {
      const [type, value] = readDer(attribute)
      if (type === undefined || value === undefined) throw new Error('An attribute without type or value')
      return [objectIdentifier(type.content), stringOf(value)]
    }),
  )
  // RFC 4514 §2.1: the text begins with the last of the sequence.
  return canonical(parts.toReversed())
}

function canonical(parts: readonly (readonly Attribute[])[]): string {
  return JSON.stringify(parts.map((part) => part.map((attribute) => JSON.stringify(attribute)).sort()))
}

/** Cuts a text at every separator that is not escaped. */
function split(text: string, separator: string): readonly string[] {
  const parts = ['']
  for (const token of text.match(/\\?[^]/gu) ?? []) {
    if (token === separator) parts.push('')
    else parts.push((parts.pop() ?? '') + token)
  }
  return parts
}

function readAttribute(text: string): Attribute | undefined {
  const [, keyword = '', written = ''] = /^ *([^= ]+) *= *((?:\\[^]|[^\\])*?) *$/u.exec(text) ?? []
  if (!keywordOrIdentifier.test(keyword)) return undefined
  const type = /^\d/.test(keyword) ? keyword : attributeTypes[keyword.toLowerCase()]
  const value = written.startsWith('#') ? hexValue(written.slice(1)) : unescaped(written)
  return type === undefined || value === undefined || value === '' ? undefined : [type, value]
}

/** RFC 4514 §2.4: a value that is written as the hexadecimal of its BER. */
function hexValue(hex: string): string | undefined {
  if (!/^(?:[0-9A-Fa-f]{2})+$/.test(hex)) return undefined
  try {
    const [element, ...others] = readDer(Buffer.from(hex, 'hex'))
    return element === undefined || others.length > 0 ? undefined : stringOf(element)
  } catch {
    return undefined // no DER
  }
}

function unescaped(written: string): string | undefined {
  const octets: Buffer[] = []
  let read = 0
  for (const [whole, hex, escaped, plain] of written.matchAll(piece)) {
    octets.push(hex === undefined ? Buffer.from(escaped ?? plain ?? '') : Buffer.from(hex, 'hex'))
    read += whole.length
  }
  if (read !== written.length) return undefined
  try {
    return utf8.decode(Buffer.concat(octets))
  } catch {
    return undefined // no UTF-8
  }
}

/** A text by its type, X.680 §41. Nobody registers a name with a value that is not one. */
function stringOf({ tag, content }: DerElement): string {
  if ([0x0c, 0x12, 0x13, 0x16, 0x1a].includes(tag)) return utf8.decode(content)
  if (tag === 0x14) return content.toString('latin1')
  if (tag === 0x1e && content.length % 2 === 0) return Buffer.from(content).swap16().toString('utf16le')
  throw new Error(`An attribute that is not a text, of type ${tag}`)
}
