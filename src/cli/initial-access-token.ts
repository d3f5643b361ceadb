/** `licet client initial-access-token …` */
import type { Command } from 'commander'
import { readDuration } from '../kernel/duration.ts'
import {
  createInitialAccessToken,
  deleteInitialAccessToken,
  initialAccessTokenToShow,
} from '../management/initial-access-tokens.ts'
import { complain, Exit, type OutputOptions } from './console.ts'
import { notDone, withManagement, type ConfigurationOptions } from './opened.ts'
import { showList, showRecord } from './show.ts'

type Options = ConfigurationOptions & OutputOptions

interface WishOptions extends Options {
  readonly uses: string
  readonly lasts: string
  readonly note: string
}

/** Most uses of one token, and its longest life in seconds: tokens that are handed out tend to lie about. */
const most = { uses: 1_000_000, lasts: 365 * 86_400 }

/** Adds the command to `client`. */
export function addInitialAccessTokenCommand(client: Command, shared: (command: Command) => Command): void {
  const tokens = client
    .command('initial-access-token')
    .description('Tokens that let others register clients (client_registration.dynamic: token)')

  shared(tokens.command('create').description('Make one; it is shown once'))
    .option('--uses <number>', 'how many clients may be registered with it', '1')
    .option('--lasts <duration>', 'how long it is good: 1h, 7d', '7d')
    .option('--note <text>', 'whom it is for', '')
    .action(async (options: WishOptions) => {
      const wish = wishOf(options)
      const { token, value } = await withManagement(options, (management) => createInitialAccessToken(wish, management))
      showRecord({ ...initialAccessTokenToShow(token), initial_access_token: value }, options)
      complain('Keep the initial_access_token: it is not shown again.')
    })

  shared(tokens.command('list').description('List them')).action(async (options: Options) => {
    const all = await withManagement(options, ({ initialAccessTokens }) => initialAccessTokens.list())
    showList(all.map(initialAccessTokenToShow), ['token_id', 'note', 'uses_left', 'expires_at'], options)
  })

  shared(tokens.command('delete <id>').description('Remove one; the clients it was used for stay')).action(
    async (id: string, options: Options) => {
      const outcome = await withManagement(options, (management) => deleteInitialAccessToken(id, management))
      if (outcome === 'unknown') throw notDone(outcome, `initial access token ${id}`)
    },
  )
}

function wishOf({ uses, lasts, note }: WishOptions) {
  const number = /^[1-9][0-9]{0,6}$/.test(uses) ? Number(uses) : 0
  const seconds = readDuration(lasts) ?? 0
  if (number < 1 || number > most.uses) throw new Exit(2, `--uses must be a number from 1 to ${most.uses}`)
  if (seconds < 1 || seconds > most.lasts)
    throw new Exit(2, '--lasts must be a duration such as 1h or 7d, at most 365d')
  return { note: note.slice(0, 200), uses: number, lasts: seconds }
}
