/** The link in a letter that ends a grant: signed, so that it needs no sign-in; good for thirty days and one use. */
import { sameSecret } from '../../kernel/hash.ts'
import type { EpochSeconds, Seconds } from '../../kernel/time.ts'
import type { ProtocolParts } from '../../protocol/parts.ts'
import { ownPaths } from '../paths.ts'

const goodFor: Seconds = 30 * 86_400

/** What a link stands for. */
export interface StopLink {
  readonly grant_id: string
  readonly expires_at: EpochSeconds
}

/** Spells the link for a grant. Its host is the issuer's, whatever any request said (AC-12). */
export function stopLink(grant_id: string, at: EpochSeconds, parts: Pick<ProtocolParts, 'issuer' | 'secrets'>): string {
  const link = { grant_id, expires_at: at + goodFor }
  return `${parts.issuer}${ownPaths.stop}/${grant_id}.${link.expires_at}.${signature(link, parts)}`
}

/** Reads what follows the path; undefined = we never made it. Expiry is the caller's to judge. */
export function readStopLink(written: string, parts: Pick<ProtocolParts, 'secrets'>): StopLink | undefined {
  const [, grant_id = '', end = '', signed = ''] =
    /^([0-9a-f]{32})\.([1-9][0-9]{0,11})\.([A-Za-z0-9_-]{43})$/.exec(written) ?? []
  const link = { grant_id, expires_at: Number(end) }
  return grant_id !== '' && sameSecret(signed, signature(link, parts)) ? link : undefined
}

function signature({ grant_id, expires_at }: StopLink, { secrets }: Pick<ProtocolParts, 'secrets'>): string {
  return secrets.hash('stop_link', `${grant_id} ${expires_at}`)
}
