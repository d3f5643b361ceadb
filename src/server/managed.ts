/** What a command needs of a server that may be running elsewhere: its database, opened next to it, without serving. */
import { availableParallelism } from 'node:os'
import type { Configuration } from '../config/settings.ts'
import { upstreamProviders } from '../domain/upstream-presets.ts'
import { hashingPlaces, passwords } from '../identity/password.ts'
import { readStoredHash, type HashFault } from '../identity/stored-hash.ts'
import type { Detail } from '../kernel/refusal.ts'
import type { Secrets } from '../kernel/secret.ts'
import { systemClock } from '../kernel/time.ts'
import { NotPossible } from '../management/operator.ts'
import { openOutbound } from '../outside/fetch.ts'
import { openLog } from '../outside/log.ts'
import { consentReceipt, findDecision, type ConsentReceipt } from '../protocol/consent-receipt.ts'
import { openSigner } from '../protocol/token/sign.ts'
import { openStores } from '../storage/stores.ts'
import { audienceOf, clientsOf, passwordRulesOf, resourcesOf } from './compose.ts'
import { openServerSecrets } from './first-start.ts'
import type { Grade } from './grade.ts'
import { openMigrated } from './ground.ts'
import { operatorPolicy } from './loaded-configuration.ts'
import { gradeProviders } from './provider-grade.ts'
import { keepTime, watchClocks } from './timekeeping.ts'

const hashFaults: Readonly<Record<HashFault, string>> = {
  unknown_scheme: 'is of none of the kinds that are read here: argon2, bcrypt, scrypt, pbkdf2',
  damaged: 'is damaged: it is not written as its kind is',
  too_costly: 'would cost too much to compute at each sign-in',
}

/** Opens what the functions of `management/` work with. Close it at the end. */
export async function openManagement(configuration: Configuration, operator: string) {
  const time = keepTime()
  const { clock } = time
  const log = openLog({ level: 'error' })
  const database = await openMigrated(configuration, { clock, log })
  const stores = openStores(database, { history: configuration['consent.history'] })
  const open = async (): Promise<Secrets> => {
    // As nodes do: what ends by the clock of a machine that is minutes behind would spare what was begun in them.
    await watchClocks(time, { database, log })()
    return openServerSecrets(configuration, stores)
  }
  const secrets = await open().catch(async (error: unknown) => {
    await database.close()
    throw error
  })
  const door = passwords({ concurrency: hashingPlaces(availableParallelism()), queue: 1 })
  const resources = resourcesOf(configuration, stores)
  const outbound = openOutbound({ allow: configuration['outbound.allow'] })
  const lifetimes = (await resources.list()).map(({ access_token_lifetime = 0 }) => access_token_lifetime)
  return {
    ...stores,
    clients: clientsOf(configuration, { stores, secrets, clock, log, resources, outbound }),
    resources,
    clock,
    secrets,
    actor: `operator:${operator}`,
    clientPolicy: operatorPolicy(configuration),
    outbound,
    audience: audienceOf(configuration),
    passwordRules: passwordRulesOf(configuration),
    /** The language of letters where nobody names one. */
    language: configuration.language,
    /** How long a new signing key is published before it signs. */
    publish_before: configuration['keys.publish_before'],
    longest_token: Math.max(configuration['lifetimes.access_token'], ...lifetimes),
    async hashPassword(password: string): Promise<string> {
      const hash = await door.hash(password)
      if (hash === 'too_long') throw new NotPossible('The password is too long')
      if (hash === 'busy') throw new NotPossible('There is no room to hash a password just now')
      return hash
    },
    /** Says in words why a hash from elsewhere could not be used to sign in; undefined = it can. */
    hashFault(written: string): string | undefined {
      const read = readStoredHash(written)
      return typeof read === 'string' ? hashFaults[read] : undefined
    },
    /** Signs the receipt of a decision, or of the last one about a grant; undefined = there is none. */
    async receipt(id: string): Promise<ConsentReceipt | undefined> {
      const consent = await findDecision(id, stores)
      if (consent === undefined) return undefined
      const signer = await openSigner({ ...stores, secrets, clock })
      return consentReceipt(consent, { ...stores, issuer: configuration.issuer, clock, signer })
    },
    close: () => database.close(),
  }
}

/** Brings the database up to date. Returns the names of the migrations that it lacked, in order. */
export async function bringUpToDate(configuration: Configuration): Promise<readonly string[]> {
  const applied: string[] = []
  const info = (_event: string, { migration }: Detail): void => void applied.push(String(migration))
  const log = { ...openLog({ level: 'error' }), info }
  const database = await openMigrated(configuration, { clock: systemClock, log })
  await database.close()
  return applied
}

/** What `openManagement` opens. */
export type Management = Awaited<ReturnType<typeof openManagement>>

/** Asks every provider that people sign in at to describe itself, and grades what it says. */
export async function upstreamsAsTheyAre(configuration: Configuration): Promise<readonly Grade[]> {
  const outbound = openOutbound({ allow: configuration['outbound.allow'] })
  return gradeProviders(upstreamProviders(configuration.upstream), { issuer: configuration.issuer, outbound })
}
