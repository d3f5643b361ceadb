/**
 * Which way imports point (docs/decisions/0001). Each folder of src/ knows only what it stands on, so that a rule of
 * the protocol can be read, tested and changed without the database, the network or the process.
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { testFolders } from './musts.ts'
import { filesIn, isTest, sourcesIn, type Import, type Source } from './source.ts'

/** What each folder of src/ may import besides itself. Read it from the bottom: nothing knows what stands on it. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  'main.ts': ['cli'],
  cli: ['server', 'management', 'config', 'kernel', 'vocabulary'],
  server: [
    'console',
    'interaction',
    'protocol',
    'identity',
    'management',
    'storage',
    'outside',
    'http',
    'ui',
    'config',
    'domain',
    'kernel',
    'vocabulary',
  ],
  console: ['management', 'ui', 'http', 'domain', 'kernel', 'vocabulary'],
  interaction: ['protocol', 'identity', 'ui', 'http', 'domain', 'kernel', 'vocabulary'],
  protocol: ['ui', 'http', 'domain', 'kernel', 'vocabulary'],
  identity: ['domain', 'kernel', 'vocabulary'],
  management: ['domain', 'kernel', 'vocabulary'],
  storage: ['domain', 'kernel', 'vocabulary'],
  outside: ['domain', 'kernel', 'vocabulary'],
  http: ['kernel', 'vocabulary'],
  ui: ['kernel', 'vocabulary'],
  config: ['kernel', 'vocabulary'],
  domain: ['kernel', 'vocabulary'],
  kernel: ['vocabulary'],
  vocabulary: [],
}

/**
 * What each folder beside src/ may import of ours besides itself. The black box suite knows the server by HTTP alone; the
 * example API is one of its clients.
 */
const besideMayImport: Readonly<Record<string, readonly string[]>> = {
  packages: [],
  conformance: ['testing', 'examples'],
  examples: ['packages'],
  model: ['testing', 'src'],
  bench: ['testing', 'src', 'packages', 'examples'],
  faults: ['testing', 'conformance', 'bench', 'src'],
  testing: ['src', 'packages', 'examples', 'conformance', 'bench', 'faults'],
}

/** What a page is made with: everything that it shows is handed to it. */
const pageMayImport = ['ui', 'kernel', 'vocabulary']

/** Names that say nothing of what is inside; `index` only as the entry of a package that others install. */
const empty = [
  'utils',
  'helpers',
  'common',
  'shared',
  'misc',
  'lib',
  'types',
  'constants',
  'manager',
  'service',
  'index',
]

const sources = sourcesIn('src').filter(({ path }) => !isTest(path))
const imports = (source: Source): readonly Import[] => source.imports.filter(({ target }) => target.startsWith('src/'))
const folder = (path: string): string => path.split('/')[1] ?? ''
const ours = (path: string): string => path.split('/')[0] ?? ''

function refuse(broken: readonly string[]): void {
  assert.deepEqual(broken, [])
}

describe('layers', () => {
  test('each folder of src/ imports only the folders that it stands on', () => {
    refuse(
      sources.flatMap((source) => {
        const allowed = [folder(source.path), ...(mayImport[folder(source.path)] ?? [])]
        return imports(source)
          .filter(({ target }) => !allowed.includes(folder(target)))
          .map(({ target, line }) => `${source.path}:${line} imports ${target}`)
      }),
    )
  })

  test('each folder of src/ has its row in the table', () => {
    refuse([...new Set(sources.map(({ path }) => folder(path)))].filter((name) => mayImport[name] === undefined))
  })

  test('what runs imports no tests and nothing beside src/', () => {
    refuse(
      sources.flatMap(({ path, imports }) =>
        imports
          .filter(({ target }) => isTest(target) || ours(target) in besideMayImport)
          .map(({ target, line }) => `${path}:${line} imports ${target}`),
      ),
    )
  })

  test('what stands beside src/ imports only what its row allows', () => {
    const known = ['src', ...Object.keys(besideMayImport)]
    refuse(
      Object.entries(besideMayImport).flatMap(([name, allowed]) =>
        sourcesIn(name).flatMap(({ path, imports }) =>
          imports
            .filter(({ target }) => known.includes(ours(target)) && ![name, ...allowed].includes(ours(target)))
            .filter(({ target }) => !(isTest(path) && ours(target) === 'testing'))
            .map(({ target, line }) => `${path}:${line} imports ${target}`),
        ),
      ),
    )
  })

  test('a page imports only what it is drawn with', () => {
    refuse(
      sources
        .filter(({ path }) => /^src\/(interaction|console)\/.*[/-]page\.ts$/.test(path))
        .flatMap(({ path, imports }) =>
          imports
            .filter(({ target }) => !target.startsWith('src/') || !pageMayImport.includes(folder(target)))
            .map(({ target, line }) => `${path}:${line} imports ${target}`),
        ),
    )
  })

  test('a feature imports no other feature', () => {
    const list = sources.find(({ path }) => path === 'src/protocol/features.ts')
    const features = (list?.imports ?? []).filter(({ typeOnly }) => !typeOnly).map(({ target }) => target)
    refuse(
      sources
        .filter(({ path }) => features.includes(path))
        .flatMap((source) =>
          imports(source)
            .filter(({ target }) => features.includes(target))
            .map(({ target, line }) => `${source.path}:${line} imports ${target}`),
        ),
    )
  })

  test('no import runs in a circle', () => {
    refuse(
      circles(new Map(sources.map((source) => [source.path, imports(source).filter(({ typeOnly }) => !typeOnly)]))),
    )
  })

  test('every export has a name of its own', () => {
    refuse(
      sourcesIn(...testFolders).flatMap(({ path, exports }) =>
        exports.filter(({ isDefault }) => isDefault).map(({ line }) => `${path}:${line} exports a default`),
      ),
    )
  })

  test('every file and folder is named after what it holds', () => {
    const names = (path: string): readonly string[] => path.split('/').flatMap((part) => part.split('.')[0] ?? '')
    refuse(
      filesIn('**/*.*', ...testFolders)
        .filter((path) => !/^packages\/[^/]+\/index\.ts$/.test(path))
        .filter((path) => names(path).some((name) => empty.includes(name))),
    )
  })
})

/** Walks the imports in depth; each circle is told once, as the files it runs through. */
function circles(graph: ReadonlyMap<string, readonly Import[]>): readonly string[] {
  const found: string[] = []
  const done = new Set<string>()
  const walk = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) found.push([...trail.slice(trail.indexOf(path)), path].join(' → '))
    if (trail.includes(path) || done.has(path)) return
    for (const { target } of graph.get(path) ?? []) walk(target, [...trail, path])
    done.add(path)
  }
  for (const path of graph.keys()) walk(path, [])
  return found
}
