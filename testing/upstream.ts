/** A second Licet as the provider that people of the first sign in at: requests pass its whole edge, without a network. */
import { Hidden } from '../src/kernel/hidden.ts'
import type { Outbound, OutboundAnswer, OutboundRefusal } from '../src/domain/outbound.ts'
import type { UpstreamProvider } from '../src/domain/upstream.ts'
import type { HttpResponse } from '../src/http/message.ts'
import { issuer } from './protocol.ts'
import type { Visited, Visitor } from './visitor.ts'
import { world, worldSecret, type World } from './world.ts'

/** What becomes of an answer of the provider. */
export type Alteration = (
  url: URL,
  answer: OutboundAnswer,
) => OutboundAnswer | OutboundRefusal | Promise<OutboundAnswer>

/** The provider, and the way there. */
export interface UpstreamWorld {
  readonly world: World
  /** As its id, `other`, is written into a configuration. */
  readonly provider: UpstreamProvider
  readonly outbound: Outbound
  /** Changes what it answers on the way; undefined: nothing is changed any more. */
  alter(how: Alteration | undefined): void
  /** Signs in and allows there, as far as it asks for it; answers where the browser is sent. */
  allow(visitor: Visitor, url: URL): Promise<URL>
}

/** Opens it. `licet` is the client that the first one is there; Alice is known to it as `alice@example.com`. */
export async function openUpstreamWorld(
  otherwise: Partial<UpstreamProvider> = {},
  accounts: Readonly<Record<string, unknown>> = {},
): Promise<UpstreamWorld> {
  const up = await world({
    issuer: 'https://up.test',
    clients: ['other', 'second'].map((id) => ({
      client_id: `licet-${id}`,
      client_name: 'Licet',
      client_secret: worldSecret,
      redirect_uris: [`${issuer}/upstream/${id}`],
      scope: 'openid profile email',
    })),
    ...accounts,
  })
  let altered: Alteration | undefined
  const send = async (
    method: string,
    address: string,
    sent: { readonly headers: Readonly<Record<string, string>>; readonly body?: string },
  ): Promise<OutboundAnswer | OutboundRefusal> => {
    const url = new URL(address)
    if (url.origin !== up.issuer) return { refused: 'unreachable', why: 'name_unknown' }
    const answer = answerFrom(await up.request(method, url.pathname + url.search, sent))
    return altered?.(url, answer) ?? answer
  }
  return {
    world: up,
    provider: {
      id: 'other',
      name: 'Other',
      kind: 'openid',
      issuer: up.issuer,
      client_id: 'licet-other',
      client_secret: new Hidden(worldSecret),
      token_endpoint_auth_method: 'client_secret_basic',
      scope: 'openid profile email',
      response_mode: 'query',
      parameters: {},
      trust_email: false,
      trust_amr: false,
      ...otherwise,
    },
    outbound: {
      get: (url, { accept, authorization }) =>
        send('GET', url, { headers: { accept, ...(authorization !== undefined && { authorization }) } }),
      post: (url, { type, text, headers }, { accept }) =>
        send('POST', url, { headers: { accept, 'content-type': type, ...headers }, body: text }),
    },
    alter: (how) => void (altered = how),
    async allow(visitor, url) {
      const { leaves } = await up.allow(visitor, url.href)
      if (leaves === undefined) throw new Error('The provider keeps the browser')
      return leaves
    },
  }
}

function answerFrom({ status, headers, body }: HttpResponse): OutboundAnswer {
  const fields = Object.entries(headers).map(([name, value]) => [name, [value].flat().join(', ')] as const)
  return { status, headers: Object.fromEntries(fields), body: Buffer.from(body) }
}

/** Presses the button of the provider on the sign-in page. */
export async function chooseUpstream(visitor: Visitor, page: Visited, id = 'other'): Promise<URL> {
  const { leaves, body } = await visitor.submit(page, { press: `provider=${id}` })
  if (leaves === undefined) throw new Error(`The browser does not go there:\n${body}`)
  return leaves
}
