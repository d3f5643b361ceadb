/** `licet key …` */
import { Option, type Command } from 'commander'
import { listSigningKeys, removeSigningKey, rotateSigningKey, type ListedKey } from '../management/signing-keys.ts'
import { signingAlgorithms, type SigningAlgorithm } from '../vocabulary/algorithms.ts'
import type { OutputOptions } from './console.ts'
import { notDone, withManagement, type ConfigurationOptions } from './opened.ts'
import { showList, showRecord } from './show.ts'

type Options = ConfigurationOptions & OutputOptions

/** Adds the command. */
export function addKeyCommand(program: Command, shared: (command: Command) => Command): void {
  const key = program.command('key').description('Signing keys')

  shared(key.command('list').description('List the keys, the newest first')).action(async (options: Options) => {
    showList(await withManagement(options, listSigningKeys), columns, options)
  })

  shared(key.command('show <kid>').description('Show a key, without its private half')).action(
    async (kid: string, options: Options) => {
      const found = (await withManagement(options, listSigningKeys)).find((one) => one.kid === kid)
      if (found === undefined) throw notDone('unknown', `key ${kid}`)
      showRecord(found, options)
    },
  )

  shared(key.command('rotate').description('Make a new key of each algorithm: it is published first, and signs later'))
    .option('--now', 'it signs at once: for when the old one is no longer trusted')
    .addOption(new Option('--alg <alg>', 'one algorithm only').choices(signingAlgorithms))
    .action(async (options: Options & { readonly now?: boolean; readonly alg?: SigningAlgorithm }) => {
      const when = options.now === true ? 'at_once' : 'published_first'
      const made = await withManagement(options, async (management) => {
        const all: (ListedKey & { readonly outcome: string })[] = []
        for (const alg of options.alg === undefined ? signingAlgorithms : [options.alg]) {
          const { outcome, key: one } = await rotateSigningKey(alg, when, management)
          all.push({ ...one, outcome })
        }
        return all
      })
      showList(made, [...columns, 'outcome'], options)
    })

  shared(
    key.command('delete <kid>').description('Remove a key at once: nothing it signed is accepted any more'),
  ).action(async (kid: string, options: Options) => {
    const outcome = await withManagement(options, (management) => removeSigningKey(kid, management))
    if (outcome !== 'removed') throw notDone(outcome, `key ${kid}`)
  })
}

const columns = ['kid', 'alg', 'state', 'created_at', 'active_from', 'retired_at']
