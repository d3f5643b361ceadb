/** One person and one application, step by step: for faults that are aimed at one statement. */
import {
  authorize,
  isActive,
  jsonOf,
  passPages,
  authorizationPath,
  newPkce,
  post,
  redeem,
  refresh,
  tokensOf,
  type Response,
  type Tokens,
} from '../conformance/scene.ts'
import { visitorOf } from '../testing/server.ts'
import type { Received } from '../testing/visitor.ts'
import type { FaultNode } from './node.ts'
import { scope, type Scene } from './scene.ts'

/** What that person and the application do. */
export interface OnePerson {
  /** A code for the application. */
  code(): Promise<Response>
  tokens(): Promise<Tokens>
  redeem(response: Response): Promise<Received>
  refresh(refresh_token: string): Promise<Received>
  revoke(token: string): Promise<Received>
  isActive(token: string): Promise<boolean>
}

/** Signs the first person of a scene in, who allows the application what it asks for. */
export async function onePerson(node: FaultNode, scene: Scene): Promise<OnePerson> {
  const visitor = visitorOf(node.issuer, node.send)
  const [person] = scene.people
  if (person === undefined) throw new Error('Nobody is there')
  await passPages(visitor, await visitor.go(authorizationPath(scene.web, newPkce(), { scope })), person)
  const code = () => authorize(visitor, scene.web, { scope }, person)
  return {
    code,
    tokens: async () => tokensOf(await redeem(node, scene.web, await code())),
    redeem: (response) => redeem(node, scene.web, response),
    refresh: (refresh_token) => refresh(node, scene.web, refresh_token),
    revoke: (token) => post(node, '/revoke', scene.web, { token }),
    isActive: (token) => isActive(node, scene.api, token),
  }
}

/** The `error` of an answer. */
export const errorOf = (answer: Received): unknown => jsonOf(answer)['error']
