import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { must } from '../../testing/must.ts'
import { objectIdentifier, readDer } from './der.ts'
import { readDistinguishedName } from './distinguished-name.ts'

const same = (one: string, other: string) => {
  assert.notEqual(readDistinguishedName(one), undefined, one)
  assert.equal(readDistinguishedName(one), readDistinguishedName(other), `${one} and ${other}`)
}

describe('a distinguished name', () => {
  must('RFC 4514 §4', 'the examples of the RFC are read, and each way to spell one is the same', () => {
    same('UID=jsmith,DC=example,DC=net', 'uid=jsmith, dc=example , DC=net')
    same('OU=Sales+CN=J.  Smith,DC=example,DC=net', 'CN=J.  Smith + OU=Sales,DC=example,DC=net')
    same('CN=James \\"Jim\\" Smith\\, III,DC=example,DC=net', 'CN=James \\22Jim\\22 Smith\\2C III,DC=example,DC=net')
    same('CN=Before\\0dAfter,DC=example,DC=net', '2.5.4.3=Before\\0DAfter,DC=example,DC=net')
    same('CN=Lu\\C4\\8Di\\C4\\87', 'CN=Lučić')
    same('2.5.4.3=#0c0161', 'CN=a')
  })

  must('RFC 8705 §2.1.2', 'MT-03: case, order, and every part of a name count', () => {
    const name = readDistinguishedName('CN=a,O=b,C=AT')
    for (const other of [
      'CN=A,O=b,C=AT',
      'C=AT,O=b,CN=a',
      'CN=a,O=b',
      'CN=a+O=b,C=AT',
      'CN=a,O=b,O=b,C=AT',
      'CN=a\\,O\\=b,C=AT',
    ]) {
      assert.notEqual(readDistinguishedName(other), undefined, other)
      assert.notEqual(readDistinguishedName(other), name, other)
    }
  })

  must('RFC 4514 §3', 'what is not a name, or has an unknown type, is not read', () => {
    const odd = [
      '',
      'a',
      '=a',
      'CN=',
      'CN=a,',
      ',CN=a',
      'XX=a',
      'CN=a;b',
      'CN="a"',
      'CN=a\\',
      'CN=\\zz',
      'CN=\\ff',
      'CN=#',
      'CN=#zz',
      'CN=#0c02',
      'CN=#0500',
    ]
    for (const text of odd) assert.equal(readDistinguishedName(text), undefined, JSON.stringify(text))
  })
})

test('DER is read in its one form, and in no other', () => {
  assert.deepEqual(readDer(Buffer.from('020101', 'hex')), [{ tag: 2, content: Buffer.from([1]) }])
  for (const odd of ['30', '3080', '308101', '30820001', '3084000000ff', '3005', '1f0101', '0281']) {
    assert.throws(() => readDer(Buffer.from(odd, 'hex')), odd)
  }
  assert.equal(objectIdentifier(Buffer.from('2a864886f70d010901', 'hex')), '1.2.840.113549.1.9.1')
  assert.equal(objectIdentifier(Buffer.from('883703', 'hex')), '2.999.3')
})
