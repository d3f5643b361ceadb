/** `licet grant …` */
import { setTimeout as wait } from 'node:timers/promises'
import { InvalidArgumentError, type Command } from 'commander'
import type { Milliseconds } from '../kernel/time.ts'
import { findAccount } from '../management/accounts.ts'
import { readGrantEvents, type GrantEventRecord } from '../management/grant-events.ts'
import { endGrant, listGrants } from '../management/grants.ts'
import { Exit, printable, said, say, type OutputOptions } from './console.ts'
import type { Management } from '../server/managed.ts'
import { notDone, withManagement, type ConfigurationOptions } from './opened.ts'
import { showList, showRecord } from './show.ts'

type Options = ConfigurationOptions & OutputOptions
type Listed = NonNullable<Awaited<ReturnType<Management['grants']['find']>>>

interface ListOptions extends Options {
  readonly account?: string
  readonly client?: string
  readonly limit: string
}

interface EventOptions extends Options {
  readonly after: string
  readonly follow?: boolean
}

/** How often `--follow` looks for more. */
const lookAgain: Milliseconds = 1000

/** Adds the command. */
export function addGrantCommand(program: Command, shared: (command: Command) => Command): void {
  const grant = program.command('grant').description('Grants: what people allowed clients')

  shared(grant.command('list').description('List grants that have not ended, the newest first'))
    .option('--account <name>', 'of one account')
    .option('--client <id>', 'of one client')
    .option('--limit <number>', 'at most so many', '100')
    .action(async (options: ListOptions) => {
      const limit = Number(options.limit)
      if (!Number.isInteger(limit) || limit < 1) throw new Exit(2, '--limit takes a whole number from 1 on')
      const all = await withManagement(options, async (management) => {
        const account = options.account === undefined ? undefined : await findAccount(options.account, management)
        if (options.account !== undefined && account === undefined)
          throw notDone('unknown', `account ${options.account}`)
        return listGrants(
          {
            limit,
            ...(account && { account_id: account.account_id }),
            ...(options.client !== undefined && { client_id: options.client }),
          },
          management,
        )
      })
      showList(options.json === true ? all : all.map(shown), columns, options)
    })

  shared(grant.command('show <id>').description('Show a grant')).action(async (id: string, options: Options) => {
    const found = await withManagement(options, ({ grants }) => grants.find(id))
    if (found === undefined) throw notDone('unknown', `grant ${id}`)
    showRecord(options.json === true ? found : shown(found), options)
  })

  shared(
    grant
      .command('receipt <id>')
      .description('Print the signed receipt of a decision, or of the last one about a grant'),
  ).action(async (id: string, options: Options) => {
    const receipt = await withManagement(options, (management) => management.receipt(id))
    if (receipt === undefined) throw notDone('unknown', `decision or grant ${id}`)
    if (options.json === true) showRecord(receipt, options)
    else say(receipt.jwt)
  })

  shared(
    grant
      .command('events')
      .description(
        'Print what became of grants since a cursor, oldest first, one a line; an event shows after 10 seconds',
      ),
  )
    .option(
      '--after <cursor>',
      'the cursor of the last line that was read; without it, from the beginning',
      readCursor,
      '',
    )
    .option('--follow', 'go on with what comes, until it is stopped')
    .action(async (options: EventOptions) => {
      await withManagement(options, (management) => printEvents(options, management))
    })

  shared(grant.command('end <id>').description('End a grant, with every code and token of it')).action(
    async (id: string, options: Options) => {
      const outcome = await withManagement(options, (management) => endGrant(id, management))
      if (outcome !== 'ended') throw notDone(outcome, `grant ${id}`)
    },
  )
}

/** Anything else would be a place in the record behind which nothing ever comes. */
function readCursor(text: string): string {
  if (!/^([0-9a-f]{32})?$/.test(text)) throw new InvalidArgumentError('It is what a line says after “cursor=”.')
  return text
}

/** Each line is whole and has its cursor: a reader that is stopped anywhere goes on after the last one. */
async function printEvents({ after, follow, json }: EventOptions, management: Management): Promise<void> {
  let cursor = after
  for (;;) {
    const page = await readGrantEvents(cursor, management)
    cursor = page.cursor
    for (const event of page.events) say(json === true ? JSON.stringify(event) : inWords(event))
    if (follow !== true ? !page.more : (await said()) !== 'written') return
    if (page.more) continue
    await wait(lookAgain)
  }
}

function inWords({ at, type, client_id, sub, grant_id, how = [], reason, cursor }: GrantEventRecord): string {
  const about = { client_id, sub, grant_id, how: how.length > 0 ? how.join(',') : undefined, reason, cursor }
  const told = Object.entries(about).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]))
  return [at, type, ...told].map(printable).join('  ')
}

const columns = ['grant_id', 'client_id', 'account_id', 'scope', 'access_for', 'granted_at', 'expires_at']

function shown(grant: Listed): object {
  return {
    ...grant,
    scope: grant.permissions.map(({ scope, claim }) => (claim === undefined ? scope : `claim ${claim}`)),
    expires_at: grant.expires_at ?? 'until removed',
  }
}
