/**
 * Notices applications that use one PKCE verifier for everybody: a constant protects nothing, since whoever steals a code
 * has the verifier as well (RFC 9700 §2.1.1). Nothing is refused, and each node notices for itself: it is for the operator.
 */
import { sha256base64url } from '../../kernel/hash.ts'
import { newId } from '../../kernel/ids.ts'
import { Recent } from '../../kernel/recent.ts'
import type { ProtocolParts } from '../parts.ts'

/** A verifier that was right. */
export interface UsedVerifier {
  readonly client_id: string
  /** Whose code it was for: a page that is reloaded begins with its old challenge, in the session that it had. */
  readonly session_id: string
  readonly code_verifier: string
  readonly request_id: string
}

/** Takes note of verifiers. */
export interface ConstantVerifiers {
  /** Never rejects: the code is spent by now, and its client must get what was made of it. */
  note(used: UsedVerifier): Promise<void>
}

/** From how many sessions on a verifier counts as a constant. A copied address may bring an honest one to two. */
const sessions = 3
/** How many verifiers are remembered; the one unused for longest is forgotten. Some 4 MB. */
const most = 10_000

/** Opens the memory, one for the process. */
export function openConstantVerifiers(parts: Pick<ProtocolParts, 'auditEvents' | 'log' | 'clock'>): ConstantVerifiers {
  const seen = new Recent<readonly string[]>(most)
  return {
    async note({ client_id, session_id, code_verifier, request_id }) {
      const key = sha256base64url(`${client_id} ${code_verifier}`)
      const before = seen.get(key) ?? []
      if (before.includes(session_id) || before.length >= sessions) return
      const now = [...before, session_id]
      seen.set(key, now)
      if (now.length < sessions) return
      parts.log.warn('code_verifier_constant', { client_id, sessions, request_id })
      const event = { event_id: newId(), at: parts.clock(), event: 'code_verifier_constant' }
      await parts.auditEvents
        .append({ ...event, actor: `client:${client_id}`, client_id, request_id, detail: { sessions } })
        .catch((failure: unknown) => parts.log.error('audit_event_lost', { client_id, request_id }, failure))
    },
  }
}
