/** A configuration read, with everything that is wrong with it: its own mistakes and those of the clients it names. */
import { readConfigurationFile, readJsonConfigurationFile, type ReadConfiguration } from '../config/configuration.ts'
import { isLoopbackIssuer } from '../config/issuer.ts'
import { legacyRows } from '../config/legacy-client.ts'
import type { Configuration } from '../config/settings.ts'
import type { MutualTls } from '../protocol/parts.ts'
import type { Environment } from '../config/environment.ts'
import type { Finding } from '../kernel/setting.ts'
import { openToSomebody } from '../domain/legacy-fence.ts'
import type { ClientMetadataPolicy } from '../domain/client-metadata.ts'
import type { UriPolicy } from '../domain/client-metadata-fields.ts'
import { findStatementIssuerMistakes } from '../domain/statement-issuer.ts'
import { findUpstreamMistakes } from '../domain/upstream-presets.ts'
import { findConfiguredClientMistakes } from '../management/configured-clients.ts'
import { offeredMethods } from '../protocol/client-authentication/authenticate.ts'
import { grantTypes } from '../protocol/token/endpoint.ts'
import { withDrawnPictures } from './brands.ts'

/** What became of loading a configuration. */
export type LoadedConfiguration =
  | { readonly outcome: 'good'; readonly configuration: Configuration }
  | { readonly outcome: 'bad'; readonly mistakes: readonly string[] }

/** Finds what else is wrong with the settings that could be read, such as with a file that they name. */
export type FindMistakes = (values: Partial<Configuration>) => readonly Finding[]

/**
 * Loads a configuration file, its pictures drawn; every mistake in it is a line, with the place where it stands.
 *
 * @param alsoFind what else must be right for the caller
 */
export async function loadConfiguration(
  file: string,
  environment: Environment,
  alsoFind?: FindMistakes,
): Promise<LoadedConfiguration> {
  const json = readJsonConfigurationFile(file, environment)
  if (json !== undefined) {
    const loaded = await withPictures(judged(json, file, alsoFind), file, json.lineOf)
    // A mistake is told with its line, which the other reader knows.
    if (loaded.outcome === 'good') return loaded
  }
  const read = await readConfigurationFile(file, environment)
  return withPictures(judged(read, file, alsoFind), file, read.lineOf)
}

/** Redraws the pictures of a configuration that has no mistake so far. */
export async function withPictures(
  loaded: LoadedConfiguration,
  file: string,
  lineOf: ReadConfiguration['lineOf'],
): Promise<LoadedConfiguration> {
  if (loaded.outcome === 'bad') return loaded
  const { configuration, mistakes } = await withDrawnPictures(loaded.configuration)
  if (mistakes.length === 0) return { outcome: 'good', configuration }
  return { outcome: 'bad', mistakes: mistakes.map((finding) => spelled(finding, file, lineOf)) }
}

/** Judges what was read, wherever it came from; its pictures are shown to nobody before they are redrawn. */
export function judged(read: ReadConfiguration, file: string, alsoFind: FindMistakes = () => []): LoadedConfiguration {
  const { values, findings, lineOf } = read
  const policy = operatorPolicy({ 'outbound.allow': [], legacy: [], issuer: 'https://localhost', ...values })
  const ofClients = findConfiguredClientMistakes(values.clients ?? [], policy)
  // A secret that could not be read is not missing as well.
  const known = (key: string): boolean => findings.some((finding) => finding.key.startsWith(`${key}.client_secret`))
  const ofStatements = findStatementIssuerMistakes(values['client_registration.software_statements'] ?? [])
  const ofUpstreams = findUpstreamMistakes(values.upstream ?? [])
  const others = [...ofStatements, ...ofUpstreams, ...ofClients.filter(({ key }) => !known(key)), ...alsoFind(values)]
  const all = [...findings, ...others]
  if (all.length === 0) return { outcome: 'good', configuration: whole(values) }
  return { outcome: 'bad', mistakes: all.map((finding) => spelled(finding, file, lineOf)) }
}

/** What an operator may say of a client, in the file or by command. */
export function operatorPolicy(
  configuration: Pick<Configuration, 'issuer' | 'outbound.allow' | 'legacy'> & Partial<Configuration>,
): ClientMetadataPolicy {
  return {
    author: 'operator',
    unknown: 'refuse',
    // What the fence opens to some client may be written of any; only a client with a row of its own can use it.
    grant_types: [...grantTypes.keys(), ...openToSomebody(legacyRows(configuration.legacy), 0).grant_types],
    token_endpoint_auth_methods: offeredMethods(mutualTlsOf(configuration)),
    brandings: Object.keys(configuration.client_brandings ?? {}),
    ...uriPolicy(configuration),
  }
}

/** Which URIs in client metadata may do without https, whoever wrote them. */
export function uriPolicy(configuration: Pick<Configuration, 'issuer' | 'outbound.allow'>): UriPolicy {
  return {
    allow_http_loopback: isLoopbackIssuer(configuration.issuer),
    outbound_allow: configuration['outbound.allow'],
  }
}

/** Whether client certificates can reach us, and where; undefined when none can. */
export function mutualTlsOf(configuration: Partial<Configuration>): MutualTls | undefined {
  const { 'mtls.ask': ask, 'mtls.listen': listen, 'mtls.header': header, 'mtls.origin': origin } = configuration
  if (ask !== true && listen === undefined && header === undefined) return undefined
  return origin === undefined ? {} : { origin }
}

/** Without findings every value is there: that is what no findings means. */
function whole(values: Partial<Configuration>): Configuration {
  return values as Configuration
}

function spelled({ key, words }: Finding, file: string, lineOf: ReadConfiguration['lineOf']): string {
  const line = lineOf(key)
  const place = line === undefined ? file : `${file}:${line}`
  // What a client is told is a sentence of its own; what is said of a key continues the key's name.
  const between = /^[A-Z]/.test(words) ? ': ' : ' '
  return key === '' ? `${place}: ${words}` : `${place}: ${key}${between}${words}`
}
