import assert from 'node:assert/strict'
import { test } from 'node:test'
import { idsIn } from './musts.ts'
import { parsed } from './source.ts'

test('an import is seen where it is one, and told from one that vanishes with the types', () => {
  const { imports } = parsed(
    'src/protocol/token/mint.ts',
    `// import { nothing } from './comment.ts'
     import type { Grant } from '../../domain/grant.ts'
     import { type Clock, now } from '../../kernel/time.ts'
     import 'pg'
     export { sign } from './sign.ts'
     const later = await import('node:fs')`,
  )
  assert.deepEqual(
    imports.map(({ target, typeOnly, line }) => [target, typeOnly, line]),
    [
      ['src/domain/grant.ts', true, 2],
      ['src/kernel/time.ts', false, 3],
      ['pg', false, 4],
      ['src/protocol/token/sign.ts', false, 5],
      ['node:fs', false, 6],
    ],
  )
})

test('an export is documented by the comment that stands right before it', () => {
  const { exports } = parsed(
    'a.ts',
    '/** Says a. */\nexport const a = 1\n\n// no\nexport function b() {}\nexport default 1',
  )
  assert.deepEqual(
    exports.map(({ name, documented, isDefault }) => [name, documented, isDefault]),
    [
      ['a', true, false],
      ['b', false, false],
      ['default', false, true],
    ],
  )
})

test('a call tells its texts, and … for what is computed', () => {
  const { calls, texts } = parsed('a.ts', "must('RFC 1 §2', `in ${name} it holds`, proof); new must(1)")
  assert.deepEqual(
    calls('must').map((call) => call.texts),
    [['RFC 1 §2', 'in … it holds', undefined], [undefined]],
  )
  assert.deepEqual(texts(), ['RFC 1 §2', 'in … it holds'])
})

test('a range of ids of the check list is all of them', () => {
  assert.deepEqual(idsIn('AZ-08 to AZ-10, BR-01: holds'), ['AZ-08', 'AZ-09', 'AZ-10', 'BR-01'])
  assert.deepEqual(idsIn('RFC 7636 says S256, X-01'), [])
})

test('a call of a method is told by what it is called on', () => {
  const { callsOn } = parsed(
    'a.ts',
    "parts.signer.sign('at+jwt')\nsigner.sign(x)\nother.sign()\nsign()\nsigner.verify()",
  )
  assert.deepEqual(
    callsOn('signer', 'sign').map(({ line, texts }) => [line, texts]),
    [
      [1, ['at+jwt']],
      [2, [undefined]],
    ],
  )
})
