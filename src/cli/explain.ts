/** `licet explain …`: what became of a request by its reference, or what would become of a request or a token. */
import { createReadStream, existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { explainAuthorizationRequest } from '../server/explain/authorization-request.ts'
import type { Explanation } from '../server/explain/explanation.ts'
import { presentedIn } from '../server/explain/presented.ts'
import { explainReference, linesOf } from '../server/explain/reference.ts'
import { explainTokenRequest } from '../server/explain/token-request.ts'
import { explainToken } from '../server/explain/token.ts'
import { complain, Exit, printable, say, type OutputOptions } from './console.ts'
import { readStandardInput } from './given.ts'
import { withOffline, type ConfigurationOptions } from './opened.ts'

type Options = ConfigurationOptions & OutputOptions & { readonly log?: string }
type Lines = Awaited<ReturnType<typeof linesOf>>

/** Explains. The exit code: 0 explained, 1 it would be refused or is not in the log; 2 wrong usage or configuration. */
export async function explain(what: string, options: Options): Promise<0 | 1> {
  const text = (what === '-' ? await readStandardInput() : what).trim()
  const presented = presentedIn(text)
  if (options.log !== undefined || presented.kind === 'reference') return explainFromLog(text, options)
  const explanation = await withOffline(options, (parts) => {
    if (presented.kind === 'token_request') return explainTokenRequest(presented.request, parts)
    if (presented.kind === 'authorization_request') return explainAuthorizationRequest(text, presented.request, parts)
    return explainToken(text, parts)
  })
  show([explanation], options)
  return explanation.steps.some(({ outcome }) => outcome === 'failed') ? 1 : 0
}

async function explainFromLog(reference: string, options: Options): Promise<0 | 1> {
  const lines = await linesOf(reference, logLines(options.log))
  if (lines.length === 0) {
    const turnedAway = 'Requests that are turned away under overload (server_overloaded) have none.'
    throw new Exit(1, `No line of the log has the reference ${reference}. ${turnedAway}`)
  }
  show(await explainLines(lines, options), options)
  return 0
}

/**
 * The log alone tells much: the machine that collects logs may not have the configuration, and a reference is asked about
 * while the database is away, too.
 */
async function explainLines(lines: Lines, options: Options): Promise<readonly Explanation[]> {
  if (!existsSync(options.config)) return explainReference(lines, undefined)
  try {
    return await withOffline(options, (parts) => explainReference(lines, parts))
  } catch (error) {
    complain(`What is registered is not shown: ${error instanceof Error ? error.message : String(error)}`)
    return explainReference(lines, undefined)
  }
}

/** The lines of a file, or of standard input. */
function logLines(file: string | undefined): AsyncIterable<string> {
  if (file === undefined || file === '-') {
    if (process.stdin.isTTY) throw new Exit(2, 'Name the log by --log FILE, or send it to standard input')
    return createInterface({ input: process.stdin })
  }
  if (!existsSync(file)) throw new Exit(2, `There is no file ${file}`)
  return createInterface({ input: createReadStream(file) })
}

const marks = { passed: '+', failed: 'x', noted: ' ' } as const

function show(explanations: readonly Explanation[], { json }: OutputOptions): void {
  if (json === true) return say(JSON.stringify(explanations))
  const line = (text: string): void => say(printable(text))
  for (const { subject, steps, outcome, mend } of explanations) {
    line(subject)
    for (const { outcome: came, words, values = {} } of steps) {
      line(`  ${marks[came]} ${words}`)
      for (const [name, value] of Object.entries(values)) line(`      ${name}: ${value}`)
    }
    line(`  = ${outcome}`)
    if (mend !== undefined) line(`  > ${mend}`)
  }
}
