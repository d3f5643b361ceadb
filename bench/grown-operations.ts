/** What is measured over a database that has grown: one person's ways through a server in this process. */
import { worldAuthorization, type Tokens, type World } from '../testing/world.ts'

/** Prepares one person, and answers the operations by name, each to be repeated. */
export async function grownOperations(here: World): Promise<Readonly<Record<string, () => Promise<unknown>>>> {
  const visitor = here.visitor()
  let tokens = await here.tokens(visitor)
  const ask = async (path: string, body: Readonly<Record<string, string>>): Promise<string> => {
    const answer = await here.request('POST', path, { headers: worldAuthorization, body })
    if (answer.status !== 200) throw new Error(`${path}: ${answer.body}`)
    return answer.body
  }
  const refresh = async (): Promise<void> => {
    const body = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token ?? '' }
    tokens = JSON.parse(await ask('/token', body)) as Tokens
  }
  // What is multiplied has been refreshed, and has the answer that it keeps for a retry.
  await refresh()
  return {
    'code flow, signed in and remembered': () => here.tokens(visitor),
    refresh,
    introspection: () => ask('/introspect', { token: tokens.access_token }),
    'the account page': () => visitor.go('/account'),
  }
}
