/** `licet resource …` */
import type { Command } from 'commander'
import { resource as resourceKind } from '../config/records.ts'
import { Reading } from '../kernel/setting.ts'
import { createResource, deleteResource, updateResource, type DescribedResource } from '../management/resources.ts'
import { Exit, type OutputOptions } from './console.ts'
import { readMapping } from './given.ts'
import { notDone, withManagement, type ConfigurationOptions } from './opened.ts'
import { showList, showRecord } from './show.ts'

type Options = ConfigurationOptions & OutputOptions

interface DescriptionOptions extends Options {
  readonly file?: string
  readonly name?: string
  readonly format?: string
  readonly scope?: readonly string[]
  readonly introspectionClient?: readonly string[]
}

/** Adds the command. */
export function addResourceCommand(program: Command, shared: (command: Command) => Command): void {
  const resource = program.command('resource').description('Protected resources: the APIs that tokens are for')

  shared(resource.command('list').description('List protected resources')).action(async (options: Options) => {
    const all = await withManagement(options, ({ resources }) => resources.list())
    const rows = options.json === true ? all : all.map((one) => ({ ...one, scopes: Object.keys(one.scopes) }))
    showList(rows, ['resource', 'name', 'access_token_format', 'scopes', 'registered_by', 'disabled'], options)
  })

  shared(resource.command('show <uri>').description('Show a protected resource')).action(
    async (uri: string, options: Options) => {
      const all = await withManagement(options, ({ resources }) => resources.list())
      const found = all.find((one) => one.resource === uri)
      if (found === undefined) throw notDone('unknown', `protected resource ${uri}`)
      showRecord(found, options)
    },
  )

  withDescription(shared(resource.command('create <uri>').description('Add a protected resource'))).action(
    async (uri: string, options: DescriptionOptions) => {
      const described = descriptionOf({ resource: uri, ...(await writtenIn(options)) })
      const outcome = await withManagement(options, (management) => createResource(described, management))
      if (outcome !== 'created') throw notDone(outcome, `a protected resource ${uri}`)
      showRecord(described, options)
    },
  )

  withDescription(shared(resource.command('update <uri>').description('Change a protected resource'))).action(
    async (uri: string, options: DescriptionOptions) => {
      const written = await writtenIn(options)
      await withManagement(options, async (management) => {
        const before = (await management.resources.list()).find((one) => one.resource === uri)
        if (before === undefined) throw notDone('unknown', `protected resource ${uri}`)
        const { registered_by: _registered_by, access_token_lifetime, ...kept } = before
        const lifetime =
          access_token_lifetime === undefined ? {} : { access_token_lifetime: `${access_token_lifetime}s` }
        const outcome = await updateResource(descriptionOf({ ...kept, ...lifetime, ...written }), management)
        if (outcome !== 'updated') throw notDone(outcome, `protected resource ${uri}`)
      })
    },
  )

  shared(resource.command('delete <uri>').description('Remove a protected resource')).action(
    async (uri: string, options: Options) => {
      const outcome = await withManagement(options, (management) => deleteResource(uri, management))
      if (outcome !== 'deleted') throw notDone(outcome, `protected resource ${uri}`)
    },
  )
}

function withDescription(command: Command): Command {
  return command
    .option('--name <name>', 'its name for people')
    .option('--format <format>', 'jwt or opaque')
    .option('--scope <value=title...>', 'a scope value and what it allows, in words')
    .option('--introspection-client <id...>', 'who may introspect its tokens')
    .option('--file <file>', 'all of it as YAML or JSON, as in the configuration; - for standard input')
}

async function writtenIn(options: DescriptionOptions): Promise<Readonly<Record<string, unknown>>> {
  const { file, name, format, scope, introspectionClient } = options
  const scopes = scope?.map((one) => {
    const equals = one.indexOf('=')
    if (equals < 1) throw new Exit(2, `A scope is written value=title, not ${one}`)
    return [one.slice(0, equals), { title: one.slice(equals + 1) }] as const
  })
  return readMapping(file, {
    name,
    access_token_format: format,
    scopes: scopes && Object.fromEntries(scopes),
    introspection_clients: introspectionClient,
  })
}

/** Checks a description by the configuration's own rules. */
function descriptionOf(written: Readonly<Record<string, unknown>>): DescribedResource {
  const at = new Reading({ path: (path) => path, text: () => undefined, bytes: () => undefined })
  const described = resourceKind.read(written, at)
  if (described === undefined || at.findings.length > 0) {
    throw new Exit(2, ...at.findings.map(({ key, words }) => `${key} ${words}`.trimStart()))
  }
  return described
}
