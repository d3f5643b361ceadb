/** A field whose name is not on the list is hidden from the log (`log-fields.ts`): better found here than in the night. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseSync, Visitor, type Argument, type Expression, type ObjectExpression } from 'oxc-parser'
import { logFields } from '../src/outside/log-fields.ts'
import { isTest, sourcesIn } from './source.ts'

/** The methods of `EventLog`, and the variables that details are gathered in before. */
const logMethods = new Set(['info', 'warn', 'error'])
const detailNames = new Set(['detail', 'where'])

function namesOf(object: ObjectExpression): readonly string[] {
  return object.properties.flatMap((property) =>
    property.type === 'Property' && property.key.type === 'Identifier' ? [property.key.name] : [],
  )
}

function namesIn(value: Argument | Expression | null | undefined): readonly string[] {
  return value?.type === 'ObjectExpression' ? namesOf(value) : []
}

/** The names of fields that one file gives to refusals and to the log, as far as they are written out. */
function detailFields(path: string, text: string): readonly string[] {
  const refusals = new Set<string>()
  const found: string[] = []
  const { program } = parseSync(path, text)
  new Visitor({
    VariableDeclarator({ id, init }) {
      if (id.type !== 'Identifier' || !init) return
      if (init.type === 'CallExpression' && init.callee.type === 'Identifier' && init.callee.name === 'refusal')
        refusals.add(id.name)
      if (detailNames.has(id.name)) found.push(...namesIn(init))
    },
  }).visit(program)
  new Visitor({
    CallExpression({ callee, arguments: given }) {
      if (callee.type === 'Identifier' && refusals.has(callee.name)) found.push(...namesIn(given[0]))
      if (callee.type !== 'MemberExpression' || callee.property.type !== 'Identifier') return
      const { object } = callee
      const onLog =
        object.type === 'Identifier'
          ? object.name === 'log'
          : object.type === 'MemberExpression' &&
            object.property.type === 'Identifier' &&
            object.property.name === 'log'
      if (onLog && logMethods.has(callee.property.name)) found.push(...namesIn(given[1]))
    },
  }).visit(program)
  return found
}

test('every field of a refusal’s detail and of an event is listed', () => {
  const unlisted = sourcesIn('src')
    .filter(({ path }) => !isTest(path))
    .flatMap(({ path, text }) =>
      detailFields(path, text)
        .filter((name) => !logFields.has(name))
        .map((name) => `${name} in ${path}`),
    )
  assert.deepEqual(unlisted, [])
})
