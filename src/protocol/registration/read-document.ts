/** Makes a client of a metadata document: draft-ietf-oauth-client-id-metadata-document-01 §4.1 and §6. */
import { checkClientMetadata, type CheckedClient, type ClientMetadataPolicy } from '../../domain/client-metadata.ts'
import type { OutboundAnswer } from '../../domain/outbound.ts'
import { isMapping } from '../../kernel/mapping.ts'
import { refusal } from '../../kernel/refusal.ts'
import { readUnambiguousJson } from '../../kernel/unambiguous-json.ts'

const tell = 'The document at the client_id is no client metadata that is taken here'
const notJson = refusal('invalid_client', 'client_document_not_json', tell, 400)
const ofOtherClient = refusal('invalid_client', 'client_document_of_other_client', tell, 400)
const hasSecret = refusal('invalid_client', 'client_document_has_secret', tell, 400)
const redirectsElsewhere = refusal('invalid_client', 'client_document_redirects_elsewhere', tell, 400)

const mediaType = /^application\/(?:[a-z0-9.+-]{1,80}\+)?json$/
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Reads a document that was answered with 200.
 *
 * It must say that it is of this client, and hold no secret, since everybody can read it. Its answers go to its own
 * origin or to the person's own device: a document that could name any redirect URI would let anybody ask in the name of
 * another's address (§6.1, CI-03).
 *
 * @throws {OAuthError} `invalid_client` for the document, and whatever the one check of client metadata refuses
 */
export function readClientDocument(
  client_id: string,
  { headers, body }: Pick<OutboundAnswer, 'headers' | 'body'>,
  policy: ClientMetadataPolicy,
): CheckedClient {
  const detail = { client_id }
  const type = (headers['content-type'] ?? '').toLowerCase().split(';', 1)[0]?.trim() ?? ''
  const written = mediaType.test(type) ? decoded(body) : undefined
  const document = written === undefined ? undefined : readUnambiguousJson(written)
  if (!isMapping(document)) throw notJson({ ...detail, content_type: type.slice(0, 100) })
  if (document['client_id'] !== client_id) throw ofOtherClient(detail)
  if ('client_secret' in document || 'client_secret_expires_at' in document) throw hasSecret(detail)
  const checked = checkClientMetadata(document, policy)
  const { origin } = new URL(client_id)
  const elsewhere = checked.metadata.redirect_uris.find(
    (uri) => uri.startsWith('https:') && new URL(uri).origin !== origin,
  )
  if (elsewhere !== undefined) throw redirectsElsewhere({ ...detail, redirect_uri: elsewhere })
  return checked
}

function decoded(body: Uint8Array): string | undefined {
  try {
    return utf8.decode(body)
  } catch {
    return undefined // no UTF-8
  }
}
