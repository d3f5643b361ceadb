/** Explains errors to those who write clients: the pages that `error_uri` leads to, one for each thing we tell. */
import { refusal, refusalsNamed } from '../../kernel/refusal.ts'
import { page } from '../../http/page.ts'
import type { Handler } from '../../http/message.ts'
import type { ProtocolParts } from '../../protocol/parts.ts'
import { adviceOn } from '../../ui/words/advice.ts'
import { wordsFor } from '../language.ts'
import { pageHandler } from '../page-handler.ts'
import { explanationPage } from './page.ts'

const explanationUnknown = refusal('invalid_request', 'explanation_unknown', 'There is no such error', 404)

/**
 * Makes the handler of `/errors/:name`. The name is a reason as the log has it, or what several reasons are told as: then
 * all of them are shown, since which one it was is for the log alone.
 */
export function explanationHandler(parts: Pick<ProtocolParts, 'issuer' | 'log' | 'settings'>): Handler {
  return pageHandler('explanation', parts, (request) => {
    const name = request.params['name'] ?? ''
    const [first, ...others] = refusalsNamed(name)
    if (first === undefined) throw explanationUnknown()
    const { error, tell } = first
    const reasons = [first, ...others].map(({ reason }) => ({ reason, advice: adviceOn(reason) }))
    const words = wordsFor(request, parts)
    return Promise.resolve(page(200, explanationPage({ home: parts.issuer, words, error, tell, reasons })))
  })
}
