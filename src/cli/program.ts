/** The command line: which commands there are. What each does is loaded when it is asked for. */
import { readFileSync } from 'node:fs'
import { Command, CommanderError, InvalidArgumentError } from 'commander'
import type { CheckOptions } from './check.ts'
import { complain, Exit, said, say, type OutputOptions } from './console.ts'
import type { ConfigurationOptions } from './opened.ts'

/** Runs a command line. Resolves with the exit code: 0 done, 1 failed, 2 wrong usage or configuration. */
export async function run(words: readonly string[]): Promise<number> {
  const program = new Command('licet')
  let code = 0
  const done = (outcome: number): void => {
    code = outcome
  }
  program
    .description('A self-hosted OAuth 2.1 and OpenID Connect authorization server, consent first.')
    .version(version(), '--version')
    .addHelpText('after', '\nExit codes: 0 done, 1 failed, 2 wrong usage or configuration.')
    .exitOverride()
    .showHelpAfterError()
  addServerCommands(program, done)
  const serves = words[0] === 'serve' || words[0] === 'demo'
  // `serve` never loads what the management commands need.
  if (!serves) {
    const { addManagementCommands } = await import('./management.ts')
    addManagementCommands(program, withShared)
  }
  inherit(program)
  try {
    await program.parseAsync([...words], { from: 'user' })
    return serves ? code : await wasSaid(code)
  } catch (error) {
    return wasSaid(explained(error))
  }
}

function addServerCommands(program: Command, done: (code: number) => void): void {
  withConfig(program.command('serve').description('Serve, until SIGTERM; SIGHUP reads the configuration again'))
    .option('--workers <number>', 'how many processes serve, 1 to 64: as many as the machine has cores', readWorkers, 1)
    .action(async ({ config, workers }: ConfigurationOptions & { readonly workers: number }) => {
      const { serve } = await import('../server/serve.ts')
      done(await serve({ file: config, environment: process.env, workers, say, complain }))
    })
  program
    .command('demo')
    .description('Run the server, a client web application and an API on this machine, to look at')
    .action(async () => {
      const { demo } = await import('./demo.ts')
      done(await demo())
    })
  withShared(
    program
      .command('check')
      .description('Read the configuration, say every mistake, and grade it: exit code 0, 1 or 2')
      .option('--online', 'ask the providers of `upstream` what they are as well'),
  ).action(async (options: CheckOptions) => {
    const { check } = await import('./check.ts')
    done(await check(options))
  })
  withShared(
    program
      .command('explain <what>')
      .description(
        'Explain an answer by its reference and the log, or what would become of a request (URL, form, curl command) or token',
      )
      .option('--log <file>', 'the log to find the reference in; default: standard input'),
  ).action(async (what: string, options: ConfigurationOptions & OutputOptions & { readonly log?: string }) => {
    const { explain } = await import('./explain.ts')
    done(await explain(what, options))
  })
  withConfig(program.command('migrate').description('Bring the database up to date; serve does it too')).action(
    async (options: ConfigurationOptions) => {
      const { migrate } = await import('./migrate.ts')
      await migrate(options)
    },
  )
}

function readWorkers(text: string): number {
  if (!/^[1-9][0-9]?$/.test(text) || Number(text) > 64) throw new InvalidArgumentError('It is a number from 1 to 64.')
  return Number(text)
}

function withConfig(command: Command): Command {
  return command.option('--config <file>', 'the configuration file', 'licet.yaml')
}

function withShared(command: Command): Command {
  return withConfig(command).option('--json', 'print JSON, for scripts')
}

/** Lets wrong usage of any command end as wrong usage of the program does. */
function inherit(command: Command): void {
  for (const one of command.commands) {
    one.exitOverride().showHelpAfterError()
    inherit(one)
  }
}

/**
 * Waits for whoever reads slowly: what a pipe has no room for yet is lost when the process ends. And lets no command end
 * well whose result is lost: a new secret is shown once.
 */
async function wasSaid(code: number): Promise<number> {
  const outcome = await said()
  if (!(outcome instanceof Error)) return code
  complain(`licet: what was to be said could not be written: ${outcome.message}`)
  return 1
}

function explained(error: unknown): number {
  if (error instanceof Exit) {
    for (const line of error.lines) complain(line)
    return error.code
  }
  // Commander has said already what was wrong; help and version end well.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  complain(`licet: ${error instanceof Error ? error.message : String(error)}`)
  return 1
}

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { readonly version: string }).version
}
