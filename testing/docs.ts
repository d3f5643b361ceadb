/**
 * Prints the documents that are views of a table in the source: `node testing/docs.ts` writes them, with `--check` it
 * fails when one is stale. What can be printed is never typed twice.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { format, resolveConfig } from 'prettier'
import { printConfiguration } from './docs/configuration.ts'
import { printConformance } from './docs/conformance.ts'
import { printEndpoints } from './docs/endpoints.ts'
import { printErrors } from './docs/errors.ts'
import { printReceipts } from './docs/receipts.ts'
import { printThreats } from './docs/threats.ts'
import { root } from './source.ts'

/** Every printed document, by its path from the root. */
const documents: Readonly<Record<string, () => string | Promise<string>>> = {
  'docs/configuration.md': printConfiguration,
  'docs/conformance.md': printConformance,
  'docs/endpoints.md': printEndpoints,
  'docs/errors.md': printErrors,
  'docs/receipts.md': printReceipts,
  'SECURITY.md': printThreats,
}

const checking = process.argv.includes('--check')
const stale: string[] = []

for (const [path, print] of Object.entries(documents)) {
  const file = join(root, path)
  const printed = await Promise.try(print).catch((error: unknown) => {
    console.error(`${path} cannot be printed:`, error)
    process.exitCode = 1
  })
  if (printed === undefined) continue
  const text = await format(printed, { ...(await resolveConfig(file)), parser: 'markdown' })
  if (existsSync(file) && readFileSync(file, 'utf8') === text) continue
  stale.push(path)
  if (!checking) writeFileSync(file, text)
}

if (checking && stale.length > 0) {
  console.error(
    `stale: ${stale.join(', ')}; print them with npm run docs, and commit them with what they are printed from`,
  )
  process.exitCode = 1
} else if (!checking) {
  console.log(stale.length === 0 ? 'every printed document is fresh' : `printed ${stale.join(', ')}`)
}
