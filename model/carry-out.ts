/** Carries out commands as people and clients would: through pages and endpoints. */
import type { HttpResponse } from '../src/http/message.ts'
import type { Account } from '../src/domain/account.ts'
import { proof } from '../testing/steps.ts'
import type { Visited, Visitor } from '../testing/visitor.ts'
import { scopes, type Answers, type Client, type Commands, type Given, type Kind } from './commands.ts'
import { clientIds, type Nodes } from './nodes.ts'

/** Where commands are carried out. */
export interface Scene {
  readonly nodes: Nodes
  readonly account: Account
  readonly browsers: readonly [Visitor, Visitor]
}

/** What each command does. */
export const carryOut: { readonly [K in Kind]: (command: Commands[K], scene: Scene) => Promise<Answers[K]> } = {
  async wait({ seconds }, { nodes }) {
    nodes.wait(seconds)
    return Promise.resolve(undefined)
  },

  async authorize({ browser, client, access_for }, { nodes, account, browsers }) {
    const visitor = browsers[browser]
    let page = await visitor.go(nodes.one.authorizeUrl(asking(client)))
    const signed_in = hasButton(page, 'login-submit')
    if (signed_in) {
      const fields = { username: account.username, password: 'wonderland' }
      page = await visitor.submit(page, { press: 'login-submit', fields })
    }
    const consented = hasButton(page, 'consent-allow')
    if (consented) page = await visitor.submit(page, { press: 'consent-allow', fields: { access_for } })
    return { code: page.leaves?.searchParams.get('code') ?? undefined, signed_in, consented }
  },

  async stray({ browser, client, to }, { nodes, browsers }) {
    const page = await browsers[browser].go(nodes.one.authorizeUrl({ ...asking(client), redirect_uri: to }))
    return page.leaves !== undefined
  },

  async restart({ node }, { nodes }) {
    await nodes.restart(node)
    return undefined
  },

  async 'sign out'({ browser }, { browsers }) {
    const visitor = browsers[browser]
    const page = await visitor.go('/logout')
    if (hasButton(page, 'logout-confirm')) await visitor.submit(page, { press: 'logout-confirm' })
    return undefined
  },

  async remove({ browser, client }, { browsers }) {
    const visitor = browsers[browser]
    const page = await visitor.go('/account')
    if (hasButton(page, 'login-submit')) return 'sign in'
    const client_id = clientIds[client]
    if (
      !page.body.includes(`data-client-id="${client_id}"`) ||
      !page.body.includes(`name="remove" value="${client_id}"`)
    )
      return 'nothing'
    const { status } = await visitor.submit(page, { press: `remove=${client_id}` })
    return status === 200 ? 'ended' : 'nothing'
  },

  async redeem({ code, client, node }, { nodes }) {
    const { code_verifier } = proof
    return given(await nodes.post(node, '/token', client, { grant_type: 'authorization_code', code, code_verifier }))
  },

  async refresh({ token, client, node }, { nodes }) {
    return given(await nodes.post(node, '/token', client, { grant_type: 'refresh_token', refresh_token: token }))
  },

  async revoke({ token, client, node }, { nodes }) {
    const { status, body } = await nodes.post(node, '/revoke', client, { token })
    if (status !== 200) throw new Error(`A revocation was answered ${status}: ${String(body)}`)
    return undefined
  },

  async introspect({ token, node }, { nodes }) {
    const { body } = await nodes.post(node, '/introspect', 0, { token })
    return (JSON.parse(String(body)) as { active: boolean }).active
  },
}

function asking(client: Client): Readonly<Record<string, string>> {
  const redirect_uri = client === 0 ? 'https://rp1.test/cb' : 'https://spa.test/cb'
  return { client_id: clientIds[client], redirect_uri, scope: scopes[client], resource: 'https://api.test/' }
}

function hasButton({ body }: Visited, id: string): boolean {
  return body.includes(`id="${id}"`)
}

function given({ status, body }: HttpResponse): Given | string {
  const said = JSON.parse(String(body)) as Given & { readonly error: string }
  if (status !== 200 && status !== 400) throw new Error(`The token endpoint answered ${status}: ${String(body)}`)
  return status === 200 ? said : said.error
}
