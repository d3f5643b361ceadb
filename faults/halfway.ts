/** Somebody who is in the middle of signing in when the node that showed them the page goes away. */
import assert from 'node:assert/strict'
import { authorizationPath, newPkce } from '../conformance/scene.ts'
import { visitorOf } from '../testing/server.ts'
import type { Send } from '../testing/sender.ts'
import type { FaultNode } from './node.ts'
import { scope, type Scene } from './scene.ts'

/**
 * Begins a sign-in at one node, by a browser that was never here.
 *
 * @returns what sends the form, and what comes after it, wherever `finish` is told; it throws unless a code comes of it
 */
export async function beginSignIn({ issuer, send }: Pick<FaultNode, 'issuer' | 'send'>, { web, people }: Scene) {
  let through: Send = send
  const visitor = visitorOf(issuer, (request) => through(request))
  const [person] = people
  const page = await visitor.go(authorizationPath(web, newPkce(), { scope }))
  assert.ok(page.body.includes('id="login-submit"'), 'nobody is asked to sign in')
  return {
    async finish(elsewhere: Send): Promise<void> {
      through = elsewhere
      const signedIn = await visitor.submit(page, { press: 'login-submit', fields: { ...person } })
      const after = signedIn.body.includes('id="consent-allow"')
        ? await visitor.submit(signedIn, { press: 'consent-allow' })
        : signedIn
      assert.ok(after.leaves?.searchParams.has('code'), `a sign-in was dropped: ${after.status} ${after.url.pathname}`)
    },
  }
}
