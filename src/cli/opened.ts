/** Opens what a command works with, and closes it when the command is done. */
import { userInfo } from 'node:os'
import type { Configuration } from '../config/settings.ts'
import { OAuthError } from '../kernel/refusal.ts'
import { metadataMistake } from '../management/configured-clients.ts'
import { NotPossible } from '../management/operator.ts'
import type { ExplainParts } from '../server/explain/explanation.ts'
import type { FindMistakes } from '../server/loaded-configuration.ts'
import type { Management } from '../server/managed.ts'
import { Exit } from './console.ts'

/** The option that every command has. */
export interface ConfigurationOptions {
  readonly config: string
}

/**
 * Loads the configuration.
 *
 * @param alsoFind what must be right besides the file itself
 * @throws {Exit} 2, with every mistake
 */
export async function configurationOf(
  { config }: ConfigurationOptions,
  alsoFind?: FindMistakes,
): Promise<Configuration> {
  const { loadConfiguration } = await import('../server/loaded-configuration.ts')
  const loaded = await loadConfiguration(config, process.env, alsoFind)
  if (loaded.outcome === 'bad') throw new Exit(2, ...loaded.mistakes)
  return loaded.configuration
}

/** Does a command's work with the parts of a server that does not serve. */
export async function withOffline<Result>(
  options: ConfigurationOptions,
  work: (parts: ExplainParts) => Promise<Result>,
): Promise<Result> {
  const { openOffline } = await import('../server/offline.ts')
  const { parts, close } = await openOffline(await configurationOf(options))
  try {
    return await work(parts)
  } finally {
    await close()
  }
}

/** Does a command's work over the configured database. */
export async function withManagement<Result>(
  options: ConfigurationOptions,
  work: (management: Management) => Promise<Result>,
): Promise<Result> {
  // Loaded here, so that help and wrong usage are answered at once.
  const { openManagement } = await import('../server/managed.ts')
  const management = await openManagement(await configurationOf(options), operatorName())
  try {
    return await work(management)
  } catch (error) {
    if (error instanceof OAuthError) {
      const { parameter } = error.detail
      throw new Exit(2, `${typeof parameter === 'string' ? `${parameter} ` : ''}${metadataMistake(error)}`)
    }
    throw error instanceof NotPossible ? new Exit(1, error.message) : error
  } finally {
    await management.close()
  }
}

/** Who is at the keyboard, for the audit trail. */
function operatorName(): string {
  try {
    return userInfo().username
  } catch {
    return 'unknown' // a user without a name, as in some containers
  }
}

/** Ends a command whose thing is not there, or may not be changed. */
export function notDone(outcome: string, thing: string): Exit {
  const words: Readonly<Record<string, string>> = {
    unknown: `There is no ${thing}`,
    configured: `The configuration file holds ${thing}: change it there, then reload (SIGHUP)`,
    exists: `There is ${thing} already`,
    login_taken: `There is an account with that name or e-mail address already`,
    already_ended: `It has ended already`,
    uses_no_secret: `It authenticates without a secret`,
  }
  return new Exit(1, words[outcome] ?? `Not done: ${outcome}`)
}
