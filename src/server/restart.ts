import type { Configuration } from '../config/settings.ts'

/** The settings that are read once, when the process starts. */
export const readOnce = [
  'issuer',
  'listen',
  'database',
  'database_connections',
  'database_pooling',
  'database_standby',
  'secret',
  'mtls.ask',
  'mtls.listen',
  'consent.history',
  'overload.places',
  'log.level',
] as const satisfies readonly (keyof Configuration)[]

/** Names the settings that differ between two configurations and take a restart. */
export function needRestart(before: Configuration, after: Configuration): readonly string[] {
  const changed = readOnce.filter((key) => spelled(before, key) !== spelled(after, key))
  const tls = (before['tls.certificate'] === undefined) === (after['tls.certificate'] === undefined)
  return tls ? changed : [...changed, 'tls']
}

function spelled(configuration: Configuration, key: (typeof readOnce)[number]): string {
  const { database, database_standby, secret } = configuration
  if (key === 'database') return database.kind === 'sqlite' ? database.path : database.url.reveal()
  if (key === 'database_standby') return database_standby?.reveal() ?? ''
  // A secret that was made at the first start is in its file now, where before there was none.
  if (key === 'secret') return secret.file ?? secret.value?.reveal() ?? ''
  return JSON.stringify(configuration[key])
}
