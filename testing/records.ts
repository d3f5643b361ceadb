/** Records as the stores keep them, complete, with what a test says otherwise. Ids are new each time. */
import type { StoredAccessToken } from '../src/domain/access-token.ts'
import type { Account } from '../src/domain/account.ts'
import type { AuditEvent } from '../src/domain/audit-event.ts'
import type { Authorization, RefreshState } from '../src/domain/authorization.ts'
import type { Consent } from '../src/domain/consent.ts'
import type { DeviceAuthorization } from '../src/domain/device-authorization.ts'
import type { Grant } from '../src/domain/grant.ts'
import type { Interaction } from '../src/domain/interaction.ts'
import type { MailToken } from '../src/domain/mail-token.ts'
import type { OutboxMessage } from '../src/domain/outbox.ts'
import type { PushedRequest } from '../src/domain/pushed-request.ts'
import type { Session, SessionClient } from '../src/domain/session.ts'
import { newId, newOpaqueId } from '../src/kernel/ids.ts'

/** When everything here happens, unless a test says otherwise: seconds since 1970, a multiple of five minutes. */
export const now = 1_800_000_000

/** An account that can sign in. */
export function accountRecord(otherwise: Partial<Account> = {}): Account {
  const account_id = newId()
  return {
    account_id,
    sub: newOpaqueId(),
    username: `Alice ${account_id}`,
    password_hash: '$argon2id$v=19$…',
    claims: { name: 'Alice Liddell', email: `${account_id}@example.com`, email_verified: true, roles: ['a', 'b'] },
    disabled: false,
    created_at: now,
    updated_at: now,
    ...otherwise,
  }
}

/** A session of an account, live for a week. */
export function sessionRecord(otherwise: Partial<Session> = {}): Session {
  return {
    session_id: newId(),
    session_hash: 'hash of a session',
    account_id: newId(),
    auth_time: now,
    amr: ['pwd'],
    acr: '1',
    created_at: now,
    last_seen_at: now,
    idle_expires_at: now + 28_800,
    expires_at: now + 604_800,
    address: '192.0.2.7',
    user_agent: 'a browser',
    ...otherwise,
  }
}

/** What a device asks for, whose code nobody entered yet. */
export function deviceRecord(otherwise: Partial<DeviceAuthorization> = {}): DeviceAuthorization {
  const device_id = newId()
  return {
    device_id,
    client_id: 'tv',
    device_hash: 'hash of a device code',
    user_code_hash: `hash of the user code of ${device_id}`,
    permissions: [{ scope: 'openid' }],
    bindings: {},
    created_at: now,
    expires_at: now + 600,
    poll_interval: 5,
    ...otherwise,
  }
}

/** A letter for a forgotten password, just sent. */
export function mailTokenRecord(otherwise: Partial<MailToken> = {}): MailToken {
  return {
    token_id: newOpaqueId(),
    purpose: 'password_reset',
    account_id: newId(),
    address: 'alice@example.com',
    interaction_id: newOpaqueId(),
    language: 'en',
    created_at: now,
    expires_at: now + 1800,
    ...otherwise,
  }
}

/** A client that is to be told when a session ends. */
export function sessionClientRecord(
  { session_id, account_id, expires_at }: Session,
  otherwise: Partial<SessionClient> = {},
): SessionClient {
  const session = { session_id, account_id, expires_at }
  return { message_id: newId(), client_id: 'greatapp', sid: `sid of ${session_id}`, ...session, ...otherwise }
}

/** A standing grant for thirty days, as it is first made. */
export function grantRecord(otherwise: Partial<Grant> = {}): Grant {
  return {
    grant_id: newId(),
    account_id: newId(),
    client_id: 'greatapp',
    permissions: [{ scope: 'openid' }, { scope: 'postcards.read', resource: 'https://api.test/' }],
    kind: 'standing',
    access_for: '30d',
    granted_at: now,
    expires_at: now + 2_592_000,
    revision: 1,
    ...otherwise,
  }
}

/** A new authorization under a grant, its code good for a minute. */
export function authorizationRecord(grant: Grant, otherwise: Partial<Authorization> = {}): Authorization {
  return {
    authorization_id: newId(),
    grant_id: grant.grant_id,
    account_id: grant.account_id,
    client_id: grant.client_id,
    session_id: newId(),
    session_bound: false,
    permissions: grant.permissions,
    redirect_uri: 'https://rp1.test/cb',
    nonce: 'n-0S6_WzA2Mj',
    auth_time: now,
    acr: '1',
    amr: ['pwd'],
    bindings: { pkce: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM' },
    created_at: now,
    expires_at: now + 2_592_000,
    code_hash: 'hash of a code',
    code_expires_at: now + 60,
    ...otherwise,
  }
}

/** The beginning of a chain of refresh tokens, the first good for a day. */
export function refreshRecord(otherwise: Partial<RefreshState> = {}): RefreshState {
  return { refresh_hash: 'first', refresh_expires_at: now + 86_400, last_used_at: now, earlier: [], ...otherwise }
}

/** An interaction that nobody signed in to yet. */
export function interactionRecord(otherwise: Partial<Interaction> = {}): Interaction {
  return {
    interaction_id: newOpaqueId(),
    browser_hash: 'hash of a browser',
    purpose: {
      kind: 'authorization',
      request: {
        client_id: 'greatapp',
        parameters: { scope: ['openid'], resource: ['https://a.test/', 'https://b.test/'] },
      },
    },
    created_at: now,
    expires_at: now + 1800,
    notes: {},
    ...otherwise,
  }
}

/** The record of a yes to a grant. */
export function consentRecord(grant: Grant, otherwise: Partial<Consent> = {}): Consent {
  return {
    consent_id: newId(),
    account_id: grant.account_id,
    client_id: grant.client_id,
    grant_id: grant.grant_id,
    decision: 'allowed',
    decided_at: now,
    shown: { client_name: 'Great App', scopes: ['openid'] },
    ...otherwise,
  }
}

/** An audit event with everything in it. */
export function auditEventRecord(otherwise: Partial<AuditEvent> = {}): AuditEvent {
  return {
    event_id: newId(),
    at: now,
    event: 'consent_given',
    actor: 'account:1',
    account_id: newId(),
    client_id: 'greatapp',
    grant_id: newId(),
    authorization_id: newId(),
    address: '192.0.2.7',
    request_id: 'r1',
    detail: { access_for: '30d', permissions: ['openid'] },
    ...otherwise,
  }
}

/** An opaque access token, good for five minutes. */
export function accessTokenRecord(otherwise: Partial<StoredAccessToken> = {}): StoredAccessToken {
  return {
    token_id: newId(),
    token_hash: 'hash of a token',
    authorization_id: newId(),
    client_id: 'greatapp',
    claims: { sub: 's', aud: ['https://api.test/'], exp: now + 300 },
    expires_at: now + 300,
    ...otherwise,
  }
}

/** A message for a webhook, due at once. */
export function messageRecord(otherwise: Partial<OutboxMessage> = {}): OutboxMessage {
  const payload = { url: 'https://systems.test/', type: 'grant_given', list: ['a', { b: 1 }] }
  return { message_id: newId(), kind: 'webhook', payload, queued_at: now, ...otherwise }
}

/** A pushed authorization request, good for a minute. */
export function pushedRequestRecord(otherwise: Partial<PushedRequest> = {}): PushedRequest {
  return {
    pushed_request_id: newId(),
    reference_hash: 'hash of a reference',
    client_id: 'greatapp',
    parameters: { client_id: ['greatapp'], state: ['the state'] },
    created_at: now,
    expires_at: now + 60,
    ...otherwise,
  }
}
