/** `licet client …` */
import { Option, type Command } from 'commander'
import { languages } from '../kernel/language.ts'
import { longestName } from '../kernel/plain-text.ts'
import {
  clientToShow,
  deleteClient,
  registerClient,
  renewClientSecret,
  retireClientSecrets,
  setClientState,
  updateClient,
  type ClientWithSecret,
} from '../management/clients.ts'
import { complain, say, type OutputOptions } from './console.ts'
import { addInitialAccessTokenCommand } from './initial-access-token.ts'
import type { PreviewOptions } from './preview.ts'
import { readMapping, readName, readSecret } from './given.ts'
import { notDone, withManagement, type ConfigurationOptions } from './opened.ts'
import { showList, showRecord } from './show.ts'

type Options = ConfigurationOptions & OutputOptions

interface MetadataOptions extends Options {
  readonly id?: string
  readonly metadata?: string
  readonly name?: string
  readonly redirectUri?: readonly string[]
  readonly grantType?: readonly string[]
  readonly authMethod?: string
  readonly scope?: string
  readonly profile?: string
  readonly branding?: string
  readonly firstParty?: boolean
}

/** Adds the command. */
export function addClientCommand(program: Command, shared: (command: Command) => Command): void {
  const client = program.command('client').description('Clients: the applications that ask for tokens')

  shared(client.command('list').description('List clients')).action(async (options: Options) => {
    const all = await withManagement(options, ({ clients }) => clients.list())
    showList(
      all.map(clientToShow),
      ['client_id', 'client_name', 'token_endpoint_auth_method', 'registered_by', 'disabled'],
      options,
    )
  })

  shared(client.command('show <id>').description('Show a client')).action(async (id: string, options: Options) => {
    const found = await withManagement(options, ({ clients }) => clients.find(id))
    if (found === undefined) throw notDone('unknown', `client ${id}`)
    showRecord(clientToShow(found), options)
  })

  withMetadata(shared(client.command('create').description('Register a client; its secret is shown once')))
    .option('--id <client_id>', 'its client_id; made up where left out', readName(longestName.client_id))
    .action(async (options: MetadataOptions) => {
      const metadata = await metadataOf(options)
      const made = await withManagement(options, (management) => registerClient(options.id, metadata, management))
      if (made === 'exists') throw notDone(made, `a client ${options.id ?? ''}`)
      showMade(made, options)
    })

  withMetadata(shared(client.command('update <id>').description('Change the metadata of a client'))).action(
    async (id: string, options: MetadataOptions) => {
      const metadata = await metadataOf(options)
      const changed = await withManagement(options, (management) => updateClient(id, metadata, management))
      if (typeof changed === 'string') throw notDone(changed, `client ${id}`)
      showMade(changed, options)
    },
  )

  for (const state of ['disable', 'enable'] as const) {
    shared(
      client.command(`${state} <id>`).description(`${state === 'disable' ? 'Refuse' : 'Admit'} a client everywhere`),
    ).action(async (id: string, options: Options) => {
      const outcome = await withManagement(options, (management) => setClientState(id, `${state}d`, management))
      if (outcome !== 'done') throw notDone(outcome, `client ${id}`)
    })
  }

  shared(client.command('delete <id>').description('Remove a client, and end everything it was allowed')).action(
    async (id: string, options: Options) => {
      const outcome = await withManagement(options, (management) => deleteClient(id, management))
      if (outcome !== 'done') throw notDone(outcome, `client ${id}`)
    },
  )

  shared(
    client.command('new-secret <id>').description('Make another secret; the newest old one stays valid as well'),
  ).action(async (id: string, options: Options) => {
    const made = await withManagement(options, (management) => renewClientSecret(id, management))
    if (typeof made === 'string') throw notDone(made, `client ${id}`)
    showMade(made, options)
  })

  shared(client.command('retire-secrets <id>').description('Refuse every secret but the newest')).action(
    async (id: string, options: Options) => {
      const outcome = await withManagement(options, (management) => retireClientSecrets(id, management))
      if (outcome !== 'done') throw notDone(outcome, `client ${id}`)
    },
  )

  shared(
    client
      .command('preview <id>')
      .description('Write the consent page of a client as a person would see it, and say where'),
  )
    .option('--scope <scope>', 'the scope values it asks for, space-separated; its default where left out')
    .addOption(new Option('--lang <language>', 'the language of the page').choices(languages))
    .option('--out <file>', 'where to write it; a new file where left out')
    .action(async (id: string, options: PreviewOptions) => {
      const { preview } = await import('./preview.ts')
      await preview(id, options)
    })

  shared(
    client
      .command('hash-secret')
      .description('Read a secret from standard input, print its client_secret_hash for the file'),
  ).action(async (options: Options) => {
    const secret = await readSecret('Secret')
    say(await withManagement(options, async ({ secrets }) => secrets.hash('client_secret', secret)))
  })

  addInitialAccessTokenCommand(client, shared)
}

function withMetadata(command: Command): Command {
  return command
    .option('--name <client_name>', 'what people know it by')
    .option('--redirect-uri <uri...>', 'where it may have answers sent')
    .option('--grant-type <grant_type...>', 'authorization_code, refresh_token, client_credentials')
    .option('--auth-method <method>', 'client_secret_basic, client_secret_post, private_key_jwt, none')
    .option('--scope <scope>', 'the scope values it may ask for, space-separated')
    .option('--profile <profile>', 'oauth21, oidc, fapi2, legacy')
    .option('--branding <name>', 'the branding of its pages, one of client_brandings')
    .option('--first-party', 'consent is recorded without asking')
    .option('--metadata <file>', 'any metadata as YAML or JSON, - for standard input; null takes a name away')
}

function metadataOf(options: MetadataOptions): Promise<Readonly<Record<string, unknown>>> {
  const { metadata, name, redirectUri, grantType, authMethod, scope, profile, branding, firstParty } = options
  return readMapping(metadata, {
    client_name: name,
    redirect_uris: redirectUri,
    grant_types: grantType,
    token_endpoint_auth_method: authMethod,
    scope,
    profile,
    branding,
    first_party: firstParty,
  })
}

function showMade({ client, client_secret }: ClientWithSecret, options: OutputOptions): void {
  showRecord({ ...clientToShow(client), ...(client_secret !== undefined && { client_secret }) }, options)
  if (client_secret !== undefined) complain('Keep the client_secret: it is not shown again.')
}
