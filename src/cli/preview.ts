/** `licet client preview …`: the consent page, written to a file for the person who writes its words. */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { OAuthError } from '../kernel/refusal.ts'
import type { Language } from '../kernel/language.ts'
import { openOffline } from '../server/offline.ts'
import { previewConsent } from '../server/preview.ts'
import { Exit, say, type OutputOptions } from './console.ts'
import { configurationOf, type ConfigurationOptions } from './opened.ts'

/** What is asked for. */
export interface PreviewOptions extends ConfigurationOptions, OutputOptions {
  readonly scope?: string
  readonly lang?: Language
  readonly out?: string
}

/**
 * Writes the page, and says where to.
 *
 * @throws {Exit} 2 for a client, scope or flow that the authorization endpoint would refuse
 */
export async function preview(client_id: string, options: PreviewOptions): Promise<void> {
  const configuration = await configurationOf(options)
  const { scope, lang: language = configuration.language } = options
  const { parts, close } = await openOffline(configuration)
  try {
    const page = await previewConsent({ client_id, scope, language }, parts)
    const file = options.out ?? join(mkdtempSync(join(tmpdir(), 'licet-')), 'consent.html')
    writeFileSync(file, page)
    say(options.json === true ? JSON.stringify({ file }) : file)
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error
    const { scope: value } = error.detail
    throw new Exit(2, `${error.tell}: ${typeof value === 'string' ? value : client_id}`)
  } finally {
    await close()
  }
}
