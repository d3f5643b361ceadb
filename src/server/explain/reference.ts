/** Explains what was answered under a reference, from what the log says of that request. */
import { internalFailure } from '../../http/errors.ts'
import { isMapping } from '../../kernel/mapping.ts'
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
  const { client_id, endpoint, page } = line
  const asked = typeof client_id === 'string' ? client_id : undefined
  const client = asked === undefined ? undefined : await parts?.clients.find(asked)
  const subject = `${momentOf(line)} ${spelled(line['event'])}${placeOf(endpoint ?? page)}${fromOf(line)}`
  const reason = reasonOf(line)
  const [refused] = reason === undefined ? [] : refusalsNamed(reason)
  if (reason === undefined || refused === undefined) return { subject, ...ownWords(line) }
  const mend = adviceOn(reason)?.mend
  return {
    subject,
    steps: [
      ...passedSteps(line),
      ...(asked === undefined ? [] : [client ? clientStep(client) : await unknownStep(asked, parts)]),
      refusedStep(reason, facts(line), client),
    ],
    outcome: `The answer was ${refused.error}: ${refused.tell}`,
    ...(mend !== undefined && { mend }),
  }
}

/** What was refused, by its reason; a failure of ours is an event of that name, and its line has the cause. */
function reasonOf({ reason, event, cause }: Line): string | undefined {
  if (typeof reason === 'string') return reason
  if (cause === undefined) return undefined
  return event === 'failed' ? internalFailure.reason : spelled(event)
}

/** Why nobody was signed in. The person reads the same of most of these, so that they are not in docs/errors.md. */
const nobodySignedIn: Readonly<Record<string, string>> = {
  password_wrong:
    'Nobody here has that name, or their password is another. A line that names an account_id is about it.',
  password_too_long: 'The password is longer than any that is taken.',
  password_unreadable_hash: 'The stored hash of the password cannot be read: set another one, licet account update.',
  password_busy: 'More passwords were being checked than there is room for.',
  account_disabled: 'The account is disabled: licet account enable.',
  account_changed: 'The password or the state of the account was changed while it was being proved.',
  too_many_attempts:
    'There were too many tries for that account or from that network: they are told when to try again.',
  second_factor_missing: 'The account asks for a second factor, and this way of signing in has none.',
  one_time_code_wrong: 'The code was not one of the authenticator app at that moment, nor an unused recovery code.',
  email_code_wrong: 'The code was not that of the letter, or was used, late, or tried too often.',
  passkey_wrong: 'The passkey is not known here, or its answer was to another question.',
  passkey_of_another: 'The passkey is another account’s than the one whose password was given.',
}

/** Explains a line that tells of no declared refusal. */
function ownWords(line: Line): Pick<Explanation, 'steps' | 'outcome'> {
  const { event, reason, account_id } = line
  if (event !== 'sign_in_refused' && event !== 'second_factor_refused') {
    return { steps: [], outcome: 'Nothing was refused by this line' }
  }
  const words = `${spelled(reason)}: ${nobodySignedIn[spelled(reason)] ?? 'a reason that this version does not have.'}`
  const values = account_id === undefined ? {} : { values: { account_id: spelled(account_id) } }
  return { steps: [{ outcome: 'failed', words, ...values }], outcome: 'Nobody was signed in' }
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

function facts({ cause, ...line }: Line): Line {
  const shown = Object.entries(line).filter(([name]) => name !== 'level' && name !== 'time')
  return { ...Object.fromEntries(shown), ...(cause !== undefined && { cause: chainOf(cause) }) }
}

/** Spells an error and what caused it, without where in the program that was: the line itself has the stack. */
function chainOf(cause: unknown): string {
  if (!isMapping(cause)) return spelled(cause)
  const { type, message, cause: deeper } = cause
  const one = `${spelled(type)}: ${spelled(message)}`
  return deeper === undefined ? one : `${one}, caused by ${chainOf(deeper)}`
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
