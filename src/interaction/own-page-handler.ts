import type { Handler, HttpRequest, HttpResponse } from '../http/message.ts'
import type { Answerer } from '../protocol/authorize/answer.ts'
import { beginInteraction } from '../protocol/authorize/browser.ts'
import type { ProtocolParts } from '../protocol/parts.ts'
import type { OwnPageView } from '../ui/own-pages.ts'
import { inZoneOf, wordsFor } from './language.ts'
import { pageHandler } from './page-handler.ts'
import { ownLinks, ownPaths } from './paths.ts'
import { signedIn } from './signed-in.ts'
import { personView } from './who.ts'

/** The query of the address to which a person comes back whose form came when they were signed in no more. */
const afterLostForm = 'form=expired'

/**
 * Makes the handler of one of the signed-in person's own pages: nobody signed in = sign in first, then come back.
 *
 * @param name the page as the log calls it
 * @param path where to come back to
 */
export function ownPageHandler(
  name: string,
  path: string,
  parts: ProtocolParts,
  answer: (request: HttpRequest, who: Answerer) => Promise<HttpResponse>,
): Handler {
  return pageHandler(name, parts, async (request) => {
    const who = await signedIn(request, parts)
    if (who !== undefined) return answer(request, who)
    const back = request.method === 'POST' ? `${path}?${afterLostForm}` : path
    return beginInteraction(request, { kind: 'own_page', path: back }, parts)
  })
}

/** Gathers what every one of the person's own pages shows. */
export function ownPageView(
  request: HttpRequest,
  { account }: Pick<Answerer, 'account'>,
  csrf_token: string,
  parts: ProtocolParts,
): OwnPageView {
  return {
    home: parts.issuer,
    words: inZoneOf(account, wordsFor(request, parts)),
    csrf_token,
    person: personView(account),
    sign_out: parts.issuer + ownPaths.logout,
    links: ownLinks(parts),
    lost_form: request.method !== 'POST' && request.query === afterLostForm,
  }
}
