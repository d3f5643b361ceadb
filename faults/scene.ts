/** What the servers under test are set up with: one application that people let in, one machine, one API, many people. */
import { randomBytes } from 'node:crypto'
import { configured, type SceneClient, type ScenePerson } from '../conformance/scene.ts'

/** Everything the driver and the checker know of a server. */
export interface Scene {
  /** For people: codes and refresh tokens. */
  readonly web: SceneClient
  /** For itself alone. */
  readonly machine: SceneClient
  /** The API, which introspects. */
  readonly api: SceneClient
  readonly people: readonly ScenePerson[]
}

/** What the application asks people for. */
export const scope = 'openid offline_access letters.read'

const base = { client_name: 'Faults' }

/** Makes a scene with fresh secrets and so many people. */
export function newScene(people: number): Scene {
  const password = randomBytes(12).toString('base64url')
  return {
    web: client('web', ['https://rp.test/cb'], {
      grant_types: ['authorization_code', 'refresh_token'],
      scope,
      // Longer than any fault lasts: whoever got no answer may ask again.
      refresh_replay_window: 600,
    }),
    machine: client('machine', [], { grant_types: ['client_credentials'], scope: 'letters.read' }),
    api: client('api', [], { grant_types: [] }),
    people: Array.from({ length: people }, (_, index) => ({ username: `person${index}`, password })),
  }
}

/** The scene for each of two drivers: with people of its own, since it cannot know what the other takes away of theirs. */
export function halves(scene: Scene): readonly [Scene, Scene] {
  const half = Math.ceil(scene.people.length / 2)
  return [
    { ...scene, people: scene.people.slice(0, half) },
    { ...scene, people: scene.people.slice(half) },
  ]
}

/**
 * What the configuration file says of a scene.
 *
 * @param access_token_format `opaque`, so that each token is a row that can be lost, where nothing else is asked for
 */
export function configurationOf(
  { people, ...clients }: Scene,
  access_token_format: 'opaque' | 'jwt' = 'opaque',
): Readonly<Record<string, unknown>> {
  return {
    accounts: people,
    clients: Object.values(clients).map(configured),
    resources: [
      {
        resource: 'https://letters.test/',
        name: 'Letters API',
        access_token_format,
        introspection_clients: ['api'],
        scopes: { 'letters.read': { title: 'See your letters' } },
      },
    ],
    lifetimes: { access_token: '1h' },
    throttle: { exempt: ['127.0.0.0/8'] },
    // What is broken here is something else, and the machine may have much to do besides.
    overload: { places: 10_000 },
  }
}

function client(
  client_id: string,
  redirect_uris: readonly string[],
  registered: Readonly<Record<string, unknown>>,
): SceneClient {
  return {
    client_id,
    token_endpoint_auth_method: 'client_secret_basic',
    redirect_uri: redirect_uris[0] ?? '',
    client_secret: randomBytes(32).toString('base64url'),
    registered: { ...base, redirect_uris, ...registered },
  }
}
