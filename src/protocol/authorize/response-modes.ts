/**
 * Response modes: how an answer travels to its client. OAuth 2.0 Multiple Response Type Encoding Practices §2.1 and
 * OAuth 2.0 Form Post Response Mode; features add theirs by the seam `responseModes`.
 */
import type { Client } from '../../domain/client.ts'
import { openToSomebody, rowForResponseType } from '../../domain/legacy-fence.ts'
import { bringsToken, readResponseType, type ResponseType } from '../../vocabulary/response-types.ts'
import type { Carrier, ResponseMode } from '../feature.ts'
import type { ProtocolParts } from '../parts.ts'

/** The modes that pack nothing. */
const plainModes: Readonly<Record<Carrier, ResponseMode>> = {
  query: { carrier: 'query' },
  // For answers with a token in them alone: to all others it is one more place to look for a code.
  fragment: { carrier: 'fragment', suits: (_client, response_type) => bringsToken(response_type) },
  form_post: { carrier: 'form_post' },
}

/** The mode that an answer takes, by its name and what carries it. */
export interface ChosenMode {
  readonly name: string
  readonly carrier: Carrier
  readonly pack?: ResponseMode['pack']
}

/** What a request says of its answer, as it was sent. */
export interface WantedAnswer {
  readonly client: Client
  /** The proved one. */
  readonly redirect_uri: string
  readonly response_type: string | undefined
  readonly response_mode: string | undefined
}

type ModeParts = Pick<ProtocolParts, 'features' | 'settings' | 'clock'>

/**
 * Reads the response type; undefined for one that is unknown here or not open to that client. `code` is open to all; the
 * others only while a row of the legacy fence lets this client have them.
 */
export function openResponseType(
  written: string,
  client: Client,
  { settings, clock }: Pick<ModeParts, 'settings' | 'clock'>,
): ResponseType | undefined {
  const response_type = readResponseType(written)
  if (response_type === undefined || response_type === 'code') return response_type
  return rowForResponseType(client, response_type, settings.legacy, clock()) && response_type
}

/**
 * Chooses the mode of an answer: the one asked for where it suits, otherwise the default of the response type. It never
 * fails: an answer that says what was wrong with the mode has to travel as well.
 */
export function chosenMode(wanted: WantedAnswer, parts: ModeParts): ChosenMode {
  const { client, response_mode } = wanted
  // A refusal brings no token, and goes where a code would.
  const response_type = openResponseType(wanted.response_type ?? '', client, parts) ?? 'code'
  const byType = bringsToken(response_type) ? 'fragment' : 'query'
  const mode = response_mode === undefined ? undefined : everyMode(parts).get(response_mode)
  const carrier = mode?.carrier === 'by_type' ? byType : mode?.carrier
  if (response_mode === undefined || mode === undefined || carrier === undefined)
    return { name: byType, carrier: byType }
  // RFC 9700 §4.3: an address is written to logs and histories, and so would be a token in it.
  const wouldLeak = carrier === 'query' && bringsToken(response_type)
  // A form can only be posted over http: a private-use scheme is answered by its address, if only to be told so.
  const cannotArrive = carrier === 'form_post' && !/^https?:/.test(wanted.redirect_uri)
  const suits = mode.suits?.(client, response_type) ?? true
  if (wouldLeak || cannotArrive || !suits) return { name: byType, carrier: byType }
  return { name: response_mode, carrier, ...(mode.pack && { pack: mode.pack }) }
}

/** The modes that somebody may use now, as the server metadata lists them. */
export function supportedResponseModes(parts: ModeParts): readonly string[] {
  const { response_types } = openToSomebody(parts.settings.legacy, parts.clock())
  return [...everyMode(parts).keys()].filter((name) => name !== 'fragment' || response_types.length > 0)
}

function everyMode({ features }: Pick<ModeParts, 'features'>): ReadonlyMap<string, ResponseMode> {
  return new Map([
    ...Object.entries(plainModes),
    ...features.flatMap(({ responseModes = {} }) => Object.entries(responseModes)),
  ])
}
