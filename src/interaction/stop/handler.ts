/**
 * Ending a grant by the link in a letter, without signing in: whoever has the letter may end it, and do nothing else.
 * Opening it does nothing, since mail scanners open every link (AC-16); the button does it, once.
 */
import { grantIsLive } from '../../domain/grant.ts'
import { refusal } from '../../kernel/refusal.ts'
import type { Handler } from '../../http/message.ts'
import { page } from '../../http/page.ts'
import type { ProtocolParts } from '../../protocol/parts.ts'
import { endGrant } from '../end-grant.ts'
import { wordsFor } from '../language.ts'
import { pageHandler } from '../page-handler.ts'
import { clientViewOf } from '../who.ts'
import { readStopLink } from './link.ts'
import { stopPage, type StopView } from './page.ts'

const stopLinkUnknown = refusal('invalid_request', 'stop_link_unknown', 'This link is not one of ours', 404)
const stopLinkExpired = refusal('invalid_request', 'stop_link_expired', 'This link is too old', 404)

/** Makes the handler: GET asks, POST ends; the path parameter `id` is what the letter's link carries. */
export function stopHandler(parts: ProtocolParts): Handler {
  return pageHandler('stop', parts, async (request) => {
    const id = request.params['id'] ?? ''
    const link = readStopLink(id, parts)
    if (link === undefined) throw stopLinkUnknown()
    const at = parts.clock()
    const { grant_id, expires_at } = link
    if (at >= expires_at) throw stopLinkExpired({ grant_id })
    const grant = await parts.grants.find(grant_id)
    if (grant === undefined) throw stopLinkUnknown({ grant_id })
    const words = wordsFor(request, parts)
    const client = await clientViewOf(grant.client_id, words.tag, parts)
    const show = (state: StopView['state']) => page(200, stopPage({ home: parts.issuer, words, state, client }))
    if (!grantIsLive(grant, at)) return show('already_ended')
    if (request.method !== 'POST') return show('ask')
    // One turn of the event loop, one commit: a link is never spent without the access being ended.
    const [spent, outcome] = await Promise.all([
      parts.usedOnce.spend('stop_link', id, expires_at),
      endGrant(grant, request, parts),
    ])
    return show(spent === 'first' && outcome === 'ended' ? 'ended' : 'already_ended')
  })
}
