import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { render } from '../kernel/html.ts'
import { catalogues } from './words/catalogues.ts'
import { formPostPage, formPostScriptSource } from './form-post.ts'

const { en } = catalogues

const parameters = { code: 'lc_1', state: `"><script>alert(1)</script>'&amp;` }

test('AZ-25: the state is escaped, and reads back as it was', () => {
  const page = render(formPostPage({ home: '', words: en, redirect_uri: 'https://rp1.test/q?x=1&y="', parameters }))
  const value = '&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&#39;&amp;amp;'
  assert.ok(page.includes(`<input type="hidden" name="state" value="${value}">`))
  assert.ok(page.includes('action="https://rp1.test/q?x=1&amp;y=&quot;"'))
})

test('AZ-25: the one script of the page is the one whose hash is published', () => {
  const page = render(formPostPage({ home: '', words: en, redirect_uri: 'https://rp1.test/cb', parameters }))
  const scripts = [...page.matchAll(/<script>(.*?)<\/script>/gs)].map(([, script = '']) => script)
  assert.equal(scripts.length, 1)
  const hashes = scripts.map((script) => `'sha256-${createHash('sha256').update(script).digest('base64')}'`)
  assert.deepEqual(hashes, [formPostScriptSource])
})

test('AZ-25: a response is never posted to an address that would run', () => {
  for (const redirect_uri of ['javascript:alert(1)', 'data:text/html,x', 'com.example.app:/cb', '/account\t']) {
    assert.throws(() => formPostPage({ home: '', words: en, redirect_uri, parameters }), TypeError)
  }
})
