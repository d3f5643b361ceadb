/** What the servers are measured at. An operation that does not do its work throws. */
import type { Operation } from './generator.ts'
import type { Person } from './people.ts'
import type { Endpoints } from './peers/peer.ts'
import { codeIn, codeRequest, machineRequest, refreshRequest, refreshTokenIn, tokensIn } from './requests.ts'
import type { Scene } from './scene.ts'

/** One kind of work. */
export interface Workload {
  readonly name: string
  readonly title: string
  /** Prepares one virtual user, and answers the operation they repeat. */
  prepare(person: Person, scene: Scene, to: Endpoints): Promise<Operation>
}

/** All workloads. */
export const workloads: readonly Workload[] = [
  {
    name: 'W1',
    title: '`client_credentials` → JWT access token (ES256, `client_secret_basic`)',
    prepare({ connection }, scene, to) {
      const request = machineRequest(scene, to)
      return Promise.resolve(async () => tokensIn(await connection.send(request)))
    },
  },
  {
    name: 'W2',
    title: 'code flow with PKCE, signed-in session, remembered consent: `GET /authorize` → code → `POST /token`',
    async prepare(person, scene, to) {
      const { request, code_verifier } = await person.atClient(scene.web)
      return async () => {
        const code = codeIn(await person.connection.send(request()))
        return tokensIn(await person.connection.send(codeRequest(scene, scene.web, to, { code, code_verifier })))
      }
    },
  },
  {
    name: 'W4',
    title: 'refresh with rotation, a chain for each virtual user',
    async prepare(person, scene, to) {
      const { request, code_verifier } = await person.atClient(scene.lasting)
      const code = codeIn(await person.connection.send(request()))
      const redeeming = codeRequest(scene, scene.lasting, to, { code, code_verifier })
      let refresh_token = refreshTokenIn(await person.connection.send(redeeming))
      return async () => {
        const answer = await person.connection.send(refreshRequest(scene.lasting, to, refresh_token))
        const next = refreshTokenIn(answer)
        if (next === refresh_token) throw new Error('the refresh token was not rotated')
        refresh_token = next
      }
    },
  },
]
