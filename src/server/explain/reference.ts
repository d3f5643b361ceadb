/** Explains what was answered under a reference, from what the log says of that request. */
import { nearest } from '../../kernel/nearest.ts'
import { refusalsNamed } from '../../kernel/refusal.ts'
import { adviceOn } from '../../ui/words/advice.ts'
import { clientStep, refusedStep, spelled, type Explanation, type ExplainParts, type Step } from './explanation.ts'

/** One line of the log, read. */
type Line = Readonly<Record<string, unknown>>

/** Finds the lines of a request in a log of JSON lines; what is not JSON is skipped. */
export async function linesOf(
  reference: string,
  log: AsyncIterable<string> | Iterable<string>,
): Promise<readonly Line[]> {
  const found: Line[] = []
  for await (const text of log) {
    const line = text.includes(reference) ? readLine(text) : undefined
    if (line?.['request_id'] === reference) found.push(line)
  }
  return found
}

function readLine(text: string): Line | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch {
    return undefined // a line of another program that writes there
  }
}

/**
 * Explains each line of one request.
 *
 * @param lines what `linesOf` found
 * @param parts undefined where there is no configuration: then what is registered is not shown
 */
export function explainReference(
  lines: readonly Line[],
  parts: Pick<ExplainParts, 'clients'> | undefined,
): Promise<readonly Explanation[]> {
  return Promise.all(lines.map((line) => explainLine(line, parts)))
}

async function explainLine(line: Line, parts: Pick<ExplainParts, 'clients'> | undefined): Promise<Explanation> {
  const { reason, error, client_id, endpoint, page } = line
  const asked = typeof client_id === 'string' ? client_id : undefined
  const client = asked === undefined ? undefined : await parts?.clients.find(asked)
  const subject = `${momentOf(line)} ${spelled(line['event'])}${placeOf(endpoint ?? page)}${fromOf(line)}`
  if (typeof reason !== 'string') return { subject, steps: [], outcome: 'Nothing was refused by this line' }
  const mend = adviceOn(reason)?.mend
  return {
    subject,
    steps: [
      ...passedSteps(line),
      ...(asked === undefined ? [] : [client ? clientStep(client) : await unknownStep(asked, parts)]),
      refusedStep(reason, facts(line), client),
    ],
    outcome: `The answer was ${spelled(error)}: ${refusalsNamed(reason)[0]?.tell ?? 'nothing that this version says'}`,
    ...(mend !== undefined && { mend }),
  }
}

/** Says that nobody has a client_id, and who may have been meant; without a configuration, only which it was. */
async function unknownStep(client_id: string, parts: Pick<ExplainParts, 'clients'> | undefined): Promise<Step> {
  if (parts === undefined) return { outcome: 'noted', words: `The client_id was ${client_id}` }
  const ids = (await parts.clients.list()).map((one) => one.client_id)
  const meant = nearest(client_id, ids)
  const words = `No client has the client_id ${client_id}`
  return { outcome: 'failed', words, ...(meant !== undefined && { values: { nearest: meant } }) }
}

/** The endpoints at which nothing else is looked at before the client has authenticated, as the log calls them. */
const authenticating = ['token', 'introspection', 'revocation']

/** What can be concluded from the line about the checks before the one that failed. */
function passedSteps({ answered, endpoint, error, reason, client_id }: Line): readonly Step[] {
  if (answered === 'redirect')
    return [{ outcome: 'passed', words: 'client_id and redirect_uri were right: the error is for the client' }]
  if (answered === 'page') return [{ outcome: 'noted', words: 'The error was shown to the person, and sent nowhere' }]
  // A refusal of client authentication names the client that was claimed.
  const isOfClient = error === 'invalid_client' || spelled(reason).startsWith('client_')
  const isAuthenticated = authenticating.some((one) => one === endpoint) && client_id !== undefined && !isOfClient
  return isAuthenticated ? [{ outcome: 'passed', words: `The client ${spelled(client_id)} authenticated` }] : []
}

function facts(line: Line): Line {
  return Object.fromEntries(Object.entries(line).filter(([name]) => name !== 'level' && name !== 'time'))
}

function momentOf({ time }: Line): string {
  return typeof time === 'number' ? new Date(time).toISOString() : 'At some time'
}

function placeOf(place: unknown): string {
  return place === undefined ? '' : `, ${spelled(place)}`
}

function fromOf({ address }: Line): string {
  return address === undefined ? '' : `, from ${spelled(address)}`
}
