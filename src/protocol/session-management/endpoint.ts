/** The page at `check_session_iframe`, OpenID Connect Session Management §3.2: the only one that anybody may frame. */
import { page } from '../../http/page.ts'
import type { Handler } from '../../http/message.ts'
import { refusal } from '../../kernel/refusal.ts'
import type { ProtocolParts } from '../parts.ts'
import { checkSessionPage, checkSessionScriptSource } from './page.ts'

const off = refusal('invalid_request', 'session_management_off', 'There is nothing at this address', 404)

/** Makes the handler of the page; while the setting is off there is none. */
export function checkSessionEndpoint({ settings }: Pick<ProtocolParts, 'settings'>): Handler {
  return () => {
    if (settings.session_management === 'off') return Promise.reject(off())
    return Promise.resolve(page(200, checkSessionPage, { scriptSource: checkSessionScriptSource, framedBy: 'anybody' }))
  }
}
