import type { OAuthError } from '../../kernel/refusal.ts'
import type { Parameters } from '../../kernel/parameters.ts'
import type { Client } from '../../domain/client.ts'
import type { ClientCertificate } from '../../http/client-certificate.ts'
import type { HttpRequest } from '../../http/message.ts'
import type { TokenEndpointAuthMethod } from '../../vocabulary/client-metadata.ts'
import type { ProtocolParts } from '../parts.ts'

/** What client authentication is made with. */
export type ClientAuthenticationParts = Pick<
  ProtocolParts,
  'issuer' | 'clock' | 'secrets' | 'clients' | 'clientKeys' | 'clientFailures' | 'usedOnce'
>

/** What a request presents: who it says it is, and what is meant to prove it. */
export interface Credentials {
  readonly client_id: string
  /** The secret or the assertion; empty where nothing proves anything. Never logged. */
  readonly proof: string
  /** The certificate that the request came with; whether it proves anything only the client's registration says. */
  readonly certificate?: ClientCertificate
}

/** One way for a client to authenticate, by its registered name: RFC 7591 §2. */
export interface ClientAuthenticationMethod {
  readonly method: TokenEndpointAuthMethod
  /**
   * Reads what the request presents by this method; undefined when it uses another.
   *
   * @throws {OAuthError} `invalid_client` for credentials of this method that are malformed
   */
  read(request: HttpRequest, parameters: Parameters): Credentials | undefined
  /**
   * Checks the proof: undefined when it holds, otherwise the refusal that says why not. It throws nothing, and does for a
   * client that does not exist what it does for one that does, so that the two cannot be told apart by time.
   */
  check(
    credentials: Credentials,
    client: Client | undefined,
    parts: ClientAuthenticationParts,
  ): Promise<OAuthError | undefined>
}

/** The one description of every failure: which check failed is for the log and the client's owner, not for a stranger. */
export const authenticationFailed = 'Client authentication failed'
