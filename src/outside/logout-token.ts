/** Logout tokens on their way out, through the one guard. */
import type { Outbound } from '../domain/outbound.ts'
import type { Sent } from './mail.ts'

/**
 * Posts a logout token, OpenID Connect Back-Channel Logout §2.5. A client that answers anything but 2xx did not end the
 * session. Even a 400 (§2.8) is tried again, since an application whose keys or clock are wrong may be mended
 * meanwhile.
 */
export async function sendLogoutToken(
  uri: string,
  logout_token: string,
  { outbound }: { readonly outbound: Outbound },
): Promise<Sent> {
  const text = new URLSearchParams({ logout_token }).toString()
  const answer = await outbound.post(
    uri,
    { type: 'application/x-www-form-urlencoded', text },
    { accept: '*/*', timeout: 5_000 },
  )
  if ('refused' in answer) return { outcome: 'failed', why: answer.why }
  return answer.status >= 200 && answer.status < 300
    ? { outcome: 'delivered' }
    : { outcome: 'failed', why: `status_${answer.status}` }
}
