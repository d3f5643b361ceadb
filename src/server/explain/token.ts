/** Explains a token, a code or a secret: what it is, whose, and whether it counts. Its secret half is never printed. */
import { sameSecret } from '../../kernel/hash.ts'
import { secretPrefixes, type SecretKind } from '../../kernel/secret.ts'
import { spellMoment } from '../../kernel/time.ts'
import { standingProblem } from '../../domain/standing.ts'
import type { Standing } from '../../domain/authorization.ts'
import { findLiveAccessToken } from '../../protocol/token/presented-access-token.ts'
import { clientStep, spelled, type Explanation, type ExplainParts, type Step } from './explanation.ts'

/** Explains whatever we may have handed out; undefined is never the answer: what is not ours is said not to be. */
export async function explainToken(token: string, parts: ExplainParts): Promise<Explanation> {
  const kind = kindOf(token)
  if (kind !== undefined) return explainSecret(kind, token, parts)
  if (token.split('.').length === 3) return explainJwt(token, parts)
  const pasted = await ownerOfSecret((hash) => sameSecret(hash, token), parts)
  if (pasted !== undefined) {
    const words = `It is the stored hash of a secret of ${pasted}, not the secret: sent as client_secret it is refused (client_secret_is_hash)`
    return { subject: 'A hash', steps: [{ outcome: 'failed', words }], outcome: 'It opens nothing' }
  }
  const words = 'It begins like nothing that this server hands out, and is not a JWT'
  return { subject: 'An unknown value', steps: [{ outcome: 'failed', words }], outcome: 'It opens nothing here' }
}

function kindOf(token: string): SecretKind | undefined {
  const found = Object.entries(secretPrefixes).find(([, prefix]) => token.startsWith(prefix))
  return found?.[0] as SecretKind | undefined
}

async function explainSecret(kind: SecretKind, token: string, parts: ExplainParts): Promise<Explanation> {
  const subject = `A value of the kind ${kind} (${secretPrefixes[kind]}…)`
  const read = parts.secrets.read(kind, token)
  if (read === undefined) {
    const words = 'Its checksum is wrong: it was cut or changed on its way, or made under another server secret'
    return {
      subject,
      steps: [{ outcome: 'failed', words, values: { length: String(token.length) } }],
      outcome: 'It would be refused',
    }
  }
  const whole: Step = { outcome: 'passed', words: 'Its checksum is right: it is whole' }
  const steps = await stepsOf(kind, token, read, parts)
  const isRefused = steps.some(({ outcome }) => outcome === 'failed')
  return { subject, steps: [whole, ...steps], outcome: isRefused ? 'It would be refused' : 'It counts' }
}

function stepsOf(
  kind: SecretKind,
  token: string,
  read: { readonly id: string; readonly hash: string },
  parts: ExplainParts,
): Promise<readonly Step[]> | readonly Step[] {
  switch (kind) {
    case 'authorization_code':
      return codeSteps(read, parts)
    case 'refresh_token':
      return refreshSteps(read, parts)
    case 'access_token':
      return accessTokenSteps(token, parts)
    case 'client_secret':
      return clientSecretSteps(token, parts)
    default:
      return [{ outcome: 'noted', words: 'More is not told of this kind' }]
  }
}

async function codeSteps({ id, hash }: { id: string; hash: string }, parts: ExplainParts): Promise<readonly Step[]> {
  const standing = await parts.authorizations.findStanding(id)
  if (standing === undefined || !sameSecret(hash, standing.authorization.code_hash)) return [nothingKept]
  const { redeemed_at, code_expires_at, redirect_uri } = standing.authorization
  const at = parts.clock()
  const values = { redirect_uri, code_expires_at: spellMoment(code_expires_at) }
  const lapse =
    redeemed_at === undefined
      ? code_expires_at <= at && 'It expired before it was redeemed (code_expired)'
      : `It was redeemed at ${spellMoment(redeemed_at)} (code_replayed)`
  const itself: Step = lapse
    ? { outcome: 'failed', words: lapse, values }
    : { outcome: 'passed', words: 'It waits to be redeemed', values }
  return [itself, ...(await standingSteps(standing, parts))]
}

