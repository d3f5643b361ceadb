/**
 * Passkeys: Web Authentication Level 3 §7, for this origin alone, with the person verified by their device.
 *
 * A challenge is not a row: it carries its end and a keyed hash over the browser and the place it was made for, so that
 * any number of tabs have one each; the memory of what was used once decides who spends it (SECURITY: AC-26).
 */
import type {
  AuthenticationResponseJSON,
  RegistrationResponseJSON,
  VerifiedRegistrationResponse,
} from '@simplewebauthn/server'
import { sameSecret } from '../kernel/hash.ts'
import { newOpaqueId } from '../kernel/ids.ts'
import type { Secrets } from '../kernel/secret.ts'
import type { Clock, EpochSeconds, Seconds } from '../kernel/time.ts'
import type { Account, Accounts } from '../domain/account.ts'
import type { Passkey, Passkeys } from '../domain/passkeys.ts'
import type { UsedOnce } from '../domain/used-once.ts'
import { amrValues } from '../vocabulary/authentication.ts'

/** What passkeys work with. */
export interface PasskeyParts {
  readonly issuer: string
  readonly clock: Clock
  readonly secrets: Secrets
  readonly accounts: Accounts
  readonly passkeys: Passkeys
  readonly usedOnce: UsedOnce
}

/** The browser and the page that a challenge is for: it is worth nothing in any other. */
export interface ChallengePlace {
  /** The value of the browser's cookie. */
  readonly browser: string
  readonly place: string
}

/** How long a page with a challenge may stay open. */
const challengeTime: Seconds = 3600
/** COSE algorithms, RFC 9053 §2, in the order we like them: Ed25519, ECDSA on P-256, and RSA for older computers. */
const algorithms = [-8, -7, -257]

/** Tells for which host passkeys are made here; undefined where the issuer is at an address, which has none. */
export function relyingParty(issuer: string): string | undefined {
  const { hostname } = new URL(issuer)
  return /^[\d.]+$|^\[/.test(hostname) ? undefined : hostname
}

/** Spells what a browser is asked for at a sign-in: any passkey of this host, whoever it belongs to (§5.5). */
export function requestOptions(where: ChallengePlace, parts: PasskeyParts): string | undefined {
  const rpId = relyingParty(parts.issuer)
  if (rpId === undefined) return undefined
  return JSON.stringify({ challenge: newChallenge(where, parts), rpId, userVerification: 'required' })
}

/** Whose passkey it is to be. */
export interface PasskeyOwner {
  readonly account: Account
  /** The passkeys that they have. */
  readonly held: readonly Passkey[]
  /** What their devices call this server. */
  readonly server: string
}

/** Spells what a browser is asked for a new passkey (§5.4): one that it finds by itself, on a device without one of this account. */
export function creationOptions(
  { account: { account_id, username }, held, server }: PasskeyOwner,
  where: ChallengePlace,
  parts: PasskeyParts,
): string | undefined {
  const id = relyingParty(parts.issuer)
  if (id === undefined) return undefined
  return JSON.stringify({
    challenge: newChallenge(where, parts),
    rp: { id, name: server },
    user: { id: userHandle(account_id, parts), name: username, displayName: username },
    pubKeyCredParams: algorithms.map((alg) => ({ type: 'public-key', alg })),
    authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'required' },
    excludeCredentials: held.map(({ credential_id }) => ({ type: 'public-key', id: credential_id })),
    attestation: 'none',
  })
}

/** What an account is called by the devices that have a passkey for it: nothing that tells who it is (§14.6.1). */
export function userHandle(account_id: string, { secrets }: Pick<PasskeyParts, 'secrets'>): string {
  return secrets.hash('passkey user handle', account_id)
}

/** Whose passkey signed, and how: RFC 8176 values. */
export interface PasskeyProof {
  readonly account: Account
  readonly amr: readonly string[]
}

/**
 * Tells whose passkey signed the challenge of this place (§7.2); undefined, whatever was wrong: another origin or host,
 * a person not verified, a challenge not of this place or spent, a counter that did not grow, a user handle of another
 * account, an account that is disabled (AC-08).
 */
export async function provePasskey(
  written: string,
  where: ChallengePlace,
  parts: PasskeyParts,
): Promise<PasskeyProof | undefined> {
  const response = readCredential<AuthenticationResponseJSON>(written)
  const passkey = response && (await parts.passkeys.find(response.id))
  if (response === undefined || passkey === undefined) return undefined
  const { verifyAuthenticationResponse } = await verifiers()
  const verified = await ignoringMistakes(() =>
    verifyAuthenticationResponse({
      response,
      ...expectations(where, parts),
      credential: {
        id: passkey.credential_id,
        publicKey: new Uint8Array(Buffer.from(passkey.public_key, 'base64url')),
        counter: passkey.counter,
      },
    }),
  )
  const account = await parts.accounts.find(passkey.account_id)
  if (verified?.verified !== true || account === undefined || account.disabled) return undefined
  if (response.response.userHandle !== userHandle(account.account_id, parts)) return undefined
  if (!(await spendChallenge(response, parts))) return undefined
  const { newCounter } = verified.authenticationInfo
  if ((await parts.passkeys.use(passkey.credential_id, newCounter, parts.clock())) !== 'used') return undefined
  return { account, amr: amrOf(passkey) }
}

