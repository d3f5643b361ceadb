import { languages, lookUp, readAcceptLanguage, readUiLocales, type Language } from '../kernel/language.ts'
import type { Account } from '../domain/account.ts'
import type { Client } from '../domain/client.ts'
import type { InteractionPurpose } from '../domain/interaction.ts'
import type { HttpRequest } from '../http/message.ts'
import { cataloguesFor, type Brands } from '../protocol/branding.ts'
import type { Words } from '../ui/words/en.ts'

/** What is spoken where nobody asks for anything else, and in whose name. */
export interface LanguageParts {
  readonly settings: { readonly language: Language; readonly brands: Brands }
}

/**
 * Chooses the words for whoever sent a request: what the client asks for (`ui_locales`), then what the browser does
 * (`Accept-Language`), then the operator's.
 *
 * @param ui_locales of the request on whose behalf the page is shown, where there is one
 */
export function wordsFor(request: Pick<HttpRequest, 'headers'>, parts: LanguageParts, ui_locales?: string): Words {
  return wordsAbout(undefined, request, ui_locales, parts)
}

/** Chooses the words of a page that is shown for a client, in its name where it has a branding; else as `wordsFor`. */
export function wordsAbout(
  client: Client | undefined,
  { headers }: Pick<HttpRequest, 'headers'>,
  ui_locales: string | undefined,
  { settings }: LanguageParts,
): Words {
  const wanted = [...readUiLocales(ui_locales), ...readAcceptLanguage(headers['accept-language'])]
  return cataloguesFor(client, settings.brands)[lookUp(wanted, languages) ?? settings.language]
}

/** Has times spelled in the zone that somebody said they live in: `zoneinfo`, OpenID Connect Core §5.1. */
export function inZoneOf({ claims: { zoneinfo } }: Pick<Account, 'claims'>, words: Words): Words {
  return typeof zoneinfo === 'string' ? { ...words, time_zone: zoneinfo } : words
}

/** Reads what the authorization request behind an interaction asks for: it holds from the first page to the last. */
export function uiLocalesOf(purpose: InteractionPurpose | undefined): string | undefined {
  return purpose?.kind === 'authorization' ? purpose.request.parameters['ui_locales']?.[0] : undefined
}
