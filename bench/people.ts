/** The people who use a server: each with a browser that is signed in and a consent that is remembered. */
import { Browser } from './browser.ts'
import { openConnection, type Connection, type Sent } from './connection.ts'
import { authorizationUrl, codeIn } from './requests.ts'
import { newPkce, type Scene, type SceneClient } from './scene.ts'
import type { RunningPeer } from './peers/peer.ts'

/** A person at a browser of their own, and the client's connection for what the client sends in their behalf. */
export interface Person {
  readonly username: string
  readonly connection: Connection
  /**
   * Makes sure that this client gets a code without a page, going through the pages where there are any.
   *
   * @returns the request as the browser would send it, and the verifier that its codes are bound to
   */
  atClient(client: SceneClient): Promise<Asking>
}

/** How a person asks for a code. */
export interface Asking {
  readonly code_verifier: string
  /** The authorization request, with a `state` of its own each time; the answer holds a code. */
  readonly request: () => Sent
}

/** Seats all people of a scene before a server. */
export function seat(scene: Scene, peer: RunningPeer): readonly Person[] {
  return scene.usernames.map((username) => {
    const browser = new Browser(peer.endpoints.authorization_endpoint.origin)
    const connection = openConnection(peer.endpoints.authorization_endpoint.origin)
    return {
      username,
      connection,
      async atClient(client) {
        const { code_verifier, code_challenge } = newPkce()
        const url = authorizationUrl(scene, client, peer.endpoints, { code_verifier, code_challenge })
        await passPages(url)
        const headers = { cookie: browser.cookieFor(url) }
        const path = `${url.pathname}${url.search}&state=`
        let state = 0
        const request = (): Sent => ({ method: 'GET', path: `${path}${username}-${(state += 1)}`, headers })
        return { code_verifier, request }
      },
    }

    async function passPages(url: URL): Promise<void> {
      let page = await browser.go(new URL(`${url.href}&state=first`))
      for (let pages = 0; page.leaves === undefined && pages < 4; pages += 1) {
        page = await peer.fill(browser, page, username)
      }
      codeIn({ status: page.status, location: page.leaves?.href, body: page.body })
    }
  })
}
