/**
 * Explanations for operators: what was asked, which checks it passed, which one it failed, and what to change.
 *
 * `authorization-request.ts`, `token-request.ts` and `token.ts` predict, by calling the protocol's own checks and never
 * what spends something; `reference.ts` reads what the log says of a request that was answered. What is registered is
 * shown next to what was presented, since the caller can read the configuration: no handler may import this folder.
 */
import type { Client } from '../../domain/client.ts'
import { refusalsNamed, type Detail, type OAuthError } from '../../kernel/refusal.ts'
import { adviceOn } from '../../ui/words/advice.ts'
import type { Composition } from '../compose.ts'

/** One step on the way to an answer. */
export interface Step {
  /** `noted`: a fact that decides nothing by itself. */
  readonly outcome: 'passed' | 'failed' | 'noted'
  readonly words: string
  /** The values that the step looked at, by their names. */
  readonly values?: Readonly<Record<string, string>>
}

/** What is said of one request or one token. */
export interface Explanation {
  readonly subject: string
  readonly steps: readonly Step[]
  /** What became of it, or would. */
  readonly outcome: string
  /** What to change; absent where nothing failed. */
  readonly mend?: string
}

/** What explaining works with: the parts of a server, whether or not it serves. */
export type ExplainParts = Composition['parts']

/** The metadata that a fact of a refusal is to be held against. */
const heldAgainst: Readonly<Record<string, readonly (keyof Client['metadata'])[]>> = {
  presented: ['redirect_uris'],
  scope: ['scope'],
  method: ['token_endpoint_auth_method'],
  alg: ['token_endpoint_auth_signing_alg'],
  kid: ['jwks_uri'],
  grant_type: ['grant_types'],
  response_type: ['response_types'],
}

/** What names a request, rather than what is wrong with it. */
const beside = ['client_id', 'request_id', 'address', 'endpoint', 'page', 'answered', 'error', 'reason', 'event']

/** Explains a refusal: its reason and meaning, what was presented, and what is registered instead. */
export function refusedStep(reason: string, detail: Readonly<Record<string, unknown>>, client?: Client): Step {
  const facts = Object.entries(detail).filter(([name, value]) => value !== undefined && !beside.includes(name))
  const registered = facts
    .flatMap(([name]) => heldAgainst[name] ?? [])
    .flatMap((name): readonly (readonly [string, string])[] => {
      const value = client?.metadata[name]
      return value === undefined ? [] : [[`registered ${name}`, spelled(value)]]
    })
  const means =
    adviceOn(reason)?.means ?? `${refusalsNamed(reason)[0]?.tell ?? 'a reason that this version does not have'}.`
  return {
    outcome: 'failed',
    words: `${reason}: ${means}`,
    values: Object.fromEntries([...facts.map(([name, value]) => [name, spelled(value)] as const), ...registered]),
  }
}

/** Ends an explanation with the refusal that was thrown, or would be. */
export function refusedEnd(
  { reason, error, detail }: Pick<OAuthError, 'reason' | 'error'> & { readonly detail: Detail },
  client: Client | undefined,
  outcome: string,
): { readonly steps: readonly Step[]; readonly outcome: string; readonly mend?: string } {
  const mend = adviceOn(reason)?.mend
  return {
    steps: [refusedStep(reason, detail, client)],
    outcome: `${outcome} ${error} (${reason})`,
    ...(mend !== undefined && { mend }),
  }
}

/** Says who a client is. */
export function clientStep(client: Client): Step {
  const { client_id, metadata, profile, registered_by, disabled } = client
  const name = metadata.client_name === undefined ? '' : `, ${metadata.client_name}`
  return {
    outcome: disabled ? 'failed' : 'passed',
    words: `The client ${client_id}${name} is known${disabled ? ', and switched off' : ''}`,
    values: { profile, registered_by },
  }
}

/** Spells a value of a log line, of a claim or of metadata. */
export function spelled(value: unknown): string {
  if (typeof value === 'string') return value
  return Array.isArray(value) ? value.map(spelled).join(' ') : (JSON.stringify(value) ?? 'nothing')
}
