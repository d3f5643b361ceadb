/** Everything that is proved: the calls of `must` in the test files, read without running them. */
import { isTest, sourcesIn } from './source.ts'

/** One sentence with its proof. */
export interface Must {
  /** `RFC 7636 §4.6`; a sentence that rests on several sections is listed under each. */
  readonly sections: readonly string[]
  readonly statement: string
  /** The test file, from the root. */
  readonly path: string
  readonly line: number
}

/** A row of the security check list, with the tests that send what it says to send. */
export interface CheckListRow {
  /** `AZ-07` */
  readonly id: string
  /** Test files, from the root, in order. */
  readonly paths: readonly string[]
}

/** The folders that hold tests. */
export const testFolders = [
  'src',
  'packages',
  'testing',
  'conformance',
  'examples',
  'model',
  'bench',
  'faults',
] as const

/**
 * Finds every `must` of the tree.
 *
 * @throws {Error} when section or statement of one is computed, or a section names no document, so that it could not be
 *   listed
 */
export function musts(): readonly Must[] {
  return sourcesIn(...testFolders)
    .filter(({ path }) => isTest(path))
    .flatMap((source) =>
      source.calls('must').map(({ line, texts: [section, statement] }) => {
        if (section === undefined || statement === undefined || section.includes('…')) {
          throw new Error(`${source.path}:${line}: section and statement of a must are written out, not computed`)
        }
        const sections = section.split(/[,;]\s+/)
        if (sections.some((one) => one.startsWith('§'))) {
          throw new Error(`${source.path}:${line}: each section of a must names its document`)
        }
        return { sections, statement, path: source.path, line }
      }),
    )
}

const idOfCheck = /\b([A-Z]{2})-(\d{2})(?: to \1-(\d{2}))?\b/g

/** The ids that a name holds; `AZ-05 to AZ-12` holds eight. */
export function idsIn(name: string): readonly string[] {
  return [...name.matchAll(idOfCheck)].flatMap(([, letters = '', from = '', to = from]) =>
    Array.from({ length: Number(to) - Number(from) + 1 }, (_, index) => {
      return `${letters}-${String(Number(from) + index).padStart(2, '0')}`
    }),
  )
}

/** Lists which rows of the security check list are held by a test of that name, and where. */
export function checkList(): readonly CheckListRow[] {
  const held = new Map<string, Set<string>>()
  for (const source of sourcesIn(...testFolders).filter(({ path }) => isTest(path))) {
    const names = ['must', 'test', 'it', 'describe'].flatMap((call) => source.calls(call)).flatMap(({ texts }) => texts)
    for (const id of names.flatMap((name) => idsIn(name ?? ''))) {
      held.set(id, (held.get(id) ?? new Set()).add(source.path))
    }
  }
  return [...held]
    .map(([id, paths]) => ({ id, paths: [...paths].sort() }))
    .sort((one, other) => one.id.localeCompare(other.id))
}
