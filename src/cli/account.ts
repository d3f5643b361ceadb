/** `licet account …` */
import type { Command } from 'commander'
import { parse } from 'yaml'
import type { Json } from '../kernel/binding.ts'
import { isLanguage } from '../kernel/language.ts'
import { longestName } from '../kernel/plain-text.ts'
import { protocolClaims } from '../vocabulary/claims.ts'
import {
  accountToShow,
  createAccount,
  deleteAccount,
  findAccount,
  removeFactors,
  passwordWarning,
  setAccountState,
  setClaims,
  setPassword,
} from '../management/accounts.ts'
import { importAccounts, type ImportOutcome } from '../management/import.ts'
import { invite } from '../management/invitations.ts'
import { complain, Exit, printable, say, type OutputOptions } from './console.ts'
import { readGiven, readName, readSecret } from './given.ts'
import { notDone, withManagement, type ConfigurationOptions } from './opened.ts'
import { showList, showRecord } from './show.ts'

type Options = ConfigurationOptions & OutputOptions

interface ChangeOptions extends Options {
  readonly passwordStdin?: boolean
  readonly claim?: readonly string[]
}

/** Adds the command. */
export function addAccountCommand(program: Command, shared: (command: Command) => Command): void {
  const account = program.command('account').description('Accounts: the people who sign in')

  shared(account.command('list').description('List accounts')).action(async (options: Options) => {
    const all = await withManagement(options, ({ accounts }) => accounts.list())
    showList(all.map(accountToShow), ['username', 'sub', 'has_password', 'disabled'], options)
  })

  shared(
    account.command('show <name>').description('Show an account, by user name, verified e-mail address or account_id'),
  ).action(async (name: string, options: Options) => {
    const found = await withManagement(options, (management) => findAccount(name, management))
    if (found === undefined) throw notDone('unknown', `account ${name}`)
    showRecord(accountToShow(found), options)
  })

  withChanges(
    shared(
      account
        .command('create')
        .description('Make an account')
        .argument('<name>', 'its user name', readName(longestName.username)),
    ),
  ).action(async (username: string, options: ChangeOptions) => {
    const given = {
      username,
      claims: claimsOf(options),
      ...(options.passwordStdin === true && { password: await readSecret('Password') }),
    }
    const made = await withManagement(options, async (management) => {
      await warnOf(given.password, username, management)
      return createAccount(given, management)
    })
    if (made === 'login_taken') throw notDone(made, username)
    showRecord(accountToShow(made), options)
  })

  withChanges(shared(account.command('update <name>').description('Set the password or claims of an account'))).action(
    async (name: string, options: ChangeOptions) => {
      const claims = claimsOf(options)
      const password = options.passwordStdin === true ? await readSecret('Password') : undefined
      if (password === undefined && Object.keys(claims).length === 0) {
        throw new Exit(2, 'Nothing to change: give --password-stdin or --claim')
      }
      await withManagement(options, async (management) => {
        if (Object.keys(claims).length > 0) check(await setClaims(name, claims, management), name)
        await warnOf(password, name, management)
        if (password !== undefined) check(await setPassword(name, password, management), name)
      })
    },
  )

  shared(
    account
      .command('invite <address>')
      .description('Send somebody a letter with which they can make their account')
      .option('--language <tag>', 'the language of the letter; the one of the configuration where nothing is said'),
  ).action(async (address: string, { language, ...options }: Options & { readonly language?: string }) => {
    if (language !== undefined && !isLanguage(language)) throw new Exit(2, `There is no language ${language} here`)
    const outcome = await withManagement(options, (management) =>
      invite(address, language ?? management.language, management),
    )
    check(outcome, address)
  })

  shared(
    account
      .command('import <file>')
      .description('Make accounts with hashes of passwords from elsewhere: one JSON object a line')
      .option('--dry-run', 'make nothing, and tell what would be made and which lines would not'),
  ).action(async (file: string, { dryRun, ...options }: Options & { readonly dryRun?: boolean }) => {
    const text = await readGiven(file)
    const mode = dryRun === true ? 'dry' : 'real'
    const outcome = await withManagement(options, (management) => importAccounts(text, mode, management))
    showImport(outcome, mode, options)
    if (outcome.refused.length > 0) throw new Exit(1, `Lines that make no account: ${outcome.refused.length}`)
  })

  for (const state of ['disable', 'enable'] as const) {
    const words =
      state === 'disable' ? 'Shut an account out; nothing it allowed works meanwhile' : 'Let an account in again'
    shared(account.command(`${state} <name>`).description(words)).action(async (name: string, options: Options) => {
      check(await withManagement(options, (management) => setAccountState(name, `${state}d`, management)), name)
    })
  }

  shared(
    account
      .command('remove-factors <name>')
      .description(
        'Take passkeys, authenticator app and recovery codes of a person who lost them, and sign them out, of applications too',
      ),
  ).action(async (name: string, options: Options) => {
    const removed = await withManagement(options, (management) => removeFactors(name, management))
    if (removed === 'unknown') throw notDone(removed, `account ${name}`)
    showRecord(removed, options)
  })

  shared(account.command('delete <name>').description('Remove an account with everything it allowed')).action(
    async (name: string, options: Options) => {
      check(await withManagement(options, (management) => deleteAccount(name, management)), name)
    },
  )
}

function showImport(outcome: ImportOutcome, mode: 'dry' | 'real', options: Options): void {
  if (options.json === true) return showRecord(outcome, options)
  for (const { line, username, reason } of outcome.refused) {
    say(`line ${line}${username === undefined ? '' : ` (${printable(username)})`}: ${reason}`)
  }
  say(`Accounts ${mode === 'dry' ? 'that would be made' : 'made'}: ${outcome.accounts}`)
}

function withChanges(command: Command): Command {
  return command
    .option('--password-stdin', 'read the password from standard input')
    .option('--claim <name=value...>', 'a claim; the value is read as YAML: email_verified=true; null takes it away')
}

function claimsOf({ claim = [] }: ChangeOptions): Readonly<Record<string, Json>> {
  const entries = claim.map((written) => {
    const equals = written.indexOf('=')
    const name = written.slice(0, equals)
    if (equals < 1) throw new Exit(2, `A claim is written name=value, not ${written}`)
    if (protocolClaims.has(name)) throw new Exit(2, `${name} is a claim that the protocol sets itself`)
    return [name, claimValue(name, written.slice(equals + 1))] as const
  })
  return Object.fromEntries(entries)
}

function claimValue(name: string, written: string): Json {
  try {
    return parse(written) as Json
  } catch {
    throw new Exit(2, `The value of the claim ${name} is no YAML: put what has signs in it in quotes, '"…"'`)
  }
}

/** Warns of a password that its person could not have chosen; it is set all the same. */
async function warnOf(
  password: string | undefined,
  name: string,
  management: Parameters<typeof passwordWarning>[2],
): Promise<void> {
  const warning = password === undefined ? undefined : await passwordWarning(password, name, management)
  if (warning !== undefined) complain(`Warning: this is not a password to keep. ${warning}.`)
}

function check(outcome: string, name: string): void {
  if (outcome !== 'done') throw notDone(outcome, `account ${name}`)
}
