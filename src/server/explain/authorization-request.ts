/** Predicts what becomes of an authorization request, by the checks of the authorization endpoint itself. */
import { OAuthError } from '../../kernel/refusal.ts'
import type { HttpRequest } from '../../http/message.ts'
import { authorizePath, readParameters } from '../../protocol/authorize/endpoint.ts'
import type { AuthorizationRequest } from '../../protocol/authorize/request.ts'
import { checkedAsResolved, resolvedRequest, targetAsResolved } from '../../protocol/authorize/resolve.ts'
import { clientStep, refusedEnd, type Explanation, type ExplainParts, type Step } from './explanation.ts'
import { withoutSpending } from './without-spending.ts'

/** Explains the address that an application sends a browser to. */
export async function explainAuthorizationRequest(
  url: string,
  request: HttpRequest,
  live: ExplainParts,
): Promise<Explanation> {
  const parts = withoutSpending(live)
  const subject = 'An authorization request'
  const steps: Step[] = [addressStep(url, parts)]
  const client_id = new URLSearchParams(request.query).get('client_id') ?? ''
  const client = await parts.clients.find(client_id.slice(0, 2000))
  let outcome = 'The browser would be shown a page, and nobody sent anywhere:'
  try {
    const resolved = await resolvedRequest(readParameters(request), request.address, parts)
    const target = await targetAsResolved(resolved, parts)
    steps.push(clientStep(target.client), {
      outcome: 'passed',
      words: 'redirect_uri is registered for it',
      values: { redirect_uri: target.redirect_uri },
    })
    outcome = `The browser would be sent to ${target.redirect_uri} with`
    const checked = await checkedAsResolved(target, resolved, parts)
    steps.push(...passedSteps(checked))
    return { subject, steps, outcome: predicted(checked) }
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error
    const end = refusedEnd(error, client, outcome)
    return { subject, ...end, steps: [...steps, ...end.steps] }
  }
}

function addressStep(url: string, { issuer }: Pick<ExplainParts, 'issuer'>): Step {
  const expected = issuer + authorizePath
  const [address = ''] = url.split(/[?#]/, 1)
  if (address === expected) return { outcome: 'passed', words: 'The address is the authorization endpoint' }
  const words = 'The address is not the authorization endpoint of this configuration'
  return { outcome: 'failed', words, values: { presented: address, expected } }
}

function passedSteps({ permissions, bindings, prompt }: AuthorizationRequest): readonly Step[] {
  const asks = permissions.map(({ scope, resource }) => (resource === undefined ? scope : `${scope} at ${resource}`))
  const kept = Object.keys(bindings.toJSON())
  return [
    {
      outcome: 'passed',
      words: 'Every check of the request passed',
      values: {
        permissions: asks.join(', ') || 'none',
        ...(kept.length > 0 && { 'bound to the code': kept.join(', ') }),
        ...(prompt.size > 0 && { prompt: [...prompt].join(' ') }),
      },
    },
  ]
}

function predicted({ client, prompt }: AuthorizationRequest): string {
  if (prompt.has('none'))
    return 'Answered without a page: a code under a grant that stands, otherwise login_required or consent_required'
  if (client.first_party)
    return 'The person signs in where there is no session, and a code is sent: a first-party client is not asked about'
  return 'The person signs in where there is no session, and is asked, unless a grant that covers it stands; then a code is sent'
}
