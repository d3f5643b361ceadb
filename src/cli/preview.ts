/** `licet client preview …`: the consent page, written to a file for the person who writes its words. */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { OAuthError } from '../kernel/refusal.ts'
import type { Language } from '../kernel/language.ts'
import { previewConsent } from '../server/preview.ts'
import { Exit, say, type OutputOptions } from './console.ts'
import { withOffline, type ConfigurationOptions } from './opened.ts'

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
  try {
    const page = await withOffline(options, (parts) => {
      const { scope, lang: language = parts.settings.language } = options
      return previewConsent({ client_id, scope, language }, parts)
    })
    const file = options.out ?? join(mkdtempSync(join(tmpdir(), 'licet-')), 'consent.html')
    writeFileSync(file, page)
    say(options.json === true ? JSON.stringify({ file }) : file)
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error
    const { scope: value } = error.detail
    throw new Exit(2, `${error.tell}: ${typeof value === 'string' ? value : client_id}`)
  }
}