/** Hardware is not claimed: nobody attested to it. A synced key is known to be able to leave its device. */
function amrOf({ kind }: Passkey): readonly string[] {
  const { key, software_key, user_presence, multi_factor } = amrValues
  return [key, ...(kind === 'synced' ? [software_key] : []), user_presence, multi_factor]
}

/**
 * Reads a new passkey that was made for the challenge of this place (§7.1); undefined, whatever was wrong.
 *
 * @param name what the person calls it
 */
export async function readNewPasskey(
  { written, name, account_id }: { readonly written: string; readonly name: string; readonly account_id: string },
  where: ChallengePlace,
  parts: PasskeyParts,
): Promise<Passkey | undefined> {
  const response = readCredential<RegistrationResponseJSON>(written)
  if (response === undefined) return undefined
  const { verifyRegistrationResponse } = await verifiers()
  const verified = await ignoringMistakes<VerifiedRegistrationResponse>(() =>
    verifyRegistrationResponse({ response, ...expectations(where, parts), supportedAlgorithmIDs: algorithms }),
  )
  if (verified?.verified !== true || !(await spendChallenge(response, parts))) return undefined
  const { credential, credentialDeviceType } = verified.registrationInfo
  return {
    credential_id: credential.id,
    account_id,
    public_key: Buffer.from(credential.publicKey).toString('base64url'),
    counter: credential.counter,
    transports: (credential.transports ?? []).slice(0, 10).map((transport) => transport.slice(0, 20)),
    kind: credentialDeviceType === 'multiDevice' ? 'synced' : 'device_bound',
    name,
    created_at: parts.clock(),
  }
}

/** Loaded with the first passkey: thirty packages, and 25 MB of memory, that a server without them does without. */
const verifiers = () => import('@simplewebauthn/server')

function expectations(where: ChallengePlace, parts: PasskeyParts) {
  const { issuer } = parts
  return {
    expectedChallenge: (challenge: string) => isChallenge(challenge, where, parts),
    expectedOrigin: new URL(issuer).origin,
    expectedRPID: relyingParty(issuer) ?? '',
    requireUserVerification: true,
  }
}

function newChallenge({ browser, place }: ChallengePlace, { secrets, clock }: PasskeyParts): string {
  const nonce = newOpaqueId()
  const until = clock() + challengeTime
  const mark = secrets.hash('passkey challenge', JSON.stringify([nonce, until, browser, place]))
  return Buffer.from([nonce, until, mark].join('.')).toString('base64url')
}

function isChallenge(challenge: string, { browser, place }: ChallengePlace, parts: PasskeyParts): boolean {
  const [nonce, until, mark] = openChallenge(challenge)
  const expected = parts.secrets.hash('passkey challenge', JSON.stringify([nonce, until, browser, place]))
  return sameSecret(mark, expected) && until > parts.clock()
}

function openChallenge(challenge: string): readonly [nonce: string, until: EpochSeconds, mark: string] {
  const [nonce = '', until, mark = ''] = Buffer.from(challenge, 'base64url').toString().split('.')
  return [nonce, Number(until), mark]
}

/** Spends the challenge that was signed, after all else was found right: one answer to it counts. */
async function spendChallenge(
  { response }: { readonly response: { readonly clientDataJSON: string } },
  { usedOnce }: Pick<PasskeyParts, 'usedOnce'>,
): Promise<boolean> {
  const { challenge } = JSON.parse(Buffer.from(response.clientDataJSON, 'base64url').toString()) as {
    readonly challenge: string
  }
  const [nonce, until] = openChallenge(challenge)
  return (await usedOnce.spend('passkey_challenge', nonce, until)) === 'first'
}

/** Reads what a browser wrote as JSON, as far as we look at it ourselves; the library reads and checks the rest. */
function readCredential<Written extends AuthenticationResponseJSON | RegistrationResponseJSON>(
  written: string,
): Written | undefined {
  try {
    const read = JSON.parse(written) as Partial<Written> | null
    const isWhole = typeof read?.id === 'string' && typeof read.response?.clientDataJSON === 'string'
    return isWhole ? (read as Written) : undefined
  } catch {
    return undefined // no JSON: no browser of ours sent it
  }
}

/** The library throws for anything that is not right; to the sender all of it is the same. */
async function ignoringMistakes<Result>(verify: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await verify()
  } catch {
    return undefined
  }
}
