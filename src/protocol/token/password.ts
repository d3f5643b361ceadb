/**
 * The resource owner password credentials grant: RFC 6749 §4.3. OAuth 2.1 has dropped it, and it works behind the legacy
 * fence alone. The person never sees us; so what they gave is recorded like any other grant: they are told of it,
 * see it and can remove it, and it ends with the row of the fence.
 */
import { Bindings } from '../../kernel/binding.ts'
import { newId, newOpaqueId } from '../../kernel/ids.ts'
import { refusal } from '../../kernel/refusal.ts'
import type { EpochSeconds } from '../../kernel/time.ts'
import type { AuditEvent } from '../../domain/audit-event.ts'
import type { Authorization } from '../../domain/authorization.ts'
import { grantIsLive, permissionKey, type Grant, type Permission } from '../../domain/grant.ts'
import { logLegacyUse, rowForPassword } from '../../domain/legacy-fence.ts'
import { audienceFor, becameOf, decidedEvent, noticesOf, type GrantDecided } from '../../domain/notice.ts'
import { busyRetry, passwordBusy } from '../../domain/password-rules.ts'
import type { ProvenPerson } from '../../domain/password-sign-in.ts'
import { enabledOf, ownersOf } from '../../domain/protected-resource.ts'
import { requiredAcr } from '../authorize/demands.ts'
import { covers } from '../authorize/next-step.ts'
import { permissionsFor, requestedScope } from '../authorize/scope.ts'
import type { ProtocolParts } from '../parts.ts'
import { chosenTarget, draftTokenRequest, type GrantType, type TokenRequest } from './grant-type.ts'
import { mint } from './mint.ts'
import { redeem } from './redeem.ts'
import { filling } from '../feature.ts'

const usernameMissing = refusal('invalid_request', 'username_missing', 'username is required')
const passwordMissing = refusal('invalid_request', 'password_missing', 'password is required')
// One description for all of these: nobody learns who has an account, which is shut, and which wants more than a password.
const tell = 'The user name and password are not accepted'
const passwordRefused = refusal('invalid_grant', 'password_refused', tell)
const moreThanPassword = refusal(
  'unauthorized_client',
  'password_not_enough',
  'More than a password is required here: send the person to the authorization endpoint',
)
const passwordThrottled = refusal('invalid_grant', 'password_throttled', tell, 429)

/** What a grant given this way says instead of a length of time that somebody chose. */
const accessFor = 'legacy'

/** How often the grant is read again when a tab of the person's changes it at the same moment. */
const attempts = 5

/** What is asked for, by whom, of whom. */
interface Asking {
  readonly request: TokenRequest
  readonly person: ProvenPerson
  readonly permissions: readonly Permission[]
  /** What the features of the request keep for its refresh tokens. */
  readonly bindings: Bindings
  readonly ends_at: EpochSeconds
}

export const password = {
  grant_type: 'password',

  async answer(request, parts) {
    const { client, parameters, request: from } = request
    const known = enabledOf(await parts.resources.list())
    const scope = requestedScope(parameters.get('scope'), client, known, parts.settings)
    const resources = ownersOf(scope, known)
    const permissions = permissionsFor({ scope, resources, knownResources: known, details: [] })
    const bindings = new Bindings()
    const draft = await draftTokenRequest(request, 'password', { permissions, bindings }, parts)
    for (const feature of filling(parts.features, 'tokenRequest')) await feature.tokenRequest(draft, parts)
    const required = requiredAcr(client, permissions, known)
    // A person whom we do not see can show nothing but a password.
    if (required !== undefined) throw moreThanPassword({ client_id: client.client_id, acr_values: required })
    const ends_at = rowForPassword(client, parts.settings.legacy, parts.clock())?.closes_at ?? parts.clock()
    const person = await provenPerson(request, parts)
    const asking: Asking = { request, person, permissions, bindings, ends_at }
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const given = await drafted(asking, parts)
      const standing = { authorization: given.authorization, grant: given.grant, ...person }
      const minted = await mint(
        { client, grant_type: 'password', from, standing, permissions, target: chosenTarget(draft), bindings },
        async (tokens, at) => ((await record(given, asking, parts)) ? redeem(standing, tokens, at, parts) : 'lost'),
        parts,
      )
      if (minted === 'lost') continue
      logLegacyUse(client, 'password', parts)
      return minted
    }
    throw new Error('The grant changed under every attempt to record it')
  },
} satisfies GrantType

