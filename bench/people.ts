/** The people who use a server: each with a browser that is signed in and a consent that is remembered. */
import { Browser } from './browser.ts'
import { openConnection, type Connection, type Sent } from './connection.ts'
import { authorizationUrl, codeIn, codeRequest, type Wanted } from './requests.ts'
import { newPkce, type Scene, type SceneClient } from './scene.ts'
import type { RunningPeer } from './peers/peer.ts'

/** A person at a browser of their own, and the client's connection for what the client sends in their behalf. */
export interface Person {
  readonly username: string
  readonly connection: Connection
  /**
   * Makes sure that this client gets a code without a page, going through the pages where there are any.
   *
   * @returns the request as the browser would send it, and the one that redeems the code
   */
  atClient(client: SceneClient, want: Wanted): Promise<Asking>
  /** Goes the whole way in a browser that was never here, signing in and allowing. Answers the request that redeems. */
  fromTheDoor(client: SceneClient, want: Wanted): Promise<Sent>
}

/** How a person asks for a code. */
export interface Asking {
  /** The authorization request, with a `state` of its own each time; the answer holds a code. */
  readonly request: () => Sent
  /** The request that redeems a code of it. */
  readonly redeeming: (code: string) => Sent
}

/** Seats all people of a scene before a server. */
export function seat(scene: Scene, peer: RunningPeer): readonly Person[] {
  const { endpoints } = peer
  const { origin } = endpoints.authorization_endpoint
  return scene.usernames.map((username) => {
    const usual = new Browser(origin)
    return {
      username,
      connection: openConnection(origin),
      async atClient(client, want) {
        const { url, redeeming } = asking(client, want)
        await passPages(usual, url, username)
        const headers = { cookie: usual.cookieFor(url) }
        const path = `${url.pathname}${url.search}&state=`
        let state = 0
        const request = (): Sent => ({ method: 'GET', path: `${path}${username}-${(state += 1)}`, headers })
        return { request, redeeming }
      },
      async fromTheDoor(client, want) {
        const { url, redeeming } = asking(client, want)
        return redeeming(await passPages(new Browser(origin), url, username))
      },
    }
  })

  function asking(client: SceneClient, want: Wanted): Pick<Asking, 'redeeming'> & { readonly url: URL } {
    const { code_verifier, code_challenge } = newPkce()
    const { resource } = want
    const bound = { code_verifier, ...(resource !== undefined && { resource }) }
    return {
      url: authorizationUrl(scene, client, endpoints, { ...want, code_challenge }),
      redeeming: (code) => codeRequest(scene, client, endpoints, { code, ...bound }),
    }
  }

  async function passPages(browser: Browser, url: URL, username: string): Promise<string> {
    let page = await browser.go(new URL(`${url.href}&state=first`))
    for (let pages = 0; page.leaves === undefined && pages < 4; pages += 1) {
      page = await peer.fill(browser, page, username)
    }
    return codeIn({ status: page.status, location: page.leaves?.href, body: page.body })
  }
}
