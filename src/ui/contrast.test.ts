import assert from 'node:assert/strict'
import { test } from 'node:test'
import { must } from '../../testing/must.ts'
import type { Colour } from '../kernel/colour.ts'
import { completedPalettes, schemes, standardPalettes, type ColourName } from '../kernel/palette.ts'
import { unreadableColours, type Unreadable } from './contrast.ts'

const spelled = ({ scheme, name, instead }: Unreadable): string => `${scheme}.${name} ${instead ?? 'none'}`

/** Colours from all over, 216 of them: as the web once had them. */
const many = ['00', '33', '66', '99', 'cc', 'ff'].flatMap((red, _index, each) =>
  each.flatMap((green) => each.map((blue): Colour => `#${red}${green}${blue}`)),
)

must('WCAG 2.2 §1.4.3', 'where nobody chose a colour, every pair is read well enough, in both schemes', () => {
  assert.deepEqual(unreadableColours({}), [])
})

test('whatever accent is chosen for one scheme, the one made of it for the other is read well enough', () => {
  for (const scheme of schemes) {
    for (const accent of many) {
      const found = unreadableColours({ [scheme]: { accent } })
      assert.deepEqual(
        found.filter((one) => one.scheme !== scheme || one.name !== 'accent').map(spelled),
        [],
        `${scheme} ${accent}`,
      )
    }
  }
})

test('the colour that is offered in place of one that is hard to read leaves nothing to find', () => {
  for (const accent of many) {
    const [found, more] = unreadableColours({ light: { accent } })
    assert.equal(more, undefined, accent)
    if (found === undefined) continue
    assert.ok(found.instead !== undefined, accent)
    assert.deepEqual(unreadableColours({ light: { accent: found.instead } }), [], `${accent} ${found.instead}`)
  }
})

test('what is to be changed is what was chosen, whichever of the pair it is', () => {
  const blamed = (light: Partial<Record<ColourName, Colour>>) => unreadableColours({ light }).map(({ name }) => name)
  assert.deepEqual(blamed({ background: '#555555' }), ['background'])
  assert.deepEqual(blamed({ text: '#999999' }), ['text'])
  assert.deepEqual(blamed({ edge: '#eeeeee' }), ['edge'])
  assert.deepEqual(blamed({ on_accent: '#0b6a5b' }), ['on_accent'])
})

test('what nobody chose stays as it was, unless it hangs on what somebody did', () => {
  const { light, dark } = completedPalettes({ light: { error: '#800000' } })
  assert.deepEqual(light, { ...standardPalettes.light, error: '#800000' })
  assert.deepEqual(dark, standardPalettes.dark)
  const changed = completedPalettes({ light: { accent: '#7a1f5c' } }).light
  const others = Object.entries(changed).filter(([name, one]) => standardPalettes.light[name as ColourName] !== one)
  assert.deepEqual(
    others.map(([name]) => name),
    ['accent', 'accent_hover', 'tint'],
  )
})
