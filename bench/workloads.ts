/** What the servers are measured at. An operation that does not do its work throws. */
import type { Operation } from './generator.ts'
import type { Person } from './people.ts'
import type { Endpoints } from './peers/peer.ts'
import {
  codeIn,
  documentRequest,
  introspectionRequest,
  jsonIn,
  machineRequest,
  refreshRequest,
  refreshTokenIn,
  revocationRequest,
  tokensIn,
  userinfoRequest,
  wanted,
  type Wanted,
} from './requests.ts'
import type { Scene, SceneClient, SceneResource } from './scene.ts'

/** The name of a kind of work. */
export type WorkloadName = 'W1' | 'W1-RS' | 'W2' | 'W3' | 'W3-RS' | 'W4' | 'W5' | 'W6' | 'W7' | 'W8' | 'W9'

/** Where an operation is done. */
export interface Place {
  readonly person: Person
  readonly scene: Scene
  readonly to: Endpoints
}

/** One kind of work. */
export interface Workload {
  readonly name: WorkloadName
  readonly title: string
  /** How many times as long as the others it is measured; 1 by default. */
  readonly spans?: number
  /** Prepares one virtual user, and answers the operation they repeat. */
  prepare(place: Place): Promise<Operation>
}

/** All workloads. */
export const workloads: readonly Workload[] = [
  {
    name: 'W1',
    title: '`client_credentials` → JWT access token, ES256, `client_secret_basic`',
    prepare: (place) => machineTokens(place, place.scene.postcards),
  },
  {
    name: 'W1-RS',
    title: 'the same, RS256',
    prepare: (place) => machineTokens(place, place.scene.stamps),
  },
  {
    name: 'W2',
    title: 'code flow with PKCE, signed-in session, remembered consent: `GET /authorize` → code → `POST /token`',
    prepare: ({ person, scene }) => codeFlow(person, scene.web, wanted(scene.postcards)),
  },
  {
    name: 'W3',
    title: 'the same with `openid offline_access`: id_token and refresh token as well, all ES256',
    prepare: ({ person, scene }) => lastingFlow(person, scene.lasting, scene),
  },
  {
    name: 'W3-RS',
    title: 'the same, the id_token RS256',
    prepare: ({ person, scene }) => lastingFlow(person, scene.lasting_rs256, scene),
  },
  {
    name: 'W4',
    title: 'refresh with rotation, a chain for each virtual user',
    async prepare({ person, scene, to }) {
      const { lasting, postcards } = scene
      let refresh_token = refreshTokenIn(await flow(person, lasting, wanted(postcards, 'offline_access')))
      return async () => {
        const answer = await person.connection.send(refreshRequest(lasting, to, refresh_token))
        const next = refreshTokenIn(answer)
        if (next === refresh_token) throw new Error('the refresh token was not rotated')
        refresh_token = next
      }
    },
  },
  {
    name: 'W5',
    title: 'introspection of a person’s opaque access token, by its client',
    async prepare({ person, scene, to }) {
      const { access_token } = tokensIn(await flow(person, scene.web, wanted(scene.drafts)))
      const request = introspectionRequest(scene.web, to, access_token)
      return async () => {
        const { active } = jsonIn(await person.connection.send(request))
        if (active !== true) throw new Error('the token is not active')
      }
    },
  },
  {
    name: 'W6',
    title: 'userinfo',
    async prepare({ person, scene, to }) {
      const { access_token } = tokensIn(await flow(person, scene.web, { scope: 'openid' }))
      const request = userinfoRequest(to, access_token)
      return async () => {
        const { sub } = jsonIn(await person.connection.send(request))
        if (typeof sub !== 'string') throw new Error('userinfo told nothing')
      }
    },
  },
  {
    name: 'W7',
    title: 'discovery, then the JWKS',
    prepare({ person, to }) {
      const requests = [to.discovery, to.jwks_uri].map(documentRequest)
      return Promise.resolve(async () => {
        for (const request of requests) jsonIn(await person.connection.send(request))
      })
    },
  },
  {
    name: 'W8',
    title: 'an opaque token by `client_credentials`, then its revocation',
    prepare({ person, scene, to }) {
      const request = machineRequest(scene, to, scene.drafts)
      return Promise.resolve(async () => {
        const { access_token } = tokensIn(await person.connection.send(request))
        const { status, body } = await person.connection.send(revocationRequest(scene, to, access_token))
        if (status !== 200) throw new Error(`it was not revoked: ${status} ${body}`)
      })
    },
  },
  {
    name: 'W9',
    title: 'a first visit: sign-in by password, consent, code, token',
    spans: 4,
    prepare({ person, scene }) {
      const want: Wanted = { ...wanted(scene.postcards, 'openid'), prompt: 'consent' }
      return Promise.resolve(async () =>
        tokensIn(await person.connection.send(await person.fromTheDoor(scene.web, want))),
      )
    },
  },
]

function machineTokens({ person, scene, to }: Place, of: SceneResource): Promise<Operation> {
  const request = machineRequest(scene, to, of)
  return Promise.resolve(async () => tokensIn(await person.connection.send(request)))
}

async function codeFlow(person: Person, client: SceneClient, want: Wanted): Promise<Operation> {
  const { request, redeeming } = await person.atClient(client, want)
  const { connection } = person
  return async () => tokensIn(await connection.send(redeeming(codeIn(await connection.send(request())))))
}

/** A flow that must bring an id_token and a refresh token. */
async function lastingFlow(person: Person, client: SceneClient, scene: Scene): Promise<Operation> {
  const { request, redeeming } = await person.atClient(client, wanted(scene.postcards, 'openid offline_access'))
  const { connection } = person
  return async () => {
    const answer = await connection.send(redeeming(codeIn(await connection.send(request()))))
    refreshTokenIn(answer)
    if (tokensIn(answer).id_token === undefined) throw new Error('no id_token was issued')
  }
}

/** One flow; answers what the token endpoint did. */
async function flow(person: Person, client: SceneClient, want: Wanted) {
  const { request, redeeming } = await person.atClient(client, want)
  return person.connection.send(redeeming(codeIn(await person.connection.send(request()))))
}