async function provenPerson(
  { request, parameters, client }: TokenRequest,
  parts: ProtocolParts,
): Promise<ProvenPerson> {
  const [login, typed] = [parameters.get('username'), parameters.get('password')]
  const detail = { client_id: client.client_id }
  if (login === undefined) throw usernameMissing(detail)
  if (typed === undefined) throw passwordMissing(detail)
  const { address, request_id } = request
  const user_agent = request.headers['user-agent'] ?? ''
  const outcome = await parts.signInByPassword({ login, password: typed, address, user_agent, request_id })
  if (outcome === 'wrong') throw passwordRefused(detail)
  if (outcome === 'busy') throw passwordBusy({ ...detail, retry_after: busyRetry })
  if ('retry_after' in outcome) throw passwordThrottled({ ...detail, retry_after: outcome.retry_after })
  return outcome
}

/** What the tokens will hang on: the grant as it is or will be, and an authorization whose code nobody is told. */
interface Drafted {
  readonly held: Grant | undefined
  readonly grant: Grant
  readonly authorization: Authorization
}

async function drafted(asking: Asking, parts: ProtocolParts): Promise<Drafted> {
  const { person, permissions, request } = asking
  const at = parts.clock()
  const found = await parts.grants.findStanding(person.account.account_id, request.client.client_id)
  const held = found !== undefined && grantIsLive(found, at) ? found : undefined
  const grant = held !== undefined && covers(held, permissions) ? held : widened(asking, { found, held }, at)
  const { lifetimes } = parts.settings
  const expires_at = Math.min(at + lifetimes.refresh_token_max, asking.ends_at)
  const { auth_time, acr, amr, session_id } = person.session
  const authorization: Authorization = {
    authorization_id: newId(),
    grant_id: grant.grant_id,
    account_id: grant.account_id,
    client_id: grant.client_id,
    session_id,
    session_bound: false,
    permissions,
    redirect_uri: '',
    auth_time,
    acr,
    amr,
    bindings: asking.bindings.toJSON(),
    created_at: Math.max(at, grant.granted_at),
    expires_at,
    code_hash: parts.secrets.hash('authorization_code', newOpaqueId()),
    code_expires_at: at + lifetimes.authorization_code,
  }
  return { held, grant, authorization }
}

/** A grant that the person gave on our page keeps its end; one made here ends with the row of the fence. */
function widened(
  { person, permissions, request, ends_at }: Asking,
  { found, held }: Readonly<Record<'found' | 'held', Grant | undefined>>,
  at: EpochSeconds,
): Grant {
  const asked = new Set(permissions.map(permissionKey))
  const kept = held?.permissions.filter((permission) => !asked.has(permissionKey(permission))) ?? []
  const made = {
    grant_id: found?.grant_id ?? newId(),
    account_id: person.account.account_id,
    client_id: request.client.client_id,
    kind: 'standing',
    access_for: accessFor,
    granted_at: at,
    expires_at: ends_at,
  } as const
  return { ...(held ?? made), permissions: [...kept, ...permissions], revision: (found?.revision ?? 0) + 1 }
}

/** Writes down what is new; false when the grant changed since it was read. */
async function record({ held, grant, authorization }: Drafted, asking: Asking, parts: ProtocolParts): Promise<boolean> {
  const at = parts.clock()
  if (grant === held) return (await parts.authorizations.create(authorization)) === 'created'
  const { account_id, client_id, grant_id, expires_at: ends_at = null } = grant
  const became = decidedEvent(grant, held, at)
  const outcome = await parts.consents.record({
    consent: {
      consent_id: newId(),
      account_id,
      client_id,
      grant_id,
      decision: 'allowed',
      decided_at: at,
      shown: { ends_at },
    },
    grant,
    authorization,
    notices: noticesOf(became, audienceFor(asking.request.client, parts.audience), at),
    event: recordedEvent(became, asking, at),
  })
  return outcome === 'recorded'
}

function recordedEvent(
  became: GrantDecided,
  { request: { request, client }, permissions }: Asking,
  at: EpochSeconds,
): AuditEvent {
  return {
    event_id: newId(),
    at,
    event: 'consent_recorded',
    actor: `client:${client.client_id}`,
    account_id: became.grant.account_id,
    client_id: client.client_id,
    grant_id: became.grant.grant_id,
    address: request.address,
    request_id: request.request_id,
    detail: { access_for: accessFor, permissions: permissions.map(permissionKey), ...becameOf(became) },
  }
}
