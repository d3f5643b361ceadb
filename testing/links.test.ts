/** A document that points nowhere was right once. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { test } from 'node:test'
import { filesIn, root } from './source.ts'

const documents = [
  ...filesIn('*.md', '.'),
  ...filesIn('**/*.md', 'docs', 'examples', 'packages', 'bench', 'faults', 'conformance'),
]

test('every link to a file of ours leads to one', () => {
  const broken = documents.flatMap((document) =>
    [...readFileSync(join(root, document), 'utf8').matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)[^)]*\)/g)]
      .map(([, target = '']) => target)
      .filter((target) => !existsSync(join(root, dirname(document), target)))
      .map((target) => `${document} → ${target}`),
  )
  assert.deepEqual(broken, [])
})

test('every decision record is in their list', () => {
  const list = readFileSync(join(root, 'docs/decisions/README.md'), 'utf8')
  const unlisted = filesIn('0*.md', 'docs/decisions').filter((record) => !list.includes(`](${basename(record)})`))
  assert.deepEqual(unlisted, [])
})
