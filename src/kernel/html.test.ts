import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { html, render } from './html.ts'

/** Strings made of what breaks out of markup, so that the property meets the dangerous ones often. */
const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('<', '>', '"', "'", '&', '=', '/', '`', ' ', '\n', 'a', '--', '<!--', 'onload') }),
)

/** Everything that could begin or end a tag or a quoted value. */
const significant = (text: string) => text.replace(/[^<>"']/g, '')

test('no string in text or attribute ever begins a tag or an attribute', () => {
  fc.assert(
    fc.property(hostile, hostile, (inAttribute, inText) => {
      const empty = render(html`<p title="${''}">${''}</p>`)
      const filled = render(html`<p title="${inAttribute}">${inText}</p>`)
      assert.equal(significant(filled), significant(empty))
    }),
    { numRuns: 2_000 },
  )
})

test('what was escaped reads back as what was put in', () => {
  const entity: Record<string, string> = { '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'", '&amp;': '&' }
  fc.assert(
    fc.property(hostile, (text) => {
      const escaped = render(html`${text}`)
      assert.equal(
        escaped.replace(/&(?:lt|gt|quot|#39|amp);/g, (found) => entity[found] ?? ''),
        text,
      )
    }),
  )
})

test('numbers stand as they are, nothing stands for undefined and false, lists are joined', () => {
  assert.equal(render(html`<b>${0}${undefined}${false}${['a', 1, [html`<i>${'<'}</i>`]]}</b>`), '<b>0a1<i>&lt;</i></b>')
})

test('markup is not escaped again, and may stand among attributes', () => {
  const checked = html`checked`
  assert.equal(render(html`<input ${checked} value="${'"'}"> ${html`<hr>`}`), '<input checked value="&quot;"> <hr>')
  assert.equal(render(html`<input ${false} value="a">`), '<input  value="a">')
})

test('a template that no escaping makes safe is refused', () => {
  assert.throws(() => html`<p title=${'a'}></p>`, TypeError)
  assert.throws(() => html`<p title='${'a'}'></p>`, TypeError)
  assert.throws(() => html`<p ${'onload'}></p>`, TypeError)
  assert.throws(() => html`title=${'a'}`, TypeError)
  assert.throws(() => html`<p title="${html`<b>`}"></p>`, TypeError)
})

test('nothing but the template makes Html', () => {
  const made = html`<b>`
  assert.throws(() => Reflect.construct(made.constructor, ['<script>']), TypeError)
  assert.throws(() => Reflect.construct(made.constructor, [Symbol('html'), '<script>']), TypeError)
  const forged = Object.create(Object.getPrototypeOf(made))
  assert.throws(() => render(forged), TypeError)
  assert.equal(render(html`${forged}`), '[object Object]')
})
