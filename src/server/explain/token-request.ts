/** Predicts what becomes of a token request, up to what cannot be told without spending a code or a refresh token. */
import { OAuthError } from '../../kernel/refusal.ts'
import type { HttpRequest } from '../../http/message.ts'
import { admittedTokenRequest } from '../../protocol/token/endpoint.ts'
import { clientStep, refusedEnd, type Explanation, type ExplainParts, type Step } from './explanation.ts'
import { explainToken } from './token.ts'
import { withoutSpending } from './without-spending.ts'

/** The parameters whose value is a token, explained with the request that presents it. */
const presented = ['code', 'refresh_token']

/** Explains a request to the token endpoint. */
export async function explainTokenRequest(request: HttpRequest, live: ExplainParts): Promise<Explanation> {
  const parts = withoutSpending(live)
  const subject = 'A token request'
  try {
    const { client, parameters, grantType } = await admittedTokenRequest(request, parts)
    const steps: Step[] = [
      clientStep(client),
      {
        outcome: 'passed',
        words: 'It authenticated as it is registered to',
        values: { token_endpoint_auth_method: client.metadata.token_endpoint_auth_method },
      },
      { outcome: 'passed', words: `It may use the grant type ${grantType.grant_type}` },
    ]
    for (const value of presented.flatMap((name) => parameters.get(name) ?? [])) {
      const inside = await explainToken(value, parts)
      steps.push({ outcome: 'noted', words: inside.subject }, ...inside.steps)
    }
    const end = 'What is left is judged as it is spent: the code or refresh token, and what it is bound to'
    return { subject, steps, outcome: steps.some(({ outcome }) => outcome === 'failed') ? 'It would be refused' : end }
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error
    const { client_id } = error.detail
    const client = typeof client_id === 'string' ? await parts.clients.find(client_id) : undefined
    return { subject, ...refusedEnd(error, client, 'The answer would be') }
  }
}
