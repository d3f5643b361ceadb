/** What we stand on that others wrote: pinned to the byte, and none of it runs before we call it. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { isTest, root, sourcesIn, type Import } from './source.ts'

interface Locked {
  readonly link?: boolean
  readonly integrity?: string
  readonly resolved?: string
}
interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

const read = (path: string): unknown => JSON.parse(readFileSync(join(root, path), 'utf8'))
const theirs = ['package-lock.json', 'bench/peers/package-lock.json'].flatMap((lock) => {
  const { packages } = read(lock) as { readonly packages: Readonly<Record<string, Locked>> }
  return Object.entries(packages).filter(([path, { link }]) => path.includes('node_modules/') && link !== true)
})

test('PV-01: every package of others is locked to its bytes, and to no one registry', () => {
  assert.ok(theirs.length > 100)
  for (const [path, { integrity, resolved }] of theirs) {
    assert.match(integrity ?? '', /^sha512-/, path)
    assert.equal(resolved, undefined, path)
  }
})

test('PV-01: what we ask for by name is one version, not a range', () => {
  for (const path of ['package.json', 'packages/resource-server/package.json', 'bench/peers/package.json']) {
    const { dependencies, devDependencies, optionalDependencies } = read(path) as Manifest
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies })) {
      assert.match(version, /^\d+\.\d+\.\d+(?:-[a-z0-9.]+)?$/, `${path}: ${name}`)
    }
  }
})

test('PV-01: no package runs a script when it is installed', () => {
  for (const path of ['.npmrc', 'bench/peers/.npmrc']) {
    assert.match(readFileSync(join(root, path), 'utf8'), /^ignore-scripts=true$/m)
  }
})

test('PV-01: what runs here is what the server imports, and nothing beside it', () => {
  const { dependencies = {} } = read('package.json') as Manifest
  const imported = new Set(
    sourcesIn('src').flatMap(({ path, imports }) =>
      isTest(path) ? [] : imports.filter(({ typeOnly }) => !typeOnly).map(packageOf),
    ),
  )
  assert.deepEqual(
    Object.keys(dependencies).filter((name) => !imported.has(name)),
    [],
  )
})

/** The package of a specifier such as `jose/jwt/verify` or `@node-rs/argon2`. */
function packageOf({ target }: Import): string {
  return target.split('/', target.startsWith('@') ? 2 : 1).join('/')
}
