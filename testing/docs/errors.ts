import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { declaredRefusals, toldName, type Refusal } from '../../src/kernel/refusal.ts'
import { adviceOn } from '../../src/ui/words/advice.ts'
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
    'description on purpose: which check failed is not for whoever holds a stolen code. `error_uri` leads to the page at',
    '`/errors/` that explains what was told, and no more; a page of its own for each reason is there too.',
    '`licet explain REFERENCE --log FILE` prints what the log knows of an answer, by its `x-request-id`.',
    ...codes.flatMap((code) => ['', `## ${code}`, '', ...section(byCode.get(code) ?? [], declaring)]),
    '',
  ].join('\n')
}

function section(refusals: readonly Refusal[], declaring: ReadonlyMap<string, string>): readonly string[] {
  return [rows(refusals, declaring), ...refusals.flatMap(explained)]
}

/** What it means and how to mend it. */
function explained(refused: Refusal): readonly string[] {
  const advice = adviceOn(refused.reason)
  if (advice === undefined) return []
  const name = toldName(refused)
  const also = name === refused.reason ? '' : ` Told as \`${name}\`.`
  return ['', `**\`${refused.reason}\`** ${advice.means} _${advice.mend}_${also}`]
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
