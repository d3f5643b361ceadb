/**
 * Makes what is published of this package, in the folder that is named: JavaScript, and its types beside it. Here the
 * source is what runs; below `node_modules`, where others have it, Node strips no types.
 */
import { execFile } from 'node:child_process'
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

const here = import.meta.dirname
const root = join(here, '../..')
const target = process.argv[2] ?? join(root, 'tmp/resource-server')

const typescript = dirname(createRequire(import.meta.url).resolve('typescript/package.json'))
await mkdir(target, { recursive: true })
await promisify(execFile)(process.execPath, [
  join(typescript, 'bin/tsc'),
  ...['--project', join(here, 'tsconfig.json'), '--outDir', target],
])
const manifest: unknown = JSON.parse(await readFile(join(here, 'package.json'), 'utf8'))
const exports = { types: './index.d.ts', default: './index.js' }
await writeFile(join(target, 'package.json'), `${JSON.stringify({ ...Object(manifest), exports }, undefined, 2)}\n`)
await cp(join(here, 'README.md'), join(target, 'README.md'))
await cp(join(root, 'LICENSE'), join(target, 'LICENSE'))
console.log(`npm publish ${target}`)
