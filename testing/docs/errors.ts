import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { declaredRefusals, type Refusal } from '../../src/kernel/refusal.ts'
import { isTest, root, sourcesIn } from '../source.ts'
import { printedFrom, table } from './table.ts'

/** Prints every way this server says no, by the code that goes on the wire: `docs/errors.md`. */
export async function printErrors(): Promise<string> {
  const declaring = new Map<string, string>()
  for (const { path, calls } of sourcesIn('src').filter(({ path }) => !isTest(path))) {
    const reasons = calls('refusal').flatMap(({ texts: [, reason] }) => reason ?? [])
    if (reasons.length > 0) await import(pathToFileURL(join(root, path)).href)
    for (const reason of reasons) declaring.set(reason, path)
  }
  const byCode = Map.groupBy(declaredRefusals(), ({ error }) => error)
  const codes = [...byCode.keys()].sort()
  return [
    '# Errors',
    '',
    printedFrom('the refusals declared in `src/`'),
    '',
    'A client is told `error`, a registered code, and `error_description`. The log line and the audit event also hold',
    'the `reason`: it names the one check that failed, it is stable, and alerts may match on it. Some reasons share a',
    'description on purpose: which check failed is not for whoever holds a stolen code.',
    ...codes.flatMap((code) => ['', `## ${code}`, '', rows(byCode.get(code) ?? [], declaring)]),
    '',
  ].join('\n')
}

function rows(refusals: readonly Refusal[], declaring: ReadonlyMap<string, string>): string {
  const columns = ['reason', 'status', 'error_description', 'declared in']
  return table(
    columns,
    refusals.map(({ reason, status, tell }) => {
      const path = declaring.get(reason) ?? ''
      return [`\`${reason}\``, String(status), tell, `[${path.replace(/^src\//, '')}](../${path})`]
    }),
  )
}
