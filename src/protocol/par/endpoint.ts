/**
 * The pushed authorization request endpoint, RFC 9126: the client sends the request itself, authenticated, before it
 * sends the browser. All of it is checked here, with the same functions as at the authorization endpoint, so that what
 * is wrong is told to the client and nobody else; the browser then carries a name, and nothing that it could change.
 */
import { Parameters } from '../../kernel/parameters.ts'
import { refusal } from '../../kernel/refusal.ts'
import { registeredItself, type Client } from '../../domain/client.ts'
import { endpoint } from '../../http/errors.ts'
import { readForm } from '../../http/form.ts'
import { json, type Handler } from '../../http/message.ts'
import { checkedRequest, provenTarget } from '../authorize/request.ts'
import { signedParameters } from '../authorize/resolve.ts'
import { withFeatureHeaders } from '../answer-headers.ts'
import { authenticateClient, isPublic } from '../client-authentication/authenticate.ts'
import { filling, repeatableIn, type PushedRequestDraft } from '../feature.ts'
import type { ProtocolParts } from '../parts.ts'
import { countPush, push } from './push.ts'

const requestUriPushed = refusal(
  'invalid_request',
  'request_uri_pushed',
  'request_uri must not be part of a pushed authorization request',
)

/** The parameters by which a client authenticates: no part of the request, and never stored. */
const credentials = ['client_secret', 'client_assertion', 'client_assertion_type']

/** Makes the handler of the pushed authorization request endpoint. */
export function pushedAuthorizationRequestEndpoint(parts: ProtocolParts): Handler {
  const repeatable = repeatableIn(parts.features)
  const answer = endpoint('pushed_authorization_request', parts, async (request) => {
    const sent = readForm(request, repeatable)
    const client = await authenticateClient(request, sent, parts)
    if (isPublic(client) || registeredItself(client)) countPush(client, request.address, parts)
    // RFC 9126 §2.1
    if (sent.has('request_uri')) throw requestUriPushed({ client_id: client.client_id })
    const asked = await requestIn(sent, client, request.address, parts)
    const target = await provenTarget(asked, parts)
    const parameters = await withProved({ request, client, parameters: asked }, parts)
    await checkedRequest(target, parameters, parts)
    return json(201, await push(client, parameters, parts))
  })
  return withFeatureHeaders(answer, parts)
}

/** Adds to a request what pushing it has proved: the key that its code will be bound to (RFC 9449 §10.1). */
async function withProved(draft: PushedRequestDraft, parts: ProtocolParts): Promise<Parameters> {
  const kept: Record<string, string> = {}
  for (const feature of filling(parts.features, 'pushedRequest')) {
    Object.assign(kept, await feature.pushedRequest(draft, parts))
  }
  return Parameters.from({ ...draft.parameters.toJSON(), ...kept })
}

/**
 * Reads the authorization request in a form: where it has a request object, what is in that and nothing else (RFC 9126
 * §3). A client that has authenticated need not say again who it is.
 */
async function requestIn(sent: Parameters, client: Client, address: string, parts: ProtocolParts): Promise<Parameters> {
  const { client_id } = client
  const signed = await signedParameters(sent, client, address, parts)
  if (signed !== undefined) return Parameters.from({ ...signed, client_id })
  const plain = Object.entries(sent.toJSON()).filter(([name]) => !credentials.includes(name))
  return Parameters.from({ ...Object.fromEntries(plain), client_id })
}