async function refreshSteps({ id, hash }: { id: string; hash: string }, parts: ExplainParts): Promise<readonly Step[]> {
  const standing = await parts.authorizations.findStanding(id)
  const chain = standing?.authorization.refresh
  if (standing === undefined || chain === undefined) return [nothingKept]
  const values = { refresh_expires_at: spellMoment(chain.refresh_expires_at) }
  if (chain.refresh_hash !== hash) {
    const words =
      'A newer refresh token of its chain stands in its place (refresh_token_replaced or refresh_token_reused)'
    return [{ outcome: 'failed', words, values }, ...(await standingSteps(standing, parts))]
  }
  const itself: Step =
    chain.refresh_expires_at <= parts.clock()
      ? { outcome: 'failed', words: 'It was not used for too long (refresh_token_expired)', values }
      : { outcome: 'passed', words: 'It is the live one of its chain', values }
  return [itself, ...(await standingSteps(standing, parts))]
}

const nothingKept: Step = { outcome: 'failed', words: 'Nothing is kept of it: it is long over, or of another database' }

async function standingSteps(standing: Standing, parts: ExplainParts): Promise<readonly Step[]> {
  const client = await parts.clients.find(standing.authorization.client_id)
  const problem = standingProblem(standing, client, parts.clock())
  const { grant_id } = standing.authorization
  return [
    ...(client === undefined ? [] : [clientStep(client)]),
    problem === undefined
      ? { outcome: 'passed', words: 'What it hangs on stands: grant, account and client', values: { grant_id } }
      : { outcome: 'failed', words: `What it hangs on does not stand any more: ${problem}`, values: { grant_id } },
  ]
}

async function accessTokenSteps(token: string, parts: ExplainParts): Promise<readonly Step[]> {
  const live = await findLiveAccessToken(token, parts)
  if (typeof live === 'string') return [{ outcome: 'failed', words: `It does not count: ${live}` }]
  const { client, scope, resource } = live
  const values = { scope: scope.join(' '), ...(resource && { resource: resource.resource }) }
  return [clientStep(client), { outcome: 'passed', words: 'It is accepted, with what is left of its scope', values }]
}

async function clientSecretSteps(secret: string, parts: ExplainParts): Promise<readonly Step[]> {
  const hash = parts.secrets.hash('client_secret', secret)
  const owner = await ownerOfSecret((held) => sameSecret(held, hash), parts)
  if (owner === undefined)
    return [{ outcome: 'failed', words: 'It is the secret of no client here: replaced, or of another server' }]
  return [{ outcome: 'passed', words: `It is a secret of the client ${owner}` }]
}

async function ownerOfSecret(isIt: (hash: string) => boolean, { clients }: ExplainParts): Promise<string | undefined> {
  return (await clients.list()).find(({ secrets }) => secrets.some(({ hash }) => isIt(hash)))?.client_id
}

async function explainJwt(token: string, parts: ExplainParts): Promise<Explanation> {
  const [header = {}, claims = {}] = token.split('.').map(decodedPart)
  const typ = spelled(header['typ'] ?? 'none')
  const subject = typ === 'at+jwt' ? 'An access token, signed' : `A JWT of the type ${typ}`
  const told: Step = { outcome: 'noted', words: 'What it says', values: texts(claims) }
  const isOurs = parts.signer.verify(typ, token) !== undefined
  if (!isOurs) {
    const kids = parts.signer.jwks().keys.map(({ kid }) => spelled(kid))
    const values = {
      kid: spelled(header['kid'] ?? 'none'),
      alg: spelled(header['alg'] ?? 'none'),
      'published kids': kids.join(' '),
    }
    const words = 'No published key of this server signed it as it stands'
    return { subject, steps: [told, { outcome: 'failed', words, values }], outcome: 'It would be refused' }
  }
  const signed: Step = { outcome: 'passed', words: 'A published key of this server signed it' }
  const judged = typ === 'at+jwt' ? await accessTokenSteps(token, parts) : [expiryStep(claims, parts)]
  const isRefused = judged.some(({ outcome }) => outcome === 'failed')
  return { subject, steps: [told, signed, ...judged], outcome: isRefused ? 'It would be refused' : 'It counts' }
}

function expiryStep({ exp }: Readonly<Record<string, unknown>>, { clock }: ExplainParts): Step {
  if (typeof exp !== 'number') return { outcome: 'noted', words: 'It does not expire' }
  return exp <= clock()
    ? { outcome: 'failed', words: `It expired at ${spellMoment(exp)}` }
    : { outcome: 'passed', words: `It expires at ${spellMoment(exp)}` }
}

function decodedPart(part: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString())
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {} // no JSON: said by what is missing
  }
}

function texts(claims: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  const moments = ['exp', 'iat', 'auth_time', 'nbf']
  return Object.fromEntries(
    Object.entries(claims).map(([name, value]) => [
      name,
      moments.includes(name) && typeof value === 'number' ? spellMoment(value) : spelled(value),
    ]),
  )
}
