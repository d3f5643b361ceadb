/** The consent page of a client as a person would see it, for the person who writes its words: drawn by the handler that asks people. */
import { newId, newOpaqueId } from '../kernel/ids.ts'
import { Parameters } from '../kernel/parameters.ts'
import type { Language } from '../kernel/language.ts'
import type { Account } from '../domain/account.ts'
import type { HttpRequest } from '../http/message.ts'
import { askForConsent } from '../interaction/consent/handler.ts'
import { visitOf } from '../interaction/visit.ts'
import { checkedRequest, provenTarget } from '../protocol/authorize/request.ts'
import type { Assets } from './assets.ts'
import type { Composition } from './compose.ts'

/** Which page. */
export interface PreviewOf {
  readonly client_id: string
  /** Undefined: what a client gets that asks for nothing in particular. */
  readonly scope?: string | undefined
  readonly language: Language
}

/** RFC 7636 appendix B. */
const code_challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'

/**
 * Draws the page as one file that needs no server; its buttons lead nowhere.
 *
 * @throws {OAuthError} as the authorization endpoint would: `client_unknown`, `scope_unknown`, `response_type_not_allowed`
 */
export async function previewConsent(
  { client_id, scope, language }: PreviewOf,
  parts: Composition['parts'],
): Promise<string> {
  const redirect_uri = (await parts.clients.find(client_id))?.metadata.redirect_uris?.[0]
  const parameters = Parameters.from(
    listed({
      client_id,
      redirect_uri,
      scope,
      response_type: 'code',
      ui_locales: language,
      code_challenge,
      code_challenge_method: 'S256',
    }),
  )
  const target = await provenTarget(parameters, parts)
  const authorizationRequest = await checkedRequest(target, parameters, parts)
  const at = parts.clock()
  const account = sampleAccount(at)
  const purpose = { kind: 'authorization', request: { client_id, parameters: parameters.toJSON() } } as const
  const browser = parts.secrets.hash('preview', newId())
  const interaction = {
    interaction_id: newOpaqueId(),
    browser_hash: browser,
    purpose,
    created_at: at,
    expires_at: at,
    notes: {},
  }
  const visit = visitOf({ request: nobodysRequest, interaction, browser: { value: browser, hash: browser } }, parts)
  const next = { step: 'sign_in', lacks: 'sign_in' } as const
  const { body } = await askForConsent({ ...visit, authorizationRequest, next }, account, parts)
  return selfContained(body, parts.issuer, parts.assets)
}

const nobodysRequest: HttpRequest = {
  method: 'GET',
  path: '/',
  query: '',
  headers: {},
  body: '',
  params: {},
  address: '127.0.0.1',
  request_id: 'preview',
}

/** A person with something on file for every claim of OpenID Connect Core §5.1 that a page may show. */
function sampleAccount(at: number): Account {
  return {
    account_id: newId(),
    sub: newOpaqueId(),
    username: 'alice',
    claims: {
      name: 'Alice Liddell',
      given_name: 'Alice',
      family_name: 'Liddell',
      preferred_username: 'alice',
      email: 'alice@example.com',
      email_verified: true,
      phone_number: '+44 1865 000000',
      address: { formatted: '1 Deanery Garden, Oxford' },
      birthdate: '1852-05-04',
      locale: 'en-GB',
      zoneinfo: 'UTC',
    },
    disabled: false,
    created_at: at,
    updated_at: at,
  }
}

function listed(given: Readonly<Record<string, string | undefined>>): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [[name, [value]]])),
  )
}

/** Puts what the page loads from this server into it; the logo of a client stays where it is served. */
function selfContained(page: string, issuer: string, assets: Assets): string {
  const linked = /<link rel="stylesheet" href="([^"]+)">|(?<=(?:href|src|srcset)=")([^"]+\/assets\/[^"]+)(?=")/g
  return page.replaceAll(linked, (whole: string, sheet: string | undefined, other: string | undefined) => {
    const file = assets.find((sheet ?? other ?? '').slice(issuer.length))
    if (file === undefined) return whole
    if (sheet !== undefined) return `<style>${file.body}</style>`
    const content = Buffer.from(file.bytes ?? file.body).toString('base64')
    return `data:${file.content_type};base64,${content}`
  })
}
