import { openidModules } from '../../conformance/openid-modules.ts'
import { checkList, musts } from '../musts.ts'
import { linked, printedFrom, table } from './table.ts'

/** Prints every sentence that is proved, by document and section: `docs/conformance.md`. */
export function printConformance(): string {
  const bySection = musts().flatMap((must) => must.sections.map((section) => ({ section, must })))
  const byDocument = Map.groupBy(bySection, ({ section }) => section.split(/ §/)[0] ?? section)
  const documents = [...byDocument.keys()].sort(inOrder)
  return [
    '# What is proved',
    '',
    printedFrom('the calls of `must` in the tests'),
    '',
    `${musts().length} sentences of ${documents.length} documents, each held by the test it names.`,
    ...documents.flatMap((document) => [
      '',
      `## ${document}`,
      '',
      table(
        ['section', 'it holds that', 'proof'],
        (byDocument.get(document) ?? [])
          .sort((one, other) => inOrder(one.section, other.section))
          .map(({ section, must }) => [section.slice(document.length).trim(), must.statement, linked(must.path)]),
      ),
    ]),
    '',
    '## The OpenID Foundation’s suite',
    '',
    'Its modules for providers, by plan; each is expressed by a test of ours.',
    '',
    table(['plan', 'module', 'proof'], modules()),
    '',
    '## The security check list',
    '',
    'Each id is a request to send and the answer to see; these tests send it.',
    '',
    table(
      ['id', 'proof'],
      checkList().map(({ id, paths }) => [id, paths.map((path) => linked(path)).join(', ')]),
    ),
    '',
  ].join('\n')
}

/** A row for each module of the suite, with the tests whose sentence begins with its name. */
function modules(): readonly (readonly string[])[] {
  return Object.entries(openidModules).flatMap(([plan, names]) =>
    names.map((name) => {
      const proofs = musts().filter(({ statement }) => statement.startsWith(`${name}: `))
      return [plan, name, proofs.map(({ path }) => linked(path)).join(', ') || 'none yet']
    }),
  )
}

/** By name, numbers by their value: §4.6 before §4.10. */
function inOrder(one: string, other: string): number {
  return one.localeCompare(other, 'en', { numeric: true })
}
